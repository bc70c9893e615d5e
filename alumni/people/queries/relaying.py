"""Letters between graduates that go through us: whom they may go to, and what is complained of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.accounts.queries import token_hash
from alumni.authz import Actor, require
from alumni.db import db, now
from alumni.errors import NotFound, Refusal
from alumni.i18n import _
from alumni.outbox.models import Delivery
from alumni.people.models import ContactKind, ContactPoint, Person
from alumni.people.models.asking import Block, RelayedMessage
from alumni.people.policy import (
    may_relay,
    may_see_complaints,
    may_view_people,
    takes_relay,
    visible,
)
from alumni.people.queries import display_name

A_DAY = timedelta(days=1)
MOST_A_DAY = 10
"""Letters that one person writes to others through us."""

MOST_SHOWN = 100

END_OF_TEXT = "\n-- \n"
"""What follows in the letter is ours: links that are for its reader alone."""


class NoGraduate(Refusal):
    """What graduates do among themselves."""

    status = 403


@dataclass(frozen=True, kw_only=True)
class Received:
    """A letter, as whoever holds its link may know it."""

    message: RelayedMessage
    sender: str
    block: Block | None
    """That the reader takes no letters of the sender."""


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A letter that its reader complained of."""

    message: RelayedMessage
    reported_at: datetime
    sender: Person
    recipient: Person
    number: int
    """How many letters of this sender were complained of, this one included."""
    text: str
    """What was written; empty in a list, and where the letter is not kept any more."""

    @property
    def sender_name(self) -> str:
        return display_name(self.sender)

    @property
    def recipient_name(self) -> str:
        return display_name(self.recipient)


def has_address() -> ColumnElement[bool]:
    """Over ``Person``: whether letters for them go anywhere."""
    return or_(
        exists().where(Account.person_id == Person.id),
        exists().where(
            ContactPoint.person_id == Person.id,
            ContactPoint.kind == ContactKind.EMAIL,
            ContactPoint.is_primary,
        ),
    )


def get_recipient(actor: Actor, public_id: str) -> Person:
    """The person, if the actor may write to them through us.

    Staff who are no graduates may not, and are told so of whom they may see.
    """
    asked = select(Person).where(Person.public_id == public_id)
    person = db.session.scalar(asked.where(takes_relay(actor), has_address()))
    if person is not None:
        return person
    is_clerk = may_view_people(actor) and not may_relay(actor)
    if not is_clerk or db.session.scalar(asked.where(visible(actor))) is None:
        raise NotFound
    raise NoGraduate(
        _("Only graduates write to each other here. Their addresses are in their record.")
    )


def sent_lately(person_id: int) -> int:
    """How many letters the person wrote in the last day, those that were not delivered included."""
    asked = select(func.count()).where(
        RelayedMessage.sender_id == person_id, RelayedMessage.sent_at > now() - A_DAY
    )
    return db.session.scalar(asked) or 0


def stands_still(actor: Actor) -> bool:
    """Whether the office stopped the actor's letters."""
    asked = select(Person.relay_stopped_on).where(Person.id == actor.person_id)
    return db.session.scalar(asked) is not None


def find_block(person_id: int, sender_id: int) -> Block | None:
    """That the person takes no letters of the sender."""
    asked = select(Block).where(Block.person_id == person_id, Block.blocked_id == sender_id)
    return db.session.scalar(asked)


def get_received(token: str) -> Received:
    """The letter whose link has this token: it is the permission to answer for it."""
    asked = (
        select(RelayedMessage, Person)
        .join(Person, Person.id == RelayedMessage.sender_id)
        .where(RelayedMessage.token_hash == token_hash(token))
    )
    found = db.session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    message, sender = found
    return Received(
        message=message,
        sender=display_name(sender),
        block=find_block(message.recipient_id, message.sender_id),
    )


def blocked(actor: Actor) -> list[Person]:
    """Whose letters the actor does not take."""
    theirs = (
        select(Person)
        .join(Block, Block.blocked_id == Person.id)
        .where(Block.person_id == actor.person_id)
        .order_by(Block.id)
    )
    return list(db.session.scalars(theirs))


def get_block(actor: Actor, public_id: str) -> Block:
    """That the actor takes no letters of the person with this public id."""
    asked = (
        select(Block)
        .join(Person, Person.id == Block.blocked_id)
        .where(Block.person_id == actor.person_id, Person.public_id == public_id)
    )
    block = db.session.scalar(asked)
    if block is None:
        raise NotFound
    return block


def complaints(actor: Actor, *, settled: bool) -> list[Complaint]:
    """Those that wait longest first, or those that were settled last.

    Of complaints of their own letters nobody is told, here or elsewhere.
    """
    require(may_see_complaints, actor)
    which = RelayedMessage.settled_at.is_not(None) if settled else _waits()
    order = RelayedMessage.settled_at.desc() if settled else RelayedMessage.reported_at
    asked = _complaints(actor).where(which).order_by(order, RelayedMessage.id).limit(MOST_SHOWN)
    return [_complaint(*row, text="") for row in db.session.execute(asked)]


def complaints_waiting(actor: Actor) -> int:
    require(may_see_complaints, actor)
    waiting = select(func.count()).where(_waits(), _is_of_others(actor))
    return db.session.scalar(waiting) or 0


def get_complaint(actor: Actor, public_id: str) -> Complaint:
    """One of them, with the letter. What nobody complained of the office does not see here."""
    require(may_see_complaints, actor)
    asked = _complaints(actor).where(RelayedMessage.public_id == public_id)
    row = db.session.execute(asked).one_or_none()
    if row is None:
        raise NotFound
    return _complaint(*row, text=_text_of(row[0]))


def deed_of(message: RelayedMessage) -> str:
    """What its letter is sent for."""
    return f"relay:{message.id}"


def _waits() -> ColumnElement[bool]:
    return RelayedMessage.reported_at.is_not(None) & RelayedMessage.settled_at.is_(None)


def _is_of_others(actor: Actor) -> ColumnElement[bool]:
    """Whether somebody else wrote the letter."""
    return RelayedMessage.sender_id.is_distinct_from(actor.person_id)


def _complaints(actor: Actor) -> Select[RelayedMessage, Person, Person, int]:
    sender, recipient, other = aliased(Person), aliased(Person), aliased(RelayedMessage)
    number = (
        select(func.count(other.id))
        .where(other.sender_id == RelayedMessage.sender_id, other.reported_at.is_not(None))
        .correlate(RelayedMessage)
        .scalar_subquery()
    )
    return (
        select(RelayedMessage, sender, recipient, number)
        .join(sender, sender.id == RelayedMessage.sender_id)
        .join(recipient, recipient.id == RelayedMessage.recipient_id)
        .where(RelayedMessage.reported_at.is_not(None), _is_of_others(actor))
    )


def _complaint(
    message: RelayedMessage, sender: Person, recipient: Person, number: int, *, text: str
) -> Complaint:
    return Complaint(
        message=message,
        reported_at=message.reported_at or message.sent_at,
        sender=sender,
        recipient=recipient,
        number=number,
        text=text,
    )


def _text_of(message: RelayedMessage) -> str:
    text = db.session.scalar(select(Delivery.text).where(Delivery.deed == deed_of(message))) or ""
    return text.rpartition(END_OF_TEXT)[0] or text
