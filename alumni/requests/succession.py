"""The requests that somebody who leaves the office had taken."""

from sqlalchemy import select

from alumni.accounts.commands.staff import successions
from alumni.db import db
from alumni.requests.models import Request, RequestState


def register() -> None:
    """Pass requests on. Twice is once."""
    successions["request"] = pass_on


def pass_on(account_id: int, successor_id: int) -> int:
    """Give the open requests that somebody had taken to the successor."""
    taken = select(Request).where(
        Request.taken_by_id == account_id, Request.state == RequestState.OPEN
    )
    found = db.session.scalars(taken.order_by(Request.id)).all()
    for one in found:
        one.taken_by_id = successor_id
    return len(found)
