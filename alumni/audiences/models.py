"""Audiences that somebody gave a name, and ways of exporting that somebody wants again."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, enum, now, pk


class Sharing(StrEnum):
    """Who may use a saved audience, beside its owner."""

    NOBODY = "nobody"
    OFFICE = "office"
    CHAPTER = "chapter"
    """The officers of one chapter."""


class SavedAudience(Model):
    """Whom somebody means, under a name: a search of one's own, or a target group of the office."""

    __tablename__ = "audience"
    __table_args__ = (
        CheckConstraint("name_zh <> '' OR name_en <> ''", name="named"),
        CheckConstraint("(sharing = 'chapter') = (chapter_id IS NOT NULL)", name="chapter"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    """Whose it is."""
    name_zh: Mapped[str] = mapped_column(Words(80), default="")
    name_en: Mapped[str] = mapped_column(Words(80), default="")
    criteria: Mapped[dict[str, Any]]
    """As ``Audience.to_json`` writes it."""
    sharing: Mapped[Sharing] = mapped_column(enum(Sharing), default=Sharing.NOBODY)
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class ExportProfile(Model):
    """Columns in an order, and a kind of file, for the list that is wanted every month."""

    __tablename__ = "export_profile"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[pk]
    public_id: Mapped[Public]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Words(80))
    columns: Mapped[list[str]]
    format: Mapped[str] = mapped_column(Words(20))
    rows: Mapped[str] = mapped_column(Words(20))
    """How several studies of a person are written: flat, or a row for each."""
    created_at: Mapped[datetime] = mapped_column(default=now)
