"""The registrar's roster, imports with their rows, and applications with what speaks for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.codes.models import Code
from alumni.db import Model, Public, Words, enum, now, pk


class RosterEntry(Model):
    """What the registrar says of one graduate. Never edited here, only imported anew."""

    __tablename__ = "roster_entry"
    __table_args__ = (
        UniqueConstraint("institution_id", "number"),
        Index(None, "name_zh", "graduation_year"),
    )

    id: Mapped[pk]
    institution_id: Mapped[int] = mapped_column(ForeignKey("code.id"))
    number: Mapped[str] = mapped_column(Words(40))
    """The student number."""
    name_zh: Mapped[str] = mapped_column(Words(80))
    sex: Mapped[str | None] = mapped_column(Words(1))
    entry_year: Mapped[int | None]
    graduation_year: Mapped[int | None]
    graduation_month: Mapped[int | None]
    college: Mapped[str | None] = mapped_column(Words(120))
    major: Mapped[str | None] = mapped_column(Words(120))
    level: Mapped[str | None] = mapped_column(Words(20))
    class_label: Mapped[str | None] = mapped_column(Words(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    """The import that last changed it."""


class BatchState(StrEnum):
    STAGED = "staged"
    """Read and compared; nothing written yet."""
    WAITING = "waiting"
    """The office said yes; the worker has not begun."""
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"
    FAILED = "failed"


class ImportBatch(Model):
    """One file brought in."""

    __tablename__ = "import_batch"
    audited = False

    id: Mapped[pk]
    public_id: Mapped[Public]
    kind: Mapped[str] = mapped_column(Words(20), default="registrar")
    file_name: Mapped[str] = mapped_column(Words(200))
    sha256: Mapped[str] = mapped_column(Words(64))
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Header text → field key, or None for a column that was not recognised."""
    state: Mapped[BatchState] = mapped_column(enum(BatchState), default=BatchState.STAGED)
    rows: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    possible: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    applied_rows: Mapped[int] = mapped_column(default=0)
    accept_good: Mapped[bool] = mapped_column(default=False)
    """The office said to bring in the good rows and leave the wrong ones."""
    problem: Mapped[str] = mapped_column(Words(500), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]


class Verdict(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    POSSIBLE = "possible"
    ERROR = "error"


class ImportRow(Model):
    """One row of a file, what it would do, and whether it has been done."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "line"),
        Index(None, "batch_id", "verdict", "line"),
    )
    audited = False

    id: Mapped[pk]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    line: Mapped[int]
    """As the person who opens the file sees it."""
    verdict: Mapped[Verdict] = mapped_column(enum(Verdict))
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field key → clean value."""
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field key → [old, new], for a row that updates."""
    reasons: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    """For a wrong row: lists of [field key, what was written, why]."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_applied: Mapped[bool] = mapped_column(default=False)


class ApplicationState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


class Application(Model):
    """A sign-up under way."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint(
            "student_number IS NOT NULL OR graduation_year IS NOT NULL", name="known_by"
        ),
        Index(
            "uq_application_open",
            "email",
            unique=True,
            sqlite_where=text("state IN ('unconfirmed', 'waiting')"),
            postgresql_where=text("state IN ('unconfirmed', 'waiting')"),
        ),
        Index(None, "state", "id"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    name: Mapped[str] = mapped_column(Words(80))
    email: Mapped[str] = mapped_column(Words(254))
    student_number: Mapped[str | None] = mapped_column(Words(40))
    graduation_year: Mapped[int | None]
    college_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    city: Mapped[str] = mapped_column(Words(80))
    language: Mapped[str] = mapped_column(Words(2))
    notice_version: Mapped[str] = mapped_column(Words(20))
    agrees_to_mailings: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ApplicationState] = mapped_column(
        enum(ApplicationState), default=ApplicationState.UNCONFIRMED
    )
    reason: Mapped[str] = mapped_column(Words(500), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whom it turned out to be."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    college: Mapped[Code | None] = relationship(lazy="raise")
    matches: Mapped[list["Match"]] = relationship(lazy="raise", back_populates="application")


class MatchVerdict(StrEnum):
    EXACT = "exact"
    POSSIBLE = "possible"


class Match(Model):
    """A known person whom an application may mean, and why we think so."""

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)

    id: Mapped[pk]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    score: Mapped[int]
    """0 to 100."""
    verdict: Mapped[MatchVerdict] = mapped_column(enum(MatchVerdict))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was compared → whether it agreed."""

    application: Mapped[Application] = relationship(lazy="raise", back_populates="matches")
