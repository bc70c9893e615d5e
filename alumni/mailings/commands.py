"""Writing mailings, deciding about them, and choosing what one gets."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, inspect, select, update

from alumni.accounts.commands import owner_of
from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor, require
from alumni.db import changed, db, inserted, locked, now
from alumni.errors import Invalid, Refusal
from alumni.i18n import LANGUAGES, _
from alumni.links import address_of
from alumni.mailings.compiling import Written, check, chosen, hash_of
from alumni.mailings.models import (
    Choice,
    Mailing,
    MailingReview,
    MailingStatus,
    MailingVariant,
    MailList,
    ReviewAction,
    Subscription,
)
from alumni.mailings.policy import may_review, may_rewrite, may_write
from alumni.mailings.queries import (
    has_association_list,
    is_of_office,
    lists,
    unmade_list,
    without_list,
)
from alumni.outbox.commands import queue
from alumni.outbox.models import Delivery, DeliveryState, Suppression, SuppressionScope

UNSENT = (
    DeliveryState.HELD,
    DeliveryState.QUEUED,
    DeliveryState.DEFERRED,
    DeliveryState.SENDING,
)
"""What can still be kept back. A letter that is being sent is, if its end is not written yet."""

WRITABLE = frozenset({MailingStatus.DRAFT, MailingStatus.REJECTED, MailingStatus.SUBMITTED})


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an author wrote, in one language or both."""

    texts: Mapping[str, Written]
    """By language."""
    reply_to: str | None = None


def ensure_lists() -> int:
    """Make the association's list and one for each active chapter that has none yet.

    Return how many were made.
    """
    wanted = [unmade_list(chapter) for chapter in without_list()]
    if not has_association_list():
        wanted.append(unmade_list(None))
    made = sum(inserted(mail_list) for mail_list in wanted)
    if made:
        record(SYSTEM, "made_lists", None, facts={"lists": made})
    return made


def write(actor: Actor, mail_list: MailList, draft: Draft) -> Mailing:
    """Begin a letter to the readers of the list, which is made with it if nobody has yet."""
    require(may_write, actor, mail_list)
    _check(draft)
    mail_list = _made(mail_list)
    mailing = Mailing(mail_list_id=mail_list.id, author_id=actor.account_id)
    mailing.variants = []
    _put(mailing, draft)
    db.session.add(mailing)
    record(actor, "wrote_mailing", mailing)
    return mailing


def rewrite(actor: Actor, mailing: Mailing, draft: Draft) -> None:
    """Change the letter. If that changes anything, it is a draft again, whatever was decided."""
    _require_rewriting(actor, mailing)
    _hold(mailing)
    if not is_writable(mailing):
        raise Refusal(_("This letter is on its way and cannot be changed any more."))
    _check(draft)
    before = mailing.body_hash
    _put(mailing, draft)
    if mailing.body_hash == before:
        return
    if mailing.status is not MailingStatus.DRAFT:
        _note(actor, mailing, ReviewAction.WITHDRAWN)
    mailing.status = MailingStatus.DRAFT
    mailing.approved_hash = mailing.approved_by_id = mailing.approved_at = None
    record(actor, "rewrote_mailing", mailing)


def is_writable(mailing: Mailing) -> bool:
    """Whether it may still be changed: until the first letter to a reader has been made."""
    if mailing.status is MailingStatus.PREPARING:
        begun = select(exists().where(Delivery.mailing_id == mailing.id))
        return not db.session.scalar(begun)
    return mailing.status in WRITABLE


def submit(actor: Actor, mailing: Mailing) -> None:
    """Hand the letter to the office for approval. Submitting twice is submitting once."""
    _require_rewriting(actor, mailing)
    _hold(mailing)
    if mailing.status is MailingStatus.SUBMITTED:
        return
    if mailing.status not in WRITABLE:
        raise Refusal(_("This letter has been approved already."))
    mailing.status = MailingStatus.SUBMITTED
    _note(actor, mailing, ReviewAction.SUBMITTED)
    record(actor, "submitted_mailing", mailing)


def approve(actor: Actor, mailing: Mailing, body_hash: str) -> None:
    """Let the letter go out, as it reads under this hash and not otherwise."""
    require(may_review, actor)
    _hold_submitted(mailing)
    if mailing.body_hash != body_hash:
        raise Refusal(
            _("The letter was changed after you opened it. Please read it again before you decide.")
        )
    mailing.status = MailingStatus.PREPARING
    mailing.approved_hash = body_hash
    mailing.approved_by_id = actor.account_id
    mailing.approved_at = now()
    step = _note(actor, mailing, ReviewAction.APPROVED)
    _tell_author(actor, mailing, step)
    record(actor, "approved_mailing", mailing)


def reject(actor: Actor, mailing: Mailing, note: str) -> None:
    """Give the letter back to its author, who learns why."""
    require(may_review, actor)
    if not note:
        raise Invalid(_("Please tell the author what is to be changed."), field="note")
    _hold_submitted(mailing)
    mailing.status = MailingStatus.REJECTED
    step = _note(actor, mailing, ReviewAction.REJECTED, note)
    _tell_author(actor, mailing, step)
    record(actor, "rejected_mailing", mailing, why=note)


def unsubscribe(actor: Actor, delivery: Delivery, mail_list: MailList) -> None:
    """Let the reader of this letter get no more of its list: the token in it is the permission.

    What is queued for them is not sent. Unsubscribing twice is unsubscribing once.
    """
    _choose(actor, delivery, mail_list, Choice.UNSUBSCRIBED)
    of_the_list = select(Mailing.id).where(Mailing.mail_list_id == mail_list.id)
    _keep_back(Delivery.person_id == delivery.person_id, Delivery.mailing_id.in_(of_the_list))


