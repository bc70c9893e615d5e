"""Who may write to a list, decide about a letter, and see what became of it."""

from sqlalchemy import ColumnElement, or_, select, true

from alumni.authz import Actor, Capability, Right
from alumni.mailings.models import Mailing, MailList


def visible(actor: Actor) -> ColumnElement[bool]:
    """The office sees every letter, an officer those of the own chapter."""
    if actor.can(Capability.MANAGE_MAILINGS):
        return true()
    mine = select(MailList.id).where(
        or_(
            MailList.chapter_id.in_(actor.chapters_with(Right.VIEW)),
            MailList.chapter_id.in_(actor.chapters_with(Right.LETTERS)),
        )
    )
    return Mailing.mail_list_id.in_(mine)


def may_write(actor: Actor, mail_list: MailList) -> bool:
    """A leader writes to the own chapter only, the office to every list."""
    return may_review(actor) or actor.may_in(Right.LETTERS, mail_list.chapter_id)


def may_review(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_MAILINGS)
