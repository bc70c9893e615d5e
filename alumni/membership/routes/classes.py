"""The classes of a year for the office, and a graduate's own classes."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import Roll
from alumni.db import GREATEST
from alumni.errors import BadRequest, NotFound
from alumni.forms import tidy_number
from alumni.i18n import _
from alumni.membership.policy.classes import may_appoint_liaisons
from alumni.membership.queries import classmates as queries
from alumni.membership.queries.classes import By, rolls, years
from alumni.membership.queries.leads import success_in
from alumni.membership.queries.liaisons import liaisons_of_years
from alumni.membership.routes import blueprint
from alumni.web import acting, asked

OF_A_CLASS = ("year", "college", "major", "class")


@blueprint.get("/office/classes")
def classes() -> ResponseReturnValue:
    """The classes of a year: of the newest one, unless the address says which."""
    given = asked({"year", "by"})
    by = by_of(given)
    known = years(acting(), by)
    year = year_of(given.get("year", [""])[-1]) or (known[0][0] if known else None)
    terms = liaisons_of_years(acting(), [year]).get(year, []) if year else []
    return render_template(
        "membership/classes.html",
        years=known,
        year=year,
        by=by.value,
        rolls=rolls(acting(), year, by) if year else [],
        liaisons=terms if by is By.GRADUATION else [],
        may_appoint=may_appoint_liaisons(acting()),
    )


@blueprint.get("/classes")
def my_classes() -> ResponseReturnValue:
    """The reader's own classes, and those of which they are the liaison."""
    asked(())
    return render_template("membership/my_classes.html", classes=queries.my_classes(acting()))


@blueprint.get("/classes/mates")
def classmates() -> ResponseReturnValue:
    """Who of a class is registered, as its own people find them in the directory."""
    roll, behind = _part()
    found = queries.get_class(acting(), roll)
    return render_template(
        "membership/classmates.html",
        found=found,
        **_paged(queries.registered(acting(), roll, behind=behind), behind, ".classmates", found),
    )


@blueprint.get("/classes/roll")
def class_roll() -> ResponseReturnValue:
    """Who of a class is missing, for its liaison."""
    roll, behind = _part()
    found = queries.get_roll(acting(), roll)
    return render_template(
        "membership/class_roll.html",
        found=found,
        total=queries.count_missing(acting(), roll),
        success=success_in(queries.studied(roll)),
        **_paged(queries.missing(acting(), roll, behind=behind), behind, ".class_roll", found),
    )


def roll_of(given: dict[str, list[str]]) -> Roll:
    """The class that the address means. One that cannot be is not found."""
    year = year_of(given.get("year", [""])[-1])
    college, major = _code_in(given, "college"), _code_in(given, "major")
    label = given.get("class", [""])[-1] or None
    if year is None or (college is None and (label, major) != (None, None)):
        raise NotFound
    return Roll(year, college, label, major)


def _code_in(given: dict[str, list[str]], name: str) -> int | None:
    written = given.get(name, [""])[-1]
    if written and not (
        written.isascii() and written.isdigit() and len(written) <= len(str(GREATEST))
    ):
        raise NotFound
    return int(written) if written else None


def by_of(given: dict[str, list[str]]) -> By:
    """Which year the address means, of graduation unless it says otherwise."""
    written = given.get("by", [By.GRADUATION.value])[-1]
    if written not in set(By):
        raise BadRequest(_("There is no kind of year “%(name)s”.", name=written[:20]))
    return By(written)


def year_of(written: str) -> int | None:
    """The year in the address, if one is there."""
    if not written:
        return None
    year = tidy_number(written) or ""
    if not (year.isascii() and year.isdigit() and len(year) == 4):  # noqa: PLR2004 - digits of a year
        raise BadRequest(_("“%(value)s” is not a year.", value=written[:20]))
    return int(year)


def _part() -> tuple[Roll, int]:
    """The class, and behind how many of its people the page begins."""
    given = asked((*OF_A_CLASS, "behind"))
    behind = given.get("behind", ["0"])[-1]
    if not (behind.isascii() and behind.isdigit() and len(behind) <= 6):  # noqa: PLR2004 - digits of a number
        raise BadRequest(_("There is no such page of the list."))
    return roll_of(given), int(behind)


def _paged(rows: list[Any], behind: int, endpoint: str, found: queries.MyClass) -> dict[str, Any]:
    """A part of the list, and the addresses of those beside it."""
    at_a_time = queries.AT_A_TIME
    before = max(0, behind - at_a_time)
    newer = url_for(endpoint, **found.query, behind=before or None) if behind else None
    older = None
    if len(rows) > at_a_time:
        older = url_for(endpoint, **found.query, behind=behind + at_a_time)
    shown = rows[:at_a_time]
    return {
        "rows": shown,
        "newer_url": newer,
        "older_url": older,
        "first": behind + 1,
        "last": behind + len(shown),
    }
