"""Preparing events, publishing them and calling them off."""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import count
from unicodedata import normalize

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.db import db, inserted, now
from alumni.errors import Invalid, Refusal
from alumni.events.calendar import to_utc, valid_wall_time
from alumni.events.commands.places import promote
from alumni.events.letters import Facts, facts_of, tell, tell_author
from alumni.events.models import Event, EventStatus, Registration, Visibility
from alumni.events.policy import (
    may_call_off,
    may_create,
    may_edit,
    may_manage,
    may_publish,
)
from alumni.events.queries.places import ACTIVE, held_seats, hold
from alumni.i18n import ZONE_DATA, _

LONGEST_SLUG = 60


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an event is to be. Times are what the clocks in ``time_zone`` show."""

    title_zh: str = ""
    title_en: str = ""
    body_zh: str = ""
    body_en: str = ""
    venue_zh: str = ""
    venue_en: str = ""
    address: str = ""
    time_zone: str
    starts_local: datetime
    ends_local: datetime
    visibility: Visibility = Visibility.PUBLIC
    capacity: int | None = None
    registration_closes_local: datetime | None = None
    """None: when the event begins."""
    cancel_closes_local: datetime | None = None
    """None: when the event begins."""


TOLD = (
    "title_zh",
    "title_en",
    "venue_zh",
    "venue_en",
    "address",
    "starts_at",
    "ends_at",
    "time_zone",
)
"""What registrants are written to about when it changes."""


ANNOUNCED_AS = ("title_zh", "title_en", "body_zh", "body_en", "visibility")
"""What an event was published as: only who may publish changes it from then on."""


def create(actor: Actor, chapter: Chapter | None, plan: Plan) -> Event:
    """Make a draft, of the chapter or of the association. Nobody else sees it yet."""
    chapter_id = chapter.id if chapter else None
    require(may_create, actor, chapter_id)
    event = Event(chapter_id=chapter_id, created_by_id=actor.account_id)
    _apply(event, plan)
    base = _slug(plan, chapter.slug if chapter else "event")
    for number in count(1):
        event.slug = base if number == 1 else f"{base}-{number}"
        if inserted(event):
            break
    record(actor, "created", event)
    return event


def edit(actor: Actor, event: Event, plan: Plan, *, version: int) -> Event:
    """Change an event. ``version`` is the one the editor saw: a newer one is not overwritten.

    When the event is published already, registrants are told of another time, place or title,
    and those who wait get the places that are new. What it was published as stays, unless the
    editor may publish.
    """
    event = hold(event.id)
    require(may_edit, actor, event)
    _expect(event, version)
    if event.status is EventStatus.CANCELLED:
        raise Refusal(_("This event has been called off. It cannot be changed any more."))
    _expect_as_announced(actor, event, plan)
    _keep_promises(event, plan)
    before, known = facts_of(event), _told_of(event)
    _apply(event, plan)
    is_news = event.status is EventStatus.PUBLISHED and _told_of(event) != known
    if is_news:
        event.sequence += 1
    record(actor, "edited", event)
    if is_news and event.ends_at > now():
        _tell_of_change(event, before)
    if event.status is EventStatus.PUBLISHED:
        promote(actor, event)
    return event


def submit(actor: Actor, event: Event) -> None:
    """Hand a draft to the office. Handing it in twice is handing it in once."""
    event = hold(event.id)
    require(may_edit, actor, event)
    if event.status is EventStatus.IN_REVIEW:
        return
    if event.status is not EventStatus.DRAFT:
        raise Refusal(_("Only a draft can be handed in."))
    _expect_future(event)
    event.status = EventStatus.IN_REVIEW
    event.review_note = ""
    record(actor, "submitted", event)


def publish(actor: Actor, event: Event, *, version: int) -> None:
    """Announce the event, as it was in the version seen. Twice is once."""
    event = hold(event.id)
    require(may_publish, actor, event)
    if event.status is EventStatus.PUBLISHED:
        return
    if event.status is EventStatus.CANCELLED:
        raise Refusal(_("This event has been called off."))
    if event.version != version:
        raise Refusal(
            _(
                "This event has been changed in the meantime."
                " Please load the page again and look at what you publish."
            )
        )
    _expect_future(event)
    event.status = EventStatus.PUBLISHED
    event.review_note = ""
    deed = record(actor, "published", event)
    if event.created_by_id != actor.account_id:
        tell_author("event_published", event, deed=deed.id)


def send_back(actor: Actor, event: Event, note: str) -> None:
    """Give an event in review back to its author, with a note that says what to change."""
    event = hold(event.id)
    require(may_manage, actor)
    if event.status is not EventStatus.IN_REVIEW:
        raise Refusal(_("This event is not waiting for review any more."))
    event.status = EventStatus.DRAFT
    event.review_note = note
    deed = record(actor, "sent back", event, why=note)
    tell_author("event_sent_back", event, deed=deed.id)


def call_off(actor: Actor, event: Event) -> int:
    """Call a published event off and tell each registrant once. Return how many are told.

    The registrations stay as they are, so that it can be seen who was to come.
    """
    event = hold(event.id)
    require(may_call_off, actor, event)
    if event.status is EventStatus.CANCELLED:
        return 0
    if event.status is not EventStatus.PUBLISHED:
        raise Refusal(_("Only a published event can be called off."))
    if event.ends_at <= now():
        raise Refusal(_("This event is over."))
    event.status = EventStatus.CANCELLED
    event.sequence += 1
    record(actor, "called off", event)
    return tell("event_called_off", event, _active(event))


def _active(event: Event) -> list[Registration]:
    rows = select(Registration).where(
        Registration.event_id == event.id, Registration.state.in_(ACTIVE)
    )
    return list(db.session.scalars(rows.order_by(Registration.id)))


def _tell_of_change(event: Event, before: Facts) -> None:
    tell("event_changed", event, _active(event), before=before)


def _told_of(event: Event) -> list[object]:
    return [getattr(event, name) for name in TOLD]


def _apply(event: Event, plan: Plan) -> None:
    zone = plan.time_zone
    for column in fields(Plan):
        if not column.name.endswith("closes_local"):
            setattr(event, column.name, getattr(plan, column.name))
    event.starts_at = _moment(plan.starts_local, zone, "starts_local")
    event.ends_at = _moment(plan.ends_local, zone, "ends_local")
    if event.ends_at <= event.starts_at:
        raise Invalid(_("The end comes after the beginning."), field="ends_local")
    event.registration_closes_at = _deadline(event, plan, "registration_closes_local")
    event.cancel_closes_at = _deadline(event, plan, "cancel_closes_local")
    event.zone_data = ZONE_DATA


def _deadline(event: Event, plan: Plan, field: str) -> datetime | None:
    local: datetime | None = getattr(plan, field)
    if local is None:
        return None
    moment = _moment(local, plan.time_zone, field)
    if moment > event.ends_at:
        raise Invalid(_("This lies after the end of the event."), field=field)
    return moment


def _moment(local: datetime, zone: str, field: str) -> datetime:
    if not valid_wall_time(local, zone):
        raise Invalid(
            _("The clocks there are put forward at this hour: this time does not exist."),
            field=field,
        )
    return to_utc(local, zone)


def _keep_promises(event: Event, plan: Plan) -> None:
    """Take no place away that somebody has."""
    held = held_seats(event)
    if plan.capacity is not None and plan.capacity < held:
        raise Refusal(
            _(
                "%(held)s places are given already. The number cannot be lower than that.",
                held=held,
            ),
            field="capacity",
        )


def _expect_as_announced(actor: Actor, event: Event, plan: Plan) -> None:
    if event.status is not EventStatus.PUBLISHED or may_publish(actor, event):
        return
    if any(_plain(getattr(plan, name)) != _plain(getattr(event, name)) for name in ANNOUNCED_AS):
        raise Refusal(
            _(
                "Once an event is published, the office changes its title, its text and who it is"
                " for. You may change its time, place, number of places and deadlines."
            )
        )


def _plain(text: str) -> str:
    """The text without what a browser makes of the ends of its lines."""
    return text.replace("\r\n", "\n").strip()


def _expect(event: Event, version: int) -> None:
    if event.version != version:
        raise Refusal(
            _(
                "Somebody else has changed this event in the meantime."
                " What you typed is kept here: open the event in another window and compare."
            )
        )


def _expect_future(event: Event) -> None:
    if event.starts_at <= now():
        raise Refusal(_("The event lies in the past. Please look at its date."))


def _slug(plan: Plan, host: str) -> str:
    """From the English title, or from the host and the day."""
    plain = normalize("NFKD", plan.title_en).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-")
    return words or f"{host}-{plan.starts_local:%Y%m%d}"
