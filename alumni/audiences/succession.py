"""What the office had saved under the name of somebody who leaves."""

from sqlalchemy import select

from alumni.accounts.commands.staff import successions
from alumni.audiences.models import SavedAudience, Sharing
from alumni.db import db


def register() -> None:
    """Pass saved audiences on. Twice is once."""
    successions["audience"] = pass_on


def pass_on(account_id: int, successor_id: int) -> int:
    """Give the saved audiences to the successor, but for what was saved for a chapter's officers:

    that is of the graduate, not of the office.
    """
    own = select(SavedAudience).where(
        SavedAudience.account_id == account_id, SavedAudience.sharing != Sharing.CHAPTER
    )
    found = db.session.scalars(own.order_by(SavedAudience.id)).all()
    for audience in found:
        audience.account_id = successor_id
    return len(found)
