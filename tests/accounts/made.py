"""Second factors, and what a telephone shows."""

from datetime import UTC, datetime

import pyotp
from sqlalchemy import select

from alumni.accounts.commands.second_factor import turn_on
from alumni.accounts.models import Account
from alumni.accounts.models import SignIn as Session
from alumni.accounts.totp import STEP
from alumni.authz import Actor
from alumni.db import db, now, transaction
from alumni.outbox.models import Delivery

NOON = datetime(2026, 11, 23, 12, 0, 14, tzinfo=UTC)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def shown(secret: str = SECRET, *, later: int = 0, at: datetime | None = None) -> str:
    """What the app shows so many half minutes later."""
    return pyotp.TOTP(secret).generate_otp(int((at or now()).timestamp()) // STEP + later)


def with_second_factor(account: Account) -> list[str]:
    """Set it up, with the code of this half minute. Return the recovery codes."""
    with transaction():
        own = db.session.get_one(Account, account.id)
        return turn_on(Actor(account_id=account.id), own, SECRET, shown())


def letters(kind: str) -> list[Delivery]:
    db.session.rollback()
    found = select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)
    return list(db.session.scalars(found))


def sessions() -> list[Session]:
    db.session.rollback()
    found = select(Session).order_by(Session.id).execution_options(populate_existing=True)
    return list(db.session.scalars(found))


def account_now(account: Account) -> Account:
    """As it is in the database at this moment."""
    db.session.rollback()
    found = select(Account).where(Account.id == account.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()
