"""From an approved mailing to a letter for each reader, and to its end."""

from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.db import db, insert_or_ignore, locked, now, transaction
from alumni.i18n import LANGUAGES
from alumni.mailings.commands import ensure_lists
from alumni.mailings.compiling import compiled, list_name
from alumni.mailings.models import Mailing, MailingStatus, MailList
from alumni.mailings.queries import WAITING, audience, has_association_list, without_list
from alumni.outbox.commands import NEXT
from alumni.outbox.models import Delivery, DeliveryState, SharedText, delivery_token
from alumni.people.models import Person
from alumni.people.names import written

AT_A_TIME = 1000
PRIORITY = 5
"""Behind every letter that somebody waits for."""


def prepare(*, at_most: int = 10_000) -> int:
    """Make the letters of approved mailings, and lists for chapters that have none.

    Each thousand is one transaction: the letters made so far go out meanwhile, and after a
    crash the work goes on behind them. Return how many letters and lists were made.
    """
    made = _make_lists()
    waiting = select(Mailing.id).where(Mailing.status == MailingStatus.PREPARING)
    for mailing_id in db.session.scalars(waiting.order_by(Mailing.id)).all():
        while made < at_most:
            with transaction():
                number = _make_letters(mailing_id)
            made += number
            if number < AT_A_TIME:
                break
    return made


def finish() -> int:
    """Call the mailings sent of which no letter is on its way any more. Return how many."""
    on_its_way = exists().where(Delivery.mailing_id == Mailing.id, Delivery.state.in_(WAITING))
    done = select(Mailing).where(Mailing.status == MailingStatus.SENDING, ~on_its_way)
    if db.session.scalar(done.limit(1)) is None:
        return 0
    with transaction():
        finished = db.session.scalars(locked(done)).all()
        for mailing in finished:
            mailing.status = MailingStatus.SENT
            mailing.finished_at = now()
            record(SYSTEM, "finished_mailing", mailing)
    return len(finished)


def _make_lists() -> int:
    if has_association_list() and not without_list():
        return 0
    with transaction():
        return ensure_lists()


def _make_letters(mailing_id: int) -> int:
    """Make the next thousand letters, or see that all are made. Return how many."""
    mailing = db.session.scalar(
        locked(select(Mailing))
        .where(
            Mailing.id == mailing_id,
            Mailing.status == MailingStatus.PREPARING,
            Mailing.approved_hash == Mailing.body_hash,
        )
        .options(
            selectinload(Mailing.mail_list).options(joinedload(MailList.chapter)),
            selectinload(Mailing.variants),
        )
    )
    if mailing is None:
        return 0
    last = select(func.max(Delivery.person_id)).where(Delivery.mailing_id == mailing.id)
    readers = audience(mailing.mail_list).where(Person.id > (db.session.scalar(last) or 0))
    rows = db.session.execute(readers.order_by(Person.id).limit(AT_A_TIME)).all()
    if rows:
        db.session.execute(insert_or_ignore(Delivery), _letters(mailing, rows))
    if len(rows) < AT_A_TIME:
        mailing.status = MailingStatus.SENDING
        record(SYSTEM, "prepared_mailing", mailing)
    return len(rows)


def _letters(mailing: Mailing, readers: Any) -> list[dict[str, Any]]:
    texts = {code: _text_id(mailing, code) for code in LANGUAGES}
    chapters = {code: list_name(mailing.mail_list, code) for code in LANGUAGES}
    taken = _taken(mailing, [reader.email for reader in readers])
    letters = []
    for reader in readers:
        name = written(
            reader.name_zh,
            reader.name_latin,
            reader.pinyin_surname,
            reader.pinyin_given,
            reader.language,
        )
        letters.append(
            _blank()
            | {
                "token": delivery_token(),
                "deed": f"mailing:{mailing.id}:person:{reader.id}",
                "mailing_id": mailing.id,
                "person_id": reader.id,
                "name": name,
                "email": reader.email,
                "language": reader.language,
                "shared_text_id": texts[reader.language],
                "words": {"name": name, "chapter": chapters[reader.language]},
            }
            | (_SAME_ADDRESS if reader.email in taken else {})
        )
        taken.add(reader.email)
    return letters


_SAME_ADDRESS = {"state": DeliveryState.SKIPPED, "reason": "same address"}


def _blank() -> dict[str, Any]:
    return {
        "kind": "mailing",
        "state": DeliveryState.QUEUED,
        "reason": "",
        "priority": PRIORITY,
        "attempt": 0,
        "not_before": NEXT,
        "created_at": now(),
    }


def _taken(mailing: Mailing, emails: list[str]) -> set[str]:
    """Those of the addresses to which a letter of this mailing goes already."""
    asked = select(Delivery.email).where(
        Delivery.mailing_id == mailing.id,
        Delivery.email.in_(emails),
        Delivery.state != DeliveryState.SKIPPED,
    )
    return set(db.session.scalars(asked))


def _text_id(mailing: Mailing, reader: str) -> int:
    """The shared text for readers of this language, compiled when it is needed first."""
    text = compiled(mailing, reader)
    stored = select(SharedText.id).where(SharedText.key == text.key)
    found = db.session.scalar(stored)
    if found is None:
        db.session.add(text)
        db.session.flush()
        found = text.id
    return found