def suppress(actor: Actor, delivery: Delivery) -> None:
    """Let the address of this letter get no more letters but necessary ones."""
    row = Suppression(
        email=delivery.email, scope=SuppressionScope.ALL, list_id=0, reason="unsubscribed"
    )
    if inserted(row):
        record(actor, "suppressed", row)
    _keep_back(Delivery.email == delivery.email, Delivery.mailing_id.is_not(None))


def resubscribe(actor: Actor, delivery: Delivery, mail_list: MailList) -> None:
    """Take back what the reader of this letter chose against: the list, and all letters."""
    _choose(actor, delivery, mail_list, Choice.SUBSCRIBED)
    withdrawn = select(Suppression).where(
        Suppression.email == delivery.email, Suppression.list_id == 0
    )
    for row in db.session.scalars(withdrawn).all():
        db.session.delete(row)
        record(actor, "released", row)


def _require_rewriting(actor: Actor, mailing: Mailing) -> None:
    require(may_rewrite, actor, mailing.mail_list, of_office=is_of_office(mailing))


def _made(mail_list: MailList) -> MailList:
    """The list with its row. Somebody else may make it at the same moment."""
    if inspect(mail_list).has_identity:
        return mail_list
    if inserted(mail_list):
        record(SYSTEM, "made_lists", None, facts={"lists": 1})
        return mail_list
    return db.session.scalars(lists().where(MailList.chapter_id == mail_list.chapter_id)).one()


def _check(draft: Draft) -> None:
    """Raise Invalid at the field that cannot stand so."""
    if not draft.texts:
        raise Invalid(_("Please write the letter in at least one language."), field="source_zh")
    for code, text in draft.texts.items():
        if not text.subject:
            raise Invalid(_("A letter needs a subject."), field=f"subject_{code}")
        if not text.source:
            raise Invalid(_("A letter needs a text."), field=f"source_{code}")
        if not text.subject.isprintable():
            raise Invalid(_("A subject is one line of text."), field=f"subject_{code}")
        check(text.subject, field=f"subject_{code}")
        check(text.source, field=f"source_{code}")


def _put(mailing: Mailing, draft: Draft) -> None:
    """Make the mailing say what the draft says."""
    kept = {variant.language: variant for variant in mailing.variants}
    for code in LANGUAGES:
        text, variant = draft.texts.get(code), kept.get(code)
        if text is None and variant is not None:
            mailing.variants.remove(variant)
        elif text is not None and variant is None:
            mailing.variants.append(
                MailingVariant(language=code, subject=text.subject, source=text.source)
            )
        elif text is not None and variant is not None:
            variant.subject, variant.source = text.subject, text.source
    mailing.reply_to = draft.reply_to
    mailing.body_hash = hash_of(mailing.mail_list_id, draft.reply_to, draft.texts.items())


def _hold(mailing: Mailing) -> None:
    """Read again where the letter stands, and let nobody else move it before we are done."""
    db.session.refresh(mailing, ["status", "body_hash", "version"], with_for_update=True)


def _hold_submitted(mailing: Mailing) -> None:
    _hold(mailing)
    if mailing.status is not MailingStatus.SUBMITTED:
        raise Refusal(_("This letter does not wait for a decision any more."))


def _note(actor: Actor, mailing: Mailing, action: ReviewAction, note: str = "") -> MailingReview:
    step = MailingReview(
        mailing_id=mailing.id,
        account_id=actor.account_id,
        action=action,
        body_hash=mailing.body_hash,
        note=note,
    )
    db.session.add(step)
    db.session.flush()
    return step


def _tell_author(actor: Actor, mailing: Mailing, step: MailingReview) -> None:
    author = db.session.get(Account, mailing.author_id) if mailing.author_id else None
    if author is None or author.suspended_at is not None or author.id == actor.account_id:
        return
    queue(
        f"mailing_{step.action}",
        owner_of(author),
        deed=f"mailing:{mailing.id}:{step.action}:{step.id}",
        subject=chosen(mailing, author.language).subject,
        note=step.note,
        link=_desk_address(mailing),
    )


def _desk_address(mailing: Mailing) -> str:
    chapter = mailing.mail_list.chapter
    if chapter is None:
        return address_of("mailings.office_mailing", public_id=mailing.public_id)
    return address_of("mailings.desk_letter", slug=chapter.slug, public_id=mailing.public_id)


def _choose(actor: Actor, delivery: Delivery, mail_list: MailList, choice: Choice) -> None:
    """Note what the reader of the letter chose about the list, if that is new."""
    chosen_now = Subscription(
        mail_list_id=mail_list.id, person_id=delivery.person_id, choice=choice, source="letter"
    )
    if inserted(chosen_now):
        record(actor, choice.value, chosen_now)
        return
    stored = db.session.scalars(
        locked(
            select(Subscription).where(
                Subscription.mail_list_id == mail_list.id,
                Subscription.person_id == delivery.person_id,
            )
        )
    ).one()
    if stored.choice is not choice:
        stored.choice, stored.source, stored.at = choice, "letter", now()
        record(actor, choice.value, stored)


def _keep_back(*whose: ColumnElement[bool]) -> None:
    changed(
        update(Delivery)
        .where(Delivery.state.in_(UNSENT), *whose)
        .values(state=DeliveryState.SKIPPED, reason="unsubscribed", done_at=now(), lease_until=None)
        .execution_options(synchronize_session=False)
    )
