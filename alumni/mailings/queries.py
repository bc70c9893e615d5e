"""Lists and their readers, mailings and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from alumni.accounts.models import Account
from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership, ChapterStatus, MembershipState
from alumni.db import db
from alumni.errors import NotFound
from alumni.mailings.models import (
    Choice,
    Mailing,
    MailingReview,
    MailingStatus,
    MailList,
    Subscription,
)
from alumni.mailings.policy import by_office, may_review, visible
from alumni.membership.queries import members_of
from alumni.outbox.models import Delivery, DeliveryState, Suppression
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Person,
)
from alumni.people.policy import takes_mailings

ASSOCIATION = "alumni"
"""The slug of the association's own list."""

WAITING = (
    DeliveryState.HELD,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.DATA,
    DeliveryState.DEFERRED,
)
"""The states of letters that are still on their way."""

EMAIL = func.coalesce(Account.email, ContactPoint.normal)
"""Where letters for a person go: the address of the login, else the primary one."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a mailing's letters. Each reader is counted once."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    reasons: Mapping[str, int]
    """Why letters were skipped."""

    @property
    def audience(self) -> int:
        return self.sent + self.waiting + self.failed + self.skipped + self.uncertain


def audience(mail_list: MailList) -> Select[*tuple[Any, ...]]:
    """Who gets a letter of the list now: rows of ``id email language`` and parts of the name.

    Verified people with an address who agreed to be written to and have not withdrawn from this
    list, or from all.
    """
    listed = _readers(mail_list.id).with_only_columns(
        Person.id,
        EMAIL.label("email"),
        Person.language,
        Person.name_zh,
        Person.name_latin,
        Person.pinyin_surname,
        Person.pinyin_given,
    )
    if mail_list.chapter_id is None:
        return listed
    return listed.where(Person.id.in_(members_of(mail_list.chapter_id)))


def audience_size(mail_list: MailList) -> int:
    """How many letters a mailing to the list would be, two readers at one address taken as one."""
    addresses = audience(mail_list).with_only_columns(func.count(EMAIL.distinct()))
    return db.session.scalar(addresses) or 0


def sizes() -> dict[int | None, int]:
    """How many readers the chapters' lists have, by the chapter's id, and under None that of

    all alumni. In two statements; a chapter nobody reads of is not there.
    """
    number = func.count(EMAIL.distinct())
    chapters = (
        _readers(MailList.id)
        .join(ChapterMembership, ChapterMembership.person_id == Person.id)
        .outerjoin(MailList, MailList.chapter_id == ChapterMembership.chapter_id)
        .where(ChapterMembership.state == MembershipState.ACTIVE)
        .group_by(ChapterMembership.chapter_id)
        .with_only_columns(ChapterMembership.chapter_id, number)
    )
    everybody = (
        _readers(MailList.id)
        .outerjoin(MailList, MailList.chapter_id.is_(None))
        .with_only_columns(number)
    )
    found: dict[int | None, int] = dict(iter(db.session.execute(chapters)))
    return found | {None: db.session.scalar(everybody) or 0}


def lists() -> Select[MailList]:
    """The lists that have been made: the association's, then the chapters' in their order."""
    return (
        select(MailList)
        .outerjoin(Chapter, Chapter.id == MailList.chapter_id)
        .options(joinedload(MailList.chapter))
        .order_by(MailList.chapter_id.is_not(None), Chapter.position, MailList.id)
    )


def all_lists() -> list[MailList]:
    """The association's list, then the chapters', those that are not made yet among them."""
    made = {mail_list.chapter_id: mail_list for mail_list in db.session.scalars(lists())}
    chapters = db.session.scalars(
        select(Chapter)
        .where(
            or_(
                Chapter.status == ChapterStatus.ACTIVE,
                exists().where(MailList.chapter_id == Chapter.id),
            )
        )
        .order_by(Chapter.position, Chapter.id)
    )
    return [
        made.get(None) or unmade_list(None),
        *(made.get(chapter.id) or unmade_list(chapter) for chapter in chapters),
    ]


def get_list(slug: str) -> MailList:
    """The association's list, or that of the chapter with this slug: made or not made yet."""
    if slug == ASSOCIATION:
        made = db.session.scalar(lists().where(MailList.chapter_id.is_(None)))
        return made or unmade_list(None)
    chapter = db.session.scalar(select(Chapter).where(Chapter.slug == slug))
    found = list_of(chapter) if chapter else None
    if found is None:
        raise NotFound
    return found


