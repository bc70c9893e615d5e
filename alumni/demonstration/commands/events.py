"""Events, and who comes to them."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import insert

from alumni.chapters.models import Chapter
from alumni.db import db, now, today
from alumni.demonstration.commands.people import WITH_NULLS, Population
from alumni.demonstration.gatherings import GATHERINGS, Gathering
from alumni.events.calendar import to_utc
from alumni.events.models import Event, Registration, RegistrationState, Visibility
from alumni.i18n import ZONE_DATA


def hold(
    population: Population,
    chapters: Mapping[str, Chapter],
    authors: Mapping[str | None, int],
    random: Random,
) -> None:
    """Enter the events with their registrations. No event has more seats taken than it has.

    ``authors``: by the chapter's slug whose account wrote its events; under None the office's.
    """
    for gathering in GATHERINGS:
        chapter = chapters[gathering.chapter] if gathering.chapter else None
        guests = _guests(gathering, chapter, population, random)
        event = _event(gathering, chapter)
        event.created_by_id = authors.get(gathering.chapter, authors[None])
        event.wait_count = len(guests.waiting)
        db.session.add(event)
        db.session.flush()
        rows = _registrations(event, guests)
        if rows:
            db.session.execute(insert(Registration), rows, execution_options=WITH_NULLS)


class Guests(NamedTuple):
    """The persons with a place, those who wait in their order, and those who will not come."""

    coming: list[int]
    waiting: list[int]
    staying: list[int]


def _event(gathering: Gathering, chapter: Chapter | None) -> Event:
    day, zone = gathering.day(today()), gathering.zone
    starts, ends = (datetime.combine(day, hour) for hour in (gathering.begins, gathering.ends))
    closes_at = None
    if gathering.closes_before is not None:
        last = day - timedelta(days=gathering.closes_before)
        closes_at = to_utc(datetime.combine(last, time(22, 0)), zone)
    return Event(
        slug=gathering.slug,
        chapter_id=chapter.id if chapter else None,
        title_zh=gathering.title.zh,
        title_en=gathering.title.en,
        body_zh=gathering.body.zh,
        body_en=gathering.body.en,
        venue_zh=gathering.venue.zh,
        venue_en=gathering.venue.en,
        address=gathering.address,
        time_zone=zone,
        starts_local=starts,
        ends_local=ends,
        starts_at=to_utc(starts, zone),
        ends_at=to_utc(ends, zone),
        zone_data=ZONE_DATA,
        status=gathering.status,
        visibility=gathering.visibility,
        capacity=gathering.capacity,
        registration_closes_at=closes_at,
        cancel_closes_at=closes_at,
        created_at=min(now(), to_utc(starts, zone)) - timedelta(days=30),
    )


def _guests(
    gathering: Gathering, chapter: Chapter | None, population: Population, random: Random
) -> Guests:
    """The chapter's own members before others. Nobody waits while there are places."""
    wanted = gathering.taken + gathering.waiting + gathering.given_back
    own = population.members.get(chapter.id, []) if chapter else population.verified()
    guests = random.sample(own, min(wanted, len(own)))
    if chapter and gathering.visibility is not Visibility.CHAPTER:
        known = set(own)
        others = [one for one in population.verified() if one not in known]
        guests += random.sample(others, min(wanted - len(guests), len(others)))
    queue_ends = gathering.taken + gathering.waiting
    return Guests(
        coming=guests[: gathering.taken],
        waiting=guests[gathering.taken : queue_ends],
        staying=guests[queue_ends:],
    )


def _registrations(event: Event, guests: Guests) -> list[dict[str, Any]]:
    coming, waiting = RegistrationState.CONFIRMED, RegistrationState.WAITING
    states = [
        *((person_id, coming, None) for person_id in guests.coming),
        *((person_id, waiting, number) for number, person_id in enumerate(guests.waiting, 1)),
        *((person_id, RegistrationState.CANCELLED, None) for person_id in guests.staying),
    ]
    rows = []
    for position, (person_id, state, wait_number) in enumerate(states):
        asked_at = event.created_at + timedelta(days=1, minutes=7 * position)
        is_off = state is RegistrationState.CANCELLED
        rows.append(
            {
                "event_id": event.id,
                "person_id": person_id,
                "state": state,
                "wait_number": wait_number,
                "created_at": asked_at,
                "confirmed_at": None if state is waiting else asked_at,
                "cancelled_at": asked_at + timedelta(days=2) if is_off else None,
            }
        )
    return rows
