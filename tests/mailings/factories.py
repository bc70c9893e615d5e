"""Made lists and mailings."""

from typing import Any

from sqlalchemy import select

from alumni.authz import SYSTEM
from alumni.chapters.models import Chapter
from alumni.db import db, transaction
from alumni.mailings.commands import Draft, ensure_lists
from alumni.mailings.compiling import Written
from alumni.mailings.models import Mailing, MailingStatus, MailList
from alumni.mailings.queries import get_mailing, lists
from tests.outbox.factories import make_mailing

ZH = Written(subject="春节聚会", source="亲爱的 {{name}}，\n\n欢迎回到 **{{chapter}}**。")
EN = Written(subject="Spring gathering", source="Dear {{name}},\n\nwelcome to **{{chapter}}**.")
BOTH = Draft(texts={"zh": ZH, "en": EN}, reply_to="leader@example.com")


def list_of(chapter: Chapter | None) -> MailList:
    """The chapter's list, or the association's; made if there is none."""
    with transaction():
        ensure_lists()
    wanted = MailList.chapter_id == chapter.id if chapter else MailList.chapter_id.is_(None)
    return db.session.scalars(lists().where(wanted)).one()


def approved(mail_list: MailList, **values: Any) -> Mailing:
    """A mailing that waits for its letters to be made."""
    body_hash = "a" * 64
    return make_mailing(
        mail_list,
        **{
            "status": MailingStatus.PREPARING,
            "body_hash": body_hash,
            "approved_hash": body_hash,
            **values,
        },
    )


def stored(mailing: Mailing) -> Mailing:
    """The mailing as the database has it, with what hangs on it."""
    db.session.rollback()
    db.session.expire_all()
    return get_mailing(SYSTEM, mailing.public_id)


def all_mailings() -> list[Mailing]:
    """What the database holds now."""
    db.session.rollback()
    found = list(db.session.scalars(select(Mailing).order_by(Mailing.id)))
    db.session.rollback()
    return found
