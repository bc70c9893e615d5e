"""What the office is shown before a chapter is archived, or made part of another."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState, Officer
from alumni.chapters.queries import chapters
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries import CURRENT
from alumni.membership.uniting import pointing_at_chapters
from alumni.terms import lasts

COUNTED = (
    "event.chapter_id",
    "announcement.chapter_id",
    "chapter_place.chapter_id",
    "chapter.parent_id",
    "invitation.chapter_id",
)
"""Beside people and their terms, what a reader wants to know the number of."""


@dataclass(frozen=True, kw_only=True)
class AtStake:
    """What hangs on the chapter now."""

    members: int
    waiting: int
    officers: int
    """Terms that run, or are to begin."""
    both: int
    """How many of the members and of those who wait are in the other chapter too."""
    others: dict[str, int]
    """Rows by their table."""


def at_stake(actor: Actor, chapter: Chapter, into: Chapter | None = None) -> AtStake:
    """The numbers, as of this moment; in three statements."""
    require(may_manage_chapters, actor)
    spells = select(
        func.count().filter(ChapterMembership.state == MembershipState.ACTIVE),
        func.count().filter(ChapterMembership.state == MembershipState.PENDING),
        select(func.count())
        .select_from(Officer)
        .where(
            Officer.chapter_id == chapter.id,
            lasts(Officer),
        )
        .scalar_subquery(),
    ).where(ChapterMembership.chapter_id == chapter.id)
    members, waiting, officers = db.session.execute(spells).one()
    columns = pointing_at_chapters()
    counted = select(
        *(
            select(func.count())
            .select_from(columns[name].table)
            .where(columns[name] == chapter.id)
            .scalar_subquery()
            .label(name.partition(".")[0])
            for name in COUNTED
        )
    )
    return AtStake(
        members=members,
        waiting=waiting,
        officers=officers,
        both=_in_both(chapter, into) if into else 0,
        others=dict(db.session.execute(counted).one()._mapping),  # noqa: SLF001 - SQLAlchemy's name
    )


def possible_targets(actor: Actor, chapter: Chapter) -> list[Chapter]:
    """The chapters of which this one can be made a part."""
    require(may_manage_chapters, actor)
    return list(db.session.scalars(chapters().where(Chapter.id != chapter.id)))


def get_target(actor: Actor, chapter: Chapter, slug: str) -> Chapter:
    """The one of them with this slug."""
    require(may_manage_chapters, actor)
    found = db.session.scalar(chapters().where(Chapter.id != chapter.id, Chapter.slug == slug))
    if found is None:
        raise NotFound
    return found


def _in_both(chapter: Chapter, into: Chapter) -> int:
    other = aliased(ChapterMembership)
    both = (
        select(func.count())
        .select_from(ChapterMembership)
        .join(other, other.person_id == ChapterMembership.person_id)
        .where(
            ChapterMembership.chapter_id == chapter.id,
            ChapterMembership.state.in_(CURRENT),
            other.chapter_id == into.id,
            other.state.in_(CURRENT),
        )
    )
    return db.session.scalar(both) or 0
