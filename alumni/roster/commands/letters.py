"""The letter that asks somebody to take up their record, and sending it once more."""

import secrets
from datetime import date, timedelta
from typing import Any

from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import db, hold, now, today
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, Wanted, queue_many
from alumni.people.models import Person
from alumni.roster.models import Activation
from alumni.roster.policy import may_activate
from alumni.roster.queries.activating import address_to_ask, name_for

LASTS = timedelta(days=90)

MOST_LETTERS = 3
"""To one person: the first, and twice again where somebody asks for it."""

QUIET = timedelta(days=7)
"""Between two letters to one person."""


def ask_again(actor: Actor, activation: Activation) -> None:
    """Send the letter once more, with a new link, to where the person is reached by now.

    The former link ends.
    """
    require(may_activate, actor)
    hold(activation)
    insist_open(activation)
    activation.email = address_to_ask(activation.person_id)
    if activation.email is None:
        raise Refusal(_("No e-mail address is known. Make a code to read out."))
    if activation.letters >= MOST_LETTERS:
        raise Refusal(_("Three letters were sent already. Please call, or leave it."))
    if activation.queued_at is not None and now() - activation.queued_at < QUIET:
        raise Refusal(_("The last letter was sent less than a week ago."))
    _write(activation, db.session.get_one(Person, activation.person_id))
    record(actor, "asked_again", activation)


def recipient(person: Any, email: str) -> Recipient:
    return Recipient(
        email=email,
        name=name_for(person),
        language=person.language,
        person_id=person.id,
    )


def letter_words(token: str, end: date) -> dict[str, object]:
    return {
        "link": address_of("roster.activate", token=token),
        "decline": address_of("roster.decline_activation", token=token),
        "ends_on": end,
    }


def end_of_links() -> date:
    return today() + LASTS


def insist_open(activation: Activation) -> None:
    if activation.activated_at is not None:
        raise Refusal(_("This record was taken up already."))
    if activation.declined_at is not None:
        raise Refusal(_("They asked not to be asked again."))


def _write(activation: Activation, person: Person) -> None:
    token = secrets.token_urlsafe(32)
    activation.token_hash, activation.ends_on = token_hash(token), end_of_links()
    activation.letters += 1
    activation.queued_at = now()
    letter = Wanted(
        to=recipient(person, str(activation.email)),
        deed=f"activation:{person.id}:{activation.letters}",
        words=letter_words(token, activation.ends_on),
    )
    queue_many("activation", [letter])
