"""Who holds which position, and for how long."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    Officer,
)
from alumni.db import db, locked
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.membership.policy import (
    may_manage_chapters,
)
from alumni.people.models import Person, PersonStatus


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """Who is to hold which position from when; without a last day until further notice."""

    person: str
    """The person's public id."""
    position_id: int
    starts_on: date
    ends_on: date | None


def appoint(actor: Actor, chapter: Chapter, appointment: Appointment) -> Officer:
    """Give a person a position for a time. Appointing twice is appointing once.

    A term may overlap with another person's in the same position.
    """
    require(may_manage_chapters, actor)
    if appointment.ends_on and appointment.ends_on < appointment.starts_on:
        raise Invalid(_("The last day lies before the first."), field="ends_on")
    # The person is held, so that nobody becomes them by signing up at the same moment.
    chosen = select(Person).where(
        Person.public_id == appointment.person,
        Person.status.in_((PersonStatus.KNOWN, PersonStatus.VERIFIED)),
    )
    person = db.session.scalar(locked(chosen))
    if person is None:
        raise Invalid(_("Please choose a person from the list."), field="person")
    db.session.scalar(locked(select(Chapter).where(Chapter.id == chapter.id)))
    already = _same_term(chapter, person, appointment)
    if already is not None:
        return already
    officer = Officer(
        person_id=person.id,
        chapter_id=chapter.id,
        position_id=appointment.position_id,
        starts_on=appointment.starts_on,
        ends_on=appointment.ends_on,
    )
    db.session.add(officer)
    record(actor, "appointed", officer)
    return officer


def end_term(actor: Actor, officer: Officer, last_day: date) -> None:
    """Let the term run through this day, and the rights with it."""
    require(may_manage_chapters, actor)
    if last_day < officer.starts_on:
        raise Invalid(_("The last day lies before the first."), field="last_day")
    officer.ends_on = last_day
    record(actor, "ended_term", officer)


def _same_term(chapter: Chapter, person: Person, appointment: Appointment) -> Officer | None:
    return db.session.scalar(
        select(Officer)
        .where(
            Officer.chapter_id == chapter.id,
            Officer.person_id == person.id,
            Officer.position_id == appointment.position_id,
            Officer.starts_on <= appointment.starts_on,
            or_(Officer.ends_on.is_(None), Officer.ends_on >= appointment.starts_on),
        )
        .limit(1)
    )
