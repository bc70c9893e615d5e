"""Who decides about joiners, whom they may add themselves, and whose membership they end."""

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    MembershipState,
)
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.policy import may_decide_in
from alumni.membership.queries import CURRENT
from alumni.membership.queries.persons import (
    COLUMNS,
    Somebody,
    named_like,
    somebody,
    with_facts,
    with_people,
)
from alumni.people.models import Person, PersonStatus
from alumni.people.policy import visible

MOST_FOUND = 20


@dataclass(frozen=True, kw_only=True)
class Found:
    """Somebody whom a chapter may take up."""

    who: Somebody
    state: MembershipState | None
    """How they stand to the chapter today, if at all."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of the chapter with what tells two of one name apart."""

    membership: ChapterMembership
    who: Somebody


def replaced(membership: ChapterMembership) -> ChapterMembership | None:
    """The running spell that ends when this one begins."""
    if membership.replaces_id is None:
        return None
    return db.session.scalar(
        select(ChapterMembership).where(
            ChapterMembership.id == membership.replaces_id,
            ChapterMembership.person_id == membership.person_id,
            ChapterMembership.state == MembershipState.ACTIVE,
        )
    )


def movers(chapter: Chapter) -> dict[int, Chapter]:
    """The chapters that those leave who wait to join this one, by the number of their spell."""
    before = aliased(ChapterMembership)
    moving = (
        select(ChapterMembership.id, Chapter)
        .join(before, before.id == ChapterMembership.replaces_id)
        .join(Chapter, Chapter.id == before.chapter_id)
        .where(
            ChapterMembership.chapter_id == chapter.id,
            ChapterMembership.state == MembershipState.PENDING,
            before.state == MembershipState.ACTIVE,
        )
    )
    return dict(db.session.execute(moving).all())


def findable(actor: Actor, chapter: Chapter, text: str) -> list[Found]:
    """Graduates who have signed up and whom the actor may find by the name; ``MOST_FOUND`` at most.

    Who wants to be found by few is not found by an officer either.
    """
    require(may_decide_in, actor, chapter.id)
    there = and_(
        ChapterMembership.person_id == Person.id,
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state.in_(CURRENT),
    )
    people = select(ChapterMembership.state, *COLUMNS).select_from(Person)
    listed = (
        with_facts(actor, people.outerjoin(ChapterMembership, there))
        .where(Person.status == PersonStatus.VERIFIED, visible(actor), named_like(text))
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_FOUND)
    )
    return [Found(who=somebody(row), state=row.state) for row in db.session.execute(listed)]


def get_findable(actor: Actor, chapter: Chapter, public_id: str) -> Person | None:
    """The graduate of this public id, if the actor may find them."""
    require(may_decide_in, actor, chapter.id)
    return db.session.scalar(
        select(Person).where(
            Person.public_id == public_id,
            Person.status == PersonStatus.VERIFIED,
            visible(actor),
        )
    )


def get_member(actor: Actor, chapter: Chapter, public_id: str) -> Member:
    """The member of the chapter with this public id."""
    listed = with_people(
        actor, select(ChapterMembership, *COLUMNS), ChapterMembership.person_id
    ).where(
        Person.public_id == public_id,
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    row = db.session.execute(listed).one_or_none()
    if row is None:
        raise NotFound
    return Member(membership=row.ChapterMembership, who=somebody(row))
