"""The history as a file: one line for each value that a deed changed."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.audit.policy import may_read_history, may_take_values
from alumni.audit.queries import Narrowed, told
from alumni.authz import Actor, require
from alumni.db import streamed, today
from alumni.errors import Refusal
from alumni.exports.commands import order
from alumni.exports.making import Making, guards, makers
from alumni.exports.models import KeptFile
from alumni.exports.tables import Tally, as_csv
from alumni.i18n import _
from alumni.people.queries import actor_of_account

KIND = "history"

HIDDEN = "•••"
"""Instead of a value, for who may not see people."""


def register() -> None:
    """Let the history be ordered as a file."""
    makers[KIND] = make
    guards[KIND] = may_have


def order_history(actor: Actor, narrowed: Narrowed, *, purpose: str, language: str) -> KeptFile:
    """Have the worker write this part of the history into a file. The history says so, too."""
    require(may_read_history, actor)
    wish = _as_kept(narrowed) | {"has_values": may_take_values(actor)}
    deed = record(actor, "exported_history", None, why=purpose, facts={"filter": wish})
    return order(
        actor,
        kind=KIND,
        wish=wish,
        name=_("History %(day)s", day=today().isoformat()) + ".csv",
        mimetype="text/csv; charset=utf-8",
        purpose=purpose,
        language=language,
        change_set_id=deed.id,
    )


def make(file: KeptFile) -> Making:
    """The file, with the rights that its owner has today."""
    actor = actor_of_account(file.account_id)
    if actor is None or not may_read_history(actor):
        raise Refusal(_("You may no longer read the history."))
    narrowed = _read(file.wish)
    keys = select(ChangeSet.id).where(*narrowed.condition()).order_by(ChangeSet.id)
    parts = streamed(keys, told(actor, narrowed), ChangeSet.id)
    tally = Tally()
    chunks = as_csv(_labels(), _lines(parts, actor), tally=tally)
    return Making(chunks=chunks, rows=lambda: tally.rows)


def may_have(file: KeptFile) -> bool:
    """Whether its owner may read the history today, and the values in it if there are any."""
    actor = actor_of_account(file.account_id)
    if actor is None or not may_read_history(actor):
        return False
    return may_take_values(actor) or not file.wish.get("has_values", True)


def _labels() -> list[str]:
    return [
        _("When"),
        _("By"),
        _("Deed"),
        _("Reason"),
        _("Request"),
        _("Person"),
        _("Row"),
        _("Field"),
        _("Before"),
        _("After"),
    ]


def _lines(parts: Iterable[list[Any]], actor: Actor) -> Iterator[list[list[Any]]]:
    """Words as they are kept, so that a program can read them; moments as on the reader's clock."""
    zone, sees = ZoneInfo(actor.time_zone), may_take_values(actor)
    for part in parts:
        yield [line for row in part for line in _of_row(row, zone, sees=sees)]


def _of_row(row: Any, zone: ZoneInfo, *, sees: bool) -> Iterator[list[Any]]:
    deed = [
        row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        row.by or "",
        row.verb,
        _shown(row.why, sees=sees),
        row.request,
    ]
    if row.table_name is None:
        subject = f"{row.subject_table} {row.subject_id or ''}".strip()
        yield [*deed, "", subject, "", "", ""]
        return
    before, after = row.before or {}, row.after or {}
    whom, where = (row.person or "") if sees else "", f"{row.table_name} {row.row_id}"
    for field in dict.fromkeys([*before, *after]):
        values = (_shown(one.get(field), sees=sees) for one in (before, after))
        yield [*deed, whom, where, field, *values]


def _shown(value: Any, *, sees: bool) -> str:
    if value is None or value == "":
        return ""
    return str(value) if sees else HIDDEN


def _as_kept(narrowed: Narrowed) -> dict[str, Any]:
    return {
        "verb": narrowed.verb,
        "account_id": narrowed.account_id,
        "person_id": narrowed.person_id,
        "since": narrowed.since.isoformat() if narrowed.since else None,
        "until": narrowed.until.isoformat() if narrowed.until else None,
    }


def _read(wish: dict[str, Any]) -> Narrowed:
    moments = {
        name: datetime.fromisoformat(wish[name]) if wish[name] else None
        for name in ("since", "until")
    }
    return Narrowed(
        verb=wish["verb"], account_id=wish["account_id"], person_id=wish["person_id"], **moments
    )
