"""Who may sign in, the sessions they have, links sent by mail, and what staff hold."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.authz import Capability
from alumni.db import Model, Public, Words, enum, now, pk

STAFF_SESSION = timedelta(hours=12)
"""A session that does not outlast this is one of staff, at a desk where others pass by."""

STAFF_IDLE, IDLE = timedelta(hours=2), timedelta(days=14)
"""For so long a session may go unused."""

PROOF = timedelta(minutes=10)
"""For so long the password or a code counts for what is grave."""


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
    """Of the demonstration, whose passwords are printed: no second factor is asked of it."""
    totp_secret: Mapped[str | None] = mapped_column(Words(64), info={"secret": True})
    """Base32."""
    totp_since: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(info={"secret": True})
    """The half minute of the last code that was taken: none is taken twice."""
    exports_from: Mapped[datetime | None]
    """After the office gave the account another address or took its second factor away: nothing
    can be exported before this moment."""
    suspended_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who took over the saved audiences, letters and tokens when it was closed."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def has_second_factor(self) -> bool:
        return self.totp_since is not None


class RecoveryCode(Model):
    """A code on paper that stands in for the second factor, once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)
    audited = False

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(Words(64))
    made_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


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
    device: Mapped[str] = mapped_column(Words(80), default="")
    """What its owner knows it by: the browser and the system, no more."""
    has_second_factor: Mapped[bool] = mapped_column(default=False)
    """Whether it began with a code, or the code was shown within it."""
    proved_at: Mapped[datetime] = mapped_column(default=now)
    """When the owner last gave the password or a code: what is grave asks again after a while."""
    ends_at: Mapped[datetime] = mapped_column(index=True)

    account: Mapped[Account] = relationship(lazy="raise")

    @property
    def idle_at(self) -> datetime:
        """When it ends if nobody uses it."""
        return idle_at(self.created_at, self.seen_at, self.ends_at)

    @property
    def proof_ends_at(self) -> datetime:
        """When what is grave asks for the password or a code again."""
        return self.proved_at + PROOF


def idle_at(created_at: datetime, seen_at: datetime, ends_at: datetime) -> datetime:
    """When a session with these moments ends if nobody uses it."""
    is_staff = ends_at - created_at <= STAFF_SESSION
    return seen_at + (STAFF_IDLE if is_staff else IDLE)


class LinkPurpose(StrEnum):
    CONFIRM_APPLICATION = "confirm_application"
    SET_PASSWORD = "set_password"  # noqa: S105 - a purpose, not a password
    SIGN_IN = "sign_in"
    """Goes into no letter: the browser keeps it between the password and the code."""


class Link(Model):
    """A link sent by mail: one purpose, one use, a short life. Only its hash is kept."""

    __tablename__ = "link"
    __table_args__ = (Index(None, "account_id", "purpose"), Index(None, "ends_at"))
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
