"""Letters about events. Whoever has a place gets it for the calendar too; who waits does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from alumni.accounts.models import Account
from alumni.codes.queries import association
from alumni.db import db, now
from alumni.events.calendar import Method, Occasion, invitation
from alumni.events.clocks import Clocks, both_clocks
from alumni.events.models import Event, Registration, RegistrationState
from alumni.events.queries import cancel_closes_at
from alumni.events.queries.places import place_in_queue
from alumni.i18n import either, speaking
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.outbox.writing import sender_domain
from alumni.people.models import Person
from alumni.people.queries import addressed

Kind = Literal[
    "registration_confirmed",
    "registration_promoted",
    "registration_waiting",
    "registration_cancelled",
    "event_changed",
    "event_called_off",
]

METHODS: dict[str, Method] = {
    "registration_confirmed": "REQUEST",
    "registration_promoted": "REQUEST",
    "event_changed": "REQUEST",
    "registration_cancelled": "CANCEL",
    "event_called_off": "CANCEL",
}
"""What the letter does in the calendar of somebody who has a place, or had one."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What a registrant's letter depends on beside the address."""

    zone: str
    earlier: int
    """How often the person has given back a place at the event before."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """When and where an event was, before it was changed."""

    title_zh: str
    title_en: str
    clocks: Clocks
    place_zh: str
    place_en: str

    @property
    def title(self) -> str:
        return either(self.title_zh, self.title_en)

    @property
    def place(self) -> str:
        return either(self.place_zh, self.place_en)


def facts_of(event: Event, zone: str = "") -> Facts:
    """When and where the event is, for a reader in that zone."""
    return Facts(
        title_zh=event.title_zh,
        title_en=event.title_en,
        clocks=Clocks(
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            zone=event.time_zone,
            reader_zone=zone or event.time_zone,
        ),
        place_zh=_place(event.venue_zh or event.venue_en, event.address),
        place_en=_place(event.venue_en or event.venue_zh, event.address),
    )


def tell(
    kind: Kind,
    event: Event,
    registrations: Iterable[Registration],
    *,
    had_place: bool = False,
    before: Facts | None = None,
) -> int:
    """Queue a letter of this kind to each registrant and return how many were queued.

    ``had_place`` says that a cancelled registration had been confirmed. One letter for each
    registration, kind and state of the event: saying it again queues none.
    """
    those = list(registrations)
    readers = _readers(event, those)
    told = 0
    for registration in those:
        to = addressed(registration.person_id)
        if to is not None:
            letter = _Letter(event, registration, to, readers[registration.person_id])
            told += letter.queue(kind, had_place=had_place, before=before)
    return told


def tell_author(
    template: Literal["event_published", "event_sent_back"], event: Event, *, deed: int
) -> bool:
    """Queue a letter to whoever prepared the event. Return whether there is somebody."""
    author = db.session.get(Account, event.created_by_id) if event.created_by_id else None
    if author is None or author.suspended_at is not None:
        return False
    to = Recipient(
        email=author.email, name=author.name, language=author.language, person_id=author.person_id
    )
    chapter = event.chapter
    desk = (
        address_of("events.edit_event", slug=chapter.slug, public_id=event.public_id)
        if chapter
        else address_of("events.office_event", public_id=event.public_id)
    )
    return queue(
        template,
        to,
        deed=f"event:{event.id}:{template}:{deed}",
        event=facts_of(event, author.time_zone),
        note=event.review_note,
        desk=desk,
        page=address_of("events.event", slug=event.slug),
    )


@dataclass(frozen=True)
class _Letter:
    """A letter about one registration."""

    event: Event
    registration: Registration
    to: Recipient
    reader: Reader

    def queue(self, kind: Kind, *, had_place: bool, before: Facts | None) -> bool:
        has_place = had_place or self.registration.state is RegistrationState.CONFIRMED
        method = METHODS.get(kind) if has_place else None
        event = self.event
        return queue(
            kind,
            self.to,
            deed=f"registration:{self.registration.id}:{kind}:{event.sequence}",
            calendar=self._calendar(method) if method else None,
            event=facts_of(event, self.reader.zone),
            before=before,
            has_place=has_place,
            queue_place=self._queue_place(),
            cancel_until=both_clocks(cancel_closes_at(event), event.time_zone, self.reader.zone),
            own=address_of("events.registration", public_id=self.registration.public_id),
            page=address_of("events.event", slug=event.slug),
        )

    def _queue_place(self) -> int:
        waits = self.registration.state is RegistrationState.WAITING
        return place_in_queue(self.registration) if waits else 0

    def _calendar(self, method: Method) -> str:
        """The event for the reader's calendar.

        Whoever gave a place back and comes again must not be overruled by the older letter.
        """
        with speaking(self.to.language):
            occasion = occasion_of(self.event, self.reader.zone, self.reader.earlier, self.to)
        return invitation(occasion, method=method)


def occasion_of(
    event: Event, zone: str, earlier: int = 0, to: Recipient | None = None, *, waits: bool = False
) -> Occasion:
    """The event as it goes into a calendar, in the language of the moment."""
    host = association().name
    if event.chapter is not None:
        host = either(event.chapter.name_zh, event.chapter.name_en)
    facts = facts_of(event, zone)
    page = address_of("events.event", slug=event.slug)
    return Occasion(
        uid=f"{event.public_id}@{sender_domain()}",
        sequence=event.sequence + earlier,
        starts=event.starts_at,
        ends=event.ends_at,
        zone=event.time_zone,
        title=facts.title,
        description="\n".join([*facts.clocks.lines, page]),
        place=facts.place,
        url=page,
        organizer_name=host,
        organizer_address=f"noreply@{sender_domain()}",
        attendee_name=to.name if to else None,
        attendee_address=to.email if to else None,
        cancelled=False,
        tentative=waits,
        created=event.created_at,
        modified=now(),
    )


def _readers(event: Event, registrations: list[Registration]) -> dict[int, Reader]:
    gave_back = (
        select(func.count())
        .where(
            Registration.event_id == event.id,
            Registration.person_id == Person.id,
            Registration.state == RegistrationState.CANCELLED,
            Registration.confirmed_at.is_not(None),
        )
        .correlate(Person)
        .scalar_subquery()
    )
    ids = {registration.person_id for registration in registrations}
    rows = db.session.execute(
        select(Person.id, Person.time_zone, gave_back).where(Person.id.in_(ids))
    )
    return {person_id: Reader(zone=zone, earlier=earlier) for person_id, zone, earlier in rows}


def _place(venue: str, address: str) -> str:
    return " · ".join(part for part in (venue, address) if part)
