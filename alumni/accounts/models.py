"""Who may sign in, the sessions they have, links sent by mail, and what staff hold."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.authz import Capability
from alumni.db import Model, Public, Words, enum, now, pk


class Account(Model):
    """A login. It belongs to one person, or to staff, or both."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("email = lower(email)", name="lower_email"),
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    email: Mapped[str] = mapped_column(Words(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(Words(200), info={"secret": True})
    """argon2id. None: no password yet, only the link can set one."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    name: Mapped[str] = mapped_column(Words(120))
    """What the frame of a page calls this account."""
    language: Mapped[str] = mapped_column(Words(2), default="zh")
    time_zone: Mapped[str] = mapped_column(Words(40), default="Asia/Shanghai")
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Model):
    """A session. It lives here, so that ending it ends it: a copied cookie is worth nothing."""

    __tablename__ = "sign_in"
    audited = False

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(Words(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime] = mapped_column(index=True)

    account: Mapped[Account] = relationship(lazy="raise")


class LinkPurpose(StrEnum):
    CONFIRM_APPLICATION = "confirm_application"
    SET_PASSWORD = "set_password"  # noqa: S105 - a purpose, not a password


class Link(Model):
    """A link sent by mail: one purpose, one use, a short life. Only its hash is kept."""

    __tablename__ = "link"
    __table_args__ = (Index(None, "account_id", "purpose"),)
    audited = False

    id: Mapped[pk]
    purpose: Mapped[LinkPurpose] = mapped_column(enum(LinkPurpose))
    token_hash: Mapped[str] = mapped_column(Words(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    application_id: Mapped[int | None] = mapped_column(
        ForeignKey("application.id", ondelete="CASCADE"), index=True
    )
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Assignment(Model):
    """What a member of staff holds, from one day through another in the association's zone."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term"),
        Index(None, "account_id", "capability"),
    )

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    capability: Mapped[Capability] = mapped_column(enum(Capability))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
