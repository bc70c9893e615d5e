"""What the office decides about the rows of a file before they are brought in."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, func, select, update

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import changed, db
from alumni.errors import NotFound, Refusal
from alumni.i18n import _
from alumni.roster.commands.imports import held
from alumni.roster.commands.ledger import set_rows
from alumni.roster.commands.loading import Row
from alumni.roster.commands.receiving import take_up
from alumni.roster.commands.staging import count
from alumni.roster.comparing import changes, rules_of
from alumni.roster.matching import Candidate, contradicts
from alumni.roster.models import ImportBatch, ImportRow, Verdict
from alumni.roster.policy import may_identify, may_import
from alumni.roster.queries.imports import is_open
from alumni.roster.queries.known import known_persons
from alumni.roster.queries.lists import place_finder

AT_A_TIME = 1000
"""Rows that are held in memory."""

_Choice: TypeAlias = tuple[int, Mapping[str, Any], Candidate]
"""A row by its id, what it says, and whom it is to mean."""


class Wish(StrEnum):
    """What is to become of a row."""

    SAME = "same"
    """It means a person whom we know."""
    NEW = "new"
    """It means somebody whom we do not know."""
    LEAVE = "leave"
    ANEW = "anew"
    """What was decided is undecided again."""


def settle(
    actor: Actor,
    batch: ImportBatch,
    row_id: int,
    wish: Wish,
    *,
    person_id: int | None = None,
) -> None:
    """Decide about one row. ``person_id`` says whom of its candidates it means, for ``SAME``.

    Whether it means one of them, or nobody of them, only says who may know them.
    """
    require(may_import, actor)
    batch = _open(actor, batch)
    row = db.session.get(ImportRow, row_id, populate_existing=True)
    if row is None or row.batch_id != batch.id:
        raise NotFound
    if wish is Wish.SAME or (wish is Wish.NEW and row.candidates):
        require(may_identify, actor)
    if not _may_become(row, wish):
        raise Refusal(_("This row was decided about or brought in meanwhile."))
    if wish is Wish.SAME:
        _choose(batch, row, person_id)
    elif wish is Wish.NEW and not _is_enterable(row.values, row.candidates):
        raise Refusal(_("Nobody new can be this: the name is missing, or the number is taken."))
    else:
        _become(wish, ImportRow.id == row.id)
    count(batch)
    record(actor, "settled_row", batch, facts={"line": row.line, "wish": wish.value})


def settle_all(actor: Actor, batch: ImportBatch, wish: Wish, *, at_least: int = 0) -> int:
    """Decide about all doubtful rows at once, and return about how many was decided.

    With ``SAME`` each means its likeliest candidate, where that one has ``at_least`` so many
    points, nothing speaks against it, and nobody else fits as well. ``ANEW`` takes all decisions
    back that are not brought in.
    """
    require(may_import, actor)
    if wish in (Wish.SAME, Wish.NEW):
        require(may_identify, actor)
    batch = _open(actor, batch)
    if wish is Wish.SAME:
        done = sum(_mean(batch, part) for part in _likeliest(batch, at_least))
    elif wish is Wish.NEW:
        done = sum(_become(wish, ImportRow.id.in_(part)) for part in _enterable(batch))
    elif wish is Wish.LEAVE:
        done = _become(wish, and_(_mine(batch), ImportRow.verdict == Verdict.POSSIBLE))
    else:
        done = _become(wish, _mine(batch))
    count(batch)
    if done:
        record(actor, "settled_rows", batch, facts={"rows": done, "wish": wish.value})
    return done


def _open(actor: Actor, batch: ImportBatch) -> ImportBatch:
    batch = held(batch.id)
    take_up(actor, batch)
    if not is_open(batch):
        raise Refusal(_("This import is under way or done."))
    return batch


def _mine(batch: ImportBatch) -> ColumnElement[bool]:
    return ImportRow.batch_id == batch.id


def _may_become(row: ImportRow, wish: Wish) -> bool:
    if row.is_applied:
        return False
    if wish is Wish.ANEW:
        return row.found is not None
    if wish is Wish.LEAVE:
        return row.verdict in (Verdict.POSSIBLE, Verdict.NEW, Verdict.UPDATED)
    return row.verdict is Verdict.POSSIBLE and (wish is Wish.NEW or bool(row.candidates))


def _become(wish: Wish, some: ColumnElement[bool]) -> int:
    """Let these rows be new or left, or what they were found to be. Return how many that were."""
    rows = update(ImportRow).where(some, ImportRow.is_applied.is_(False))
    if wish is Wish.ANEW:
        decided = rows.where(ImportRow.found.is_not(None))
        doubtful = decided.where(ImportRow.found == Verdict.POSSIBLE)
        nobody: Row = {"person_id": None, "changes": {}}
        done = changed(doubtful.values(verdict=Verdict.POSSIBLE, found=None, **nobody))
        return done + changed(decided.values(verdict=ImportRow.found, found=None))
    if wish is Wish.NEW:
        return changed(
            rows.where(ImportRow.verdict == Verdict.POSSIBLE).values(
                verdict=Verdict.NEW, found=Verdict.POSSIBLE
            )
        )
    return changed(
        rows.where(ImportRow.verdict.in_((Verdict.POSSIBLE, Verdict.NEW, Verdict.UPDATED))).values(
            verdict=Verdict.SKIPPED,
            found=func.coalesce(ImportRow.found, ImportRow.verdict),
        )
    )


def _choose(batch: ImportBatch, row: ImportRow, person_id: int | None) -> None:
    chosen = [one for one in map(Candidate._make, row.candidates) if one.person_id == person_id]
    if not chosen:
        raise NotFound
    if not _mean(batch, [(row.id, row.values, chosen[0])]):
        raise Refusal(_("Another row of this file means this person already, or they are gone."))


def _mean(batch: ImportBatch, rows: Sequence[_Choice]) -> int:
    """Let rows mean these people. Return how many do: of two that mean one person the first."""
    rules, place_of = rules_of(batch), place_finder()
    persons = known_persons({one.person_id for _row_id, _values, one in rows})
    taken = set() if rules.is_registrars else _taken(batch, persons)
    told: list[Row] = []
    for row_id, values, candidate in rows:
        known = persons.get(candidate.person_id)
        if known is None or known.person_id in taken:
            continue
        if not rules.is_registrars:
            taken.add(known.person_id)
        differing = changes(rules.kept(values), known, place_of, rules)
        told.append(
            {
                "id": row_id,
                "verdict": Verdict.UPDATED if differing else Verdict.UNCHANGED,
                "found": Verdict.POSSIBLE,
                "person_id": known.person_id,
                "changes": differing,
            }
        )
    set_rows(ImportRow, told)
    return len(told)


def _taken(batch: ImportBatch, persons: Mapping[int, Any]) -> set[int]:
    """Whom other rows of the file mean."""
    theirs = select(ImportRow.person_id).where(_mine(batch), ImportRow.person_id.in_(persons))
    return {person_id for person_id in db.session.scalars(theirs) if person_id is not None}


def _likeliest(batch: ImportBatch, at_least: int) -> Iterator[list[_Choice]]:
    """The rows of whom nobody needs to look twice, each with the likeliest candidate."""
    for part in _doubtful(batch):
        yield [
            (row_id, values, candidates[0])
            for row_id, values, candidates in part
            if _is_plain(candidates, at_least)
        ]


def _is_plain(candidates: Sequence[Candidate], at_least: int) -> bool:
    if not candidates or contradicts(candidates[0].facts):
        return False
    score = candidates[0].score
    return score >= at_least and all(one.score < score for one in candidates[1:])


def _enterable(batch: ImportBatch) -> Iterator[list[int]]:
    for part in _doubtful(batch):
        yield [row_id for row_id, values, candidates in part if _is_enterable(values, candidates)]


def _is_enterable(values: Mapping[str, Any], candidates: Sequence[Sequence[Any]]) -> bool:
    """Whether the row can be somebody new: it has a name, and no number that is another's."""
    is_taken = any(facts.get("student_number") for _person_id, _score, facts in candidates)
    return "name" in values and not is_taken


def _doubtful(batch: ImportBatch) -> Iterator[list[tuple[int, dict[str, Any], list[Candidate]]]]:
    """The doubtful rows in parts, as they stand in the file."""
    line = 0
    while True:
        rows = db.session.execute(
            select(ImportRow.line, ImportRow.id, ImportRow.values, ImportRow.candidates)
            .where(_mine(batch), ImportRow.verdict == Verdict.POSSIBLE, ImportRow.line > line)
            .order_by(ImportRow.line)
            .limit(AT_A_TIME)
        ).all()
        if not rows:
            return
        line = rows[-1].line
        yield [(i, values, [*map(Candidate._make, some)]) for _line, i, values, some in rows]
