"""Mailing lists, who chose what about them, and the mailings written to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.chapters.models import Chapter
from alumni.db import Model, Public, Words, enum, now, pk


class MailList(Model):
    """A mailing list. A chapter's has no rows of members: its members are the chapter's."""

    __tablename__ = "mail_list"

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(Words(60), unique=True)
    name_zh: Mapped[str] = mapped_column(Words(80))
    name_en: Mapped[str] = mapped_column(Words(120))
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), unique=True)
    """None: the association's own list of all verified alumni."""

    chapter: Mapped[Chapter | None] = relationship(lazy="raise")


class Choice(StrEnum):
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"


class Subscription(Model):
    """What a person chose about a list. Without a row the list's rule holds."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("mail_list_id", "person_id"),)

    id: Mapped[pk]
    mail_list_id: Mapped[int] = mapped_column(ForeignKey("mail_list.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    choice: Mapped[Choice] = mapped_column(enum(Choice))
    source: Mapped[str] = mapped_column(Words(40))
    at: Mapped[datetime] = mapped_column(default=now)


class MailingStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    PREPARING = "preparing"
    """Approved; the worker makes a delivery for each reader."""
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"


class Mailing(Model):
    """A letter to the readers of a list."""

    __tablename__ = "mailing"
    __table_args__ = (Index(None, "status", "id"), Index(None, "mail_list_id", "id"))

    id: Mapped[pk]
    public_id: Mapped[Public]
    mail_list_id: Mapped[int] = mapped_column(ForeignKey("mail_list.id"))
    status: Mapped[MailingStatus] = mapped_column(enum(MailingStatus), default=MailingStatus.DRAFT)
    body_hash: Mapped[str] = mapped_column(Words(64), default="")
    """Of all that a reader would get. An approval is for one hash; editing ends it."""
    approved_hash: Mapped[str | None] = mapped_column(Words(64))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    reply_to: Mapped[str | None] = mapped_column(Words(254))
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    mail_list: Mapped[MailList] = relationship(lazy="raise")
    variants: Mapped[list["MailingVariant"]] = relationship(
        lazy="raise", back_populates="mailing", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own way


class MailingVariant(Model):
    """The mailing in one language: what its author wrote, in Markdown."""

    __tablename__ = "mailing_variant"
    __table_args__ = (
        UniqueConstraint("mailing_id", "language"),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
    )

    id: Mapped[pk]
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(Words(2))
    subject: Mapped[str] = mapped_column(Words(200))
    source: Mapped[str] = mapped_column(Words(50000))

    mailing: Mapped[Mailing] = relationship(lazy="raise", back_populates="variants")


class ReviewAction(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class MailingReview(Model):
    """A step on a mailing's way to its readers, and for which text it was taken."""

    __tablename__ = "mailing_review"

    id: Mapped[pk]
    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), index=True
    )
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    action: Mapped[ReviewAction] = mapped_column(enum(ReviewAction))
    body_hash: Mapped[str] = mapped_column(Words(64))
    note: Mapped[str] = mapped_column(Words(1000), default="")
    at: Mapped[datetime] = mapped_column(default=now)
