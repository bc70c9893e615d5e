"""Events as pages show them: how full they are, and the reader's own place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import aliased, joinedload

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.db import db, now
from alumni.errors import NotFound
from alumni.events.clocks import Clocks, both_clocks, same_clock, tile
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.events.policy import (
    ANNOUNCED,
    may_manage,
    meant_for,
    visible,
)
from alumni.events.queries.places import ACTIVE
from alumni.i18n import _, date_text, either, language, zone_name

Rows = Select[Event, int, int, Registration | None, int, bool]
"""The event, seats held, how many wait, the reader's registration, its place in the queue, and
whether the event is for them."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An event as a page shows it to one reader. Texts are in the language they are read in."""

    event: Event
    held: int
    """Seats of those who have a place."""
    waiting: int
    """How many registrations wait."""
    own: Registration | None
    """The reader's, while it is confirmed or waiting."""
    queue_place: int | None
    """The reader's in the queue, the first being 1."""
    meant: bool
    """Whether the event is held for people like the reader."""
    reader_zone: str
    at: datetime

    @property
    def title(self) -> str:
        return either(self.event.title_zh, self.event.title_en)

    @property
    def title_language(self) -> str:
        """What the title is in: not the reader's where nobody has translated it."""
        return text_language(self.event.title_zh, self.event.title_en)

    @property
    def venue(self) -> str:
        return either(self.event.venue_zh, self.event.venue_en)

    @property
    def host(self) -> str:
        """The chapter's name; empty where the association itself is the host."""
        chapter = self.event.chapter
        return either(chapter.name_zh, chapter.name_en) if chapter else ""

    @property
    def clocks(self) -> Clocks:
        return Clocks(
            starts_at=self.event.starts_at,
            ends_at=self.event.ends_at,
            zone=self.event.time_zone,
            reader_zone=self.reader_zone,
        )

    @property
    def tile(self) -> tuple[str, str, str]:
        """Month, day and weekday, there."""
        return tile(self.event.starts_local)

    @property
    def hours(self) -> str:
        """For a card: the hours, or the days of a long event, and whose clock it is if not ours."""
        starts, ends = self.event.starts_local, self.event.ends_local
        if starts.date() == ends.date():
            said = f"{starts:%H:%M}–{ends:%H:%M}"
        else:
            said = f"{date_text(starts.date())} – {date_text(ends.date())}"
        if same_clock(self.event.starts_at, self.event.time_zone, self.reader_zone):
            return said
        return f"{said} {zone_name(self.event.time_zone)}"

    @property
    def left(self) -> int | None:
        """Free seats; None where there is no limit."""
        if self.event.capacity is None:
            return None
        return max(self.event.capacity - self.held, 0)

    @property
    def is_full(self) -> bool:
        return self.left == 0

    @property
    def is_over(self) -> bool:
        return self.event.ends_at <= self.at

    @property
    def closes_at(self) -> datetime:
        return closes_at(self.event)

    @property
    def is_closed(self) -> bool:
        return self.closes_at <= self.at

    @property
    def is_open(self) -> bool:
        return self.event.status is EventStatus.PUBLISHED and not self.is_closed

    @property
    def may_cancel_until(self) -> datetime:
        return cancel_closes_at(self.event)

    @property
    def standing(self) -> tuple[str, str]:
        """How the event stands for the reader: a badge's kind and its words."""
        return self._standing(self.own.state if self.own else None)

    @property
    def standing_by_itself(self) -> tuple[str, str]:
        """The same for those who run it, whether they come themselves or not."""
        return self._standing(None)

    def _standing(self, own: RegistrationState | None) -> tuple[str, str]:
        status = self.event.status
        badges = (
            (status is EventStatus.CANCELLED, "bad", _("Cancelled")),
            (status is EventStatus.DRAFT, "off", _("Draft")),
            (status is EventStatus.IN_REVIEW, "wait", _("In review")),
            (self.is_over, "off", _("Over")),
            (own is RegistrationState.CONFIRMED, "ok", _("You have a place")),
            (own is RegistrationState.WAITING, "wait", _("You are waiting")),
            (self.is_closed, "off", _("Registration closed")),
            (self.is_full, "wait", _("Full, waiting list")),
        )
        for holds, kind, label in badges:
            if holds:
                return kind, label
        return "ok", _("Open for registration")

    def moment(self, moment: datetime) -> str:
        """The moment on both clocks."""
        return both_clocks(moment, self.event.time_zone, self.reader_zone)


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """Which events somebody wants to see."""

    chapter_id: int | None = None
    is_past: bool = False

    def conditions(self, moment: datetime) -> Iterator[ColumnElement[bool]]:
        yield Event.ends_at <= moment if self.is_past else Event.ends_at > moment
        if self.chapter_id is not None:
            yield Event.chapter_id == self.chapter_id


def text_language(zh: str, en: str) -> str:
    """``zh`` or ``en``: which of the two texts ``either`` gives the reader."""
    here = language()
    first = zh if here == "zh" else en
    return here if first else ("en" if here == "zh" else "zh")


def closes_at(event: Event) -> datetime:
    """When registration ends: at the start unless said otherwise."""
    return event.registration_closes_at or event.starts_at


def cancel_closes_at(event: Event) -> datetime:
    return event.cancel_closes_at or event.starts_at


