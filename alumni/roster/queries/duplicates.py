"""The queue of records that may stand for one graduate, and the merges that were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.db import Model, db
from alumni.errors import NotFound
from alumni.people.models import Person
from alumni.people.policy import GONE, visible
from alumni.people.queries import display_name
from alumni.people.queries.search import hits, matches
from alumni.roster.models import DuplicatePair, DuplicateSearch, Merge, PairState
from alumni.roster.policy import may_merge, may_see_duplicates
from alumni.roster.queries.likeness import LIKELY, alike, known_by_id, score
from alumni.roster.queries.merging import can_be_undone
from alumni.roster.queries.neighbours import neighbours
from alumni.roster.queries.sides import Side, sides

Columns = TypeVarTuple("Columns")

AT_A_TIME = 10
"""Pairs on a page: each is two people with all that tells them apart."""

MERGES_AT_A_TIME = 30

MOST_FOUND = 20
"""People shown to be merged with somebody."""

_ONE, _OTHER = aliased(Person), aliased(Person)


class Mark(NamedTuple):
    """Where a page of pairs ended."""

    score: int
    id: int


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two records with what speaks for their being one."""

    public_id: str
    one: Side
    other: Side
    score: int
    reasons: dict[str, bool]
    is_ignored: bool
    is_own: bool
    """Whether one of the two is the actor, who does not decide about it."""


@dataclass(frozen=True, kw_only=True)
class PairPage:
    pairs: list[Pair]
    after: Mark | None
    """Where the next page begins; None on the last one."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merge that was made."""

    public_id: str
    kept: str
    """The names of the two records."""
    gone: str
    kept_id: str
    """The public ids of the two."""
    gone_id: str
    persons: tuple[int, int]
    """The two by their numbers."""
    by: str
    """Who did it; empty: the program."""
    at: datetime
    undone_at: datetime | None
    undone_by: str
    can_be_undone: bool
    conflicts: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class MergePage:
    merges: list[Merged]
    after: int | None


@dataclass(frozen=True, kw_only=True)
class Likely:
    """Somebody who may be merged with a person."""

    side: Side
    score: int
    reasons: dict[str, bool]


def pairs(actor: Actor, state: PairState, after: Mark | None = None) -> PairPage:
    """The likeliest pairs first, of people who are in the records still."""
    require(may_see_duplicates, actor)
    listed = (
        _living(select(DuplicatePair))
        .where(DuplicatePair.state == state)
        .order_by(DuplicatePair.score.desc(), DuplicatePair.id.desc())
        .limit(AT_A_TIME + 1)
    )
    if after is not None:
        points, row_id = DuplicatePair.score, DuplicatePair.id
        same = and_(points == after.score, row_id < after.id)
        listed = listed.where(or_(points < after.score, same))
    rows = db.session.scalars(listed).all()
    shown = rows[:AT_A_TIME]
    last = Mark(shown[-1].score, shown[-1].id) if len(rows) > AT_A_TIME else None
    return PairPage(pairs=_pairs(actor, shown), after=last)


