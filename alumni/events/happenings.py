"""What chapters hold, as their reports and the office count it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, Subquery, extract, func, select

from alumni.db import db, now
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.membership.happenings import COURSES, HAPPENINGS, MONTHLY, Course, Held


def register_happenings() -> None:
    """Enter the counting. Twice is once."""
    HAPPENINGS["events"] = held
    MONTHLY["events"] = held_by_month
    COURSES["events"] = courses


def held(first: date, last: date | None) -> Mapping[int, Held]:
    """Published events that begin in these days, as the clock on their wall says; one statement."""
    seats = _seats()
    counted = (
        select(Event.chapter_id, func.count(), func.coalesce(func.sum(seats.c.seats), 0))
        .outerjoin(seats, seats.c.event_id == Event.id)
        .where(
            Event.status == EventStatus.PUBLISHED,
            Event.chapter_id.is_not(None),
            Event.starts_local >= datetime.combine(first, time()),
        )
        .group_by(Event.chapter_id)
    )
    if last is not None:
        end = datetime.combine(last + timedelta(days=1), time())
        counted = counted.where(Event.starts_local < end)
    return {
        chapter_id: Held(events, int(taken))
        for chapter_id, events, taken in db.session.execute(counted)
    }


def held_by_month(chapter_id: int, year: int) -> Mapping[int, Held]:
    """The same of one chapter, by the month of the year; one statement."""
    seats, month = _seats(), extract("month", Event.starts_local)
    counted = (
        select(month, func.count(), func.coalesce(func.sum(seats.c.seats), 0))
        .outerjoin(seats, seats.c.event_id == Event.id)
        .where(
            Event.status == EventStatus.PUBLISHED,
            Event.chapter_id == chapter_id,
            Event.starts_local >= datetime.combine(date(year, 1, 1), time()),
            Event.starts_local < datetime.combine(date(year + 1, 1, 1), time()),
        )
        .group_by(month)
    )
    return {
        int(number): Held(events, int(taken))
        for number, events, taken in db.session.execute(counted)
    }


def courses() -> Mapping[int, Course]:
    """Of published events: the day of the last that has begun, and of the next."""
    has_begun = Event.starts_at <= now()
    days: Select[*tuple[Any, ...]] = (
        select(
            Event.chapter_id,
            func.max(Event.starts_local).filter(has_begun),
            func.min(Event.starts_local).filter(~has_begun),
        )
        .where(Event.status == EventStatus.PUBLISHED, Event.chapter_id.is_not(None))
        .group_by(Event.chapter_id)
    )
    return {
        chapter_id: Course(last and last.date(), following and following.date())
        for chapter_id, last, following in db.session.execute(days)
    }


def _seats() -> Subquery:
    """How many places are taken at each event that has any taken."""
    return (
        select(Registration.event_id, func.sum(Registration.seats).label("seats"))
        .where(Registration.state == RegistrationState.CONFIRMED)
        .group_by(Registration.event_id)
        .subquery()
    )
