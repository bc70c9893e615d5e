"""Who sees an event, who registers, and who prepares, publishes and calls it off."""

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import aliased

from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import ChapterMembership, MembershipState
from alumni.events.models import Event, EventStatus, Registration, Visibility

ANNOUNCED = (EventStatus.PUBLISHED, EventStatus.CANCELLED)
"""Once published an event can still be seen when it is called off."""


def visible(actor: Actor) -> ColumnElement[bool]:
    """The office sees every event, officers their chapters', others what is announced to them.

    Who has registered sees the event whatever became of the membership.
    """
    if actor.can(Capability.MANAGE_EVENTS):
        return true()
    own = aliased(Registration)  # lists join the table itself
    registered = select(own.id).where(own.event_id == Event.id, own.person_id == actor.person_id)
    known = or_(meant_for(actor), registered.correlate(Event).exists())
    announced = and_(Event.status.in_(ANNOUNCED), known)
    return or_(announced, Event.chapter_id.in_(actor.leads))


def meant_for(actor: Actor) -> ColumnElement[bool]:
    """The events that are held for people like the actor."""
    if not actor.is_verified:
        return Event.visibility == Visibility.PUBLIC
    own = select(ChapterMembership.chapter_id).where(
        ChapterMembership.person_id == actor.person_id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    return or_(
        Event.visibility != Visibility.CHAPTER,
        Event.chapter_id.in_(own),
        Event.chapter_id.in_(actor.leads),
    )


def visible_registrations(actor: Actor) -> ColumnElement[bool]:
    """The own; for officers their chapters', where they may look at members; for the office all."""
    if actor.can(Capability.MANAGE_EVENTS):
        return true()
    return or_(
        Registration.person_id == actor.person_id,
        Event.chapter_id.in_(actor.chapters_with(Right.VIEW)),
    )


def may_register(actor: Actor, event: Event, *, meant: bool) -> bool:
    """``meant`` says whether the event is held for people like the actor."""
    return actor.is_verified and actor.person_id is not None and meant


def may_cancel(actor: Actor, registration: Registration) -> bool:
    """Its person, and those who run the event."""
    if actor.person_id is not None and registration.person_id == actor.person_id:
        return True
    return may_edit(actor, registration.event)


def may_create(actor: Actor, chapter_id: int | None) -> bool:
    """Without a chapter the event is the association's."""
    return may_manage(actor) or actor.may_in(Right.EVENTS, chapter_id)


def may_see_all(actor: Actor, chapter_id: int) -> bool:
    """Whoever has a position in the chapter follows its events from the first draft."""
    return may_manage(actor) or chapter_id in actor.leads


def may_edit(actor: Actor, event: Event) -> bool:
    return may_manage(actor) or actor.may_in(Right.EVENTS, event.chapter_id)


def may_publish(actor: Actor, event: Event) -> bool:
    return may_manage(actor) or actor.may_in(Right.PUBLISH, event.chapter_id)


def may_call_off(actor: Actor, event: Event) -> bool:
    """Whoever may announce an event may take it back."""
    return may_publish(actor, event)


def may_see_attendees(actor: Actor, event: Event) -> bool:
    return may_manage(actor) or actor.may_in(Right.VIEW, event.chapter_id)


def may_manage(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_EVENTS)
