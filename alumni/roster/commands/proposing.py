"""An officer of a chapter sends the office a list: it waits there, and changes nothing itself."""

from collections.abc import Mapping

from alumni.accounts.commands import owner_of
from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.db import db, hold
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import queue
from alumni.roster.commands.imports import forget_rows, held
from alumni.roster.commands.receiving import keep, name_columns
from alumni.roster.models import BatchKind, BatchState, ImportBatch, Proposal
from alumni.roster.policy import (
    PROPOSAL_ROWS,
    may_change_proposal,
    may_import,
    may_propose,
)
from alumni.roster.queries.proposing import insist_room
from alumni.roster.reading import Looked

OPEN = (Proposal.WAITING, Proposal.TAKEN)


def propose(
    actor: Actor, chapter: Chapter, file_name: str, content: bytes, looked: Looked
) -> ImportBatch:
    """Send the office a list of the chapter's people. Where its columns are clear it is read next.

    ``looked`` is what was seen of the file.
    """
    require(may_propose, actor, chapter.id)
    hold(chapter)  # of two lists at the same moment one is the last for which there is room
    insist_room(chapter, len(content))
    if looked.rows > PROPOSAL_ROWS:
        raise Invalid(
            _(
                "This list has %(rows)s rows. Send at most %(most)s at once.",
                rows=f"{looked.rows:,}",
                most=f"{PROPOSAL_ROWS:,}",
            ),
            field="file",
        )
    proposed = ImportBatch(
        kind=BatchKind.CHAPTER,
        chapter_id=chapter.id,
        proposed_by_id=actor.account_id,
        proposal=Proposal.WAITING,
    )
    batch = keep(proposed, file_name, content, looked)
    record(actor, "proposed_list", batch, facts={"chapter": chapter.slug, "rows": batch.rows})
    return batch


def say_columns(actor: Actor, batch: ImportBatch, columns: Mapping[str, str | None]) -> None:
    """Say what the columns of the own list hold, as ``receiving.map_columns`` does for the office.

    What the values do to others is the office's to say, and so is what is remembered.
    """
    require(may_change_proposal, actor, batch)
    _hold_waiting(batch)
    name_columns(batch, columns)


def withdraw(actor: Actor, batch: ImportBatch) -> None:
    """Forget the own list, with which nobody has begun. Withdrawing twice is withdrawing once."""
    require(may_change_proposal, actor, batch)
    hold(batch)
    if batch.proposal is Proposal.WITHDRAWN:
        return
    _hold_waiting(batch)
    if batch.state is BatchState.READING:
        raise Refusal(_("The list is being read at this moment. Please try again in a minute."))
    forget_rows(batch)
    batch.proposal = Proposal.WITHDRAWN
    record(actor, "withdrew_list", batch)


def send_back(actor: Actor, batch: ImportBatch, reason: str) -> None:
    """Bring nothing in of a chapter's list, and tell who sent it why.

    The rows that are wrong by themselves stay for a while, to be corrected. Sending back twice is
    sending back once.
    """
    require(may_import, actor)
    if not reason:
        raise Invalid(_("Please say why: whoever sent the list is told."), field="reason")
    batch = held(batch.id)
    if batch.proposal is Proposal.SENT_BACK:
        return
    if batch.proposal not in OPEN:
        raise Refusal(_("There is nobody to send this list back to."))
    forget_rows(batch, but_unreadable=True)
    batch.proposal, batch.answer = Proposal.SENT_BACK, reason
    record(actor, "sent_list_back", batch, why=reason)
    _tell(batch)


def _hold_waiting(batch: ImportBatch) -> None:
    hold(batch)
    if batch.proposal is not Proposal.WAITING:
        raise Refusal(_("The office has begun with this list, or is done with it."))


def _tell(batch: ImportBatch) -> None:
    account = db.session.get_one(Account, batch.proposed_by_id)
    if account.suspended_at is not None:
        return
    chapter = db.session.get_one(Chapter, batch.chapter_id)
    queue(
        "list_sent_back",
        owner_of(account),
        deed=f"list_sent_back:{batch.id}",
        batch=batch,
        chapter=chapter,
        link=address_of("roster.desk_import", slug=chapter.slug, public_id=batch.public_id),
    )
