"""Lists that officers of chapters propose: what they see of their own, and the office of all.

Nothing here tells an officer whom a row means, or whether it means anybody: who may not look
people up must not find them by sending their names.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.db import db, now
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import _
from alumni.membership.queries import get_desk
from alumni.roster.models import BatchState, ImportBatch, ImportRow, Proposal, Verdict
from alumni.roster.policy import PROPOSAL_BYTES, PROPOSALS_A_DAY, may_import, may_propose
from alumni.roster.queries.forgetting import KEPT


class Origin(NamedTuple):
    """Where a list comes from."""

    chapter: Chapter
    name: str
    """Of the officer."""


class Unsettled(NamedTuple):
    """Numbers of lists."""

    asked: int
    """Whose columns are to be said, or that could not be read."""
    returned: int
    """Sent back lately."""
    waiting: int
    """For the office."""


def get_proposing(actor: Actor, slug: str) -> Chapter:
    """The chapter for which the actor may propose a list: of a desk that is not theirs nobody

    knows.
    """
    chapter = get_desk(actor, slug)
    require(may_propose, actor, chapter.id)
    return chapter


def my_proposals(actor: Actor, chapter: Chapter) -> Select[ImportBatch]:
    """The lists that the actor proposed for the chapter, the newest first."""
    require(may_propose, actor, chapter.id)
    return _mine(actor, chapter).order_by(ImportBatch.id.desc())


def get_proposal(actor: Actor, chapter: Chapter, public_id: str) -> ImportBatch:
    """One of them."""
    require(may_propose, actor, chapter.id)
    found = db.session.scalar(_mine(actor, chapter).where(ImportBatch.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def unreadable(batches: Iterable[ImportBatch]) -> dict[int, int]:
    """How many rows of each are wrong by themselves, by the import's id; not of those without."""
    counted = (
        select(ImportRow.batch_id, func.count())
        .where(
            ImportRow.batch_id.in_([batch.id for batch in batches]),
            ImportRow.verdict == Verdict.ERROR,
            ImportRow.is_unreadable,
        )
        .group_by(ImportRow.batch_id)
    )
    return {row[0]: row[1] for row in db.session.execute(counted)}


def unreadable_rows(batch: ImportBatch, *, after: int = 0) -> Select[ImportRow]:
    """The rows that are wrong by themselves as they stand in the file, beyond a line."""
    return (
        select(ImportRow)
        .where(
            ImportRow.batch_id == batch.id,
            ImportRow.verdict == Verdict.ERROR,
            ImportRow.is_unreadable,
            ImportRow.line > after,
        )
        .order_by(ImportRow.line)
    )


def insist_room(chapter: Chapter, size: int) -> None:
    """Refuse a file of more bytes than a list may have, and another list where a day has brought

    enough of them, whatever became of those.
    """
    if size > PROPOSAL_BYTES:
        raise Invalid(_("This file is too large. It may have 5 MB."), field="file")
    lately = select(func.count()).where(
        ImportBatch.chapter_id == chapter.id, ImportBatch.created_at > now() - timedelta(days=1)
    )
    if (db.session.scalar(lately) or 0) >= PROPOSALS_A_DAY:
        raise Refusal(
            _(
                "The chapter has sent %(number)s lists within a day. Please go on tomorrow.",
                number=PROPOSALS_A_DAY,
            )
        )


def unsettled(actor: Actor, chapter: Chapter) -> Unsettled:
    """How many of the actor's own lists are not done with."""
    require(may_propose, actor, chapter.id)
    is_stuck = ImportBatch.state.in_((BatchState.RECEIVED, BatchState.FAILED))
    is_back = and_(ImportBatch.proposal == Proposal.SENT_BACK, ImportBatch.done_at > now() - KEPT)
    counted = _mine(actor, chapter).with_only_columns(
        func.count().filter(_waits(), is_stuck),
        func.count().filter(is_back),
        func.count().filter(_waits(), ~is_stuck),
    )
    return Unsettled(*db.session.execute(counted).one())


def proposals_waiting(actor: Actor) -> int:
    """How many lists of chapters nobody of the office has begun with."""
    require(may_import, actor)
    return db.session.scalar(select(func.count()).where(_waits())) or 0


def waiting_proposals(actor: Actor) -> Select[ImportBatch]:
    """Those, the longest waiting first."""
    require(may_import, actor)
    return select(ImportBatch).where(_waits()).order_by(ImportBatch.id)


def origins(batches: Iterable[ImportBatch]) -> dict[int, Origin]:
    """Where those come from that chapters proposed, by the import's id."""
    those = [batch.id for batch in batches if batch.chapter_id is not None]
    if not those:
        return {}
    told = (
        select(ImportBatch.id, Chapter, Account.name)
        .join(Chapter, Chapter.id == ImportBatch.chapter_id)
        .join(Account, Account.id == ImportBatch.proposed_by_id)
        .where(ImportBatch.id.in_(those))
    )
    return {row[0]: Origin(row[1], row[2]) for row in db.session.execute(told)}


def _mine(actor: Actor, chapter: Chapter) -> Select[ImportBatch]:
    return select(ImportBatch).where(
        ImportBatch.chapter_id == chapter.id, ImportBatch.proposed_by_id == actor.account_id
    )


def _waits() -> ColumnElement[bool]:
    return ImportBatch.proposal == Proposal.WAITING
