"""Letters between graduates that go through us, which show no address that is not meant to be."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import db, inserted, locked, now, today
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import queue
from alumni.people.commands import done
from alumni.people.models import Person
from alumni.people.models.asking import Block, RelayedMessage
from alumni.people.policy import may_relay, may_set_status, may_settle_complaint
from alumni.people.queries import addressed, display_name
from alumni.people.queries.relaying import (
    END_OF_TEXT,
    MOST_A_DAY,
    Received,
    deed_of,
    find_block,
    get_recipient,
    sent_lately,
)


class TooOften(Refusal):
    status = 429


class Stopped(Refusal):
    """The office lets this person write to nobody through us."""

    status = 403


@dataclass(frozen=True, kw_only=True)
class Letter:
    text: str
    shows_address: bool
    """Whether an answer goes straight to the sender, whose address the reader then knows."""


def write_to(actor: Actor, public_id: str, letter: Letter) -> RelayedMessage:
    """Write to the person with this public id. So many letters a day, and no more.

    Of whom the reader blocked it is noted and not sent: the sender must not learn it.
    """
    require(may_relay, actor)
    # The sender is held, so that two windows do not both send the tenth.
    sender = db.session.scalars(locked(select(Person).where(Person.id == actor.person_id))).one()
    if sender.relay_stopped_on is not None:
        raise Stopped(_("The office has stopped your letters to others. Please write to it."))
    recipient = get_recipient(actor, public_id)
    if sent_lately(sender.id) >= MOST_A_DAY:
        raise TooOften(
            _("You have written %(most)s letters in a day. Please go on tomorrow.", most=MOST_A_DAY)
        )
    token = secrets.token_urlsafe(32)
    message = RelayedMessage(
        sender_id=sender.id, recipient_id=recipient.id, token_hash=token_hash(token)
    )
    db.session.add(message)
    record(actor, "relayed", message)
    if find_block(recipient.id, sender.id) is None:
        _send(message, sender, letter, token)
    return message


def block(actor: Actor, received: Received) -> None:
    """Take no more letters of the sender. The link in a letter is the permission."""
    message = received.message
    row = Block(person_id=message.recipient_id, blocked_id=message.sender_id)
    if inserted(row):
        record(actor, "blocked_sender", row)


def unblock(actor: Actor, row: Block) -> None:
    """Take letters of that sender again. To be called for whoever blocked them."""
    db.session.delete(row)
    record(actor, "unblocked_sender", row)


def report(actor: Actor, received: Received, complaint: str) -> None:
    """Complain of the letter to the office, which then may read it. Once."""
    message = received.message
    if message.reported_at is not None:
        raise Refusal(_("The office knows of this letter already."))
    message.reported_at, message.complaint = now(), complaint
    record(actor, "reported_letter", message, why=complaint)


def settle_complaint(
    actor: Actor, message: RelayedMessage, why: str, *, stops_sender: bool
) -> None:
    """Note that the office looked at the complaint, and perhaps let the sender write no more."""
    require(may_settle_complaint, actor, message)
    held = locked(select(RelayedMessage).where(RelayedMessage.id == message.id))
    message = db.session.scalars(held).one()
    if message.reported_at is None or message.settled_at is not None:
        raise Refusal(_("This is settled already."))
    message.settled_at = now()
    record(actor, "settled_complaint", message, why=why)
    if stops_sender:
        sender = db.session.scalars(
            locked(select(Person).where(Person.id == message.sender_id))
        ).one()
        sender.relay_stopped_on = today()
        done(actor, "stopped_relaying", sender, why=why)


def allow_relaying(actor: Actor, person: Person, why: str) -> None:
    """Let somebody write to others again."""
    require(may_set_status, actor, person, of_staff=False)
    person.relay_stopped_on = None
    done(actor, "allowed_relaying", person, why=why)


def _send(message: RelayedMessage, sender: Person, letter: Letter, token: str) -> None:
    to = addressed(message.recipient_id)
    if to is None:
        return
    login = select(Account.email).where(Account.person_id == sender.id)
    queue(
        "relayed",
        to,
        deed=deed_of(message),
        reply_to=db.session.scalar(login) if letter.shows_address else None,
        sender=display_name(sender, to.language),
        text=letter.text.replace("\r\n", "\n"),
        end_of_text=END_OF_TEXT.strip("\n"),
        shows_address=letter.shows_address,
        answer=address_of("people.write_to", public_id=sender.public_id),
        link=address_of("people.relayed", token=token),
    )
