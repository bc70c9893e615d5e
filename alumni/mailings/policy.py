"""Who may write to a list, decide about a letter, and see what became of it."""

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from alumni.accounts.models import Assignment
from alumni.authz import Actor, Capability, Right
from alumni.mailings.models import Mailing, MailingStatus, MailList

ON_ITS_WAY = frozenset({MailingStatus.PREPARING, MailingStatus.SENDING, MailingStatus.SENT})
"""Approved: what the office writes to a chapter's list is the office's own until then."""


def visible(actor: Actor) -> ColumnElement[bool]:
    """The office sees every letter, an officer those of the own chapter but the office's drafts."""
    if actor.can(Capability.MANAGE_MAILINGS):
        return true()
    mine = select(MailList.id).where(
        or_(
            MailList.chapter_id.in_(actor.chapters_with(Right.VIEW)),
            MailList.chapter_id.in_(actor.chapters_with(Right.LETTERS)),
        )
    )
    return and_(Mailing.mail_list_id.in_(mine), or_(~by_office(), Mailing.status.in_(ON_ITS_WAY)))


def by_office() -> ColumnElement[bool]:
    """Whether the mailing's author is of the office: has, or had, every mailing in hand."""
    return exists().where(
        Assignment.account_id == Mailing.author_id,
        Assignment.capability == Capability.MANAGE_MAILINGS,
    )


def may_follow(actor: Actor, chapter_id: int) -> bool:
    """Who reads what was written to a chapter's list, and what became of it."""
    return may_write_to(actor, chapter_id) or actor.may_in(Right.VIEW, chapter_id)


def may_write_to(actor: Actor, chapter_id: int | None) -> bool:
    return may_review(actor) or actor.may_in(Right.LETTERS, chapter_id)


def may_write(actor: Actor, mail_list: MailList) -> bool:
    """A leader writes to the own chapter only, the office to every list."""
    return may_write_to(actor, mail_list.chapter_id)


def may_rewrite(actor: Actor, mail_list: MailList, *, of_office: bool) -> bool:
    """Whoever may write to the list changes its letters, only the office those of its own."""
    return may_review(actor) or (may_write(actor, mail_list) and not of_office)


def may_review(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_MAILINGS)
