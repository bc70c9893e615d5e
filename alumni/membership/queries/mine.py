"""What somebody sees of the own memberships: those of today, those before, and what to do next."""

from dataclasses import dataclass, field

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db
from alumni.errors import NotFound
from alumni.people.models import Person, Residence


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """The chapter of the city where somebody lives now."""

    chapter: Chapter
    leaving: ChapterMembership | None
    """The primary spell, in another chapter, that may be replaced by one in this."""


@dataclass(frozen=True, kw_only=True)
class Spells:
    """All spells of a person, each kind with the newest first; the primary one before all."""

    current: list[ChapterMembership] = field(default_factory=list)
    waiting: list[ChapterMembership] = field(default_factory=list)
    former: list[ChapterMembership] = field(default_factory=list)
    """Those that began once and are over."""


def running(person_id: int) -> Select[ChapterMembership]:
    """The spells of today, in no order."""
    return select(ChapterMembership).where(
        ChapterMembership.person_id == person_id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )


def my_running(actor: Actor) -> list[ChapterMembership]:
    """The actor's spells of today with their chapters, the primary one first."""
    if actor.person_id is None:
        return []
    listed = running(actor.person_id).options(joinedload(ChapterMembership.chapter))
    in_order = listed.order_by(ChapterMembership.is_primary.desc(), ChapterMembership.id)
    return list(db.session.scalars(in_order))


def my_spells(actor: Actor) -> Spells:
    """All of the actor's spells with their chapters. A wish that was taken back is none."""
    listed = (
        _mine(actor)
        .options(joinedload(ChapterMembership.chapter))
        .order_by(ChapterMembership.is_primary.desc(), ChapterMembership.id.desc())
    )
    spells = Spells()
    for spell in db.session.scalars(listed):
        if spell.state is MembershipState.ACTIVE:
            spells.current.append(spell)
        elif spell.state is MembershipState.PENDING:
            spells.waiting.append(spell)
        elif spell.starts_on is not None:
            spells.former.append(spell)
    return spells


def get_my_spell(actor: Actor, membership_id: int) -> ChapterMembership:
    """One of the actor's own. Anybody else's is not there."""
    spell = db.session.scalar(_mine(actor).where(ChapterMembership.id == membership_id))
    if spell is None:
        raise NotFound
    return spell


def get_my_home(actor: Actor) -> tuple[Person, Residence]:
    """The actor, and where they live now."""
    found = db.session.execute(
        select(Person, Residence)
        .join(Residence, Residence.person_id == Person.id)
        .where(Person.id == actor.person_id, Residence.is_current)
    ).first()
    if found is None:
        raise NotFound
    return found.Person, found.Residence


def suggestion(chapter: Chapter | None, spells: list[ChapterMembership]) -> Suggestion | None:
    """What to do about the chapter where somebody lives who has these current spells."""
    if chapter is None:
        return None
    primary = next((spell for spell in spells if spell.is_primary), None)
    return Suggestion(chapter=chapter, leaving=primary)


def _mine(actor: Actor) -> Select[ChapterMembership]:
    return select(ChapterMembership).where(ChapterMembership.person_id == actor.person_id)
