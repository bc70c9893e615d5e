"""Accounts by address, and who a session belongs to."""

import hashlib
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Row, Select, String, bindparam, select, type_coerce

from alumni.accounts.models import PROOF, Account, Assignment, Link, LinkPurpose, SignIn, idle_at
from alumni.authz import Capability
from alumni.db import db, is_postgresql, now
from alumni.errors import Gone
from alumni.i18n import _
from alumni.ready import Ready
from alumni.terms import runs


class Session(NamedTuple):
    """A session that goes on, and of its account what every page needs to know."""

    id: int
    seen_at: datetime
    proved_at: datetime
    has_second_factor: bool
    account_id: int
    person_id: int | None
    name: str
    language: str
    time_zone: str
    is_demonstration: bool

    @property
    def proof_ends_at(self) -> datetime:
        """When what is grave asks for the password or a code again."""
        return self.proved_at + PROOF


def token_hash(token: str) -> str:
    """What is kept of a secret that we gave out. It is random, so no salt is needed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def account_of(email: str) -> Account | None:
    return db.session.scalar(select(Account).where(Account.email == email.lower()))


def session_of(token: str) -> Session | None:
    """The session with this token, unless it has ended."""
    moment = now()
    rows = _going_on(is_postgresql()).rows_at_once({"hash": token_hash(token), "now": moment})
    if not rows:
        return None
    number, *moments, proved, account, person, name, language, zone, demonstration = rows[0]
    created_at, seen_at, ends_at, proved_at = map(_moment, moments)
    if idle_at(created_at, seen_at, ends_at) <= moment:
        return None
    return Session(
        id=number,
        seen_at=seen_at,
        proved_at=proved_at,
        has_second_factor=bool(proved),
        account_id=account,
        person_id=person,
        name=name,
        language=language,
        time_zone=zone,
        is_demonstration=bool(demonstration),
    )


@lru_cache(maxsize=2)
def _going_on(_on_postgresql: bool) -> Ready:  # noqa: FBT001 - to be kept by
    """Made once: every page of somebody who is signed in begins with it."""
    columns = (
        SignIn.id,
        type_coerce(SignIn.created_at, String),
        type_coerce(SignIn.seen_at, String),
        type_coerce(SignIn.ends_at, String),
        type_coerce(SignIn.proved_at, String),
        type_coerce(SignIn.has_second_factor, Integer),
        SignIn.account_id,
        Account.person_id,
        Account.name,
        Account.language,
        Account.time_zone,
        type_coerce(Account.is_demonstration, Integer),
    )
    found: Any = select(*columns).join_from(SignIn, Account, Account.id == SignIn.account_id)
    return Ready(
        found.where(
            SignIn.token_hash == bindparam("hash"),
            SignIn.ends_at > bindparam("now"),
            Account.suspended_at.is_(None),
        ),
        is_planned_once=False,
    )


def _moment(value: str | datetime) -> datetime:
    """As the driver has it: SQLite's is text, in UTC."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read.replace(tzinfo=read.tzinfo or UTC)


def account_and_sign_in(token: str) -> Row[Account, SignIn] | None:
    """The same session as rows that can be changed."""
    found = session_of(token)
    if found is None:
        return None
    both = select(Account, SignIn).join(SignIn, SignIn.account_id == Account.id)
    return db.session.execute(both.where(SignIn.id == found.id)).one_or_none()


def capabilities_of(account_id: int, day: date) -> Select[Capability]:
    """What the account holds on that day."""
    return select(Assignment.capability).where(
        Assignment.account_id == account_id,
        runs(Assignment, day),
    )


def peek_link(purpose: LinkPurpose, token: str) -> Link:
    """The link, unused and in time. Raise Gone with what to do otherwise."""
    link = db.session.scalar(
        select(Link).where(Link.token_hash == token_hash(token), Link.purpose == purpose)
    )
    if link is None or link.used_at is not None or link.ends_at <= now():
        raise Gone(_("This link has been used or is too old. Please ask for a new one."))
    return link
