"""Handovers: who is to follow whom, from which day, and what is still to be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true
from sqlalchemy.orm import joinedload

from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, Right, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    MembershipState,
    Officer,
    PositionRight,
)
from alumni.chapters.models.governance import (
    Handover,
    HandoverSeat,
    HandoverState,
    HandoverStep,
)
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries.officers import Term, terms
from alumni.membership.queries.persons import (
    COLUMNS,
    MOST_CANDIDATES,
    Somebody,
    named_like,
    somebody,
    with_people,
)
from alumni.people.models import Person, PersonStatus
from alumni.people.policy import visible

CONFIRMED = "confirmed_handover"
"""The deed of which the history keeps what it did to each term."""


class Step(StrEnum):
    """What one team passes on to the next."""

    GROUPS = "groups"
    MONEY = "money"
    PAPERS = "papers"
    EVENTS = "events"
    JOINERS = "joiners"
    LETTERS = "letters"


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who is to hold which position."""

    seat: HandoverSeat
    who: Somebody


@dataclass(frozen=True, kw_only=True)
class Teams:
    """The officers of a chapter as a handover on a day leaves them."""

    leaving: list[Term]
    """In term the day before: their terms end."""
    staying: list[Term]
    """Their terms begin on the day or later, and are left alone."""


@dataclass(frozen=True, kw_only=True)
class HandoverRow:
    handover: Handover
    seats: int


def prepared_handover(chapter: Chapter) -> Handover | None:
    """The handover that is being prepared; there is one at most."""
    return db.session.scalar(_of(chapter).where(Handover.state == HandoverState.PREPARED))


def coming_handover(chapter: Chapter) -> Handover | None:
    """The confirmed handover whose day has not come, and which can still be called off."""
    return db.session.scalar(
        _of(chapter)
        .where(Handover.state == HandoverState.CONFIRMED, Handover.effective_on > today())
        .limit(1)
    )


def past_handovers(chapter: Chapter) -> list[Handover]:
    """The last ten that happened."""
    past = _of(chapter).where(
        Handover.state == HandoverState.CONFIRMED, Handover.effective_on <= today()
    )
    return list(db.session.scalars(past.limit(10)))


def get_handover(chapter: Chapter, public_id: str) -> Handover:
    handover = db.session.scalar(_of(chapter).where(Handover.public_id == public_id))
    if handover is None:
        raise NotFound
    return handover


def get_prepared(chapter: Chapter) -> Handover:
    handover = prepared_handover(chapter)
    if handover is None:
        raise NotFound
    return handover


def get_seat(handover: Handover, seat_id: int) -> HandoverSeat:
    seat = db.session.scalar(
        select(HandoverSeat).where(
            HandoverSeat.id == seat_id, HandoverSeat.handover_id == handover.id
        )
    )
    if seat is None:
        raise NotFound
    return seat


def seats(actor: Actor, handover: Handover) -> list[Seat]:
    """The new team in the order of the positions."""
    listed = (
        with_people(actor, select(HandoverSeat, *COLUMNS), HandoverSeat.person_id)
        .where(HandoverSeat.handover_id == handover.id)
        .options(joinedload(HandoverSeat.position))
    )
    found = [Seat(seat=row.HandoverSeat, who=somebody(row)) for row in db.session.execute(listed)]
    return sorted(found, key=lambda one: (one.seat.position.order, one.seat.id))


def plan_of(handover: Handover, team: Iterable[HandoverSeat]) -> str:
    """The days and the team in a word, another one as soon as somebody changes them."""
    named = sorted((one.person_id, one.position_id) for one in team)
    told = repr((handover.effective_on, handover.ends_on, named))
    return sha256(told.encode()).hexdigest()[:32]


def teams(actor: Actor, chapter: Chapter, day: date) -> Teams:
    """Whose terms end if a new team begins on the day, and whose go on."""
    held = [
        term
        for term in terms(actor, chapter)
        if term.officer.ends_on is None or term.officer.ends_on >= day
    ]
    return Teams(
        leaving=[term for term in held if term.officer.starts_on < day],
        staying=[term for term in held if term.officer.starts_on >= day],
    )


