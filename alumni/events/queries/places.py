"""Who has a place at an event, who waits, and keeping the event still while that changes."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from alumni.authz import Actor
from alumni.db import db, locked, now
from alumni.errors import NotFound
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.events.policy import meant_for, visible_registrations
from alumni.people.models import Person
from alumni.people.queries import display_name

ACTIVE = (RegistrationState.WAITING, RegistrationState.CONFIRMED)


@dataclass(frozen=True, kw_only=True)
class Attendee:
    registration: Registration
    person: Person
    number: int
    """Among those with a place, or in the queue."""

    @property
    def name(self) -> str:
        return display_name(self.person)


def is_meant_for(actor: Actor, event: Event) -> bool:
    """Whether the event is held for people like the actor."""
    return (
        db.session.scalar(select(Event.id).where(Event.id == event.id, meant_for(actor)))
        is not None
    )


def hold(event_id: int) -> Event:
    """The event, read anew and kept from everybody else until the transaction ends.

    Whatever changes who has a place does this first, so that no two see the same seat free.
    """
    one = select(Event).where(Event.id == event_id).options(selectinload(Event.chapter))
    return db.session.scalars(locked(one)).one()


def upcoming_of(person_id: int) -> list[tuple[int, Registration]]:
    """What the person takes part in or waits for: each with its event, in the order of events."""
    coming = (
        select(Event.id, Registration)
        .join(Registration, Registration.event_id == Event.id)
        .where(
            Registration.person_id == person_id,
            Registration.state.in_(ACTIVE),
            Event.status != EventStatus.CANCELLED,
            Event.starts_at > now(),
        )
        .order_by(Event.id)
    )
    return [(event_id, registration) for event_id, registration in db.session.execute(coming)]


def held_seats(event: Event) -> int:
    taken = select(func.coalesce(func.sum(Registration.seats), 0)).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED
    )
    return db.session.scalar(taken) or 0


def active_registration(event: Event, person_id: int | None) -> Registration | None:
    return db.session.scalar(
        select(Registration).where(
            Registration.event_id == event.id,
            Registration.person_id == person_id,
            Registration.state.in_(ACTIVE),
        )
    )


def get_registration(actor: Actor, public_id: str) -> Registration:
    """The registration with its event and the event's chapter."""
    registration = db.session.scalar(
        select(Registration)
        .join(Registration.event)
        .where(visible_registrations(actor), Registration.public_id == public_id)
        .options(joinedload(Registration.event).joinedload(Event.chapter))
    )
    if registration is None:
        raise NotFound
    return registration


def reread(registration: Registration) -> Registration:
    """The registration as it is now, with its event and the event's chapter."""
    one = select(Registration).where(Registration.id == registration.id)
    one = one.options(joinedload(Registration.event).joinedload(Event.chapter))
    return db.session.scalars(one.execution_options(populate_existing=True)).one()


def place_in_queue(registration: Registration) -> int:
    """How many wait up to and with this one, by the order in which they came."""
    before = select(func.count()).where(
        Registration.event_id == registration.event_id,
        Registration.state == RegistrationState.WAITING,
        Registration.wait_number <= registration.wait_number,
    )
    return db.session.scalar(before) or 0


def places_in_queue(event: Event) -> dict[int, int]:
    """For each registration that waits its place in the queue, the first being 1."""
    waiting = select(Registration.id).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.WAITING
    )
    ordered = db.session.scalars(waiting.order_by(Registration.wait_number))
    return {registration_id: place for place, registration_id in enumerate(ordered, start=1)}


def attendees(event: Event, *, after: int, limit: int) -> list[Attendee]:
    """Those with a place as they got it, then those who wait in their order.

    The first ``after`` of them are passed over, and no more than ``limit`` are read.
    """
    waits = Registration.state == RegistrationState.WAITING
    order = (Registration.confirmed_at, Registration.wait_number, Registration.id)
    number = func.row_number().over(partition_by=Registration.state, order_by=order)
    rows = (
        select(Registration, Person, number)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.event_id == event.id, Registration.state.in_(ACTIVE))
        .order_by(waits, *order)
        .offset(after)
        .limit(limit)
    )
    return [
        Attendee(registration=registration, person=person, number=number)
        for registration, person, number in db.session.execute(rows)
    ]
