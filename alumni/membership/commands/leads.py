"""Leads to lost classmates. Each causes one letter at most, which opens nothing of anybody's.

Whoever types a name must not learn from the answer whether we know and miss that person. So the
same is done for every name, and taken back where no letter is to go out. A liaison, who is told
who is missing, is told why no letter goes out, too.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor, Roll, require
from alumni.db import db, locked, now
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, language
from alumni.links import address_of
from alumni.membership.policy.classes import may_see_classes
from alumni.membership.queries.classmates import get_missing, missed_in
from alumni.membership.queries.leads import (
    ENDED,
    MOST_A_DAY,
    gave,
    given_lately,
    is_own_address,
    letters_to,
    was_looked_for,
)
from alumni.outbox.commands import Recipient, queue, suppressed
from alumni.people import names
from alumni.people.models import Person
from alumni.people.models.classes import Lead, LeadState
from alumni.people.queries import display_name


class TooManyLeads(Refusal):
    status = 429


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter that a lead asks for, whether or not it goes out."""

    name: str
    """Of whom it is for, as the giver wrote or read it."""
    person_id: int | None
    """Who that is, if anybody is missing."""
    email: str
    earlier: int
    """How many went to the address before."""
    is_sent: bool


def give_lead(actor: Actor, roll: Roll, name: str, email: str) -> None:
    """Say where a classmate of this name may be reached.

    Whatever the name, the same is done and answered.
    """
    giver = _held_giver(actor)
    address_hash = _hash(email)
    _insist_on_other(giver, email)
    if gave(giver.id, address_hash):
        raise Refusal(_("You gave this address in the last 30 days already."), field="email")
    person_id = _meant(missed_in(actor, roll), name)
    person = _held(person_id)
    is_lately = was_looked_for(person.id if person else 0)
    earlier, is_refused = letters_to(address_hash)
    is_suppressed = suppressed(email, 0)
    is_sent = person is not None and not (is_lately or is_refused or is_suppressed)
    letter = Letter(
        name=name,
        person_id=person.id if person else None,
        email=email,
        earlier=earlier,
        is_sent=is_sent,
    )
    _give(actor, giver, letter)


def give_lead_to_missing(actor: Actor, roll: Roll, public_id: str, email: str) -> None:
    """Say where this one of the missing may be reached, as the liaison of the class."""
    giver = _held_giver(actor)
    _insist_on_other(giver, email)
    missing = get_missing(actor, roll, public_id)
    _held(missing.person_id)
    if was_looked_for(missing.person_id):
        raise Refusal(_("A letter went out to this person in the last 30 days already."))
    earlier, is_refused = letters_to(_hash(email))
    if is_refused or suppressed(email, 0):
        raise Refusal(
            _(
                "No letter can go to this address: one did in the last 30 days, or its owner"
                " wants none."
            ),
            field="email",
        )
    letter = Letter(
        name=missing.name,
        person_id=missing.person_id,
        email=email,
        earlier=earlier,
        is_sent=True,
    )
    _give(actor, giver, letter)


def answer_lead(lead: Lead, state: LeadState) -> None:
    """What the reader of the letter says: they do not want this, or are somebody else.

    The link is the permission. Either way the address gets no such letter any more.
    """
    held = db.session.scalars(locked(select(Lead).where(Lead.id == lead.id))).one()
    if held.state in ENDED:
        return
    held.state, held.answered_at = state, now()
    record(SYSTEM, "declined_lead" if state is LeadState.DECLINED else "wrong_lead", held)


def _held_giver(actor: Actor) -> Person:
    """Who gives it, held so that two windows do not both give the last one of a day."""
    require(may_see_classes, actor)
    giver = db.session.scalars(locked(select(Person).where(Person.id == actor.person_id))).one()
    if given_lately(giver.id) >= MOST_A_DAY:
        raise TooManyLeads(
            _("You have given %(most)s addresses in a day. Please go on tomorrow.", most=MOST_A_DAY)
        )
    return giver


def _insist_on_other(giver: Person, email: str) -> None:
    """Nobody looks for others at the own address, to read there what came of it."""
    if is_own_address(giver.id, email):
        raise Invalid(_("This is your own address."), field="email")


def _held(person_id: int | None) -> Person | None:
    """The one who is looked for, held so that no two letters go out at one moment."""
    return db.session.scalar(locked(select(Person).where(Person.id == (person_id or 0))))


def _give(actor: Actor, giver: Person, letter: Letter) -> None:
    token, address_hash, spoken = secrets.token_urlsafe(32), _hash(letter.email), language()
    giver_id = giver.id
    # One after the other, two letters to one address have two numbers. At one moment they have
    # one, and only one of them goes out.
    with db.session.begin_nested() as attempt:
        is_queued = queue(
            "lead",
            Recipient(email=letter.email, name=letter.name, language=spoken),
            deed=f"lead:{address_hash}:{letter.earlier}",
            giver=display_name(giver, spoken),
            join=address_of("roster.join"),
            decline=address_of("membership.lead_answer", token=token),
        )
        if not letter.is_sent:
            attempt.rollback()
    lead = Lead(
        person_id=letter.person_id,
        given_by_id=giver_id,
        address_hash=address_hash,
        token_hash=token_hash(token),
        state=LeadState.SENT if letter.is_sent and is_queued else LeadState.UNSENT,
    )
    db.session.add(lead)
    record(actor, "gave_lead", lead)


def _meant(missed: list[Any], name: str) -> int | None:
    """Who of the missing has this name; of several the first whom nobody looked for lately."""
    wanted = _keys(names.tidy_name(name))
    same = [row for row in missed if wanted & _keys_of(row)]
    chosen = next((row for row in same if row.looked_for is None), same[0] if same else None)
    return chosen.person_id if chosen is not None else None


def _keys_of(row: Any) -> set[str]:
    surname, given = row.pinyin_surname, row.pinyin_given
    written = (row.name_zh, row.name_latin, row.name_en, f"{surname}{given}", f"{given}{surname}")
    return set().union(*(_keys(text) for text in written if text))


def _keys(text: str) -> set[str]:
    """What a name is compared by: its letters without marks, its characters in their plain form."""
    plain = names.unaccented(names.simplified(text)).lower()
    key = "".join(letter for letter in plain if letter.isalnum())
    return {key} if key else set()


def _hash(email: str) -> str:
    return token_hash(email.lower())
