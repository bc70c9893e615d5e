"""A code for who has no e-mail address, to be read out, printed or sent, and its use."""

import secrets
from typing import Any

from sqlalchemy import select

from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor, require
from alumni.db import db, hold, inserted, locked
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.outbox.queries import letters_lately
from alumni.people.models import Person, PersonStatus
from alumni.roster.commands.admitting import has_account, held
from alumni.roster.commands.letters import end_of_links
from alumni.roster.models import Activation
from alumni.roster.policy import may_activate
from alumni.roster.queries.activating import activation_of, open_code

MOST_CLAIMS = 3
"""Letters to one address in a day by who types in a code."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits that nobody mishears or misreads for another."""

CODE_LENGTH = 10


def make_code(actor: Actor, person: Person) -> str:
    """A code for the person to read out, print or send. A former one of theirs ends.

    Only its hash is kept: it is shown once.
    """
    require(may_activate, actor)
    person = held(person.id)
    if person.status is not PersonStatus.KNOWN or has_account(person.id):
        raise Refusal(_("Somebody signs in as this person already, or the record is closed."))
    code = "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH))
    activation = _of_person(actor, person, code_hash=token_hash(code), ends_on=end_of_links())
    record(actor, "made_claim_code", activation)
    return f"{code[:5]}-{code[5:]}"


def claim(name: str, code: str, email: str, language: str) -> None:
    """Send a link to whoever has a code and bears the name that belongs to it.

    Says nothing to the asker, and does as much for a code that nobody has: a letter goes out
    either way, which says what to do.
    """
    is_enough = letters_lately(email, "activation_claimed", "claim_unknown") >= MOST_CLAIMS
    activation = open_code(code, name)
    if is_enough:
        return
    if activation is None:
        queue(
            "claim_unknown",
            Recipient(email=email, language=language),
            deed=f"claim:{secrets.token_hex(16)}",
            join=address_of("roster.join"),
            contact=address_of("home.contact"),
        )
        return
    hold(activation)
    token = secrets.token_urlsafe(32)
    activation.email, activation.token_hash = email, token_hash(token)
    record(SYSTEM, "claimed", activation)
    queue(
        "activation_claimed",
        Recipient(email=email, language=language, person_id=activation.person_id),
        deed=f"claim:{token_hash(token)[:32]}",
        link=address_of("roster.activate", token=token),
    )


def _of_person(actor: Actor, person: Person, **values: Any) -> Activation:
    """The person's row with these values, made if there is none.

    The worker may make it at the same moment, to write a letter.
    """
    made = Activation(person_id=person.id, account_id=actor.account_id, **values)
    if activation_of(person.id) is None and inserted(made):
        return made
    whose = select(Activation).where(Activation.person_id == person.id)
    activation = db.session.scalars(locked(whose)).one()
    if activation.declined_at is not None:
        raise Refusal(_("They asked not to be asked again."))
    for name, value in values.items():
        setattr(activation, name, value)
    return activation
