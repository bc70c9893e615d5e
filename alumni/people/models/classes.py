"""Who keeps a class together, and who told us where a lost classmate is."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.db import Model, Public, Words, enum, now, pk
from alumni.people.models import Person


class ClassLiaison(Model):
    """A graduate who knows a class, from one day through another.

    Without a label it is all classes of a college in that year, or of one major there; without a
    college the whole year.
    """

    __tablename__ = "class_liaison"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term"),
        CheckConstraint(
            "college_id IS NOT NULL OR (class_label IS NULL AND major_id IS NULL)", name="scope"
        ),
        Index(None, "person_id", "starts_on"),
        Index(None, "graduation_year", "college_id", "class_label"),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    graduation_year: Mapped[int]
    college_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"), index=True)
    major_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"), index=True)
    class_label: Mapped[str | None] = mapped_column(Words(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    person: Mapped[Person] = relationship(lazy="raise")


class LeadState(StrEnum):
    SENT = "sent"
    UNSENT = "unsent"
    """No letter went out: nobody of that name is missing there, or one is not to be sent."""
    DECLINED = "declined"
    """The person does not want to be looked for."""
    WRONG = "wrong"
    """The address is somebody else's."""


class Lead(Model):
    """Where a lost classmate may be reached, as another graduate says. It causes one letter.

    That they signed up since then is said by the person alone.
    """

    __tablename__ = "lead"
    __table_args__ = (
        Index(None, "person_id", "given_at"),
        Index(None, "address_hash", "given_at"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who is looked for. None: nobody whom we miss, which whoever gave it does not learn."""
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(default=now)
    address_hash: Mapped[str] = mapped_column(Words(64), info={"secret": True})
    """Of the address, which stands in the letter alone: it is nobody's until its owner says so."""
    token_hash: Mapped[str] = mapped_column(Words(64), unique=True, info={"secret": True})
    state: Mapped[LeadState] = mapped_column(enum(LeadState), default=LeadState.SENT)
    answered_at: Mapped[datetime | None]
