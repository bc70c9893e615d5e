"""Every letter is a row per recipient, from the wish to send it to what became of it."""

import base64
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.db import Model, Words, enum, now, pk


class DeliveryState(StrEnum):
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    """Claimed; nothing of it has been ended, so it may be claimed again when its lease is over."""
    DATA = "data"
    """The end of the letter is being written: from here on only the other side knows."""
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """The worker died at the one moment that cannot be known. A person decides."""
    DEFERRED = "deferred"
    FAILED = "failed"
    SKIPPED = "skipped"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class SuppressionScope(StrEnum):
    ALL = "all"
    LIST = "list"


def delivery_token() -> str:
    """128 random bits that survive a mail server which makes addresses lower case."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class SharedText(Model):
    """A letter's text in one language that many deliveries share, with ``{{name}}`` to fill in."""

    __tablename__ = "shared_text"
    audited = False

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(Words(80), unique=True)
    """Such as ``mailing:5:zh:<hash>``: preparing a mailing twice makes one text."""
    language: Mapped[str] = mapped_column(Words(2))
    subject: Mapped[str] = mapped_column(Words(300))
    text: Mapped[str]
    html: Mapped[str]
    from_name: Mapped[str] = mapped_column(Words(120))
    reply_to: Mapped[str | None] = mapped_column(Words(254))
    list_id: Mapped[str] = mapped_column(Words(254))
    """The whole ``List-Id`` header: ``"鞍山分会" <anshan.lists.example.org>``."""


class Delivery(Model):
    """One letter to one recipient."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("(text IS NULL) <> (shared_text_id IS NULL)", name="one_text"),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        UniqueConstraint("mailing_id", "person_id"),
        Index(
            "uq_delivery_mailing_email",
            "mailing_id",
            "email",
            unique=True,
            sqlite_where=text("state <> 'skipped'"),
            postgresql_where=text("state <> 'skipped'"),
        ),
        Index(
            "ix_delivery_due",
            "priority",
            "not_before",
            "id",
            sqlite_where=text("state IN ('queued', 'deferred')"),
            postgresql_where=text("state IN ('queued', 'deferred')"),
        ),
        Index(
            "ix_delivery_leased",
            "lease_until",
            sqlite_where=text("state IN ('sending', 'data')"),
            postgresql_where=text("state IN ('sending', 'data')"),
        ),
        Index(None, "mailing_id", "state"),
    )
    audited = False

    id: Mapped[pk]
    token: Mapped[str] = mapped_column(Words(26), unique=True, default=delivery_token)
    deed: Mapped[str] = mapped_column(Words(120), unique=True)
    """What the letter is sent for, such as ``registration:7:confirmed:1``. One deed, one letter."""
    kind: Mapped[str] = mapped_column(Words(40))
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(Words(120), default="")
    email: Mapped[str] = mapped_column(Words(254), index=True)
    language: Mapped[str] = mapped_column(Words(2))
    subject: Mapped[str | None] = mapped_column(Words(300))
    text: Mapped[str | None]
    html: Mapped[str | None]
    calendar: Mapped[str | None]
    """An iCalendar text; its METHOD goes into the part's header too."""
    reply_to: Mapped[str | None] = mapped_column(Words(254))
    shared_text_id: Mapped[int | None] = mapped_column(ForeignKey("shared_text.id"))
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What fills the places in a shared text."""
    state: Mapped[DeliveryState] = mapped_column(enum(DeliveryState), default=DeliveryState.QUEUED)
    reason: Mapped[str] = mapped_column(Words(500), default="")
    priority: Mapped[int] = mapped_column(default=0)
    """0 for a single letter that somebody waits for, 5 for a mailing's."""
    attempt: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(Words(60))
    smtp_code: Mapped[int | None]
    queue_id: Mapped[str | None] = mapped_column(Words(120))
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]

    shared_text: Mapped[SharedText | None] = relationship(lazy="raise")


class Suppression(Model):
    """An address that does not want letters: of one list, or any that are not necessary."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("email", "scope", "list_id"),)

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(Words(254))
    scope: Mapped[SuppressionScope] = mapped_column(enum(SuppressionScope))
    list_id: Mapped[int] = mapped_column(default=0)
    """The mailing list, 0 for all: a unique constraint takes NULL for different each time."""
    reason: Mapped[str] = mapped_column(Words(40))
    at: Mapped[datetime] = mapped_column(default=now)


class Heartbeat(Model):
    """A worker's sign of life, so that one that is not running is said and not found out."""

    __tablename__ = "heartbeat"
    audited = False

    worker: Mapped[str] = mapped_column(Words(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
