"""Chapters and their officers as the office works with them."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    MembershipState,
    Officer,
)
from alumni.chapters.queries import Branch, chapters, elsewhere, in_tree
from alumni.db import db, today
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries import CURRENT


@dataclass(frozen=True, kw_only=True)
class ChapterRow:
    chapter: Chapter
    depth: int
    """How many chapters are above it in the tree."""
    members: int
    waiting: int
    officers: int
    """In office or appointed to be, as they are listed at its desk."""


def list_chapters(actor: Actor) -> list[ChapterRow]:
    """All chapters as a tree, archived ones at the end, each with its numbers; three statements."""
    require(may_manage_chapters, actor)
    spells = (
        select(ChapterMembership.chapter_id, ChapterMembership.state, func.count())
        .where(ChapterMembership.state.in_(CURRENT))
        .group_by(ChapterMembership.chapter_id, ChapterMembership.state)
    )
    members = {(found, state): count for found, state, count in db.session.execute(spells)}
    holding = (
        select(Officer.chapter_id, func.count())
        .where(or_(Officer.ends_on.is_(None), Officer.ends_on >= today()))
        .group_by(Officer.chapter_id)
    )
    officers = dict(db.session.execute(holding).all())
    is_archived = Chapter.status == ChapterStatus.ARCHIVED
    every = select(Chapter).order_by(is_archived, Chapter.position, Chapter.id)
    return [
        ChapterRow(
            chapter=branch.chapter,
            depth=branch.depth,
            members=members.get((branch.chapter.id, MembershipState.ACTIVE), 0),
            waiting=members.get((branch.chapter.id, MembershipState.PENDING), 0),
            officers=officers.get(branch.chapter.id, 0),
        )
        for branch in in_tree(db.session.scalars(every))
    ]


def tree(actor: Actor, but: Chapter | None = None) -> list[Branch]:
    """The chapters that are not archived, as a tree, without one and what is under it."""
    require(may_manage_chapters, actor)
    branches = in_tree(db.session.scalars(chapters()))
    if but is None:
        return branches
    kept, hidden_below = [], -1
    for branch in branches:
        if 0 <= hidden_below < branch.depth:
            continue
        hidden_below = branch.depth if branch.chapter.id == but.id else -1
        if hidden_below < 0:
            kept.append(branch)
    return kept


def get_managed_chapter(actor: Actor, slug: str) -> Chapter:
    """The chapter with its place, whatever its status, for the office."""
    require(may_manage_chapters, actor)
    named = select(Chapter).where(Chapter.slug == slug).options(joinedload(Chapter.place))
    chapter = db.session.scalar(named)
    if chapter is None:
        raise elsewhere(slug)
    return chapter
