"""The public pages of chapters."""

from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from alumni.authz import Actor
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    MembershipState,
    Officer,
    Position,
)
from alumni.chapters.queries import chapters, in_tree
from alumni.db import db
from alumni.membership.policy import may_see_members
from alumni.membership.queries import CURRENT
from alumni.people.models import Person, PersonStatus
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.terms import runs

LIAONING = "21"
"""Division codes of the province begin so."""


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The chapters by where they are, each group in order."""

    liaoning: list[Chapter] = field(default_factory=list)
    china: list[Chapter] = field(default_factory=list)
    overseas: list[Chapter] = field(default_factory=list)
    regions: dict[int, Chapter] = field(default_factory=dict)
    """What a chapter is part of, by its id."""


@dataclass(frozen=True, kw_only=True)
class InOffice:
    """Who holds a position. The name is empty for who may not see it."""

    officer: Officer
    name: str
    apart: str = ""
    """Class and city, as far as they may be seen."""


def grouped_chapters() -> Groups:
    """What is part of a chapter stands below it, wherever that is."""
    groups = Groups()
    group = groups.overseas
    known: dict[int | None, Chapter] = {}
    for branch in in_tree(db.session.scalars(chapters())):
        chapter = branch.chapter
        if branch.depth == 0:
            group = _group(groups, chapter)
        else:
            groups.regions[chapter.id] = known[chapter.parent_id]
        group.append(chapter)
        known[chapter.id] = chapter
    return groups


def _group(groups: Groups, chapter: Chapter) -> list[Chapter]:
    if chapter.code.startswith(LIAONING):
        return groups.liaoning
    return groups.china if chapter.code[:1].isdigit() else groups.overseas


def above_and_below(chapter: Chapter) -> tuple[Chapter | None, list[Chapter]]:
    """The region that the chapter is part of, and the chapters that are part of it."""
    beside = or_(Chapter.id == chapter.parent_id, Chapter.parent_id == chapter.id)
    found = list(db.session.scalars(chapters().where(beside)))
    above = next((other for other in found if other.id == chapter.parent_id), None)
    return above, [other for other in found if other.parent_id == chapter.id]


def member_counts(actor: Actor, chapter_id: int | None = None) -> dict[int, int]:
    """How many members each chapter has, by its id; nothing for who may not know."""
    if not may_see_members(actor):
        return {}
    counted = (
        select(ChapterMembership.chapter_id, func.count())
        .where(ChapterMembership.state == MembershipState.ACTIVE)
        .group_by(ChapterMembership.chapter_id)
    )
    if chapter_id is not None:
        counted = counted.where(ChapterMembership.chapter_id == chapter_id)
    return dict(db.session.execute(counted).all())


def my_states(actor: Actor) -> dict[int, MembershipState]:
    """Where the actor is a member or has asked to be, by the chapter's id."""
    if actor.person_id is None:
        return {}
    mine = select(ChapterMembership.chapter_id, ChapterMembership.state).where(
        ChapterMembership.person_id == actor.person_id, ChapterMembership.state.in_(CURRENT)
    )
    return dict(db.session.execute(mine).all())


def officers_in_term(actor: Actor, chapter: Chapter) -> list[InOffice]:
    """The officers of today in the order of their positions.

    The public learns the positions. A name is told to graduates: to be named to the whole world
    would need the officer's consent.
    """
    holding = (
        select(Officer, Person)
        .join(Position, Position.id == Officer.position_id)
        .join(Person, Person.id == Officer.person_id)
        .where(
            Officer.chapter_id == chapter.id,
            runs(Officer),
            Person.status.in_((PersonStatus.KNOWN, PersonStatus.VERIFIED)),
        )
        .options(contains_eager(Officer.position))
        .order_by(Position.order, Officer.starts_on, Officer.id)
    )
    held = db.session.execute(holding).all()
    if not may_see_members(actor):
        return [InOffice(officer=officer, name="") for officer, _person in held]
    apart = told_apart(actor, [person.id for _officer, person in held])
    return [
        InOffice(officer=officer, name=display_name(person), apart=apart[person.id])
        for officer, person in held
    ]
