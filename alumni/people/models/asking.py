"""What people ask the office to change, and what they write to each other through us."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.db import Model, Public, Words, enum, now, pk
from alumni.people.models import Person


class ChangeState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ChangeRequest(Model):
    """A fact that the office keeps, as its person would have it: a name, a year of graduation."""

    __tablename__ = "change_request"
    __table_args__ = (
        Index(
            "uq_change_request_waiting",
            "person_id",
            "field",
            "row_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "state", "id"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    field: Mapped[str] = mapped_column(Words(40))
    """Its key in the catalogue of what can be asked for, or ``study``: a whole one is missing."""
    row_id: Mapped[int] = mapped_column(default=0)
    """The study or other row that it is about; 0 is the person."""
    before: Mapped[str] = mapped_column(Words(200), default="")
    """What stood there when it was asked, as ``people.queries.kept`` writes values."""
    after: Mapped[str] = mapped_column(Words(200), default="")
    study: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of a study that is missing what it should say, by the keys of ``people.queries.missing``."""
    reason: Mapped[str] = mapped_column(Words(500), default="")
    state: Mapped[ChangeState] = mapped_column(enum(ChangeState), default=ChangeState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str] = mapped_column(Words(500), default="")

    person: Mapped[Person] = relationship(lazy="raise")


class RelayedMessage(Model):
    """That somebody wrote to somebody through us. The words stand in the letter alone."""

    __tablename__ = "relayed_message"
    __table_args__ = (
        CheckConstraint("sender_id <> recipient_id", name="two"),
        Index(None, "sender_id", "sent_at"),
        Index(None, "recipient_id", "sent_at"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    sender_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime] = mapped_column(default=now)
    token_hash: Mapped[str] = mapped_column(Words(64), unique=True, info={"secret": True})
    """Of the link by which the recipient answers for it: block the sender, report the letter."""
    reported_at: Mapped[datetime | None]
    complaint: Mapped[str] = mapped_column(Words(500), default="")
    settled_at: Mapped[datetime | None]
    """When the office had looked at the complaint."""


class Block(Model):
    """That a person wants no letters from another."""

    __tablename__ = "block"
    __table_args__ = (UniqueConstraint("person_id", "blocked_id"),)

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    blocked_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[datetime] = mapped_column(default=now)
