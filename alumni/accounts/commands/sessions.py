"""Sessions that go on: seen, proved, ended from elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from secrets import token_urlsafe

from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import OperationalError

from alumni.accounts.models import Account, SignIn
from alumni.accounts.queries import Session, token_hash
from alumni.authz import Actor
from alumni.db import WRITING, changed, db, is_postgresql, now
from alumni.errors import NotFound

SEEN_EVERY = timedelta(minutes=10)
SHORT_WAIT, USUAL_WAIT = 100, 10_000
"""Milliseconds."""


def seen(session: Session) -> None:
    """Note that the session is in use, at most every ten minutes.

    In a transaction of its own, since the page may only read; and where somebody writes for long
    the page does not wait for them: the next one notes it.
    """
    moment = now()
    if moment - session.seen_at < SEEN_EVERY:
        return
    noted = update(SignIn).where(SignIn.id == session.id).values(seen_at=moment)
    with suppress(OperationalError), _impatient() as connection, connection.begin():
        connection.execute(noted)


def prove(token: str, *, with_code: bool) -> str:
    """Note that the session's owner has just given the password, or a code of the second factor.

    Return the session's new token: a copy made before is worth nothing.
    """
    fresh = token_urlsafe(32)
    values: dict[str, object] = {"token_hash": token_hash(fresh), "proved_at": now()}
    if with_code:
        values["has_second_factor"] = True
    session = update(SignIn).where(SignIn.token_hash == token_hash(token))
    if not changed(session.values(values)):
        raise NotFound  # ended meanwhile, from another device
    return fresh


def end_own_session(actor: Actor, session_id: int) -> None:
    """End one of the actor's sessions. Raise NotFound for one of somebody else."""
    own = delete(SignIn).where(SignIn.id == session_id, SignIn.account_id == actor.account_id)
    if not changed(own):
        raise NotFound


def end_other_sessions(account: Account, token: str) -> int:
    """End all of the account's sessions but that of the token. Return how many there were."""
    others = delete(SignIn).where(
        SignIn.account_id == account.id, SignIn.token_hash != token_hash(token)
    )
    return changed(others)


@contextmanager
def _impatient() -> Iterator[Connection]:
    """A connection to write with that does not stand in a queue."""
    with db.engine.connect().execution_options(**WRITING) as connection:
        if is_postgresql():
            yield connection
            return
        driver = connection.connection.cursor()
        driver.execute(f"PRAGMA busy_timeout = {SHORT_WAIT}")
        try:
            yield connection
        finally:
            driver.execute(f"PRAGMA busy_timeout = {USUAL_WAIT}")
