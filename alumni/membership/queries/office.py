"""Chapters and their officers as the office works with them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    MembershipState,
    Officer,
    Position,
)
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries import CURRENT
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_people
from alumni.membership.queries.public import in_term


@dataclass(frozen=True, kw_only=True)
class ChapterRow:
    chapter: Chapter
    members: int
    waiting: int
    officers: int


@dataclass(frozen=True, kw_only=True)
class Term:
    """A person's time in a position."""

    officer: Officer
    who: Somebody
    state: str
    """``coming``, ``running`` or ``over``, as of today."""


def list_chapters(actor: Actor) -> list[ChapterRow]:
    """All chapters in order, archived ones too, each with its numbers; in three statements."""
    require(may_manage_chapters, actor)
    spells = (
        select(ChapterMembership.chapter_id, ChapterMembership.state, func.count())
        .where(ChapterMembership.state.in_(CURRENT))
        .group_by(ChapterMembership.chapter_id, ChapterMembership.state)
    )
    members = {(found, state): count for found, state, count in db.session.execute(spells)}
    holding = select(Officer.chapter_id, func.count()).where(in_term()).group_by(Officer.chapter_id)
    officers = dict(db.session.execute(holding).all())
    return [
        ChapterRow(
            chapter=chapter,
            members=members.get((chapter.id, MembershipState.ACTIVE), 0),
            waiting=members.get((chapter.id, MembershipState.PENDING), 0),
            officers=officers.get(chapter.id, 0),
        )
        for chapter in db.session.scalars(select(Chapter).order_by(Chapter.position, Chapter.id))
    ]


def get_managed_chapter(actor: Actor, slug: str) -> Chapter:
    """The chapter whatever its status, for the office."""
    require(may_manage_chapters, actor)
    chapter = db.session.scalar(select(Chapter).where(Chapter.slug == slug))
    if chapter is None:
        raise NotFound
    return chapter


def terms(actor: Actor, chapter: Chapter) -> list[Term]:
    """All who hold, held or will hold a position: those of today first, then the latest."""
    listed = (
        with_people(actor, select(Officer, *COLUMNS), Officer.person_id)
        .where(Officer.chapter_id == chapter.id)
        .options(joinedload(Officer.position))
        .order_by(Officer.starts_on.desc(), Officer.id.desc())
    )
    found = [
        Term(officer=row.Officer, who=somebody(row), state=_state(row.Officer))
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


def positions() -> list[Position]:
    return list(db.session.scalars(select(Position).order_by(Position.order, Position.id)))


def _state(officer: Officer) -> str:
    if officer.starts_on > today():
        return "coming"
    if officer.ends_on is not None and officer.ends_on < today():
        return "over"
    return "running"