def steps_done(handover: Handover) -> dict[Step, HandoverStep]:
    done = select(HandoverStep).where(HandoverStep.handover_id == handover.id)
    return {Step(one.step): one for one in db.session.scalars(done)}


def member_candidates(actor: Actor, chapter: Chapter, text: str) -> list[Somebody]:
    """Members of the chapter whose name begins so, as far as the actor finds them."""
    found = (
        with_people(actor, select(*COLUMNS), ChapterMembership.person_id)
        .where(*_nameable(actor, chapter), named_like(text))
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_CANDIDATES)
    )
    return [somebody(row) for row in db.session.execute(found)]


def find_member(actor: Actor, chapter: Chapter, public_id: str) -> int | None:
    """The id of the person, if the actor may find them among the members."""
    return db.session.scalar(
        select(Person.id)
        .join(ChapterMembership, ChapterMembership.person_id == Person.id)
        .where(*_nameable(actor, chapter), Person.public_id == public_id)
    )


def has_approver(handover: Handover) -> bool:
    """Whether somebody of the new team will be able to decide about joiners."""
    brought = exists().where(
        PositionRight.position_id == HandoverSeat.position_id,
        PositionRight.right == Right.APPROVE,
    )
    deciding = (
        select(HandoverSeat.id)
        .join(Person, Person.id == HandoverSeat.person_id)
        .where(
            HandoverSeat.handover_id == handover.id,
            Person.status == PersonStatus.VERIFIED,
            brought,
        )
    )
    return db.session.scalar(deciding.limit(1)) is not None


def open_handovers(actor: Actor) -> list[HandoverRow]:
    """Those that wait to be confirmed and those whose day comes, by their day."""
    require(may_manage_chapters, actor)
    named = (
        select(func.count())
        .where(HandoverSeat.handover_id == Handover.id)
        .correlate(Handover)
        .scalar_subquery()
    )
    listed = (
        select(Handover, named)
        .join(Chapter, Chapter.id == Handover.chapter_id)
        .where(
            Chapter.status != ChapterStatus.ARCHIVED,
            or_(
                Handover.state == HandoverState.PREPARED,
                (Handover.state == HandoverState.CONFIRMED) & (Handover.effective_on > today()),
            ),
        )
        .options(joinedload(Handover.chapter))
        .order_by(Handover.effective_on, Handover.id)
    )
    return [
        HandoverRow(handover=handover, seats=count)
        for handover, count in db.session.execute(listed)
    ]


def handovers_waiting(actor: Actor) -> int:
    """How many handovers with a team wait for the office to confirm them."""
    if not may_manage_chapters(actor):
        return 0
    named = exists().where(HandoverSeat.handover_id == Handover.id)
    waiting = (
        select(func.count())
        .select_from(Handover)
        .join(Chapter, Chapter.id == Handover.chapter_id)
        .where(
            Handover.state == HandoverState.PREPARED,
            Chapter.status != ChapterStatus.ARCHIVED,
            named,
        )
    )
    return db.session.scalar(waiting) or 0


def changes_of_terms(handover: Handover) -> list[Change]:
    """What the confirmation did to each term, as the history keeps it."""
    return list(
        db.session.scalars(
            select(Change)
            .join(ChangeSet, ChangeSet.id == Change.change_set_id)
            .where(
                ChangeSet.verb == CONFIRMED,
                ChangeSet.subject_table == Handover.__tablename__,
                ChangeSet.subject_id == handover.id,
                Change.table_name == Officer.__tablename__,
            )
            .order_by(Change.id)
        )
    )


def _of(chapter: Chapter) -> Select[Handover]:
    return (
        select(Handover)
        .where(Handover.chapter_id == chapter.id)
        .order_by(Handover.effective_on.desc(), Handover.id.desc())
    )


def _nameable(actor: Actor, chapter: Chapter) -> tuple[ColumnElement[bool], ...]:
    """Members who may hold a position, and whom the actor finds; the office appoints anybody."""
    return (
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state == MembershipState.ACTIVE,
        Person.status.in_((PersonStatus.KNOWN, PersonStatus.VERIFIED)),
        true() if may_manage_chapters(actor) else visible(actor),
    )
