"""Accounts by address, and who a session belongs to."""

import hashlib
from datetime import date

from sqlalchemy import Row, Select, bindparam, select

from alumni.accounts.models import Account, Assignment, Link, LinkPurpose, SignIn
from alumni.authz import Capability
from alumni.db import db, now
from alumni.errors import Gone
from alumni.i18n import _
from alumni.terms import runs

_SESSION = (
    select(Account, SignIn)
    .join(SignIn, SignIn.account_id == Account.id)
    .where(
        SignIn.token_hash == bindparam("hash"),
        SignIn.ends_at > bindparam("now"),
        Account.suspended_at.is_(None),
    )
)
"""Made once: every page of somebody who is signed in begins with it."""


def token_hash(token: str) -> str:
    """What is kept of a secret that we gave out. It is random, so no salt is needed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def account_of(email: str) -> Account | None:
    return db.session.scalar(select(Account).where(Account.email == email.lower()))


def session_of(token: str) -> Row[Account, SignIn] | None:
    """The account and sign-in of a session that has not ended."""
    moment = now()
    found = db.session.execute(_SESSION, {"hash": token_hash(token), "now": moment}).one_or_none()
    return found if found and found[1].idle_at > moment else None


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
