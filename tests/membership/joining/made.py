"""Spells, deeds and letters as these tests say them."""

from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db
from alumni.outbox.models import Delivery
from alumni.people.models import Person
from tests.factories import make_member, make_verified

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE}))

PREPARING = ("loaded_lists", "loaded_chapters", "made")


def spells(person: Person) -> list[ChapterMembership]:
    db.session.rollback()
    db.session.expire_all()
    mine = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return list(db.session.scalars(mine.order_by(ChapterMembership.id)))


def spell(person: Person) -> ChapterMembership:
    return spells(person)[-1]


def letters() -> list[tuple[str, int | None]]:
    queued = select(Delivery.kind, Delivery.person_id).order_by(Delivery.id)
    return [(kind, person_id) for kind, person_id in db.session.execute(queued)]


def verbs() -> list[str]:
    deeds = select(ChangeSet.verb).where(ChangeSet.verb.not_in(PREPARING)).order_by(ChangeSet.id)
    return list(db.session.scalars(deeds))


def waiting(chapter: Chapter, name: str = "") -> Person:
    return make_member(chapter, make_verified(name), state=MembershipState.PENDING, starts_on=None)
