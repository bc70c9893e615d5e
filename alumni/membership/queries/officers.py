"""Officers, their terms, and what they may do until when."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor, Right
from alumni.chapters.models import (
    Chapter,
    ChapterStatus,
    Officer,
    OfficerRight,
    Position,
    PositionRight,
)
from alumni.chapters.queries import chapter_and_above
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_people
from alumni.people.models import Person, PersonStatus
from alumni.terms import runs


@dataclass(frozen=True, kw_only=True)
class Term:
    """A person's time in a position."""

    officer: Officer
    who: Somebody
    state: str
    """``coming``, ``running`` or ``over``, as of today."""


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A right that the office gave beside those of the position."""

    given: OfficerRight
    state: str
    """``coming``, ``running`` or ``over``, as of today; over with the term, too."""


@dataclass(frozen=True, kw_only=True)
class HeldRight:
    """What the reader may do in a chapter, and how long."""

    right: Right
    until: date | None
    """The last day; None until further notice."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The reader's part at a desk."""

    terms: list[Officer] = field(default_factory=list)
    """In term today, here or above with a position that reaches down; with its chapter."""
    rights: list[HeldRight] = field(default_factory=list)


def terms(actor: Actor, chapter: Chapter) -> list[Term]:
    """All who hold, held or will hold a position: those of today first, then the latest."""
    listed = (
        with_people(actor, select(Officer, *COLUMNS), Officer.person_id)
        .where(Officer.chapter_id == chapter.id)
        .options(joinedload(Officer.position))
        .order_by(Officer.starts_on.desc(), Officer.id.desc())
    )
    found = [
        Term(officer=row.Officer, who=somebody(row), state=state_of(row.Officer))
        for row in db.session.execute(listed)
    ]
    order = {"running": 0, "coming": 1, "over": 2}
    return sorted(
        found,
        key=lambda term: (
            order[term.state],
            term.officer.position.order if term.state == "running" else 0,
        ),
    )


def get_term(actor: Actor, chapter: Chapter, officer_id: int) -> Term:
    for term in terms(actor, chapter):
        if term.officer.id == officer_id:
            return term
    raise NotFound


def granted_to(officers: Iterable[Officer]) -> dict[int, list[Granted]]:
    """What was granted to these officers beside their positions, by the officer's id.

    The latest first.
    """
    by_id = {officer.id: officer for officer in officers}
    listed = (
        select(OfficerRight)
        .where(OfficerRight.officer_id.in_(by_id))
        .order_by(OfficerRight.starts_on.desc(), OfficerRight.id.desc())
    )
    found: dict[int, list[Granted]] = {}
    for given in db.session.scalars(listed):
        is_over = state_of(by_id[given.officer_id]) == "over"
        state = "over" if is_over else state_of(given)
        found.setdefault(given.officer_id, []).append(Granted(given=given, state=state))
    return found


def get_granted(officer: Officer, granted_id: int) -> OfficerRight:
    given = db.session.scalar(
        select(OfficerRight).where(
            OfficerRight.id == granted_id, OfficerRight.officer_id == officer.id
        )
    )
    if given is None:
        raise NotFound
    return given


def rights_of_position(position_id: int) -> frozenset[Right]:
    brought = select(PositionRight.right).where(PositionRight.position_id == position_id)
    return frozenset(db.session.scalars(brought))


def rights_going_on(officer: Officer, last_day: date) -> frozenset[Right]:
    """What was granted in the term beyond its present end, if it ran through that later day."""
    granted = select(OfficerRight.right).where(
        OfficerRight.officer_id == officer.id,
        OfficerRight.starts_on <= last_day,
        OfficerRight.ends_on > officer.ends_on,
    )
    return frozenset(db.session.scalars(granted))


