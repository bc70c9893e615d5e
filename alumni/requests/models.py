"""What anybody asks of the office."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, enum, now, pk


class RequestState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Request(Model):
    """Somebody's words to the office, and what came of them."""

    __tablename__ = "request"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
        Index(None, "state", "id"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Who asked, if they were signed in. What is typed into the form proves nothing."""
    name: Mapped[str] = mapped_column(Words(120))
    email: Mapped[str] = mapped_column(Words(254))
    subject: Mapped[str] = mapped_column(Words(160))
    words: Mapped[str] = mapped_column(Words(5000))
    language: Mapped[str] = mapped_column(Words(2), default="zh")
    state: Mapped[RequestState] = mapped_column(enum(RequestState), default=RequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str] = mapped_column(Words(5000), default="")
