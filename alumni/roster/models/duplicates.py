"""Records that may stand for one graduate, and those that were made one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, enum, now, pk


class PairState(StrEnum):
    OPEN = "open"
    IGNORED = "ignored"
    """Two different people: never to be asked again."""
    MERGED = "merged"


class DuplicatePair(Model):
    """Two records that may stand for one graduate."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("person_id", "other_id"),
        CheckConstraint("person_id < other_id", name="ordered"),
        Index(None, "state", "score", "id"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    score: Mapped[int]
    """0 to 100."""
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was compared → whether it agreed."""
    state: Mapped[PairState] = mapped_column(enum(PairState), default=PairState.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    found_at: Mapped[datetime] = mapped_column(default=now)


class DuplicateSearch(Model):
    """How far the search for duplicates has come. One row."""

    __tablename__ = "duplicate_search"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    audited = False

    id: Mapped[pk]
    change_id: Mapped[int]
    """Whoever was changed after this change has not been looked at."""
    person_id: Mapped[int | None]
    """How far a search through everybody has come. None: no such search is under way."""
    asked_at: Mapped[datetime] = mapped_column(default=now)
    """When the last search through everybody was asked for."""
    done_at: Mapped[datetime | None]


class Merge(Model):
    """That one record was made part of another. What it did stands in the change set's changes."""

    __tablename__ = "merge"
    audited = False

    id: Mapped[pk]
    public_id: Mapped[Public]
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field → public id of the person whose value was kept."""
    change_set_id: Mapped[int | None] = mapped_column(ForeignKey("change_set.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    conflicts: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    """What taking it back left as it is: dicts of ``table row why columns``, ``why`` being a word

    of ``roster.commands.unmerging.REASONS``.
    """