def events(actor: Actor, wanted: EventFilter) -> Rows:
    """Announced events that the actor may see; what comes next first, of the past the latest."""
    order = (
        (Event.starts_at.desc(), Event.id.desc()) if wanted.is_past else (Event.starts_at, Event.id)
    )
    return (
        _shown(actor)
        .where(Event.status.in_(ANNOUNCED), visible(actor), *wanted.conditions(now()))
        .order_by(*order)
    )


def shown(actor: Actor, rows: Rows) -> list[Shown]:
    """The events of one of the selects here, in one statement."""
    at = now()
    return [
        Shown(
            event=event,
            held=held,
            waiting=waiting,
            own=own,
            queue_place=place if own and own.state is RegistrationState.WAITING else None,
            meant=bool(meant),
            reader_zone=actor.time_zone,
            at=at,
        )
        for event, held, waiting, own, place, meant in db.session.execute(rows)
    ]


def coming_events(actor: Actor, limit: int = 3, *, chapter_id: int | None = None) -> list[Shown]:
    """The next events that the actor may see and that take place."""
    rows = events(actor, EventFilter(chapter_id=chapter_id))
    return shown(actor, rows.where(Event.status == EventStatus.PUBLISHED).limit(limit))


def my_registrations(actor: Actor) -> list[Shown]:
    """Events to come for which the actor has a place or waits, called off or not."""
    if actor.person_id is None:
        return []
    return shown(actor, events(actor, EventFilter()).where(Registration.id.is_not(None)))


def events_to_review(actor: Actor) -> int:
    """How many events wait for the office to publish them."""
    if not may_manage(actor):
        return 0
    waiting = select(func.count()).select_from(Event).where(Event.status == EventStatus.IN_REVIEW)
    return db.session.scalar(waiting) or 0


def desk_events(actor: Actor, chapter: Chapter) -> Rows:
    """All events of the chapter, the latest first."""
    own = _shown(actor).where(visible(actor), Event.chapter_id == chapter.id)
    return own.order_by(Event.starts_at.desc(), Event.id.desc())


def office_events(actor: Actor, status: EventStatus | None = None) -> Rows:
    """All events: those to review first, then the latest."""
    rows = _shown(actor).where(visible(actor))
    if status is not None:
        rows = rows.where(Event.status == status)
    return rows.order_by(
        (Event.status == EventStatus.IN_REVIEW).desc(), Event.starts_at.desc(), Event.id.desc()
    )


def chapters_with_events(actor: Actor, *, is_past: bool) -> list[Chapter]:
    """The chapters that have events the actor may see, in their order."""
    wanted = EventFilter(is_past=is_past).conditions(now())
    having = select(Event.id).where(
        Event.chapter_id == Chapter.id, Event.status.in_(ANNOUNCED), visible(actor), *wanted
    )
    listed = select(Chapter).where(having.exists()).order_by(Chapter.position, Chapter.id)
    return list(db.session.scalars(listed))


def get_shown(
    actor: Actor, *, slug: str = "", public_id: str = "", chapter: Chapter | None = None
) -> Shown:
    """The event with that address or that id; of the chapter, if one is named."""
    rows = _shown(actor).where(visible(actor), _named(slug, public_id))
    if chapter is not None:
        rows = rows.where(Event.chapter_id == chapter.id)
    found = shown(actor, rows)
    if not found:
        raise NotFound
    return found[0]


def get_event(actor: Actor, *, slug: str = "", public_id: str = "") -> Event:
    """The event with that address or that id, to do something with it."""
    event = db.session.scalar(select(Event).where(visible(actor), _named(slug, public_id)))
    if event is None:
        raise NotFound
    return event


def _named(slug: str, public_id: str) -> ColumnElement[bool]:
    return Event.slug == slug if slug else Event.public_id == public_id


def _shown(actor: Actor) -> Rows:
    """What ``shown`` reads: one row for each event."""
    rows = (
        select(
            Event,
            _held(),
            _waiting(),
            Registration,
            _queue_place(),
            meant_for(actor),
        )
        .outerjoin(
            Registration,
            and_(
                Registration.event_id == Event.id,
                Registration.person_id == actor.person_id,
                Registration.state.in_(ACTIVE),
            ),
        )
        .options(joinedload(Event.chapter))
    )
    return cast("Rows", rows)


def _held() -> ScalarSelect[int]:
    """Seats taken. Of an alias: the table itself is the reader's own registration here."""
    every = aliased(Registration)
    return (
        select(func.coalesce(func.sum(every.seats), 0))
        .where(every.event_id == Event.id, every.state == RegistrationState.CONFIRMED)
        .correlate(Event)
        .scalar_subquery()
    )


def _waiting() -> ScalarSelect[int]:
    every = aliased(Registration)
    return (
        select(func.count())
        .where(every.event_id == Event.id, every.state == RegistrationState.WAITING)
        .correlate(Event)
        .scalar_subquery()
    )


def _queue_place() -> ScalarSelect[int]:
    before = aliased(Registration)
    return (
        select(func.count())
        .where(
            before.event_id == Registration.event_id,
            before.state == RegistrationState.WAITING,
            before.wait_number <= Registration.wait_number,
        )
        .correlate(Registration)
        .scalar_subquery()
    )
