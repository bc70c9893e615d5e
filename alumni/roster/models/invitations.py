"""Inviting the people we know, and a class or a chapter by a link to hand around."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model, Public, Words, now, pk


class Invitation(Model):
    """A link and its QR code to join with, for a class or a chapter."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(chapter_id IS NULL) <> (graduation_year IS NULL)", name="one_of_two"),
        CheckConstraint("uses >= 0 AND uses <= most_uses", name="uses"),
        CheckConstraint("person_id IS NULL OR chapter_id IS NOT NULL", name="personal"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    token: Mapped[str] = mapped_column(Words(43), unique=True, info={"secret": True})
    """Kept as it is: who invites prints its code again. It opens nothing but the form to join."""
    chapter_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    graduation_year: Mapped[int | None]
    """Of the class that is invited, with the college and the label where they narrow it."""
    college_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    class_label: Mapped[str | None] = mapped_column(Words(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """The graduate whom the chapter invites by name: the link opens it to nobody else."""
    note: Mapped[str] = mapped_column(Words(200), default="")
    most_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    """When the graduate who is invited by name said no."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Who invites."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class ActivationWave(Model):
    """The people whom the office asked at one time to take up their record."""

    __tablename__ = "activation_wave"

    id: Mapped[pk]
    public_id: Mapped[Public]
    wish: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Whom: an audience as it is saved."""
    sentence: Mapped[str] = mapped_column(Words(1000), default="")
    """The same in words, as the office read it then."""
    total: Mapped[int] = mapped_column(default=0)
    """How many there were to ask when it began."""
    people: Mapped[int] = mapped_column(default=0)
    """How many were asked so far."""
    last_person_id: Mapped[int] = mapped_column(default=0)
    """Up to whom the worker has come."""
    done_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Activation(Model):
    """That a known person was asked to take up their record: by letter, or by a code. Once."""

    __tablename__ = "activation"
    __table_args__ = (Index(None, "wave_id", "id"), Index(None, "email"))

    id: Mapped[pk]
    public_id: Mapped[Public]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("activation_wave.id"))
    """None: made for this person alone."""
    email: Mapped[str | None] = mapped_column(Words(254))
    """Where the letter goes. None: a code to read out, print or send."""
    token_hash: Mapped[str | None] = mapped_column(Words(64), unique=True, info={"secret": True})
    """Of the link in the letter."""
    code_hash: Mapped[str | None] = mapped_column(Words(64), unique=True, info={"secret": True})
    """Of the code that somebody can read out."""
    ends_on: Mapped[date]
    letters: Mapped[int] = mapped_column(default=0)
    """How many were queued: one, and each more that somebody asked for."""
    queued_at: Mapped[datetime | None]
    """When the last of them was."""
    opened_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Who asked."""
    created_at: Mapped[datetime] = mapped_column(default=now)