def pair_counts(actor: Actor) -> dict[PairState, int]:
    """How many pairs there are in each state; of those that were merged how many merges stand."""
    require(may_see_duplicates, actor)
    counted = _living(select(DuplicatePair.state, func.count())).group_by(DuplicatePair.state)
    found = {state: number for state, number in db.session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    standing = select(func.count()).select_from(Merge).where(Merge.undone_at.is_(None))
    return {
        PairState.OPEN: found.get(PairState.OPEN, 0),
        PairState.IGNORED: found.get(PairState.IGNORED, 0),
        PairState.MERGED: db.session.scalar(standing) or 0,
    }


def pairs_waiting(actor: Actor) -> int:
    """How many pairs wait for the office. Nought for those who may not see them."""
    if not may_see_duplicates(actor):
        return 0
    waiting = _living(select(func.count()).select_from(DuplicatePair))
    return db.session.scalar(waiting.where(DuplicatePair.state == PairState.OPEN)) or 0


def get_pair(actor: Actor, public_id: str) -> DuplicatePair:
    require(may_see_duplicates, actor)
    pair = db.session.scalar(select(DuplicatePair).where(DuplicatePair.public_id == public_id))
    if pair is None:
        raise NotFound
    return pair


def get_living_pair(actor: Actor, public_id: str) -> Pair:
    """The pair, of which nobody is part of another record yet."""
    row = db.session.scalar(
        _living(select(DuplicatePair)).where(DuplicatePair.id == get_pair(actor, public_id).id)
    )
    if row is None:
        raise NotFound
    return _pairs(actor, [row])[0]


def get_person(actor: Actor, public_id: str) -> Person:
    """Somebody to be merged."""
    require(may_see_duplicates, actor)
    person = db.session.scalar(select(Person).where(Person.public_id == public_id, visible(actor)))
    if person is None:
        raise NotFound
    return person


def merge_of(pair: DuplicatePair) -> Merge | None:
    """The merge that made the two one."""
    both = (pair.person_id, pair.other_id)
    asked = select(Merge).where(
        Merge.kept_id.in_(both), Merge.gone_id.in_(both), Merge.undone_at.is_(None)
    )
    return db.session.scalar(asked)


def likely(actor: Actor, person: Person, text: str = "") -> list[Likely]:
    """Who may be the same person, the likeliest first; with a text, who is found by it."""
    require(may_see_duplicates, actor)
    if text:
        by_words = select(hits(actor)).where(matches(actor, text))
        asked = select(Person.id).where(
            visible(actor), Person.id.in_(by_words), Person.id != person.id
        )
        others = set(db.session.scalars(asked.order_by(Person.sort_key).limit(MOST_FOUND)))
    else:
        others = {two for pair in neighbours([person.id]) for two in pair} - {person.id}
    known = known_by_id([person.id, *others])
    judged = {other: alike(known[person.id], known[other]) for other in others if other in known}
    points = {other: score(reasons) for other, reasons in judged.items()}
    best = sorted((other for other in points if text or points[other] >= LIKELY), key=_by(points))
    both = sides(best[:MOST_FOUND])
    return [
        Likely(side=both[other], score=points[other], reasons=judged[other])
        for other in best[:MOST_FOUND]
    ]


def merges(actor: Actor, after: int | None = None) -> MergePage:
    """The newest first."""
    require(may_see_duplicates, actor)
    listed = _told().order_by(Merge.id.desc()).limit(MERGES_AT_A_TIME + 1)
    if after is not None:
        listed = listed.where(Merge.id < after)
    rows = db.session.execute(listed).all()
    shown = rows[:MERGES_AT_A_TIME]
    return MergePage(
        merges=[_merged(row) for row in shown],
        after=shown[-1][0].id if len(rows) > MERGES_AT_A_TIME else None,
    )


def merged(actor: Actor, public_id: str) -> Merged:
    """One merge, with what taking it back left as it was."""
    require(may_see_duplicates, actor)
    row = db.session.execute(_told().where(Merge.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return _merged(row)


def how_far(actor: Actor) -> tuple[int, int] | None:
    """How many people have been compared, and of how many. None: no such search is under way."""
    require(may_see_duplicates, actor)
    at = db.session.scalar(select(DuplicateSearch.person_id))
    if at is None:
        return None
    counted = select(func.count(), func.count().filter(Person.id <= at)).select_from(Person)
    total, done = db.session.execute(counted).one()
    return done, total


def last_search(actor: Actor) -> datetime | None:
    """When everybody was compared last."""
    require(may_see_duplicates, actor)
    return db.session.scalar(select(DuplicateSearch.done_at))


def said_of(conflict: dict[str, Any]) -> str:
    """What a row that stayed as it is says, in its own words; nothing if it is gone."""
    table = Model.metadata.tables.get(conflict["table"])
    if table is None:
        return ""
    key = next(iter(table.primary_key.columns))
    found = db.session.execute(select(table).where(key == conflict["row"])).mappings().first()
    row: dict[str, Any] = dict(found or {})
    telling = ("value", "name", "employer", "written", "student_number", "name_zh", "name_latin")
    return next((str(row[name]) for name in telling if row.get(name)), "")


def _living(rows: Select[*Columns]) -> Select[*Columns]:
    """Over ``DuplicatePair``: those of whom both are there still."""
    return rows.join(_ONE, _ONE.id == DuplicatePair.person_id).join(
        _OTHER,
        and_(
            _OTHER.id == DuplicatePair.other_id,
            _OTHER.status.not_in(GONE),
            _ONE.status.not_in(GONE),
        ),
    )


def _pairs(actor: Actor, rows: Sequence[DuplicatePair]) -> list[Pair]:
    both = sides({person_id for row in rows for person_id in (row.person_id, row.other_id)})
    return [
        Pair(
            public_id=row.public_id,
            one=both[row.person_id],
            other=both[row.other_id],
            score=row.score,
            reasons=row.reasons,
            is_ignored=row.state is PairState.IGNORED,
            is_own=not may_merge(actor, both[row.person_id].person, both[row.other_id].person),
        )
        for row in rows
    ]


def _by(points: dict[int, int]) -> Any:
    return lambda other: (-points[other], other)


_BY, _UNDONE_BY = aliased(Account), aliased(Account)


def _told() -> Select[Merge, Person, Person, str, str]:
    return (
        select(Merge, _ONE, _OTHER, _BY.name, _UNDONE_BY.name)
        .join(_ONE, _ONE.id == Merge.kept_id)
        .join(_OTHER, _OTHER.id == Merge.gone_id)
        .outerjoin(_BY, _BY.id == Merge.account_id)
        .outerjoin(_UNDONE_BY, _UNDONE_BY.id == Merge.undone_by_id)
    )


def _merged(row: Any) -> Merged:
    merge, kept, gone, by, undone_by = row
    return Merged(
        public_id=merge.public_id,
        kept=display_name(kept),
        gone=display_name(gone),
        kept_id=kept.public_id,
        gone_id=gone.public_id,
        persons=(kept.id, gone.id),
        by=by or "",
        at=merge.at,
        undone_at=merge.undone_at,
        undone_by=undone_by or "",
        can_be_undone=can_be_undone(merge),
        conflicts=merge.conflicts,
    )
