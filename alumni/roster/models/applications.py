"""Applications, with what speaks for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from alumni.chapters.models import Chapter
from alumni.codes.models import Code
from alumni.db import Model, Public, Words, enum, now, pk


class ApplicationState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    ASKED = "asked"
    """The office asked for more, and waits for the applicant."""
    APPROVED = "approved"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    """Put away without a word: nobody's, or the second one of somebody."""


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
            sqlite_where=text("state IN ('unconfirmed', 'waiting', 'asked')"),
            postgresql_where=text("state IN ('unconfirmed', 'waiting', 'asked')"),
        ),
        Index(None, "state", "id"),
        Index(None, "student_number"),
        Index(None, "name", "graduation_year"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    name: Mapped[str] = mapped_column(Words(80))
    email: Mapped[str] = mapped_column(Words(254))
    student_number: Mapped[str | None] = mapped_column(Words(40))
    graduation_year: Mapped[int | None]
    college_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    birth_year: Mapped[int | None]
    certificate_number: Mapped[str | None] = mapped_column(Words(40))
    phone: Mapped[str | None] = mapped_column(Words(60))
    """As it was written."""
    city: Mapped[str] = mapped_column(Words(80))
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    """The chapter chosen, or the one of the city: its officers may say whether they know them."""
    chapter_is_wished: Mapped[bool] = mapped_column(default=False)
    """Whether the applicant chose it, or came by its link: then they join it when approved."""
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    """Through whose link they came."""
    language: Mapped[str] = mapped_column(Words(2))
    notice_version: Mapped[str] = mapped_column(Words(20))
    agrees_to_mailings: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ApplicationState] = mapped_column(
        enum(ApplicationState), default=ApplicationState.UNCONFIRMED
    )
    reason: Mapped[str] = mapped_column(Words(500), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Whom it turned out to be."""
    question: Mapped[str] = mapped_column(Words(500), default="")
    """What the office asked for last."""
    recommended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """The officer of the chapter who says that they are who they say."""
    recommended_at: Mapped[datetime | None]
    recommendation: Mapped[str] = mapped_column(Words(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    college: Mapped[Code | None] = relationship(lazy="raise")
    chapter: Mapped[Chapter | None] = relationship(lazy="raise")
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


class EvidenceKind(StrEnum):
    CERTIFICATE = "certificate"
    """A picture of the certificate, re-encoded."""
    ANSWER = "answer"
    """What the applicant answered to the office's question."""
    CALL = "call"
    """What the office noted of a call, or of a check of its own."""


class Evidence(Model):
    """What else speaks for an application, beside what the form asks. The office's alone."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("(kind = 'certificate') = (picture IS NOT NULL)", name="picture"),
        Index(None, "application_id", "id"),
        Index(
            "ix_evidence_certificates",
            "application_id",
            sqlite_where=text("kind = 'certificate'"),
            postgresql_where=text("kind = 'certificate'"),
        ),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    kind: Mapped[EvidenceKind] = mapped_column(enum(EvidenceKind))
    text: Mapped[str] = mapped_column(Words(1000), default="", info={"secret": True})
    picture: Mapped[bytes | None] = deferred(mapped_column(LargeBinary(), info={"secret": True}))
    """A JPEG."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who gave it."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Vouch(Model):
    """A verified classmate says that the applicant is who they say."""

    __tablename__ = "vouch"
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)

    id: Mapped[pk]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(Words(500), default="")
    """How they know each other."""
    created_at: Mapped[datetime] = mapped_column(default=now)
