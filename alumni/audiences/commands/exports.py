"""Taking a list of people away as a file, and saying so in the history."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from alumni.audiences.commands.content import (
    Content,
    Format,
    Numbers,
    Wish,
    content,
    meant,
    planned,
)
from alumni.audiences.policy import may_export_from
from alumni.audiences.queries import exports as queries
from alumni.audiences.queries.exports import Rows, Selection
from alumni.audit.commands import closed, record
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, require
from alumni.db import WRITING, db, now, today
from alumni.errors import BadRequest, Invalid
from alumni.exports.commands import insist_on_wait
from alumni.exports.commands import order as order_file
from alumni.exports.models import KeptFile
from alumni.exports.papers import MOST_ROWS
from alumni.exports.tables import Counted
from alumni.i18n import _, language
from alumni.people.fields import fields_for

__all__ = ["Exported", "Format", "Wish", "check", "export", "is_for_worker", "order"]

KIND = "people"
"""Of kept files: those that this slice makes."""

MOST_AT_ONCE = 5_000
"""People of a file that is handed out while it is made; a longer one is made by the worker."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file on its way out. When the last of it has gone the history says that it was whole."""

    name: str
    """With its ending, in the reader's language."""
    format: Format
    chunks: Iterator[bytes]
    """To be closed if not read to the end. Needs no application context."""
    tally: Numbers


def check(actor: Actor, wish: Wish) -> None:
    """That the columns are the actor's to ask for, each of them once."""
    own = fields_for(actor)
    unknown = [key for key in wish.columns if key not in own]
    if unknown:
        raise BadRequest(
            _("There is no column called “%(name)s”.", name=unknown[0]), field="columns"
        )
    if len(set(wish.columns)) < len(wish.columns):
        raise BadRequest(_("A column can only be given once."), field="columns")
    if not wish.columns:
        raise Invalid(_("Choose at least one column."), field="columns")


def is_for_worker(actor: Actor, selection: Selection, wish: Wish) -> bool:
    """Whether the file takes so long that nobody should have to wait for it."""
    if wish.format.is_paper:
        return True
    return queries.counted(actor, selection, at_most=MOST_AT_ONCE) > MOST_AT_ONCE


def export(actor: Actor, selection: Selection, wish: Wish) -> Exported:
    """Note who takes which list away and what for, and return the file, which is no paper.

    It is read after this transaction has been committed. Until then, and for ever if the reader
    hangs up, the entry says ``complete: false``.
    """
    require(may_export_from, actor, selection.chapter_id)
    insist_on_wait(actor)
    check(actor, wish)
    wish = wish.settled()
    made = content(actor, planned(actor, selection, wish))
    deed, facts = _told(actor, selection, wish, made.facts)
    return Exported(
        name=_file_name(wish.format),
        format=wish.format,
        chunks=_whole(deed.id, facts, made, db.engine),
        tally=made.numbers,
    )


def order(actor: Actor, selection: Selection, wish: Wish) -> KeptFile:
    """Have the worker make the file, and keep it for the actor. The history says so at once."""
    require(may_export_from, actor, selection.chapter_id)
    check(actor, wish)
    wish = wish.settled()
    people = queries.counted(actor, meant(selection, wish), at_most=_MOST_COUNTED)
    if wish.format.is_paper and people > MOST_ROWS:
        raise Invalid(
            _("A PDF is for at most %(number)s people. Narrow the list.", number=f"{MOST_ROWS:,}"),
            field="format",
        )
    deed, _facts = _told(actor, selection, wish, {})
    return order_file(
        actor,
        kind=KIND,
        wish={
            "filter": selection.audience.to_text(),
            "chapter": selection.chapter_id,
            "columns": list(wish.columns),
            "format": wish.format.value,
            "studies": wish.rows.value,
            "sheet": wish.sheet,
            **_leaving_out(actor, selection, wish),
        },
        name=_file_name(wish.format),
        mimetype=wish.format.mimetype,
        purpose=wish.purpose,
        language=language(),
        total=None if wish.rows is Rows.EACH or people > _MOST_COUNTED else people,
        change_set_id=deed.id,
    )


_MOST_COUNTED = 1_000_000

_OPEN = timedelta(days=2)
"""By then a file is made, or nobody will make it."""


def _leaving_out(actor: Actor, selection: Selection, wish: Wish) -> dict[str, int]:
    """Of how many people a paper is on which not everybody stands, for its page to say so."""
    if wish.format not in (Format.LABELS, Format.ADDRESS_BOOK):
        return {}
    return {"people": queries.counted(actor, selection, at_most=_MOST_COUNTED)}


def _file_name(kind: Format) -> str:
    day = today().isoformat()
    special = {
        Format.LABELS: _("Labels %(day)s", day=day),
        Format.ADDRESS_BOOK: _("Address book %(day)s", day=day),
    }
    return (special.get(kind) or _("People %(day)s", day=day)) + f".{kind.ending}"


def _told(
    actor: Actor, selection: Selection, wish: Wish, known: Mapping[str, Any]
) -> tuple[ChangeSet, dict[str, Any]]:
    facts = {
        "filter": selection.to_text(),
        "sentence": selection.sentence(),
        "columns": list(wish.columns),
        "format": wish.format.value,
        "studies": wish.rows.value,
        "purpose": wish.purpose,
        "rows": None,
        "persons": None,
        "withheld": None,
        "sha256": None,
        "complete": False,
        **known,
    }
    deed = record(actor, "exported", None, why=wish.purpose, facts=facts)
    deed.open_until = now() + _OPEN
    return deed, facts


def _whole(
    deed_id: int, facts: Mapping[str, Any], made: Content, engine: Engine
) -> Iterator[bytes]:
    """The file, and in a transaction of its own what it was."""
    with closing(Counted(made.chunks)) as file:
        yield from file
    entry = made.entry(facts, file.sha256)
    with engine.connect().execution_options(**WRITING) as connection, connection.begin():
        connection.execute(closed(deed_id, entry))
