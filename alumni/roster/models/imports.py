"""The registrar's roster, and imports with their rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, enum, now, pk


class RosterEntry(Model):
    """What the registrar says of one graduate. Never edited here, only imported anew."""

    __tablename__ = "roster_entry"
    __table_args__ = (
        UniqueConstraint("institution_id", "number"),
        Index(None, "name_zh", "graduation_year"),
    )

    id: Mapped[pk]
    institution_id: Mapped[int] = mapped_column(ForeignKey("code.id"))
    number: Mapped[str] = mapped_column(Words(40))
    """The student number."""
    name_zh: Mapped[str] = mapped_column(Words(80))
    sex: Mapped[str | None] = mapped_column(Words(1))
    entry_year: Mapped[int | None]
    graduation_year: Mapped[int | None]
    graduation_month: Mapped[int | None]
    college: Mapped[str | None] = mapped_column(Words(120))
    major: Mapped[str | None] = mapped_column(Words(120))
    level: Mapped[str | None] = mapped_column(Words(20))
    class_label: Mapped[str | None] = mapped_column(Words(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    """The import that last changed it."""


class BatchKind(StrEnum):
    REGISTRAR = "registrar"
    """The university's own list of graduates: fills the roster, and a person for each entry."""
    CHAPTER = "chapter"
    """A chapter's list of members, by name and class."""
    CONTACTS = "contacts"
    """Anybody's list of how people can be reached."""


class Policy(StrEnum):
    """What a value of a file does where we hold another one. A blank never does anything."""

    FILL = "fill"
    """It is kept only where we knew nothing."""
    OVERWRITE = "overwrite"
    SKIP = "skip"


class BatchState(StrEnum):
    RECEIVED = "received"
    """The file is kept as it came; the office says what its columns are."""
    READING = "reading"
    """The worker reads the rows and compares them with what we know."""
    STAGED = "staged"
    """Read and compared; nothing written yet."""
    WAITING = "waiting"
    """The office said yes; the worker has not begun."""
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"
    FAILED = "failed"
    UNDOING = "undoing"
    """The worker takes back what it brought in."""
    UNDONE = "undone"


class Proposal(StrEnum):
    """How far the office is with a list that an officer of a chapter sent."""

    WAITING = "waiting"
    """Nobody of the office has begun with it: the officer can withdraw it."""
    TAKEN = "taken"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"


class ImportBatch(Model):
    """One file brought in."""

    __tablename__ = "import_batch"
    audited = False

    id: Mapped[pk]
    public_id: Mapped[Public]
    kind: Mapped[BatchKind] = mapped_column(enum(BatchKind), default=BatchKind.REGISTRAR)
    file_name: Mapped[str] = mapped_column(Words(200))
    sha256: Mapped[str] = mapped_column(Words(64))
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Header text → field key, or None for a column that was not recognised."""
    looked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What a first look at the file told: see ``roster.reading.Looked``."""
    policies: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field key → Policy, where it is another than the kind's own."""
    state: Mapped[BatchState] = mapped_column(enum(BatchState), default=BatchState.STAGED)
    read_rows: Mapped[int] = mapped_column(default=0)
    """Rows compared so far."""
    rows: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    possible: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    """Rows that the office said to leave."""
    applied_rows: Mapped[int] = mapped_column(default=0)
    undone_rows: Mapped[int] = mapped_column(default=0)
    left_rows: Mapped[int] = mapped_column(default=0)
    """Rows that could not be taken back, since somebody changed them afterwards."""
    accept_good: Mapped[bool] = mapped_column(default=False)
    """The office said to bring in the good rows and leave the wrong ones."""
    problem: Mapped[str] = mapped_column(Words(500), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who of the office brought it, or began with what a chapter proposed."""
    proposal: Mapped[Proposal | None] = mapped_column(enum(Proposal), index=True)
    """None for a file of the office's own."""
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    """Whose officer proposed it."""
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str] = mapped_column(Words(1000), default="")
    """Why it was sent back."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None]


class Verdict(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    POSSIBLE = "possible"
    ERROR = "error"
    SKIPPED = "skipped"
    """The office said to leave it."""


class ImportRow(Model):
    """One row of a file, what it would do, and whether it has been done."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "line"),
        Index(None, "batch_id", "verdict", "line"),
        Index(None, "batch_id", "key"),
    )
    audited = False

    id: Mapped[pk]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    line: Mapped[int]
    """As the person who opens the file sees it."""
    key: Mapped[str | None] = mapped_column(Words(200))
    """By which a row is found to stand in the file twice: the student number where there is one."""
    verdict: Mapped[Verdict] = mapped_column(enum(Verdict))
    found: Mapped[str | None] = mapped_column(Words(24))
    """The verdict of the comparison, where the office decided otherwise."""
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field key → clean value."""
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Field key → [old, new], for a row that updates."""
    reasons: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    """For a wrong row: lists of [field key, what was written, why]."""
    candidates: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    """Of a possible row whom it may mean, the likeliest first: lists of [person id, score, facts],
    facts being what was compared → whether it agreed."""
    is_unreadable: Mapped[bool] = mapped_column(default=False)
    """Whether it is wrong by itself, whatever we know of anybody: who proposed it may see it."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    is_applied: Mapped[bool] = mapped_column(default=False)
    is_undone: Mapped[bool] = mapped_column(default=False)
    left: Mapped[str] = mapped_column(Words(60), default="")
    """Why it could not be taken back: a word of ``roster.commands.undoing.REASONS``."""


class ImportChunk(Model):
    """A part of a file that was brought, kept until its rows are brought in or discarded."""

    __tablename__ = "import_chunk"
    audited = False

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary())


class ImportMapping(Model):
    """Which columns the office said a file of this shape has, for the next one like it."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("kind", "shape"),)
    audited = False

    id: Mapped[pk]
    kind: Mapped[BatchKind] = mapped_column(enum(BatchKind))
    shape: Mapped[str] = mapped_column(Words(64))
    """sha256 of the headers in their normal form, as they stand."""
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Header → field key, or None for one that is left out."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    used_at: Mapped[datetime] = mapped_column(default=now)
