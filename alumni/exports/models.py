"""Files that were made for somebody, kept for them for a while."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, enum, now, pk


class FileState(StrEnum):
    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class KeptFile(Model):
    """A file that the worker makes, or has made, for the holder of an account and nobody else.

    Its content is in rows of the database, so that any process of any machine can hand it out.
    """

    __tablename__ = "kept_file"
    __table_args__ = (
        CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="ready"),
        Index(None, "state", "id"),
        Index(None, "account_id", "id"),
    )
    audited = False
    """The deed of ordering it says what is in it."""

    id: Mapped[pk]
    public_id: Mapped[Public]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    """Who may fetch it."""
    purpose: Mapped[str] = mapped_column(Words(200))
    name: Mapped[str] = mapped_column(Words(120))
    """With its ending."""
    mimetype: Mapped[str] = mapped_column(Words(120))
    language: Mapped[str] = mapped_column(Words(2))
    """In which the file speaks."""
    kind: Mapped[str] = mapped_column(Words(40))
    """Who knows how to make it."""
    wish: Mapped[dict[str, Any]]
    """What is to be in it, as its maker understands it."""
    state: Mapped[FileState] = mapped_column(enum(FileState), default=FileState.WAITING)
    worker: Mapped[str | None] = mapped_column(Words(60))
    """Which worker makes it; another may take over when that one has died."""
    taken_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    """How often it was begun. What brings down each worker that tries is given up in the end."""
    done: Mapped[int] = mapped_column(default=0)
    """Rows written so far."""
    total: Mapped[int | None]
    """Rows there will be, as far as that was counted."""
    size: Mapped[int] = mapped_column(default=0)
    """Bytes."""
    sha256: Mapped[str | None] = mapped_column(Words(64))
    problem: Mapped[str] = mapped_column(Words(500), default="")
    change_set_id: Mapped[int | None] = mapped_column(ForeignKey("change_set.id"))
    """Where the history says who took it, and what for."""
    tell: Mapped[bool] = mapped_column(default=False)
    """Whether its owner gets a letter as soon as it is ready."""
    linked_at: Mapped[datetime | None]
    """When a letter with the way to it was last sent."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    """From then on it cannot be fetched, and soon it is gone."""

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= now()


class FileChunk(Model):
    """A part of a kept file."""

    __tablename__ = "file_chunk"
    audited = False

    file_id: Mapped[int] = mapped_column(
        ForeignKey("kept_file.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary())
