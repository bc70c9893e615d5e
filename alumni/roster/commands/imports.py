"""Bringing in a file that was looked at: accepted, then applied in parts that survive a stop."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Integer, delete, select, update

from alumni.audit.commands import record
from alumni.audit.models import Change
from alumni.authz import Actor, require
from alumni.db import changed, db, is_postgresql, locked, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands.search import tidy_index
from alumni.people.models import Person
from alumni.roster.commands.correcting import Correction, correct
from alumni.roster.commands.entering import Brought, enter, read_lists
from alumni.roster.commands.ledger import set_rows
from alumni.roster.commands.loading import Row, load
from alumni.roster.commands.receiving import drop_content, take_up
from alumni.roster.commands.staging import PART, count
from alumni.roster.comparing import Values, rules_of
from alumni.roster.matching import Candidate
from alumni.roster.models import BatchState, ImportBatch, ImportRow, Verdict
from alumni.roster.policy import may_import
from alumni.roster.queries.asking import told_rows
from alumni.roster.queries.imports import is_open, to_apply
from alumni.roster.queries.judging import Judge
from alumni.roster.queries.known import known_persons

UNDER_WAY = (BatchState.WAITING, BatchState.APPLYING)
NOT_BEGUN = (BatchState.RECEIVED, BatchState.STAGED, BatchState.FAILED)


def accept(actor: Actor, batch: ImportBatch, *, accept_good: bool = False) -> None:
    """Say yes: the worker brings the rows in. Where rows are wrong, only with ``accept_good``.

    Rows that nobody decided about wait: they can be decided later, and brought in then.
    """
    require(may_import, actor)
    batch = held(batch.id)
    take_up(actor, batch)
    if not is_open(batch) or (batch.state is not BatchState.STAGED and not to_apply(batch)):
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
    batch = held(batch.id)
    if batch.proposal is not None:
        raise Refusal(_("A chapter proposed this list. Send it back, and say why."))
    forget_rows(batch)
    record(actor, "discarded_import", batch)


def forget_rows(batch: ImportBatch, *, but_unreadable: bool = False) -> None:
    """Drop what a file would do, which is held, and the file. Refused once it has begun to do it.

    With ``but_unreadable`` the rows stay that were wrong by themselves.
    """
    if batch.state not in NOT_BEGUN or batch.applied_rows:
        raise Refusal(_("This import is under way or done."))
    rows = delete(ImportRow).where(ImportRow.batch_id == batch.id)
    changed(rows.where(~ImportRow.is_unreadable) if but_unreadable else rows)
    drop_content(batch)
    batch.state, batch.done_at = BatchState.DISCARDED, now()


def apply_part(batch_id: int, *, at_most: int = PART) -> int:
    """Bring in the next rows of an accepted import and return how many were seen to.

    They are compared anew with what we know by now. Whatever stops the program, a row is
    brought in with all that belongs to it, once. With nothing left the import is done.
    """
    batch = held(batch_id)
    if batch.state not in UNDER_WAY:
        return 0
    part = _applied(batch, _next_rows(batch_id, at_most))
    batch.state = BatchState.APPLYING
    batch.applied_rows += part.done
    if part.done:
        facts = {"rows": part.done}
        deed = record(Actor(account_id=batch.account_id), "imported", batch, facts=facts)
        deed.batch_id = batch_id
        load(Change, [{"change_set_id": deed.id, **change} for change in part.told])
    if not _next_rows(batch_id, 1):
        _finish(batch)
    return part.done + part.asked


def fail(batch_id: int, problem: str) -> None:
    """Stop an import that cannot go on. What was brought in stays; the rest can be tried again."""
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.state, batch.problem = BatchState.FAILED, problem[:500]


def held(batch_id: int) -> ImportBatch:
    """The import as it is now, held until the transaction ends: one deed after another."""
    return db.session.scalars(locked(select(ImportBatch).where(ImportBatch.id == batch_id))).one()


def _finish(batch: ImportBatch) -> None:
    batch.state, batch.done_at = BatchState.APPLIED, now()
    count(batch)
    if batch.applied_rows >= PART:
        tidy_index()


def _next_rows(batch_id: int, at_most: int) -> Sequence[Any]:
    columns = (ImportRow.id, ImportRow.values, ImportRow.changes, ImportRow.person_id)
    waiting = select(*columns, ImportRow.found).where(
        ImportRow.batch_id == batch_id,
        ImportRow.verdict.in_((Verdict.NEW, Verdict.UPDATED)),
        ImportRow.is_applied.is_(False),
    )
    return db.session.execute(waiting.order_by(ImportRow.line).limit(at_most)).all()


@dataclass
class _Part:
    """What becomes of some rows."""

    told: list[Row] = field(default_factory=list)
    """The changes for the history."""
    done: int = 0
    asked: int = 0
    """Of whom it became doubtful whom they mean."""


@dataclass
class _Sorted:
    """Some rows by what is to be done with them."""

    fresh: list[Any] = field(default_factory=list)
    meant: dict[int, tuple[Any, Correction]] = field(default_factory=dict)
    doubtful: list[tuple[Any, list[Candidate]]] = field(default_factory=list)


def _applied(batch: ImportBatch, rows: Sequence[Any]) -> _Part:
    """Bring the rows in. A second row of the same person waits for the next part."""
    judge = Judge(rules_of(batch))
    brought = Brought(kind=batch.kind, lists=read_lists(), batch_id=batch.id)
    todo = _sorted(rows, judge)
    corrections = [one for _row, one in todo.meant.values() if one.changes]
    told = correct(corrections, brought)
    values = [judge.rules.kept(row.values) for row in todo.fresh]
    person_ids = enter(brought, values)
    told += [_entered(i, said) for i, said in zip(person_ids, values, strict=True)]
    done = [(row.id, one.person_id) for row, one in todo.meant.values()]
    done += [(row.id, i) for row, i in zip(todo.fresh, person_ids, strict=True)]
    _mark_done(done)
    set_rows(
        ImportRow,
        (
            {"id": row.id, "changes": one.changes}
            for row, one in todo.meant.values()
            if one.changes != row.changes
        ),
    )
    set_rows(ImportRow, (_doubtful(row.id, candidates) for row, candidates in todo.doubtful))
    return _Part(told=told, done=len(done), asked=len(todo.doubtful))


def _sorted(rows: Sequence[Any], judge: Judge) -> _Sorted:
    """Each row with whom it means by now. Whom the office meant is meant, unless they are gone."""
    persons = known_persons({row.person_id for row in rows if row.person_id is not None})
    numbered = judge.numbered([row.values for row in rows])
    todo, unsure = _Sorted(), []
    for row in rows:
        known = numbered.get(row.values.get("student_number")) or persons.get(row.person_id)
        is_new = row.person_id is None and (row.found is not None or judge.rules.is_registrars)
        if known is None and not is_new:
            unsure.append(row)
        else:
            _sort_in(todo, row, known, judge)
    whom = judge.whom([row.values for row in unsure])
    for row, (known, candidates) in zip(unsure, whom, strict=True):
        if known is None and (candidates or row.person_id is not None):
            todo.doubtful.append((row, candidates))
        else:
            _sort_in(todo, row, known, judge)
    return todo


def _sort_in(todo: _Sorted, row: Any, known: Any, judge: Judge) -> None:
    if known is None:
        todo.fresh.append(row)
    elif row.found is None and judge.is_doubtful(row.values, known):
        todo.doubtful.append((row, [judge.under_another_name(known)]))
    elif known.person_id not in todo.meant:
        values = judge.rules.kept(row.values)
        correction = Correction(
            values=values, known=known, changes=judge.changes(row.values, known)
        )
        todo.meant[known.person_id] = (row, correction)


def _mark_done(rows: Iterable[tuple[int, int]]) -> None:
    """Note of rows that they are brought in, and as whom. In one statement."""
    told = [{"n": row_id, "person": person_id} for row_id, person_id in rows]
    if told:
        given = {"rows": json.dumps(told)}
        db.session.connection().execute(_marking(is_postgresql()), given)


@lru_cache(maxsize=2)
def _marking(on_postgresql: bool) -> Executable:  # noqa: FBT001 - the engine at hand, to be cached by
    asked = told_rows(on_postgresql, person=Integer())
    marked: Executable = (
        update(ImportRow)
        .where(ImportRow.id == asked.c.n)
        .values(person_id=asked.c.person, is_applied=True)
    )
    return marked


def _doubtful(row_id: int, candidates: Sequence[Candidate]) -> Row:
    return {
        "id": row_id,
        "verdict": Verdict.POSSIBLE,
        "found": None,
        "person_id": None,
        "changes": {},
        "candidates": [list(one) for one in candidates],
    }


def _entered(person_id: int, values: Values) -> Row:
    return {
        "person_id": person_id,
        "table_name": Person.__tablename__,
        "row_id": person_id,
        "before": None,
        "after": values,
    }
