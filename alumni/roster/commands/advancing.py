"""The next part of what an import waits for, whoever does it: the worker, or the command line."""

from collections.abc import Iterator
from contextlib import closing, suppress

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError

from alumni.accounts.models import Account
from alumni.db import changed, db, transaction
from alumni.errors import Refusal
from alumni.i18n import _, language, speaking
from alumni.roster.cells import Unreadable
from alumni.roster.commands.imports import UNDER_WAY, apply_part, fail, held
from alumni.roster.commands.receiving import content_of, fault_text
from alumni.roster.commands.staging import PART, stage_rows
from alumni.roster.commands.undoing import give_up, undo_part
from alumni.roster.models import BatchState, ImportBatch, ImportRow
from alumni.roster.reading import Looked
from alumni.roster.rows import read_rows
from alumni.roster.sheets.telling import Told

log = structlog.get_logger()

WAITING = (BatchState.READING, *UNDER_WAY, BatchState.UNDOING)
"""What an import is in while there is something to be done for it."""

READ_AT_ONCE = 20_000
"""Rows of a file that are read before other work has its turn. Then the file is begun anew."""


class _Enough(Exception):
    """So many rows of the file were read that other work may have its turn."""


def advance(batch_id: int, *, at_most: int = PART, read_at_once: int = READ_AT_ONCE) -> int:
    """Do the next part in a transaction of its own. Return how many rows that were.

    What cannot go on is ended, with the problem in words; a database that does not answer is
    waited for. Reading a file is several transactions, after each of which it can go on.
    """
    state = db.session.scalar(select(ImportBatch.state).where(ImportBatch.id == batch_id))
    try:
        if state is BatchState.READING:
            return _read(batch_id, read_at_once)
        with transaction():
            do = undo_part if state is BatchState.UNDOING else apply_part
            return do(batch_id, at_most=at_most)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        if not isinstance(fault, (Unreadable, Refusal)):
            log.exception("import failed", batch=batch_id)
        _end(batch_id, state, fault)
        return 0


def problem_text(fault: Exception) -> str:
    """What went wrong, as a sentence for the person who brought the file."""
    if isinstance(fault, Unreadable):
        return fault_text(fault)
    if isinstance(fault, Refusal):
        return str(fault)
    if isinstance(fault, (IntegrityError, DataError)):
        return _(
            "The database did not take a row: somebody else changed the same people at the same"
            " moment. Please try again."
        )
    return _("Something went wrong on our side. It has been noted; please try again.")


def _read(batch_id: int, at_once: int) -> int:
    batch = db.session.get_one(ImportBatch, batch_id)
    before = place = batch.read_rows

    def note(read: int) -> None:
        nonlocal place
        place = read

    looked = Looked.from_json(batch.looked)
    told = read_rows(content_of(batch), batch.kind, batch.columns, looked)
    with closing(told), suppress(_Enough):
        stage_rows(batch_id, _some(told, before + at_once), done=note)
    return place - before


def _some(rows: Iterator[Told], most: int) -> Iterator[Told]:
    """So many of the rows; where there are more, stop in between two transactions."""
    for number, row in enumerate(rows):
        if number == most:
            raise _Enough
        yield row


def _end(batch_id: int, state: BatchState | None, fault: Exception) -> None:
    with transaction():
        batch = held(batch_id)
        is_undo = state is BatchState.UNDOING
        account_id = batch.undone_by_id if is_undo else batch.account_id or batch.proposed_by_id
        spoken = select(Account.language).where(Account.id == account_id)
        with speaking(db.session.scalar(spoken) or language()):
            problem = problem_text(fault)
        if state is BatchState.READING:  # half a file is none
            changed(delete(ImportRow).where(ImportRow.batch_id == batch_id))
            batch.read_rows = 0
        (give_up if is_undo else fail)(batch_id, problem)
