"""The classes of a year."""

from flask import render_template
from flask.typing import ResponseReturnValue

from alumni.errors import BadRequest
from alumni.forms import tidy_number
from alumni.i18n import _
from alumni.membership.queries.classes import By, rolls, years
from alumni.membership.routes import blueprint
from alumni.web import acting, asked


@blueprint.get("/office/classes")
def classes() -> ResponseReturnValue:
    """The classes of a year: of the newest one, unless the address says which."""
    given = asked({"year", "by"})
    by = _by(given.get("by", [By.GRADUATION.value])[-1])
    known = years(acting(), by)
    year = _year(given.get("year", [""])[-1]) or (known[0][0] if known else None)
    return render_template(
        "membership/classes.html",
        years=known,
        year=year,
        by=by.value,
        rolls=rolls(acting(), year, by) if year else [],
    )


def _by(written: str) -> By:
    if written not in set(By):
        raise BadRequest(_("There is no kind of year “%(name)s”.", name=written[:20]))
    return By(written)


def _year(written: str) -> int | None:
    if not written:
        return None
    year = tidy_number(written) or ""
    if not (year.isascii() and year.isdigit() and len(year) == 4):  # noqa: PLR2004 - digits of a year
        raise BadRequest(_("“%(value)s” is not a year.", value=written[:20]))
    return int(year)
