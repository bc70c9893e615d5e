"""The history, for those who may read it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.audit import queries
from alumni.audit.models import Change, ChangeSet
from alumni.audit.policy import may_read_history, may_read_values
from alumni.audit.queries import Narrowed
from alumni.authz import require
from alumni.db import GREATEST, db
from alumni.errors import BadRequest
from alumni.i18n import _, date_text
from alumni.web import acting, asked

blueprint = Blueprint("audit", __name__)

EACH = 4
"""Rows shown of a deed: an import has thousands, and one is like the other."""

PAGE = 12
ROWS = 50
"""Changes on a page of one deed."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)

NARROWING = ("verb", "account", "person", "since", "until")


@blueprint.get("/office/audit")
def log() -> ResponseReturnValue:
    require(may_read_history, acting())
    given = {name: values[-1] for name, values in asked({"before", *NARROWING}).items()}
    before = number(given.pop("before", ""))
    given = {name: value for name, value in given.items() if value}
    wanted = narrowed(given)
    listed = queries.deeds(acting(), wanted, before=before)
    rows = db.session.execute(listed.limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    changes = db.session.execute(
        queries.changes_of([deed.id for deed, _name in shown], each=EACH)
    ).all()
    by_deed = {
        deed_id: list(group)
        for deed_id, group in groupby(changes, key=lambda row: row[0].change_set_id)
    }
    older = _address(given, before=shown[-1][0].id) if len(rows) > PAGE else None
    return render_template(
        "audit/log.html",
        rows=shown,
        changes=by_deed,
        people=_people([deed for deed, _name in shown], [change for change, _rows in changes]),
        older=older,
        newest=_address(given) if before else None,
        given=given,
        said=_said(given, wanted),
        sees_people=may_read_values(acting()),
    )


@blueprint.get("/office/audit/<public_id>")
def deed(public_id: str) -> ResponseReturnValue:
    """All that one deed changed."""
    after = number(asked({"after"}).get("after", [""])[-1])
    shown, name = queries.get_deed(acting(), public_id)
    changes = db.session.scalars(queries.changes_after(shown.id, after or 0).limit(ROWS + 1)).all()
    is_more = len(changes) > ROWS
    return render_template(
        "audit/deed.html",
        deed=shown,
        by=name,
        changes=changes[:ROWS],
        people=_people([shown], changes[:ROWS]),
        older=url_for(".deed", public_id=public_id, after=changes[ROWS - 1].id)
        if is_more
        else None,
        newest=url_for(".deed", public_id=public_id) if after else None,
        sees_people=may_read_values(acting()),
    )


def _address(given: Mapping[str, Any], **more: Any) -> str:
    return url_for(".log", **{**given, **more})


def narrowed(given: dict[str, str]) -> Narrowed:
    """What the address asks for. Raise BadRequest for what it cannot mean."""
    since, until = day(given.get("since", "")), day(given.get("until", ""))
    person_id = None
    if "person" in given:
        person_id = queries.person_called(acting(), given["person"]).id
    return Narrowed(
        verb=given.get("verb", "")[:40],
        account_id=number(given.get("account", "")),
        person_id=person_id,
        since=_midnight(since) if since else None,
        until=_midnight(until) + timedelta(days=1) if until else None,
    )


def day(written: str) -> date | None:
    """2026-05-03."""
    try:
        told = date.fromisoformat(written) if written else None
    except ValueError as error:
        raise BadRequest(_("“%(value)s” is not a day.", value=written[:20])) from error
    if told is not None and not FIRST_DAY <= told <= LAST_DAY:
        raise BadRequest(_("“%(value)s” is not a day.", value=written[:20]))
    return told


def number(written: str) -> int | None:
    """The number of a row."""
    if not written:
        return None
    readable = written.isascii() and written.isdigit() and len(written) <= len(str(GREATEST))
    if not readable or int(written) > GREATEST:
        raise BadRequest(_("“%(value)s” is not a number of the history.", value=written[:20]))
    return int(written)


def _midnight(begins: date) -> datetime:
    return datetime.combine(begins, time(), ZoneInfo(acting().time_zone))


def _said(given: dict[str, str], wanted: Narrowed) -> list[tuple[str, str, str]]:
    """What narrows the list: its parameter, what it is set to in words, and the list without it."""
    words = {name: value for name, value in given.items() if name == "verb"}
    if wanted.account_id is not None:
        words["account"] = queries.account_named(wanted.account_id)
    if wanted.person_id is not None:
        known = queries.person_called(acting(), given["person"])
        words["person"] = known.name_zh or known.name_latin
    words |= {name: date_text(day(given[name])) for name in ("since", "until") if name in given}
    return [
        (name, word, _address({key: given[key] for key in given if key != name}))
        for name, word in words.items()
    ]


def _people(deeds: Iterable[ChangeSet], changes: Sequence[Change]) -> dict[int, Any]:
    """Those whom deeds and changes are about, for who may see them."""
    if not may_read_values(acting()):
        return {}
    meant = {change.person_id for change in changes if change.person_id is not None}
    meant |= {one.subject_id for one in deeds if one.subject_table == "person" and one.subject_id}
    return queries.people_named(meant)
