"""What is in the outbox and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, column, exists, func, or_, select, table
from sqlalchemy.orm import joinedload, load_only

from alumni.authz import Actor, require
from alumni.db import db, now
from alumni.errors import NotFound
from alumni.outbox.models import Delivery, DeliveryState, Heartbeat, SharedText, Suppression
from alumni.outbox.policy import may_read_letters

_MAILING = table("mailing", column("id"), column("mail_list_id"))
_SUBSCRIPTION = table("subscription", column("mail_list_id"), column("person_id"), column("choice"))
"""Of the slice above that makes the mailings, as far as a delivery points there."""


A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class LetterFilter:
    """Which letters somebody is looking for."""

    state: DeliveryState | None = None
    text: str = ""
    """A part of the address."""


def letters(actor: Actor, wanted: LetterFilter) -> Select[Delivery]:
    """The letters, without their texts and in no order yet."""
    require(may_read_letters, actor)
    found = select(Delivery).options(
        load_only(
            Delivery.token,
            Delivery.words,
            Delivery.name,
            Delivery.email,
            Delivery.language,
            Delivery.subject,
            Delivery.state,
            Delivery.reason,
            Delivery.created_at,
            Delivery.done_at,
            Delivery.shared_text_id,
            raiseload=True,
        ),
        joinedload(Delivery.shared_text).load_only(SharedText.subject, raiseload=True),
    )
    if wanted.state is not None:
        found = found.where(Delivery.state == wanted.state)
    if wanted.text:
        found = found.where(Delivery.email.contains(wanted.text.lower(), autoescape=True))
    return found


def counts(actor: Actor) -> dict[DeliveryState, int]:
    """How many letters are in each state that any are in, in the order of a letter's life."""
    require(may_read_letters, actor)
    asked = select(Delivery.state, func.count()).group_by(Delivery.state)
    found = dict(iter(db.session.execute(asked)))
    return {state: found[state] for state in DeliveryState if state in found}


def get_letter(actor: Actor, delivery_id: int) -> Delivery:
    """The letter with its text."""
    require(may_read_letters, actor)
    asked = select(Delivery).options(joinedload(Delivery.shared_text))
    letter = db.session.scalar(asked.where(Delivery.id == delivery_id))
    if letter is None:
        raise NotFound
    return letter


def uncertain_letters() -> int:
    """How many letters wait for a decision because nobody knows whether they went out."""
    asked = select(func.count()).where(Delivery.state == DeliveryState.UNCERTAIN)
    return db.session.scalar(asked) or 0


def letters_lately(email: str, *kinds: str) -> int:
    """How many letters of these kinds the address was sent in the last day."""
    asked = select(func.count()).where(
        Delivery.email == email, Delivery.kind.in_(kinds), Delivery.created_at > now() - A_DAY
    )
    return db.session.scalar(asked) or 0


def last_beat() -> datetime | None:
    """When a worker last gave a sign of life."""
    return db.session.scalar(select(func.max(Heartbeat.at)))


def unwanted(delivery_ids: Collection[int]) -> frozenset[int]:
    """Those of the mailings' letters whose reader takes them no more, asked before each is sent:

    who unsubscribes while the letters are made is not met by what keeps back those made before.
    """
    if not delivery_ids:
        return frozenset()
    suppressed = exists().where(
        Suppression.email == Delivery.email,
        or_(Suppression.list_id == 0, Suppression.list_id == _MAILING.c.mail_list_id),
    )
    unsubscribed = exists().where(
        _SUBSCRIPTION.c.mail_list_id == _MAILING.c.mail_list_id,
        _SUBSCRIPTION.c.person_id == Delivery.person_id,
        _SUBSCRIPTION.c.choice == "unsubscribed",
    )
    asked = (
        select(Delivery.id)
        .join(_MAILING, _MAILING.c.id == Delivery.mailing_id)
        .where(Delivery.id.in_(delivery_ids), or_(suppressed, unsubscribed))
    )
    return frozenset(db.session.scalars(asked))
