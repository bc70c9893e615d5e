"""What becomes of a chapter's mailing list when the chapter is made part of another."""

from typing import Any

from sqlalchemy import Column, select

from alumni.chapters.models import Chapter
from alumni.db import any_of, db, inserted
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.mailings.queries import unmade_list
from alumni.membership.uniting import RULES, Uniting
from alumni.outbox.models import Suppression, SuppressionScope
from alumni.people.queries import addressed_all

SOURCE = "united chapters"


def register_rules() -> None:
    """Enter the rule. Twice is once."""
    RULES["mail_list.chapter_id"] = _keep_quiet


def _keep_quiet(uniting: Uniting, _column: "Column[Any]") -> None:
    """The list and its letters stay as they were. Who wanted none of them gets none of those of

    the other chapter either, to which they never said a word.
    """
    former = _list(uniting.gone)
    if former is None or not uniting.joined:
        return
    left = select(Subscription.person_id).where(
        Subscription.mail_list_id == former.id,
        Subscription.choice == Choice.UNSUBSCRIBED,
        any_of(Subscription.person_id, uniting.joined),
    )
    quiet = set(db.session.scalars(left))
    refusing = select(Suppression.email, Suppression.reason).where(
        Suppression.list_id == former.id, Suppression.scope == SuppressionScope.LIST
    )
    refused = dict(db.session.execute(refusing).all())
    if not quiet and not refused:
        return
    next_list = _made(uniting.kept)
    chosen = select(Subscription.person_id).where(Subscription.mail_list_id == next_list.id)
    for person_id in sorted(quiet - set(db.session.scalars(chosen))):
        db.session.add(
            Subscription(
                mail_list_id=next_list.id,
                person_id=person_id,
                choice=Choice.UNSUBSCRIBED,
                source=SOURCE,
            )
        )
    for email in sorted(refused.keys() & _addresses(uniting.joined)):
        inserted(
            Suppression(
                email=email,
                scope=SuppressionScope.LIST,
                list_id=next_list.id,
                reason=refused[email],
            )
        )


def _list(chapter: Chapter) -> MailList | None:
    return db.session.scalar(select(MailList).where(MailList.chapter_id == chapter.id))


def _made(chapter: Chapter) -> MailList:
    """The chapter's list, which is made if nobody has yet."""
    made = _list(chapter)
    if made is None and inserted(wanted := unmade_list(chapter)):
        return wanted
    return (
        made or db.session.scalars(select(MailList).where(MailList.chapter_id == chapter.id)).one()
    )


def _addresses(person_ids: set[int]) -> set[str]:
    return {to.email for to in addressed_all(person_ids).values()}
