"""Queueing letters: rows of the same transaction as the deed they tell of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

from flask import current_app
from jinja2 import Template
from sqlalchemy import CursorResult, or_, select, update

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import changed, db, insert_or_ignore, now
from alumni.i18n import speaking
from alumni.outbox.models import Delivery, DeliveryState, Suppression, delivery_token
from alumni.outbox.policy import may_settle

NEXT = datetime(1970, 1, 1, tzinfo=UTC)

UNSENT = (
    DeliveryState.HELD,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
)
"""The states of letters of which nothing has been ended."""

AT_ONCE = 500
"""How many letters one statement queues, and so how many are in memory in their full length."""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom a letter goes to, and in which language."""

    email: str
    name: str = ""
    language: str = "zh"
    person_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A letter to queue: whom it goes to, what it is sent for, and what fills its template."""

    to: Recipient
    deed: str
    words: Mapping[str, object]
    calendar: str | None = None
    reply_to: str | None = None
    """Where an answer goes; None: nowhere, but where the template says."""


def queue(
    template: str,
    to: Recipient,
    *,
    deed: str,
    calendar: str | None = None,
    reply_to: str | None = None,
    **words: object,
) -> bool:
    """Queue a letter made from ``emails/<template>.txt``, whose first line is the subject.

    ``deed`` names what the letter is sent for: the same deed queues no second letter. Return
    whether this call queued it.
    """
    wanted = Wanted(to=to, deed=deed, words=words, calendar=calendar, reply_to=reply_to)
    return queue_many(template, [wanted]) == 1


def queue_many(template: str, wanted: Iterable[Wanted]) -> int:
    """Queue a letter of one template for each, and return how many this call queued.

    They are read one by one as they are written: a generator need not hold them all.
    """
    letter = current_app.jinja_env.get_template(f"emails/{template}.txt")
    rest, queued = iter(wanted), 0
    # As one statement with many rows, not as objects: an ORM insert would not count them.
    options = {"dml_strategy": "raw", "preserve_rowcount": True}
    while rows := [_row(template, letter, one) for one in islice(rest, AT_ONCE)]:
        done = db.session.execute(insert_or_ignore(Delivery), rows, execution_options=options)
        queued += cast("CursorResult[Any]", done).rowcount
    return queued


def _row(template: str, letter: Template, wanted: Wanted) -> dict[str, object]:
    to = wanted.to
    with speaking(to.language):
        subject, body = letter.render({"to": to, **wanted.words}).split("\n", 1)
    return {
        "token": delivery_token(),
        "deed": wanted.deed,
        "kind": template,
        "person_id": to.person_id,
        "name": to.name,
        "email": to.email,
        "language": to.language,
        "subject": subject.strip(),
        "text": body.strip() + "\n",
        "calendar": wanted.calendar,
        "reply_to": wanted.reply_to,
        "words": {},
        "state": DeliveryState.QUEUED,
        "reason": "",
        "priority": 0,
        "attempt": 0,
        "not_before": NEXT,
        "created_at": now(),
    }


def keep_back(person_id: int, reason: str, *, only: Collection[str] | None = None) -> int:
    """Send none of the person's letters that wait; with ``only`` mailings and letters of these

    kinds. Return how many that were.
    """
    which = (
        [or_(Delivery.mailing_id.is_not(None), Delivery.kind.in_(only))] if only is not None else []
    )
    theirs = update(Delivery).where(
        Delivery.person_id == person_id, Delivery.state.in_(UNSENT), *which
    )
    skipped = {"state": DeliveryState.SKIPPED, "reason": reason, "done_at": now()}
    kept = theirs.values(**skipped, lease_until=None)
    return changed(kept.execution_options(synchronize_session=False))


def suppressed(email: str, list_id: int) -> bool:
    """Whether the address takes no letters of this list, or none at all."""
    asked = select(Suppression.id).where(
        Suppression.email == email, or_(Suppression.list_id == list_id, Suppression.list_id == 0)
    )
    return db.session.scalar(asked.limit(1)) is not None


def settle(actor: Actor, delivery: Delivery, *, again: bool) -> None:
    """Decide about a letter of which nobody knows whether it went out: send it again, or not."""
    require(may_settle, actor)
    state = DeliveryState.QUEUED if again else DeliveryState.SENT
    unknown = update(Delivery).where(
        Delivery.id == delivery.id, Delivery.state == DeliveryState.UNCERTAIN
    )
    if changed(unknown.values(state=state, not_before=NEXT, done_at=None if again else now())):
        record(actor, "settled", delivery, facts={"again": again})
