"""Events and the registrations for them."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.chapters.models import Chapter
from alumni.db import Model, Public, Words, enum, now, pk


class EventStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Visibility(StrEnum):
    """Who sees an event and may register."""

    PUBLIC = "public"
    """Everybody sees it, every verified alumnus may register."""
    MEMBERS = "members"
    CHAPTER = "chapter"


class Event(Model):
    """A gathering of a chapter, or of the whole association where it has no chapter."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("title_zh <> '' OR title_en <> ''", name="titled"),
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
        CheckConstraint("visibility <> 'chapter' OR chapter_id IS NOT NULL", name="scope"),
        Index(None, "status", "starts_at"),
        Index(None, "chapter_id", "starts_at"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    """Also the calendar's UID, which never changes."""
    slug: Mapped[str] = mapped_column(Words(80), unique=True)
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"))
    title_zh: Mapped[str] = mapped_column(Words(120), default="")
    title_en: Mapped[str] = mapped_column(Words(160), default="")
    body_zh: Mapped[str] = mapped_column(Words(20000), default="")
    body_en: Mapped[str] = mapped_column(Words(20000), default="")
    venue_zh: Mapped[str] = mapped_column(Words(200), default="")
    venue_en: Mapped[str] = mapped_column(Words(200), default="")
    address: Mapped[str] = mapped_column(Words(300), default="")
    time_zone: Mapped[str] = mapped_column(Words(40))
    starts_local: Mapped[datetime] = mapped_column(sa.DateTime())
    """What the clock on the wall shows there: zones change their rules, a dinner at seven stays."""
    ends_local: Mapped[datetime] = mapped_column(sa.DateTime())
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone_data: Mapped[str] = mapped_column(Words(20))
    """The version of the zone rules that the moments were computed with."""
    status: Mapped[EventStatus] = mapped_column(enum(EventStatus), default=EventStatus.DRAFT)
    review_note: Mapped[str] = mapped_column(Words(1000), default="")
    visibility: Mapped[Visibility] = mapped_column(enum(Visibility), default=Visibility.PUBLIC)
    capacity: Mapped[int | None]
    """None: no limit. 0: nobody."""
    registration_closes_at: Mapped[datetime | None]
    cancel_closes_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    """The calendar's: one more with each change of time, place, title or status."""
    wait_count: Mapped[int] = mapped_column(default=0)
    """The last number given out on the waiting list."""
    version: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    chapter: Mapped[Chapter | None] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own way


class RegistrationState(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Registration(Model):
    """A person's place at an event, or in its queue."""

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("state <> 'waiting' OR wait_number IS NOT NULL", name="in_queue"),
        Index(
            "uq_registration_active",
            "event_id",
            "person_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'confirmed')"),
            postgresql_where=text("state IN ('waiting', 'confirmed')"),
        ),
        Index(
            "uq_registration_wait_number",
            "event_id",
            "wait_number",
            unique=True,
            sqlite_where=text("wait_number IS NOT NULL"),
            postgresql_where=text("wait_number IS NOT NULL"),
        ),
        Index(None, "event_id", "state"),
        Index(None, "person_id", "state"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[RegistrationState] = mapped_column(enum(RegistrationState))
    seats: Mapped[int] = mapped_column(default=1)
    wait_number: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own way
