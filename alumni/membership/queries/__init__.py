"""Memberships and desks, as other slices ask for them. Each page's own queries are beside this."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
    Officer,
)
from alumni.chapters.queries import chapter_and_above, chapter_for_place, chapters, get_chapter
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.policy import decidable, may_see_desk
from alumni.people.models import Residence

CURRENT = (MembershipState.PENDING, MembershipState.ACTIVE)


def members_of(chapter_id: int) -> Select[int]:
    """The ids of the persons who are members of the chapter now."""
    return select(ChapterMembership.person_id).where(
        ChapterMembership.chapter_id == chapter_id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )


def get_desk(actor: Actor, slug: str) -> Chapter:
    """The chapter, for who may work at its desk. For everybody else there is no such desk;

    who held a position here once, or will, is told that they may not.
    """
    chapter = get_chapter(slug)
    if not may_see_desk(actor, chapter.id) and not _has_term(actor, chapter.id):
        raise NotFound
    require(may_see_desk, actor, chapter.id)
    return chapter


def _has_term(actor: Actor, chapter_id: int) -> bool:
    """Whether the actor holds a position there, has held one or will; also from above."""
    if actor.person_id is None:
        return False
    above = chapter_and_above(chapter_id)
    term = select(Officer.id).where(
        Officer.person_id == actor.person_id, Officer.chapter_id.in_(above)
    )
    return db.session.scalar(term.limit(1)) is not None


def my_chapters(actor: Actor) -> list[ChapterMembership]:
    """The actor's current spells with their chapters: the primary one first, then by age."""
    mine = (
        select(ChapterMembership)
        .where(ChapterMembership.person_id == actor.person_id, ChapterMembership.state.in_(CURRENT))
        .options(joinedload(ChapterMembership.chapter))
        .order_by(ChapterMembership.is_primary.desc(), ChapterMembership.id)
    )
    return list(db.session.scalars(mine))


def my_desks(actor: Actor) -> list[Chapter]:
    """The chapters at whose desk the actor works as an officer in term."""
    led = chapters().where(Chapter.id.in_(actor.leads))
    return list(db.session.scalars(led))


def joiners_waiting(actor: Actor) -> int:
    """How many joiners wait for a decision that the actor may take."""
    waiting = (
        select(func.count())
        .select_from(ChapterMembership)
        .where(ChapterMembership.state == MembershipState.PENDING, decidable(actor))
    )
    return db.session.scalar(waiting) or 0


def suggested_chapter(actor: Actor) -> Chapter | None:
    """The chapter of the city where the actor lives, if it takes who asks: unless they are in it,

    have asked, or want to hear no more of it.
    """
    place_id = db.session.scalar(
        select(Residence.place_id).where(
            Residence.person_id == actor.person_id,
            Residence.is_current,
            ~Residence.chapter_declined,
        )
    )
    chapter = chapter_for_place(place_id) if place_id is not None else None
    if chapter is None or not _takes_askers(chapter):
        return None
    spell = latest_spell(actor, chapter.id)
    return None if spell and spell.state in CURRENT else chapter


def _takes_askers(chapter: Chapter) -> bool:
    is_active = chapter.status is ChapterStatus.ACTIVE
    return is_active and chapter.join_mode is not JoinMode.INVITATION


def latest_spell(actor: Actor, chapter_id: int) -> ChapterMembership | None:
    """The actor's spell in the chapter: the current one, or else the last there was."""
    return db.session.scalar(_spells(actor.person_id, chapter_id).limit(1))


def current_spell(person_id: int, chapter_id: int) -> ChapterMembership | None:
    current = _spells(person_id, chapter_id).where(ChapterMembership.state.in_(CURRENT))
    return db.session.scalar(current)


def get_own_spell(actor: Actor, chapter: Chapter) -> ChapterMembership:
    spell = latest_spell(actor, chapter.id)
    if spell is None:
        raise NotFound
    return spell


def _spells(person_id: int | None, chapter_id: int) -> Select[ChapterMembership]:
    """The newest first; a current one is always the newest."""
    return (
        select(ChapterMembership)
        .where(ChapterMembership.person_id == person_id, ChapterMembership.chapter_id == chapter_id)
        .order_by(ChapterMembership.id.desc())
    )
