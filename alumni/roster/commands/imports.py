"""Bringing in a roster: staged and looked at first, then applied in parts that survive a stop."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from alumni.audit.commands import record, record_changes
from alumni.authz import Actor, require
from alumni.db import changed, db, locked, now
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import _
from alumni.people.commands.search import tidy_index
from alumni.people.models import Person
from alumni.roster.cells import Unreadable
from alumni.roster.commands.correcting import Correction, correct, set_rows
from alumni.roster.commands.entering import Row, enter, insert_rows, read_lists
from alumni.roster.comparing import Values, changes
from alumni.roster.models import BatchState, ImportBatch, ImportRow, Verdict
from alumni.roster.policy import may_import
from alumni.roster.queries.imports import Judged, judged, known_people, known_persons
from alumni.roster.queries.lists import place_finder
from alumni.roster.rows import RosterFile, Told, read_roster

PART = 5000
"""Rows that are worked through at a time."""

TO_APPLY = (Verdict.NEW, Verdict.UPDATED)
UNDER_WAY = (BatchState.WAITING, BatchState.APPLYING)


def stage(
    actor: Actor,
    file_name: str,
    content: bytes,
    kind: str = "registrar",
    headers: Mapping[str, str] | None = None,
) -> ImportBatch:
    """Read a file and stage it. ``headers`` names columns we would not know by themselves."""
    require(may_import, actor)
    try:
        file = read_roster(file_name, content, kind=kind, headers=headers)
    except Unreadable as fault:
        raise Invalid(_(fault.reason).format(**fault.values), field="file") from fault
    return stage_file(actor, file)


def stage_file(actor: Actor, file: RosterFile) -> ImportBatch:
    """Compare each row with what we know and keep what it would do. Nothing else is written.

    The rows are gone from ``file`` afterwards. Unchanged ones are counted and not kept.
    """
    require(may_import, actor)
    batch = ImportBatch(
        kind=file.kind,
        file_name=file.name,
        sha256=file.sha256,
        columns=file.columns,
        rows=len(file.rows) + file.repeated,
        account_id=actor.account_id,
    )
    db.session.add(batch)
    db.session.flush()
    counts = Counter({Verdict.UNCHANGED: file.repeated})
    place_of = place_finder()
    for part in parts(file):
        told = list(judged(part, place_of))
        counts.update(one.verdict for one in told)
        insert_rows(ImportRow, [_row(batch.id, one) for one in told if _is_kept(one)])
    _count(batch, counts)
    if not batch.new + batch.updated + batch.possible + batch.errors:
        batch.state, batch.done_at = BatchState.APPLIED, now()
    db.session.flush()
    return batch


def parts(file: RosterFile) -> Iterator[list[Told]]:
    """The rows of the file in lists, taken out of it so that a large one is held once."""
    file.rows.reverse()
    while file.rows:
        part = file.rows[-PART:]
        del file.rows[-PART:]
        yield part[::-1]


def accept(actor: Actor, batch: ImportBatch, *, accept_good: bool = False) -> None:
    """Say yes: the worker brings the rows in. Where rows are wrong, only with ``accept_good``."""
    require(may_import, actor)
    batch = _held(batch.id)
    if batch.state not in (BatchState.STAGED, BatchState.FAILED):
        raise Refusal(_("This import is under way or done."))
    if batch.errors and not accept_good:
        raise Refusal(_("Some rows are wrong. Nothing is brought in unless you leave them out."))
    batch.state = BatchState.WAITING
    batch.accept_good = accept_good
    batch.problem = ""
    record(actor, "accepted_import", batch)


def discard(actor: Actor, batch: ImportBatch) -> None:
    """Forget the rows of a file that was not brought in."""
    require(may_import, actor)
    batch = _held(batch.id)
    if batch.state is not BatchState.STAGED:
        raise Refusal(_("This import is under way or done."))
    changed(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    batch.state, batch.done_at = BatchState.DISCARDED, now()
    record(actor, "discarded_import", batch)


def settle(actor: Actor, batch: ImportBatch, row_id: int, *, is_same: bool) -> None:
    """Say whether a possible row means the person it was found to be like."""
    require(may_import, actor)
    batch = _held(batch.id)
    if batch.state is not BatchState.STAGED:
        raise Refusal(_("This import is under way or done."))
    row = db.session.get(ImportRow, row_id)
    if row is None or row.batch_id != batch.id or row.verdict is not Verdict.POSSIBLE:
        raise NotFound
    if is_same:
        row.verdict = Verdict.UPDATED
        row.changes = {"student_number": [None, row.values["student_number"]]}
        batch.updated += 1
    else:
        _refuse_second(row)
        row.verdict, row.person_id = Verdict.NEW, None
        batch.new += 1
    batch.possible -= 1
    record(actor, "settled_row", batch, facts={"line": row.line, "is_same": is_same})


def apply_part(batch_id: int, *, at_most: int = PART) -> int:
    """Bring in the next rows of an accepted import and return how many they were.

    They are compared anew with what we know by now. Whatever stops the program, a row is
    brought in with all that belongs to it, once. With nothing left the import is done.
    """
    batch = _held(batch_id)
    if batch.state not in UNDER_WAY:
        return 0
    told, done = _applied(_next_rows(batch_id, at_most), batch_id)
    batch.state = BatchState.APPLYING
    batch.applied_rows += done
    if done:
        deed = record(Actor(account_id=batch.account_id), "imported", batch, facts={"rows": done})
        deed.batch_id = batch_id
        record_changes(deed, told)
    if not _next_rows(batch_id, 1):
        _finish(batch)
    return done


def fail(batch_id: int, problem: str) -> None:
    """Stop an import that cannot go on. What was brought in stays; the rest can be tried again."""
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.state, batch.problem = BatchState.FAILED, problem[:500]


def _held(batch_id: int) -> ImportBatch:
    """The import as it is now, held until the transaction ends: one deed after another."""
    return db.session.scalars(locked(select(ImportBatch).where(ImportBatch.id == batch_id))).one()


def _finish(batch: ImportBatch) -> None:
    batch.state, batch.done_at = BatchState.APPLIED, now()
    if batch.applied_rows >= PART:
        tidy_index()


def _row(batch_id: int, one: Judged) -> Row:
    return {
        "batch_id": batch_id,
        "line": one.told.line,
        "verdict": one.verdict,
        "values": one.told.values,
        "changes": one.changes,
        "reasons": one.told.reasons,
        "person_id": one.person_id,
    }


def _is_kept(one: Judged) -> bool:
    return one.verdict is not Verdict.UNCHANGED


def _count(batch: ImportBatch, counts: Counter[Verdict]) -> None:
    batch.new, batch.updated = counts[Verdict.NEW], counts[Verdict.UPDATED]
    batch.unchanged, batch.possible = counts[Verdict.UNCHANGED], counts[Verdict.POSSIBLE]
    batch.errors = counts[Verdict.ERROR]


def _refuse_second(row: ImportRow) -> None:
    if known_people([row.values["student_number"]]):
        raise Refusal(_("Somebody we know has this student number already."))


def _next_rows(batch_id: int, at_most: int) -> Sequence[Any]:
    waiting = select(ImportRow.id, ImportRow.values, ImportRow.person_id).where(
        ImportRow.batch_id == batch_id,
        ImportRow.verdict.in_(TO_APPLY),
        ImportRow.is_applied.is_(False),
    )
    return db.session.execute(waiting.order_by(ImportRow.line).limit(at_most)).all()


def _applied(rows: Sequence[Any], batch_id: int) -> tuple[list[Row], int]:
    """Bring the rows in. Return what that changed, and how many rows are done.

    A second row of the same person waits for the next part.
    """
    lists = read_lists()
    fresh: list[Any] = []
    meant: dict[int, Correction] = {}
    done: list[Row] = []
    for row, person in _meant(rows):
        if person is None:
            fresh.append(row)
        elif person.person_id not in meant:
            differing = changes(row.values, person, lists.place_of)
            meant[person.person_id] = Correction(values=row.values, known=person, changes=differing)
            done.append({"id": row.id, "person_id": person.person_id, "is_applied": True})
    corrections = [one for one in meant.values() if one.changes]
    correct(corrections, lists, batch_id)
    person_ids = enter([row.values for row in fresh], lists, batch_id)
    entered = list(zip(person_ids, fresh, strict=True))
    done += [{"id": row.id, "person_id": i, "is_applied": True} for i, row in entered]
    set_rows(ImportRow, done)
    told = [_changed(one) for one in corrections]
    told += [_entered(i, row.values) for i, row in entered]
    return told, len(done)


def _meant(rows: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each row with what we know by now of its person; None for somebody new."""
    known = known_people([row.values["student_number"] for row in rows])
    others = [row for row in rows if row.values["student_number"] not in known]
    settled = known_persons({row.person_id for row in others if row.person_id is not None})
    for row in rows:
        yield row, known.get(row.values["student_number"]) or settled.get(row.person_id)


def _changed(one: Correction) -> Row:
    return {
        "person_id": one.person_id,
        "table_name": Person.__tablename__,
        "row_id": one.person_id,
        "before": {key: old for key, (old, _new) in one.changes.items()},
        "after": {key: new for key, (_old, new) in one.changes.items()},
    }


def _entered(person_id: int, values: Values) -> Row:
    return {
        "person_id": person_id,
        "table_name": Person.__tablename__,
        "row_id": person_id,
        "before": None,
        "after": values,
    }
