"""Taking places at an event, waiting for them, and giving them back."""

from sqlalchemy import select, update

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import GREATEST, db, now
from alumni.errors import Refusal
from alumni.events.clocks import both_clocks
from alumni.events.letters import tell
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.events.policy import may_cancel, may_edit, may_register
from alumni.events.queries import cancel_closes_at, closes_at
from alumni.events.queries.places import (
    active_registration,
    held_seats,
    hold,
    is_meant_for,
    reread,
    upcoming_of,
)
from alumni.i18n import _
from alumni.people.models import Person


def register(actor: Actor, event: Event) -> Registration:
    """Give the actor a place, or one in the queue when there is none. Twice is once."""
    event = hold(event.id)
    require(may_register, actor, event, meant=is_meant_for(actor, event))
    existing = active_registration(event, actor.person_id)
    if existing is not None:
        return existing
    _expect_open(actor, event)
    registration = Registration(event_id=event.id, person_id=actor.person_id, seats=1)
    # Places that come free go to those who wait at once, so nobody is overtaken here.
    if registration.seats <= _free_seats(event):
        registration.state = RegistrationState.CONFIRMED
        registration.confirmed_at = now()
    else:
        registration.state = RegistrationState.WAITING
        registration.wait_number = _next_wait_number(event)
    db.session.add(registration)
    record(actor, "registered", registration)
    confirmed = registration.state is RegistrationState.CONFIRMED
    tell("registration_confirmed" if confirmed else "registration_waiting", event, [registration])
    return registration


def cancel(actor: Actor, registration: Registration) -> None:
    """Give a place back, or one in the queue; who waits first and fits gets it. Twice is once."""
    event = hold(registration.event_id)
    registration = reread(registration)
    require(may_cancel, actor, registration)
    if registration.state is RegistrationState.CANCELLED:
        return
    if event.status is EventStatus.CANCELLED:
        raise Refusal(_("This event has been called off. There is nothing to give back."))
    if not may_edit(actor, event):
        _expect_cancelling(actor, event)
    had_place = registration.state is RegistrationState.CONFIRMED
    registration.state = RegistrationState.CANCELLED
    registration.cancelled_at = now()
    record(actor, "cancelled", registration)
    tell("registration_cancelled", event, [registration], had_place=had_place)
    promote(actor, event)


def release(actor: Actor, person: Person) -> None:
    """Give back all places of somebody who has died at events to come, also those in a queue.

    Who waits first gets them. Nobody is asked for a right: that they died was said by who may.
    """
    for event_id, known in upcoming_of(person.id):
        event = hold(event_id)
        registration = reread(known)
        if registration.state is RegistrationState.CANCELLED:
            continue
        registration.state = RegistrationState.CANCELLED
        registration.cancelled_at = now()
        record(actor, "released_place", registration)
        promote(actor, event)


def promote(actor: Actor, event: Event) -> None:
    """Give free seats to those who wait, in their order; a larger party waits for more seats."""
    if event.starts_at <= now():
        return
    free = _free_seats(event)
    queue = (
        select(Registration)
        .where(Registration.event_id == event.id, Registration.state == RegistrationState.WAITING)
        .order_by(Registration.wait_number)
        .limit(1)
    )
    promoted = []
    while first := db.session.scalar(queue.where(Registration.seats <= free)):
        first.state = RegistrationState.CONFIRMED
        first.confirmed_at = now()
        free -= first.seats
        record(actor, "promoted", first)
        promoted.append(first)
    if promoted:
        tell("registration_promoted", event, promoted)


def _free_seats(event: Event) -> int:
    if event.capacity is None:
        return GREATEST
    return event.capacity - held_seats(event)


def _next_wait_number(event: Event) -> int:
    """Count on. By a statement: that somebody waits is no new version of what the event says."""
    number = (
        update(Event)
        .where(Event.id == event.id)
        .values(wait_count=Event.wait_count + 1)
        .returning(Event.wait_count)
    )
    return db.session.execute(number).scalar_one()


def _expect_open(actor: Actor, event: Event) -> None:
    if event.status is EventStatus.CANCELLED:
        raise Refusal(_("This event has been called off."))
    if event.status is not EventStatus.PUBLISHED:
        raise Refusal(_("This event is not published yet."))
    if closes_at(event) <= now():
        raise Refusal(
            _(
                "Registration closed on %(moment)s.",
                moment=both_clocks(closes_at(event), event.time_zone, actor.time_zone),
            )
        )


def _expect_cancelling(actor: Actor, event: Event) -> None:
    if cancel_closes_at(event) > now():
        return
    moment = both_clocks(cancel_closes_at(event), event.time_zone, actor.time_zone)
    contact = event.chapter.contact if event.chapter else ""
    if contact:
        raise Refusal(
            _(
                "Places could be given back until %(moment)s."
                " Please tell the organisers: %(contact)s",
                moment=moment,
                contact=contact,
            )
        )
    raise Refusal(
        _(
            "Places could be given back until %(moment)s. Please tell the association’s office.",
            moment=moment,
        )
    )