def my_standing(actor: Actor, chapter: Chapter) -> Standing:
    """What the actor may do at this desk and until when; nothing for who works there otherwise."""
    if actor.person_id is None:
        return Standing()
    mine = (
        select(Officer)
        .join(Position, Position.id == Officer.position_id)
        .where(
            Officer.person_id == actor.person_id,
            runs(Officer),
            Officer.chapter_id.in_(chapter_and_above(chapter.id)),
            or_(Officer.chapter_id == chapter.id, Position.reaches_below),
        )
        .options(joinedload(Officer.position), joinedload(Officer.chapter))
        .order_by(Position.order, Officer.id)
    )
    held = list(db.session.scalars(mine))
    until = _rights_until(held, chapter)
    rights = [HeldRight(right=right, until=until[right]) for right in Right if right in until]
    return Standing(terms=held, rights=rights)


def _rights_until(held: list[Officer], chapter: Chapter) -> dict[Right, date | None]:
    """The last day of each right, the latest where several terms bring it."""
    until: dict[Right, date | None] = {}

    def note(right: Right, last: date | None) -> None:
        known = until.get(right, date.min)
        until[right] = None if known is None or last is None else max(known, last)

    brought = select(PositionRight).where(
        PositionRight.position_id.in_([officer.position_id for officer in held])
    )
    rights = list(db.session.scalars(brought))
    for officer in held:
        for one in rights:
            if one.position_id == officer.position_id:
                note(one.right, officer.ends_on)
    here = {officer.id: officer for officer in held if officer.chapter_id == chapter.id}
    running = select(OfficerRight).where(OfficerRight.officer_id.in_(here), runs(OfficerRight))
    for given in db.session.scalars(running):
        ends_on = here[given.officer_id].ends_on
        note(given.right, min(given.ends_on, ends_on) if ends_on else given.ends_on)
    return until


def officers_with(
    right: Right, chapter_ids: Select[int] | Collection[int]
) -> list[tuple[int, int]]:
    """Who holds the right in these chapters today, by position or as granted: pairs of a chapter

    and a person, in order.
    """
    held = (
        select(Officer.chapter_id, Officer.person_id)
        .where(Officer.chapter_id.in_(chapter_ids), runs(Officer), _holds(right))
        .distinct()
        .order_by(Officer.chapter_id, Officer.person_id)
    )
    return [(chapter_id, person_id) for chapter_id, person_id in db.session.execute(held)]


def _holds(right: Right, day: date | None = None) -> ColumnElement[bool]:
    """Whether the officer's position brings the right, or it was granted for the day."""
    brought = exists().where(
        PositionRight.position_id == Officer.position_id, PositionRight.right == right
    )
    given = exists().where(
        OfficerRight.officer_id == Officer.id, OfficerRight.right == right, runs(OfficerRight, day)
    )
    return or_(brought, given)


def is_led_on(chapter_id: int, day: date, *, without: int | None = None) -> bool:
    """Whether somebody may decide about joiners there on the day, without this officer."""
    leading = _leading(day).where(Officer.chapter_id == chapter_id)
    if without is not None:
        leading = leading.where(Officer.id != without)
    return db.session.scalar(leading.limit(1)) is not None


def led_chapters() -> frozenset[int]:
    """The ids of the chapters, none of them archived, where somebody may decide today."""
    led = _leading(today()).with_only_columns(Officer.chapter_id).distinct()
    open_ones = led.join(Chapter, Chapter.id == Officer.chapter_id).where(
        Chapter.status != ChapterStatus.ARCHIVED
    )
    return frozenset(db.session.scalars(open_ones))


def _leading(day: date) -> Select[int]:
    """The terms of those who may decide about joiners on the day in their own chapter."""
    return (
        select(Officer.id)
        .join(Person, Person.id == Officer.person_id)
        .where(
            Person.status == PersonStatus.VERIFIED,
            runs(Officer, day),
            _holds(Right.APPROVE, day),
        )
    )


def state_of(term: Officer | OfficerRight) -> str:
    """``coming``, ``running`` or ``over``, as of today."""
    if term.starts_on > today():
        return "coming"
    if term.ends_on is not None and term.ends_on < today():
        return "over"
    return "running"
