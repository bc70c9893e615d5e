"""Letters about events. Whoever has a place gets it for the calendar too; who waits does not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import func, select

from alumni.accounts.models import Account
from alumni.codes.queries import association
from alumni.db import db, now
from alumni.events.calendar import Method, Occasion, invitation, readdressed
from alumni.events.clocks import Clocks, both_clocks
from alumni.events.models import Event, Registration, RegistrationState
from alumni.events.queries import cancel_closes_at
from alumni.events.queries.places import places_in_queue
from alumni.i18n import either, speaking
from alumni.links import address_of
from alumni.outbox.commands import Recipient, Wanted, queue, queue_many
from alumni.outbox.writing import sender_domain
from alumni.people.models import Person
from alumni.people.queries import addressed_all

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
    queue_place: int = 0
    """On the waiting list, the first being 1; 0 for who does not wait."""


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
    registration, kind and state of the event: saying it again queues none. However many they
    are, what the letters need is read in a fixed number of statements.
    """
    those = list(registrations)
    addresses = addressed_all({registration.person_id for registration in those})
    readers = _readers(event, those)
    news = _News(kind=kind, event=event, had_place=had_place, before=before)
    letters = (
        news.letter(one, addresses[one.person_id], readers[one.person_id])
        for one in those
        if one.person_id in addresses
    )
    return queue_many(kind, letters)


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


@dataclass(frozen=True, kw_only=True)
class _News:
    """What registrants are told of an event, made into a letter for each."""

    kind: Kind
    event: Event
    had_place: bool
    before: Facts | None
    invitations: dict[tuple[str, str, int], str] = field(default_factory=dict)
    """Those written already, by language, zone and how often the reader gave a place back."""

    def letter(self, registration: Registration, to: Recipient, reader: Reader) -> Wanted:
        event, kind = self.event, self.kind
        has_place = self.had_place or registration.state is RegistrationState.CONFIRMED
        method = METHODS.get(kind) if has_place else None
        with speaking(to.language):
            until = both_clocks(cancel_closes_at(event), event.time_zone, reader.zone)
        return Wanted(
            to=to,
            deed=f"registration:{registration.id}:{kind}:{event.sequence}",
            calendar=self._calendar(method, to, reader) if method else None,
            words={
                "event": facts_of(event, reader.zone),
                "before": self.before,
                "has_place": has_place,
                "queue_place": reader.queue_place,
                "cancel_until": until,
                "own": address_of("events.registration", public_id=registration.public_id),
                "page": address_of("events.event", slug=event.slug),
            },
        )

    def _calendar(self, method: Method, to: Recipient, reader: Reader) -> str:
        """The event for the reader's calendar.

        Whoever gave a place back and comes again must not be overruled by the older letter.
        """
        alike = (to.language, reader.zone, reader.earlier)
        if alike not in self.invitations:
            with speaking(to.language):
                occasion = occasion_of(self.event, reader.zone, reader.earlier, to)
            self.invitations[alike] = invitation(occasion, method=method)
        return readdressed(self.invitations[alike], to.name, to.email)


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
    waiting = {one.id: one.person_id for one in registrations if _waits(one)}
    queue_places = places_in_queue(event) if waiting else {}
    by_person = {person_id: queue_places[own] for own, person_id in waiting.items()}
    return {
        person_id: Reader(zone=zone, earlier=earlier, queue_place=by_person.get(person_id, 0))
        for person_id, zone, earlier in rows
    }


def _waits(registration: Registration) -> bool:
    return registration.state is RegistrationState.WAITING


def _place(venue: str, address: str) -> str:
    return " · ".join(part for part in (venue, address) if part)
