"""How an account is kept: its sessions, and its codes on paper."""

from sqlalchemy import func, select

from alumni.accounts.models import Account, Link, LinkPurpose, RecoveryCode, SignIn
from alumni.accounts.queries import token_hash
from alumni.authz import Actor
from alumni.db import db, now


def own_account(actor: Actor) -> Account:
    """The actor's, who is signed in."""
    return db.session.get_one(Account, actor.account_id)


def own_sessions(actor: Actor) -> list[SignIn]:
    """The living sessions of the actor's account, the one used last before the others."""
    found = db.session.scalars(
        select(SignIn)
        .where(SignIn.account_id == actor.account_id, SignIn.ends_at > now())
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [session for session in found if session.idle_at > now()]


def codes_left(account: Account) -> int:
    """How many recovery codes nobody has used yet."""
    unused = select(func.count()).where(
        RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(unused) or 0


def waits_for_code(token: str) -> int | None:
    """The id of the account whose password was given, and whose code is still to come."""
    waiting = select(Link.account_id).where(
        Link.token_hash == token_hash(token),
        Link.purpose == LinkPurpose.SIGN_IN,
        Link.used_at.is_(None),
        Link.ends_at > now(),
    )
    return db.session.scalar(waiting)
