"""A chapter's desk: who waits, who came lately, and its members."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.desks import can_be_written_to
from alumni.membership.queries.narrowing import Address, MemberFilter, conditions, has_address
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_people
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Person,
)
from alumni.people.policy import shown, visible

AT_A_TIME = 50
MOST_WAITING = 100
MOST_RECENT = 10

PLACE_IN_LIST = tuple_(Person.sort_key, Person.id)


@dataclass(frozen=True, kw_only=True)
class Joiner:
    """Somebody who asks to become a member."""

    membership_id: int
    who: Somebody
    message: str
    asked_at: datetime
    is_found: bool
    """Whether the reader may open their page in the directory."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member with the ways to reach them that they share with their chapters."""

    who: Somebody
    since: date
    is_found: bool
    """Whether the reader may open their page in the directory."""
    contacts: list[tuple[ContactKind, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Each is as long as the list that it leads to."""

    members: int
    waiting: int
    joined_this_month: int
    reached: int
    """Members to whom a letter of the chapter goes."""
    dead: int
    """Members whose letters came back."""


@dataclass(frozen=True, kw_only=True)
class MemberPage:
    """A part of the list. ``newer`` and ``older`` are the cursors of the pages beside it."""

    rows: list[Member]
    first: int
    total: int
    newer: str | None
    older: str | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def shares_contacts(self) -> bool:
        return any(member.contacts for member in self.rows)


def figures(chapter: Chapter) -> Figures:
    """How many there are; one statement."""
    active = ChapterMembership.state == MembershipState.ACTIVE
    row = db.session.execute(
        select(
            func.count().filter(active),
            func.count().filter(ChapterMembership.state == MembershipState.PENDING),
            func.count().filter(active, ChapterMembership.starts_on >= today().replace(day=1)),
            func.count().filter(active, can_be_written_to(chapter.id)),
            func.count().filter(active, has_address(Address.DEAD)),
        )
        .select_from(ChapterMembership)
        .join(Person, Person.id == ChapterMembership.person_id)
        .where(ChapterMembership.chapter_id == chapter.id)
    ).one()
    return Figures(
        members=row[0], waiting=row[1], joined_this_month=row[2], reached=row[3], dead=row[4]
    )


def joiners(actor: Actor, chapter: Chapter, *, most: int = MOST_WAITING) -> list[Joiner]:
    """Who waits for a decision, the longest first; at most so many."""
    waiting = (
        _of(actor, chapter, MembershipState.PENDING)
        .order_by(ChapterMembership.asked_at, ChapterMembership.id)
        .limit(most)
    )
    return [_joiner(row) for row in db.session.execute(waiting)]


def get_joiner(actor: Actor, chapter: Chapter, membership_id: int) -> Joiner:
    """Who waits with this spell for a decision."""
    waiting = _of(actor, chapter, MembershipState.PENDING)
    row = db.session.execute(waiting.where(ChapterMembership.id == membership_id)).one_or_none()
    if row is None:
        raise NotFound
    return _joiner(row)


def get_membership(chapter: Chapter, membership_id: int) -> ChapterMembership:
    membership = db.session.scalar(
        select(ChapterMembership).where(
            ChapterMembership.id == membership_id, ChapterMembership.chapter_id == chapter.id
        )
    )
    if membership is None:
        raise NotFound
    return membership


def recent_members(actor: Actor, chapter: Chapter) -> list[Member]:
    """Who joined last."""
    newest = (
        _of(actor, chapter, MembershipState.ACTIVE)
        .order_by(ChapterMembership.starts_on.desc(), ChapterMembership.id.desc())
        .limit(MOST_RECENT)
    )
    return [
        Member(who=somebody(row), since=row.starts_on, is_found=row.is_found)
        for row in db.session.execute(newest)
    ]


def member_page(actor: Actor, chapter: Chapter, wanted: MemberFilter) -> MemberPage:
    """A page of the members by name, in three statements whatever their number."""
    rows, has_more = _cut(actor, chapter, wanted)
    total, passed = _count(actor, chapter, wanted)
    shared = _shared_contacts(actor, [row.person_id for row in rows])
    shown = [
        Member(
            who=somebody(row),
            since=row.starts_on,
            is_found=row.is_found,
            contacts=shared.get(row.person_id, []),
        )
        for row in rows
    ]
    first = passed - len(rows) + 1 if wanted.before else passed + 1
    return MemberPage(
        rows=shown,
        first=first,
        total=total,
        newer=rows[0].public_id if rows and first > 1 else None,
        older=rows[-1].public_id if rows and (has_more or wanted.before) else None,
    )


def _cut(actor: Actor, chapter: Chapter, wanted: MemberFilter) -> tuple[Sequence[Any], bool]:
    """The rows of the page, and whether there are more beyond them in the direction asked for."""
    narrowed = conditions(actor, chapter, wanted)
    listed = _of(actor, chapter, MembershipState.ACTIVE).where(*narrowed)
    if wanted.before:
        backwards = (
            listed.where(_cursor(wanted.before) > PLACE_IN_LIST)
            .order_by(Person.sort_key.desc(), Person.id.desc())
            .limit(AT_A_TIME)
        )
        return db.session.execute(backwards).all()[::-1], False
    if wanted.after:
        listed = listed.where(_cursor(wanted.after) < PLACE_IN_LIST)
    onwards = listed.order_by(Person.sort_key, Person.id).limit(AT_A_TIME + 1)
    rows = db.session.execute(onwards).all()
    return rows[:AT_A_TIME], len(rows) > AT_A_TIME


def _count(actor: Actor, chapter: Chapter, wanted: MemberFilter) -> tuple[int, int]:
    """How many there are, and how many of them the cursor has passed."""
    passed: ColumnElement[bool] = Person.id.is_(None)
    if wanted.before:
        passed = _cursor(wanted.before) > PLACE_IN_LIST
    elif wanted.after:
        passed = _cursor(wanted.after) >= PLACE_IN_LIST
    counted = (
        select(func.count(), func.count().filter(passed))
        .select_from(ChapterMembership)
        .join(Person, Person.id == ChapterMembership.person_id)
        .where(
            ChapterMembership.chapter_id == chapter.id,
            ChapterMembership.state == MembershipState.ACTIVE,
            *conditions(actor, chapter, wanted),
        )
    )
    total, before = db.session.execute(counted).one()
    return total, before


def _cursor(public_id: str) -> Any:
    """Where that person stands in the list. Of nobody, neither before nor after anybody."""
    at = select(Person.sort_key).where(Person.public_id == public_id).scalar_subquery()
    of = select(Person.id).where(Person.public_id == public_id).scalar_subquery()
    return tuple_(at, of)


def _shared_contacts(
    actor: Actor, person_ids: list[int]
) -> dict[int, list[tuple[ContactKind, str]]]:
    """The ways to reach them that the actor may see."""
    points = (
        select(ContactPoint.person_id, ContactPoint.kind, ContactPoint.value)
        .where(
            ContactPoint.person_id.in_(person_ids),
            shown(actor, ContactPoint),
            ContactPoint.kind != ContactKind.POSTAL,
        )
        .order_by(ContactPoint.is_primary.desc(), ContactPoint.id)
    )
    shared: dict[int, list[tuple[ContactKind, str]]] = {}
    for person_id, kind, value in db.session.execute(points):
        shared.setdefault(person_id, []).append((kind, value))
    return shared


def _of(actor: Actor, chapter: Chapter, state: MembershipState) -> Select[Any]:
    return _spells_of(actor, chapter).where(ChapterMembership.state == state)


def _spells_of(actor: Actor, chapter: Chapter) -> Select[Any]:
    spells = select(
        ChapterMembership.id.label("membership_id"),
        ChapterMembership.message,
        ChapterMembership.asked_at,
        ChapterMembership.starts_on,
        visible(actor).label("is_found"),
        *COLUMNS,
    ).where(ChapterMembership.chapter_id == chapter.id)
    return with_people(actor, spells, ChapterMembership.person_id)


def _joiner(row: Any) -> Joiner:
    return Joiner(
        membership_id=row.membership_id,
        who=somebody(row),
        message=row.message,
        asked_at=row.asked_at,
        is_found=row.is_found,
    )