def list_of(chapter: Chapter) -> MailList | None:
    """The chapter's list, made or not made yet. One that is not active may have none at all."""
    made = db.session.scalar(lists().where(MailList.chapter_id == chapter.id))
    if made is None and chapter.status is ChapterStatus.ACTIVE:
        return unmade_list(chapter)
    return made


def unmade_list(chapter: Chapter | None) -> MailList:
    """The list as it will be made, by the worker or with the first letter to it. It has no id."""
    if chapter is None:
        return MailList(slug=ASSOCIATION, name_zh="全体校友", name_en="All alumni")
    return MailList(
        slug=chapter.slug,
        name_zh=chapter.name_zh,
        name_en=chapter.name_en,
        chapter_id=chapter.id,
        chapter=chapter,
    )


def without_list() -> list[Chapter]:
    """The active chapters for which no list has been made yet."""
    lacking = select(Chapter).where(
        Chapter.status == ChapterStatus.ACTIVE,
        ~exists().where(MailList.chapter_id == Chapter.id),
    )
    return list(db.session.scalars(lacking.order_by(Chapter.position, Chapter.id)))


def has_association_list() -> bool:
    return db.session.scalar(select(MailList.id).where(MailList.chapter_id.is_(None))) is not None


def mailings(actor: Actor) -> Select[Mailing]:
    """The mailings that the actor may see, the newest first, with their lists and texts."""
    return (
        select(Mailing)
        .join(MailList, MailList.id == Mailing.mail_list_id)
        .where(visible(actor))
        .options(
            joinedload(Mailing.mail_list).joinedload(MailList.chapter),
            selectinload(Mailing.variants),
        )
        .order_by(Mailing.id.desc())
    )


def readers_of(chapter_id: int) -> Select[int]:
    """The members of the chapter to whom a letter to its list would go, as ids of persons."""
    made = select(MailList.id).where(MailList.chapter_id == chapter_id).scalar_subquery()
    return _readers(made).where(Person.id.in_(members_of(chapter_id)))


def is_unfinished() -> ColumnElement[bool]:
    """Letters that wait for who writes them: begun, or sent back to be changed."""
    return Mailing.status.in_((MailingStatus.DRAFT, MailingStatus.REJECTED))


def letters_to_finish(actor: Actor, chapter: Chapter) -> int:
    """How many letters to the chapter's list wait for who writes them, as the actor sees them."""
    unfinished = (
        select(func.count())
        .select_from(Mailing)
        .join(MailList, MailList.id == Mailing.mail_list_id)
        .where(MailList.chapter_id == chapter.id, is_unfinished(), visible(actor))
    )
    return db.session.scalar(unfinished) or 0


