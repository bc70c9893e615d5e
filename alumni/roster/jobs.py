"""Bringing accepted imports in, a part at a time."""

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from alumni.db import db, transaction
from alumni.errors import Refusal
from alumni.roster.commands.imports import PART, UNDER_WAY, apply_part, fail
from alumni.roster.models import ImportBatch


def apply_waiting(*, at_most: int = PART) -> int:
    """Bring in the next rows of the oldest accepted import and return how many they were.

    One part is one transaction. What the database will not take ends the import as failed.
    """
    oldest = select(ImportBatch.id).where(ImportBatch.state.in_(UNDER_WAY)).order_by(ImportBatch.id)
    while (batch_id := db.session.scalar(oldest.limit(1))) is not None:
        if done := _part(batch_id, at_most):
            return done
    return 0


def _part(batch_id: int, at_most: int) -> int:
    try:
        with transaction():
            return apply_part(batch_id, at_most=at_most)
    except (IntegrityError, DataError, Refusal) as fault:
        with transaction():
            fail(batch_id, type(fault).__name__)
        return 0
