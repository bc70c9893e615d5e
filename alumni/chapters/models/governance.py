"""How chapters are founded, handed over and accounted for, and what their leaders sign and say."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.chapters.models import Chapter, Position
from alumni.codes.models import Place
from alumni.db import Model, Public, Words, enum, now, pk


class Agreement(Model):
    """A version of what officers promise before they see members' data. Written once."""

    __tablename__ = "agreement"

    id: Mapped[pk]
    version: Mapped[int] = mapped_column(unique=True)
    """1, 2, 3 … The highest one counts."""
    text_zh: Mapped[str] = mapped_column(Words(10_000))
    text_en: Mapped[str] = mapped_column(Words(10_000))
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Acceptance(Model):
    """That a person accepted a version, and when."""

    __tablename__ = "acceptance"
    __table_args__ = (UniqueConstraint("person_id", "agreement_id"),)

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    accepted_at: Mapped[datetime] = mapped_column(default=now)


class Readers(StrEnum):
    """Who reads an announcement."""

    PUBLIC = "public"
    ALUMNI = "alumni"
    MEMBERS = "members"


class Announcement(Model):
    """A word of a chapter, or of the association, that is shown from one day through another."""

    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("title_zh <> '' OR title_en <> ''", name="titled"),
        CheckConstraint("chapter_id IS NOT NULL OR readers <> 'members'", name="whose"),
        Index(None, "chapter_id", "ends_on"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"))
    """None: of the association."""
    title_zh: Mapped[str] = mapped_column(Words(120), default="")
    title_en: Mapped[str] = mapped_column(Words(120), default="")
    body_zh: Mapped[str] = mapped_column(Words(5000), default="")
    body_en: Mapped[str] = mapped_column(Words(5000), default="")
    readers: Mapped[Readers] = mapped_column(enum(Readers), default=Readers.MEMBERS)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class PetitionState(StrEnum):
    GATHERING = "gathering"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    """Sent back with a reason, to be mended and handed in again."""
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Petition(Model):
    """Graduates of a city who want a chapter there."""

    __tablename__ = "petition"
    __table_args__ = (
        CheckConstraint("(state = 'approved') = (chapter_id IS NOT NULL)", name="founded"),
        Index(
            "uq_petition_open",
            "place_id",
            unique=True,
            sqlite_where=text("state IN ('gathering', 'submitted', 'returned')"),
            postgresql_where=text("state IN ('gathering', 'submitted', 'returned')"),
        ),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    name_zh: Mapped[str] = mapped_column(Words(80))
    name_en: Mapped[str] = mapped_column(Words(120))
    reason: Mapped[str] = mapped_column(Words(5000))
    """Why there should be one, and what it wants to do."""
    state: Mapped[PetitionState] = mapped_column(
        enum(PetitionState), default=PetitionState.GATHERING
    )
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(default=now)
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str] = mapped_column(Words(1000), default="")
    """What the office says to it."""
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    """The chapter that came of it."""

    place: Mapped[Place] = relationship(lazy="raise")


class Supporter(Model):
    """A graduate who stands behind a petition; those with a position are to lead the chapter."""

    __tablename__ = "supporter"
    __table_args__ = (UniqueConstraint("petition_id", "person_id"),)

    id: Mapped[pk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    position_id: Mapped[int | None] = mapped_column(ForeignKey("position.id"))
    """Of an initiator: what they offer to be."""
    supported_at: Mapped[datetime] = mapped_column(default=now)

    position: Mapped[Position | None] = relationship(lazy="raise")


class PetitionDocument(Model):
    """A paper handed in with a petition. The office and the initiators read it."""

    __tablename__ = "petition_document"
    audited = False
    """A file is no value to compare; the deed says that it was added."""

    id: Mapped[pk]
    public_id: Mapped[Public]
    petition_id: Mapped[int] = mapped_column(
        ForeignKey("petition.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Words(120))
    kind: Mapped[str] = mapped_column(Words(10))
    """What it is by its content: pdf, jpeg, png."""
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)
    added_at: Mapped[datetime] = mapped_column(default=now)


class HandoverState(StrEnum):
    PREPARED = "prepared"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Handover(Model):
    """The change from one team of officers to the next (换届) on a day."""

    __tablename__ = "handover"
    __table_args__ = (
        Index(
            "uq_handover_prepared",
            "chapter_id",
            unique=True,
            sqlite_where=text("state = 'prepared'"),
            postgresql_where=text("state = 'prepared'"),
        ),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    chapter_id: Mapped[int] = mapped_column(ForeignKey("chapter.id"), index=True)
    effective_on: Mapped[date]
    """The new team's first day; the old one's terms end the day before."""
    ends_on: Mapped[date | None]
    """The last day of the new terms."""
    state: Mapped[HandoverState] = mapped_column(
        enum(HandoverState), default=HandoverState.PREPARED
    )
    note: Mapped[str] = mapped_column(Words(1000), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    chapter: Mapped[Chapter] = relationship(lazy="raise")


class HandoverSeat(Model):
    """Who is to hold which position after the handover."""

    __tablename__ = "handover_seat"
    __table_args__ = (UniqueConstraint("handover_id", "person_id", "position_id"),)

    id: Mapped[pk]
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("position.id"))

    position: Mapped[Position] = relationship(lazy="raise")


class HandoverStep(Model):
    """A point of the checklist, once it is done: money, groups, papers, open events."""

    __tablename__ = "handover_step"
    __table_args__ = (UniqueConstraint("handover_id", "step"),)

    id: Mapped[pk]
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id", ondelete="CASCADE"))
    step: Mapped[str] = mapped_column(Words(24))
    done_at: Mapped[datetime] = mapped_column(default=now)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ReportState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    """As it was handed in, and never changed again; a correction is a new revision."""
    RETURNED = "returned"
    ACCEPTED = "accepted"


class AnnualReport(Model):
    """What a chapter says of a year. Each correction is a revision of its own."""

    __tablename__ = "annual_report"
    __table_args__ = (
        UniqueConstraint("chapter_id", "year", "revision"),
        CheckConstraint("year BETWEEN 1900 AND 2200", name="year"),
        CheckConstraint("(state = 'draft') = (submitted_at IS NULL)", name="submitted"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    chapter_id: Mapped[int] = mapped_column(ForeignKey("chapter.id"))
    year: Mapped[int]
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[ReportState] = mapped_column(enum(ReportState), default=ReportState.DRAFT)
    activities: Mapped[str] = mapped_column(Words(5000), default="")
    members_cared_for: Mapped[str] = mapped_column(Words(5000), default="")
    money: Mapped[str] = mapped_column(Words(2000), default="")
    plans: Mapped[str] = mapped_column(Words(5000), default="")
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the program counted when it was handed in: members, joined, left, events, attended."""
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str] = mapped_column(Words(1000), default="")
    """Why it was returned."""

    chapter: Mapped[Chapter] = relationship(lazy="raise")
