"""The history: what was done (a change set) and what it did to each row (its changes)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, now, pk


class ChangeSet(Model):
    """One deed: who did what to which thing, when and why."""

    __tablename__ = "change_set"
    __table_args__ = (Index(None, "subject_table", "subject_id", "id"),)
    audited = False

    id: Mapped[pk]
    public_id: Mapped[Public]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Who acted. None: the program itself, or somebody without an account yet."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    """The import that the deed was a part of."""
    verb: Mapped[str] = mapped_column(Words(40))
    subject_table: Mapped[str] = mapped_column(Words(40))
    subject_id: Mapped[int | None]
    why: Mapped[str] = mapped_column(Words(1000), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the deed was about where no row says it: an export's filter, columns, rows, sha256."""
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Change(Model):
    """What a deed did to one row: the columns that changed, before and after."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "table_name", "row_id", "id"),)
    audited = False

    id: Mapped[pk]
    change_set_id: Mapped[int] = mapped_column(ForeignKey("change_set.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Whom it is about."""
    table_name: Mapped[str] = mapped_column(Words(40))
    row_id: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    """None: the row is new."""
    after: Mapped[dict[str, Any] | None]
    """None: the row was removed."""
