"""The history: what was done (a change set), what it did to each row (its changes), and the seals.

A seal is a number in one chain. Each holds a salted digest of a change set and two of each of its
changes, of what it is about and of its values, and a digest over itself and the seal before: what
is altered, removed or put in between afterwards shows. Each change's values have a salt of their
own, so that they can be erased for good and nobody can guess them from their digest, while the
chain still holds.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, now, pk


class ChangeSet(Model):
    """One deed: who did what to which thing, when and why."""

    __tablename__ = "change_set"
    __table_args__ = (
        Index(None, "subject_table", "subject_id", "id"),
        Index(None, "verb", "id"),
        Index(
            "ix_change_set_unsealed",
            "id",
            sqlite_where=text("NOT is_sealed"),
            postgresql_where=text("NOT is_sealed"),
        ),
    )
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
    request: Mapped[str] = mapped_column(Words(12), default="")
    """The request it was done by, as the log of the program names it. Empty: none of a browser."""
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    open_until: Mapped[datetime | None]
    """It is not sealed before: more may become known of it, as of a file that is being read.

    None: all is known."""
    is_sealed: Mapped[bool] = mapped_column(default=False)


class Change(Model):
    """What a deed did to one row: the columns that changed, before and after."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "table_name", "row_id", "id"),)
    audited = False

    id: Mapped[pk]
    change_set_id: Mapped[int] = mapped_column(ForeignKey("change_set.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    """Whom it is about. As with the row itself the history outlives them: no foreign key."""
    table_name: Mapped[str] = mapped_column(Words(40))
    row_id: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    """None: the row is new."""
    after: Mapped[dict[str, Any] | None]
    """None: the row was removed."""


class Seal(Model):
    """That a change set was so at that moment."""

    __tablename__ = "seal"
    audited = False

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, without a gap."""
    change_set_id: Mapped[int] = mapped_column(ForeignKey("change_set.id"), unique=True)
    salt: Mapped[str] = mapped_column(Words(32))
    digest: Mapped[str] = mapped_column(Words(64))
    """Of the change set itself."""
    chain: Mapped[str] = mapped_column(Words(64))
    """Of the seal before, this one's number and digest, and the digests of its changes."""


class ChangeSeal(Model):
    """That one change was so."""

    __tablename__ = "change_seal"
    audited = False

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("seal.number"), index=True)
    """The seal it belongs to."""
    salt: Mapped[str] = mapped_column(Words(32))
    """Of the values. Empty where they were erased."""
    about: Mapped[str] = mapped_column(Words(64), default="", server_default="")
    """Digest of which row of whom was changed, with the salt of the seal. Empty: it was sealed

    when ``digest`` was of both."""
    digest: Mapped[str] = mapped_column(Words(64))
    """Of the values before and after."""
