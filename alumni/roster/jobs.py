"""What the worker does for imports, for asking people, and for what has had its time."""

from datetime import timedelta

from sqlalchemy import exists, or_, select

from alumni.accounts.models import Account
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM
from alumni.db import db, now, transaction
from alumni.i18n import _, language, speaking
from alumni.roster.commands.advancing import WAITING, advance
from alumni.roster.commands.forgetting import (
    forget_certificates,
    forget_links,
    forget_rows_of,
    forget_unconfirmed,
)
from alumni.roster.commands.imports import NOT_BEGUN, discard
from alumni.roster.commands.proposing import send_back
from alumni.roster.commands.receiving import drop_content
from alumni.roster.commands.staging import PART
from alumni.roster.commands.waves import ask_part
from alumni.roster.models import ActivationWave, BatchState, ImportBatch, ImportChunk
from alumni.roster.queries.forgetting import (
    corrected_rows,
    decided_certificates,
    ended_links,
    unconfirmed_long_ago,
)

UNTOUCHED = timedelta(days=30)
"""How long a file waits for somebody to say what becomes of it."""

DONE = (BatchState.APPLIED, BatchState.DISCARDED, BatchState.UNDONE)


def go_on(*, at_most: int = PART) -> int:
    """Do the next part of the oldest import that waits for it. Return how many rows that were."""
    waiting = select(ImportBatch.id).where(ImportBatch.state.in_(WAITING)).order_by(ImportBatch.id)
    for batch_id in db.session.scalars(waiting).all():
        if done := advance(batch_id, at_most=at_most):
            return done
    return 0


def clear_away() -> int:
    """Forget files whose rows are in, or are not wanted. Return how many there were.

    A file that nobody said anything about for a month is discarded, or goes back to the chapter.
    """
    kept = exists().where(ImportChunk.batch_id == ImportBatch.id)
    done = or_(ImportBatch.state.in_(DONE), ImportBatch.applied_rows > 0)
    needless = select(ImportBatch.id).where(kept, done)
    emptied = db.session.scalars(needless).all()
    for batch_id in emptied:
        with transaction():
            drop_content(db.session.get_one(ImportBatch, batch_id))
    forgotten = _untouched()
    for batch_id in forgotten:
        with transaction():
            _let_go(db.session.get_one(ImportBatch, batch_id))
    return len({*emptied, *forgotten})


def _let_go(batch: ImportBatch) -> None:
    if batch.proposal is None:
        discard(SYSTEM, batch)
        return
    spoken = select(Account.language).where(Account.id == batch.proposed_by_id)
    with speaking(db.session.scalar(spoken) or language()):
        reason = _("Nothing was done with it for thirty days. Please write to the office first.")
    send_back(SYSTEM, batch, reason)


def _untouched() -> list[int]:
    """Files that wait for the office, about which nobody did anything for long."""
    since = now() - UNTOUCHED
    lately = exists().where(
        ChangeSet.subject_table == ImportBatch.__tablename__,
        ChangeSet.subject_id == ImportBatch.id,
        ChangeSet.at > since,
    )
    waiting = (ImportBatch.state.in_(NOT_BEGUN), ImportBatch.applied_rows == 0)
    old = select(ImportBatch.id).where(*waiting, ImportBatch.created_at <= since, ~lately)
    return list(db.session.scalars(old))


def ask_waiting() -> int:
    """Write the next letters that ask people to take up their record. Return how many."""
    waiting = select(ActivationWave.id).where(ActivationWave.done_at.is_(None))
    wave_id = db.session.scalar(waiting.order_by(ActivationWave.id).limit(1))
    if wave_id is None:
        return 0
    with transaction():
        return ask_part(wave_id)


def forget(*, at_most: int = 500) -> int:
    """Remove sign-ups that nobody confirmed, pictures of certificates, links, and wrong rows of

    lists, each some time after its use has ended. Return how many there were.
    """
    done = 0
    for find, remove in (
        (unconfirmed_long_ago, forget_unconfirmed),
        (decided_certificates, forget_certificates),
        (ended_links, forget_links),
        (corrected_rows, forget_rows_of),
    ):
        # Mostly there is nothing: no other writer waits for a look.
        if numbers := db.session.scalars(find().limit(at_most)).all():
            with transaction():
                done += remove(numbers)
    return done
