"""Taking an import back, in parts that survive a stop.

Whom it entered goes, with all that belongs to them, unless somebody did something with them since.
What it changed in others becomes what it was, unless that is not any more as the import left it.
Both are all or nothing for a row of the file: a row that stays, stays with all that it brought.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from alumni.audit.commands import record, record_changes
from alumni.authz import Actor, require
from alumni.codes.models import Code, CodeAlias
from alumni.db import Model, changed, db, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands.search import reindex, tidy_index
from alumni.people.models import Person
from alumni.roster.cells import N_
from alumni.roster.commands.imports import held
from alumni.roster.commands.ledger import set_rows, touch
from alumni.roster.commands.receiving import drop_content
from alumni.roster.commands.staging import PART
from alumni.roster.models import (
    BatchState,
    DuplicatePair,
    ImportBatch,
    ImportRow,
)
from alumni.roster.policy import may_import
from alumni.roster.queries.imports import are_rows_kept
from alumni.roster.queries.undoing import (
    FILLED,
    SEARCHED,
    UNDONE,
    Done,
    Trace,
    as_kept,
    done_to,
    kept_back,
    not_as_left,
    these,
    words_entered,
    words_in_use,
)

REASONS = {
    "edited": N_("was changed since"),
    "imported": N_("was changed by another import since"),
    "gone": N_("was removed since"),
    "account": N_("has an account"),
    "application": N_("somebody applied who is, or may be, this person"),
    "chapter": N_("is or was in a chapter, or asked to join one"),
    "event": N_("registered for an event"),
    "consent": N_("agreed to something"),
    "letters": N_("was written to, or chose which letters to get"),
    "invited": N_("was asked to take up the record"),
    "merged": N_("was made one with another record"),
    "compared": N_("the office compared the record with another one"),
    "used": N_("something was added to the record since"),
    "clash": N_("what it was before does not fit any more"),
}
"""Why a row stays as the import left it."""


def ask_undo(actor: Actor, batch: ImportBatch) -> None:
    """Have the worker take back what the import brought in."""
    require(may_import, actor)
    batch = held(batch.id)
    if refusal := not_to_undo(batch):
        raise Refusal(refusal)
    batch.state, batch.problem = BatchState.UNDOING, ""
    batch.undone_by_id = actor.account_id
    record(actor, "asked_to_undo_import", batch)


def not_to_undo(batch: ImportBatch) -> str:
    """Why this import cannot be taken back now, as a sentence. Empty: it can."""
    if batch.state is BatchState.UNDOING:
        return _("This import is being taken back already.")
    if batch.state is BatchState.UNDONE:
        return _("This import was taken back already.")
    if batch.state in (BatchState.READING, BatchState.WAITING, BatchState.APPLYING):
        return _("This import is under way. Once it is done it can be taken back.")
    if batch.state not in (BatchState.APPLIED, BatchState.FAILED) or not batch.applied_rows:
        return _("Nothing of this file was brought in.")
    if not are_rows_kept(batch):
        return _("The rows of this import are no longer kept: it cannot be taken back.")
    return ""


def undo_part(batch_id: int, *, at_most: int = PART) -> int:
    """Take back the next rows of an import, the last first, and return how many were seen to.

    Whatever stops the program, a row is taken back with all that it brought, or not yet.
    """
    batch = held(batch_id)
    if batch.state is not BatchState.UNDOING:
        return 0
    mine = _next_rows(batch_id, at_most)
    person_ids = {person_id for person_id in mine.values() if person_id is not None}
    merged = _held_people(person_ids)
    done = done_to(batch_id, person_ids)
    left = kept_back(batch_id, done.entered) | not_as_left(batch_id, done.touched)
    left |= {i: "merged" for i in merged if i in done.touched}
    told, clashing = _taken_back(_without(done, left))
    left |= dict.fromkeys(clashing, "clash")
    _mark(batch, mine, left)
    if not _next_rows(batch_id, 1):
        told += _words_taken_back(batch_id)
        _finish(batch)
    if told or left:
        _tell(batch, told, rows=len(mine), left=left)
    return len(mine)


def give_up(batch_id: int, problem: str) -> None:
    """Stop taking back what cannot be. What was taken back is; for the rest one may ask again."""
    batch = held(batch_id)
    batch.state, batch.problem = BatchState.APPLIED, problem[:500]


def _next_rows(batch_id: int, at_most: int) -> dict[int, int | None]:
    """The next rows with whom they mean, and all other rows that mean the same people."""
    waiting = (
        ImportRow.batch_id == batch_id,
        ImportRow.is_applied,
        ImportRow.is_undone.is_(False),
        ImportRow.left == "",
    )
    rows = select(ImportRow.id, ImportRow.person_id).where(*waiting)
    mine = dict(db.session.execute(rows.order_by(ImportRow.line.desc()).limit(at_most)).all())
    same = ImportRow.person_id.in_(these({i for i in mine.values() if i is not None}))
    return mine | dict(db.session.execute(rows.where(same)).all())


def _held_people(person_ids: Collection[int]) -> list[int]:
    """Let nobody else change these people meanwhile. Return who was made one with another."""
    people = select(Person.id, Person.merged_into_id).where(Person.id.in_(these(person_ids)))
    found = db.session.execute(people.order_by(Person.id).with_for_update())
    return [person_id for person_id, into_id in found if into_id is not None]


def _without(done: Done, left: Collection[int]) -> Done:
    return Done(
        {i: one for i, one in done.entered.items() if i not in left},
        {i: one for i, one in done.touched.items() if i not in left},
    )


def _taken_back(done: Done) -> tuple[list[dict[str, Any]], list[int]]:
    """Take all of it back. Return what that changed, and of whom the database would not take it.

    Who stands in the way is found by halves: one that cannot be taken back holds up no other.
    """
    person_ids = sorted({*done.entered, *done.touched})
    try:
        with db.session.begin_nested():
            _remove_people(done.entered)
            _put_back([trace for traces in done.touched.values() for trace in traces])
    except IntegrityError:
        if len(person_ids) == 1:
            return [], person_ids
        middle = person_ids[len(person_ids) // 2]
        halves = [
            _taken_back(_without(done, [i for i in person_ids if (i < middle) is is_first]))
            for is_first in (False, True)
        ]
        return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]
    touch(sorted(done.touched))
    reindex(done.touched)
    return list(_history(done)), []


def _remove_people(entered: Mapping[int, Any]) -> None:
    """Remove these people and their rows. What found them in files and pairs forgets them."""
    some, tables = these(entered), Model.metadata.tables
    rows, pairs = tables[ImportRow.__tablename__], tables[DuplicatePair.__tablename__]
    changed(update(rows).where(rows.c.person_id.in_(some)).values(person_id=None))
    changed(delete(pairs).where(or_(pairs.c.person_id.in_(some), pairs.c.other_id.in_(some))))
    for name in (*SEARCHED, *FILLED):
        changed(delete(tables[name]).where(tables[name].c.person_id.in_(some)))
    people = tables[Person.__tablename__]
    changed(delete(people).where(people.c.id.in_(some)))


def _put_back(traces: Sequence[Trace]) -> None:
    """Remove the rows that were new, and give the others their former values."""
    fresh: dict[str, list[int]] = defaultdict(list)
    former: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for trace in traces:
        if trace.is_new:
            fresh[trace.table].append(trace.row_id)
        else:
            former[trace.table].append({"id": trace.row_id, **_values(trace)})
    for table in reversed(Model.metadata.sorted_tables):
        if table.name in fresh:
            changed(delete(table).where(table.c.id.in_(these(fresh[table.name]))))
    for mapper in Model.registry.mappers:
        _restore(mapper.class_, former.get(mapper.class_.__tablename__, ()))


def _restore(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """What there is one of at most makes room first: a row that was not the primary one before."""
    for is_room in (True, False):
        set_rows(model, [row for row in rows if (False in row.values()) is is_room])


def _values(trace: Trace) -> dict[str, Any]:
    columns = Model.metadata.tables[trace.table].c
    return {
        name: as_kept(columns[name], told) for name, told in trace.before.items() if name in columns
    }


def _history(done: Done) -> Iterator[dict[str, Any]]:
    for person_id, values in done.entered.items():
        yield _change(person_id, Person.__tablename__, person_id, values, None)
    for person_id, traces in done.touched.items():
        for trace in traces:
            former = None if trace.is_new else trace.before
            yield _change(person_id, trace.table, trace.row_id, trace.after, former)


def _change(
    person_id: int | None, table: str, row_id: int, before: Any, after: Any
) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "table_name": table,
        "row_id": row_id,
        "before": before,
        "after": after,
    }


def _mark(batch: ImportBatch, mine: Mapping[int, int | None], left: Mapping[int, str]) -> None:
    """Say of each row that it is taken back, or why not."""
    rows = Model.metadata.tables[ImportRow.__tablename__]
    by_reason: dict[str, list[int]] = defaultdict(list)
    for row_id, person_id in mine.items():
        by_reason["" if person_id is None else left.get(person_id, "")].append(row_id)
    for reason, row_ids in by_reason.items():
        values = {"left": reason} if reason else {"is_undone": True}
        changed(update(rows).where(rows.c.id.in_(these(row_ids))).values(values))
    batch.undone_rows += len(by_reason.pop("", ()))
    batch.left_rows += sum(map(len, by_reason.values()))


def _words_taken_back(batch_id: int) -> list[dict[str, Any]]:
    """Remove the words that the import added to the office's lists and that nobody uses."""
    entered = dict(words_entered(batch_id))
    unused = entered.keys() - words_in_use(batch_id, entered)
    for model, column in ((CodeAlias, CodeAlias.code_id), (Code, Code.id)):
        changed(delete(model).where(column.in_(these(unused))))
    return [_change(None, Code.__tablename__, i, entered[i], None) for i in sorted(unused)]


def _finish(batch: ImportBatch) -> None:
    batch.state, batch.undone_at = BatchState.UNDONE, now()
    drop_content(batch)
    if batch.undone_rows >= PART:
        tidy_index()


def _tell(
    batch: ImportBatch, told: list[dict[str, Any]], *, rows: int, left: Mapping[int, str]
) -> None:
    facts = {"rows": rows, "left": dict(Counter(left.values()))}
    deed = record(Actor(account_id=batch.undone_by_id), UNDONE, batch, facts=facts)
    deed.batch_id = batch.id
    record_changes(deed, told)
