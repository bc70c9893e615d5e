"""A mailing that went out with what became of it, and one that waits for the office."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import Actor
from alumni.db import db, now
from alumni.demonstration.commands.people import WITH_NULLS
from alumni.demonstration.texts import SENT, SENT_SUBJECT, SUBMITTED, SUBMITTED_SUBJECT, Pair
from alumni.i18n import LANGUAGES
from alumni.mailings.commands import Draft, submit, write
from alumni.mailings.compiling import Written, compiled, hash_of, list_name
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
from alumni.mailings.queries import ASSOCIATION, audience, get_list, get_mailing
from alumni.outbox.models import Delivery, DeliveryState, delivery_token
from alumni.people.models import Person
from alumni.people.names import written

AT_A_TIME = 1000
PRIORITY = 5
AGO = timedelta(days=12)

FATES: tuple[tuple[int, DeliveryState, str, int | None], ...] = (
    (127, DeliveryState.SKIPPED, "unsubscribed", None),
    (151, DeliveryState.BOUNCED, "550 5.1.1 The mailbox does not exist", 550),
    (211, DeliveryState.FAILED, "450 4.2.1 The mailbox does not answer; given up", 450),
)
"""One letter in so many does not arrive, and why."""

FIRST_FATE = 58
"""Those before are the ones with a part: their letters arrive."""


def submit_one(leader: Actor, slug: str) -> None:
    """Write a letter to the chapter's members and hand it to the office."""
    draft = Draft(texts=_texts(SUBMITTED_SUBJECT, SUBMITTED), reply_to=f"{slug}@example.org")
    mailing = write(leader, get_list(slug), draft)
    submit(leader, get_mailing(leader, mailing.public_id))


def send_one(office: Actor, author: Account) -> None:
    """Let a letter to everybody have gone out some days ago."""
    mail_list = get_list(ASSOCIATION)
    mailing = _sent(mail_list, author)
    db.session.add(mailing)
    db.session.flush()
    for action in (ReviewAction.SUBMITTED, ReviewAction.APPROVED):
        db.session.add(
            MailingReview(
                mailing_id=mailing.id,
                account_id=author.id,
                action=action,
                body_hash=mailing.body_hash,
                at=mailing.approved_at,
            )
        )
    record(office, "approved_mailing", mailing)
    _deliver(mailing, mail_list)


def _texts(subject: Pair, body: Pair) -> dict[str, Written]:
    return {
        code: Written(subject=getattr(subject, code), source=getattr(body, code))
        for code in LANGUAGES
    }


def _sent(mail_list: MailList, author: Account) -> Mailing:
    texts = _texts(SENT_SUBJECT, SENT)
    body_hash = hash_of(mail_list.id, None, texts.items())
    approved_at = now() - AGO
    return Mailing(
        mail_list=mail_list,
        status=MailingStatus.SENT,
        body_hash=body_hash,
        approved_hash=body_hash,
        approved_by_id=author.id,
        approved_at=approved_at,
        author_id=author.id,
        created_at=approved_at - timedelta(hours=3),
        finished_at=approved_at + timedelta(minutes=25),
        variants=[
            MailingVariant(language=code, subject=text.subject, source=text.source)
            for code, text in texts.items()
        ],
    )


def _deliver(mailing: Mailing, mail_list: MailList) -> None:
    """A letter for each reader, a thousand at a time."""
    texts = {code: compiled(mailing, code) for code in LANGUAGES}
    db.session.add_all(texts.values())
    db.session.flush()
    text_ids = {code: text.id for code, text in texts.items()}
    chapters = {code: list_name(mail_list, code) for code in LANGUAGES}
    readers = audience(mail_list).order_by(Person.id).limit(AT_A_TIME)
    last, position = 0, 0
    while rows := db.session.execute(readers.where(Person.id > last)).all():
        letters = [
            _letter(mailing, row, text_ids[row.language], chapters[row.language], position + number)
            for number, row in enumerate(rows)
        ]
        db.session.execute(insert(Delivery), letters, execution_options=WITH_NULLS)
        _unsubscribe(mail_list, letters)
        last, position = rows[-1].id, position + len(rows)


def _letter(
    mailing: Mailing, reader: Row[Any], text_id: int, chapter: str, position: int
) -> dict[str, Any]:
    name = written(
        reader.name_zh,
        reader.name_latin,
        reader.pinyin_surname,
        reader.pinyin_given,
        reader.language,
    )
    made_at = mailing.approved_at or now()
    return {
        "token": delivery_token(),
        "deed": f"mailing:{mailing.id}:person:{reader.id}",
        "kind": "mailing",
        "mailing_id": mailing.id,
        "person_id": reader.id,
        "name": name,
        "email": reader.email,
        "language": reader.language,
        "shared_text_id": text_id,
        "words": {"name": name, "chapter": chapter},
        "priority": PRIORITY,
        "not_before": made_at,
        "created_at": made_at,
    } | _fate(position, made_at)


def _fate(position: int, made_at: datetime) -> dict[str, Any]:
    """What became of the letter: most arrived."""
    done_at = made_at + timedelta(seconds=1 + position % 1400)
    for number, (one_in, state, reason, code) in enumerate(FATES):
        if position % one_in == FIRST_FATE + number:
            return {
                "state": state,
                "reason": reason,
                "smtp_code": code,
                "attempt": 0 if state is DeliveryState.SKIPPED else 1,
                "done_at": done_at,
            }
    return {
        "state": DeliveryState.SENT,
        "reason": "",
        "smtp_code": 250,
        "attempt": 1,
        "done_at": done_at,
    }


def _unsubscribe(mail_list: MailList, letters: list[dict[str, Any]]) -> None:
    """Whose letter was kept back had withdrawn from the list."""
    withdrawn = [letter for letter in letters if letter["state"] is DeliveryState.SKIPPED]
    rows: list[Mapping[str, Any]] = [
        {
            "mail_list_id": mail_list.id,
            "person_id": letter["person_id"],
            "choice": Choice.UNSUBSCRIBED,
            "source": "letter",
            "at": letter["created_at"],
        }
        for letter in withdrawn
    ]
    if rows:
        db.session.execute(insert(Subscription), rows)
