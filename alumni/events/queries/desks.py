"""The events of a chapter's desk: those that wait for its officers, and those of a month."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.db import db, now
from alumni.events.models import Event, EventStatus
from alumni.events.policy import visible


class Waits(StrEnum):
    """What an event waits for."""

    DRAFT = "draft"
    """To be handed in; also what the office sent back."""
    OVER = "over"
    """It never was published, and its day is past."""


def waits_for(what: Waits) -> ColumnElement[bool]:
    if what is Waits.DRAFT:
        return and_(Event.status == EventStatus.DRAFT, Event.ends_at > now())
    unpublished = Event.status.in_((EventStatus.DRAFT, EventStatus.IN_REVIEW))
    return and_(unpublished, Event.ends_at <= now())


def count_waiting(actor: Actor, chapter: Chapter) -> dict[Waits, int]:
    """How many of the chapter's wait for what; one statement."""
    counted = select(*(func.count().filter(waits_for(what)) for what in Waits)).where(
        visible(actor), Event.chapter_id == chapter.id
    )
    return dict(zip(Waits, db.session.execute(counted).one(), strict=True))


def held_in(first: date, end: date) -> ColumnElement[bool]:
    """What took or takes place from the first of these days until before the other one."""
    return and_(
        Event.status == EventStatus.PUBLISHED,
        Event.starts_local >= datetime.combine(first, time()),
        Event.starts_local < datetime.combine(end, time()),
    )