def get_mailing(actor: Actor, public_id: str) -> Mailing:
    found = db.session.scalar(mailings(actor).where(Mailing.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def is_of_office(mailing: Mailing) -> bool:
    """Whether somebody of the office began it."""
    asked = select(Mailing.id).where(Mailing.id == mailing.id, by_office())
    return db.session.scalar(asked) is not None


def status_counts(actor: Actor) -> dict[MailingStatus, int]:
    """How many mailings that the actor sees are in each state that any are in."""
    asked = select(Mailing.status, func.count()).where(visible(actor)).group_by(Mailing.status)
    found = dict(iter(db.session.execute(asked)))
    return {status: found[status] for status in MailingStatus if status in found}


def mailings_to_review(actor: Actor) -> int:
    """How many mailings wait for the actor's decision."""
    if not may_review(actor):
        return 0
    waiting = select(func.count()).where(Mailing.status == MailingStatus.SUBMITTED)
    return db.session.scalar(waiting) or 0


def reviews(mailing: Mailing) -> list[tuple[MailingReview, str]]:
    """The steps it took, with the name of who took each. The last comes first."""
    steps = (
        select(MailingReview, func.coalesce(Account.name, ""))
        .outerjoin(Account, Account.id == MailingReview.account_id)
        .where(MailingReview.mailing_id == mailing.id)
        .order_by(MailingReview.id.desc())
    )
    return list(db.session.execute(steps))


def report(mailing: Mailing) -> Report:
    asked = (
        select(Delivery.state, Delivery.reason, func.count())
        .where(Delivery.mailing_id == mailing.id)
        .group_by(Delivery.state, Delivery.reason)
    )
    counts = {"sent": 0, "waiting": 0, "failed": 0, "skipped": 0, "uncertain": 0}
    reasons: dict[str, int] = {}
    for state, reason, number in db.session.execute(asked):
        counts[_COUNTED_AS[state]] += number
        if state is DeliveryState.SKIPPED:
            reasons[reason] = reasons.get(reason, 0) + number
    return Report(**counts, reasons=reasons)


def get_delivery(token: str) -> tuple[Delivery, MailList]:
    """The letter of a mailing that this token stands in, and its list. The token's case is lost

    on the way through some mail servers, and does not matter.
    """
    asked = (
        select(Delivery, MailList)
        .join(Mailing, Mailing.id == Delivery.mailing_id)
        .join(MailList, MailList.id == Mailing.mail_list_id)
        .options(joinedload(MailList.chapter))
        .where(Delivery.token == token.lower())
    )
    found = db.session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def takes_letters(delivery: Delivery, mail_list: MailList) -> bool:
    """Whether the reader of this letter takes further ones of the list."""
    withdrew = select(Person.id).where(Person.id == delivery.person_id, _unsubscribed(mail_list.id))
    return db.session.scalar(withdrew) is None


def takes_any(delivery: Delivery) -> bool:
    """Whether the address takes letters that are not necessary."""
    asked = select(Suppression.id).where(
        Suppression.email == delivery.email, Suppression.list_id == 0
    )
    return db.session.scalar(asked.limit(1)) is None


_COUNTED_AS = dict.fromkeys(WAITING, "waiting") | {
    DeliveryState.SENT: "sent",
    DeliveryState.COMPLAINED: "sent",
    DeliveryState.UNCERTAIN: "uncertain",
    DeliveryState.FAILED: "failed",
    DeliveryState.BOUNCED: "failed",
    DeliveryState.SKIPPED: "skipped",
}


def _readers(list_id: Any) -> Select[*tuple[Any, ...]]:
    """Everybody who may be written to and takes letters of the list: a number, or a column."""
    first_address = and_(
        ContactPoint.person_id == Person.id,
        ContactPoint.kind == ContactKind.EMAIL,
        ContactPoint.is_primary,
    )
    return (
        select(Person.id)
        .select_from(Person)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(ContactPoint, first_address)
        .where(
            takes_mailings(),
            EMAIL.is_not(None),
            _agreed(),
            ~_withdrew(list_id),
        )
    )


def _agreed() -> Any:
    return exists().where(
        Consent.person_id == Person.id,
        Consent.purpose == ConsentPurpose.MAILINGS,
        Consent.withdrawn_at.is_(None),
    )


def _withdrew(list_id: Any) -> Any:
    suppressed = exists().where(
        Suppression.email == EMAIL,
        or_(Suppression.list_id == 0, Suppression.list_id == list_id),
    )
    return or_(suppressed, _unsubscribed(list_id))


def _unsubscribed(list_id: Any) -> Any:
    return exists().where(
        Subscription.mail_list_id == list_id,
        Subscription.person_id == Person.id,
        Subscription.choice == Choice.UNSUBSCRIBED,
    )
