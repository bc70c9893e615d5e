"""The letters to lists that somebody who leaves the office has not sent yet."""

from sqlalchemy import and_, exists, or_, select

from alumni.accounts.commands.staff import successions
from alumni.accounts.models import Assignment
from alumni.authz import Capability
from alumni.db import db
from alumni.mailings.models import Mailing, MailingStatus, MailList
from alumni.mailings.policy import by_office

DONE = (MailingStatus.SENT, MailingStatus.CANCELLED)


def register() -> None:
    """Pass letters on. Twice is once."""
    successions["mailing"] = pass_on


def pass_on(account_id: int, successor_id: int) -> int:
    """Give what the office has not sent to the successor. What it writes to a chapter's list only

    to one who has mailings in hand, or had: by its author the chapter is kept from a draft.
    """
    is_office = exists().where(
        Assignment.account_id == successor_id,
        Assignment.capability == Capability.MANAGE_MAILINGS,
    )
    own = (
        select(Mailing)
        .join(MailList, MailList.id == Mailing.mail_list_id)
        .where(
            Mailing.author_id == account_id,
            Mailing.status.not_in(DONE),
            or_(MailList.chapter_id.is_(None), and_(by_office(), is_office)),
        )
    )
    found = db.session.scalars(own.order_by(Mailing.id)).all()
    for mailing in found:
        mailing.author_id = successor_id
    return len(found)
