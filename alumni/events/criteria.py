"""Who has a place at an event, as a condition of lists of people."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select

from alumni.audiences.criteria import (
    Beside,
    Chip,
    Control,
    Kind,
    Named,
    Question,
    impossible,
    register,
)
from alumni.authz import Actor
from alumni.db import db
from alumni.events.models import Event, Registration, RegistrationState
from alumni.events.policy import may_see_attendees, visible
from alumni.i18n import _, either, lazy_gettext

LONGEST_SLUG = 80

MOST_OFFERED = 100


@dataclass(frozen=True)
class Registered(Beside):
    """Who has a place at the event, waits for one, or gave it back."""

    slug: str
    event: Named
    state: RegistrationState

    def parameters(self) -> dict[str, str]:
        told = {"event": self.slug}
        if self.state is not RegistrationState.CONFIRMED:
            told["event_state"] = self.state.value
        return told

    def people(self, actor: Actor) -> Select[int]:
        return select(Registration.person_id).where(
            Registration.event_id == self.event.id, Registration.state == self.state
        )

    def chips(self) -> list[Chip]:
        words = {
            RegistrationState.CONFIRMED: _("Registered for %(event)s", event=self.event.name),
            RegistrationState.WAITING: _("Waiting for a place at %(event)s", event=self.event.name),
            RegistrationState.CANCELLED: _("Gave up a place at %(event)s", event=self.event.name),
        }
        return [Chip(words[self.state], ("event", "event_state"))]


def register_criteria() -> None:
    """Let lists of people be asked for those of an event."""
    register(KIND)


def _read(actor: Actor, given: Mapping[str, str]) -> Registered:
    """Of an event whose attendees the actor may see. Any other is as if it were not."""
    state = given.get("event_state", RegistrationState.CONFIRMED.value)
    if state not in set(RegistrationState):
        raise impossible("event_state", state)
    slug = given.get("event", "")
    found = None
    if slug and len(slug) <= LONGEST_SLUG:
        found = db.session.scalar(select(Event).where(Event.slug == slug, visible(actor)))
    if found is None or not may_see_attendees(actor, found):
        raise impossible("event", slug)
    event = Named(found.id, found.title_zh, found.title_en)
    return Registered(slug, event, RegistrationState(state))


def _state_words() -> dict[str, str]:
    return {
        RegistrationState.CONFIRMED.value: _("Has a place"),
        RegistrationState.WAITING.value: _("On the waiting list"),
        RegistrationState.CANCELLED.value: _("Cancelled"),
    }


def _offered(actor: Actor) -> list[tuple[str, str]]:
    """The events whose attendees the actor may see, the newest first."""
    asked = select(Event).where(visible(actor)).order_by(Event.starts_at.desc(), Event.id.desc())
    return [
        (event.slug, f"{either(event.title_zh, event.title_en)} · {event.starts_local:%Y-%m-%d}")
        for event in db.session.scalars(asked.limit(MOST_OFFERED))
        if may_see_attendees(actor, event)
    ]


KIND = Kind(
    ("event", "event_state"),
    _read,
    questions=(
        Question(
            "event",
            lazy_gettext("Event"),
            (
                Control("event", lazy_gettext("Event"), offered=_offered),
                Control("event_state", lazy_gettext("As what"), words=_state_words),
            ),
        ),
    ),
)
