"""What tests of events make beside the common things."""

from datetime import datetime, timedelta
from typing import Any

import icalendar
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Right
from alumni.chapters.models import Chapter
from alumni.db import db, now, transaction
from alumni.events.commands import Plan, create, edit, places
from alumni.events.models import Event, Registration
from alumni.events.queries import get_event
from alumni.outbox.models import Delivery
from alumni.people.models import Person
from tests.factories import account_of, actor_of, make_member, make_verified

SHANGHAI, BOSTON = "Asia/Shanghai", "America/New_York"


def make_plan(**values: Any) -> Plan:
    """A dinner in forty days, in Chinese and English, for forty."""
    day = (now() + timedelta(days=40)).date()
    invented: dict[str, Any] = {
        "title_zh": "新年聚餐",
        "title_en": "New Year Dinner",
        "time_zone": SHANGHAI,
        "starts_local": datetime(day.year, day.month, day.day, 18, 30),  # noqa: DTZ001 - a clock on a wall
        "ends_local": datetime(day.year, day.month, day.day, 21, 0),  # noqa: DTZ001 - a clock on a wall
        "capacity": 40,
    }
    return Plan(**invented | values)


def as_planned(event: Event, **values: Any) -> Plan:
    """The plan that the event is, but for these values."""
    names = [name for name in Plan.__dataclass_fields__ if not name.endswith("closes_local")]
    return Plan(**{name: getattr(event, name) for name in names} | values)


def leader(chapter: Chapter, *rights: Right) -> Actor:
    """An officer of the chapter who holds these rights; without any, those to prepare events."""
    person = make_member(chapter)
    return Actor(
        account_id=account_of(person).id,
        person_id=person.id,
        is_verified=True,
        rights={chapter.id: frozenset(rights or (Right.VIEW, Right.EVENTS))},
    )


def created(actor: Actor, chapter: Chapter | None, plan: Plan) -> Event:
    with transaction():
        return create(actor, chapter, plan)


def edited(actor: Actor, event: Event, **values: Any) -> Event:
    with transaction():
        return edit(actor, event, as_planned(event, **values), version=event.version)


def registered(event: Event, person: Person | None = None) -> Registration:
    """The person's registration, made the way everybody registers."""
    actor = actor_of(person or make_verified())
    with transaction():
        return places.register(actor, get_event(actor, slug=event.slug))


def letters(kind: str = "") -> list[Delivery]:
    """The letters that are queued, of that kind, in their order."""
    db.session.rollback()  # to read what others wrote meanwhile
    rows = select(Delivery).order_by(Delivery.id)
    return list(db.session.scalars(rows.where(Delivery.kind == kind) if kind else rows))


def method(letter: Delivery) -> str | None:
    """What the letter does in the reader's calendar."""
    lines = (letter.calendar or "").splitlines()
    return next(
        (line.removeprefix("METHOD:") for line in lines if line.startswith("METHOD:")), None
    )


def attendee(letter: Delivery) -> str | None:
    """Whom the calendar file is for, as an address of mail; None where the letter has none."""
    if letter.calendar is None:
        return None
    [entry] = icalendar.Calendar.from_ical(letter.calendar).walk("VEVENT")
    return str(entry["ATTENDEE"])


def sequence(letter: Delivery) -> int:
    lines = (letter.calendar or "").splitlines()
    return int(
        next(line for line in lines if line.startswith("SEQUENCE:")).removeprefix("SEQUENCE:")
    )


def states(event: Event) -> list[str]:
    """The states of the event's registrations, in the order they were made."""
    event_id = event.id
    db.session.rollback()  # to read what others wrote meanwhile
    rows = select(Registration.state).where(Registration.event_id == event_id)
    return [state.value for state in db.session.scalars(rows.order_by(Registration.id))]


def cancelled(registration: Registration, actor: Actor) -> None:
    with transaction():
        places.cancel(actor, registration)


def verbs(thing: Event | Registration) -> list[str]:
    """What was done to the thing, in order."""
    deeds = select(ChangeSet.verb).where(
        ChangeSet.subject_table == thing.__tablename__, ChangeSet.subject_id == thing.id
    )
    told = deeds.where(ChangeSet.verb != "made").order_by(ChangeSet.id)
    return list(db.session.scalars(told))
