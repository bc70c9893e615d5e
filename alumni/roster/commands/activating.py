"""Asking the people we know to take up their record: by one letter, or by a code for those

without an address. Whoever declines is not asked again.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from alumni.accounts.commands import FIRST_PASSWORD_LINK, make_link, open_account
from alumni.accounts.models import Account, LinkPurpose
from alumni.accounts.queries import token_hash
from alumni.audiences.criteria import Audience
from alumni.audit.commands import record, record_changes
from alumni.authz import SYSTEM, Actor, require
from alumni.codes.queries import association
from alumni.db import changed, db, locked, now, today
from alumni.errors import Gone, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, Wanted, queue, queue_many
from alumni.outbox.queries import letters_lately
from alumni.people.commands import add_email, agree
from alumni.people.commands.search import reindex
from alumni.people.models import ConsentPurpose, Person, PersonStatus
from alumni.people.queries import display_name
from alumni.roster.models import Activation, ActivationWave
from alumni.roster.policy import may_activate
from alumni.roster.queries.activating import (
    activation_of,
    address_to_ask,
    askable,
    name_for,
    open_activation,
    open_code,
    prospect,
)

LASTS = timedelta(days=90)
PART = 1000
"""People that are asked in one transaction."""

MOST_LETTERS = 3
"""To one person: the first, and twice again where somebody asks for it."""

QUIET = timedelta(days=7)
"""Between two letters to one person."""

MOST_CLAIMS = 3
"""Letters to one address in a day by who types in a code."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits that nobody mishears or misreads for another."""

CODE_LENGTH = 10


def ask(actor: Actor, audience: Audience) -> ActivationWave:
    """Have the worker write to all of them who can be asked. Nobody gets a second letter."""
    require(may_activate, actor)
    wave = ActivationWave(
        wish=audience.to_json(),
        sentence=audience.sentence()[:1000],
        total=prospect(actor, audience).askable,
        account_id=actor.account_id,
    )
    db.session.add(wave)
    record(actor, "asked_to_activate", wave, facts={"filter": wave.sentence})
    return wave


def ask_part(wave_id: int, *, at_most: int = PART) -> int:
    """Write to the next people of a wave and return how many they were. Without any it is done."""
    wave = db.session.scalars(
        locked(select(ActivationWave).where(ActivationWave.id == wave_id))
    ).one()
    if wave.done_at is not None:
        return 0
    people = _next_people(wave, at_most)
    if not people:
        wave.done_at = now()
        record(SYSTEM, "finished_asking", wave, facts={"people": wave.people})
        return 0
    wave.last_person_id = people[-1].id
    wave.people += len(people)
    queue_many("activation", _letters(wave, people))
    deed = record(
        Actor(account_id=wave.account_id), "asked_people", wave, facts={"people": len(people)}
    )
    asked = select(Activation.id, Activation.person_id).where(
        Activation.person_id.in_([one.id for one in people])
    )
    record_changes(
        deed,
        [
            {
                "person_id": person_id,
                "table_name": Activation.__tablename__,
                "row_id": activation_id,
                "before": None,
                "after": {"wave_id": wave.id, "letters": 1},
            }
            for activation_id, person_id in db.session.execute(asked)
        ],
    )
    return len(people)


def stop_asking(actor: Actor, wave: ActivationWave) -> None:
    """Write to nobody else of these people. Whom a letter went to has it."""
    require(may_activate, actor)
    wave = db.session.scalars(
        locked(select(ActivationWave).where(ActivationWave.id == wave.id))
    ).one()
    if wave.done_at is not None:
        raise Refusal(_("All these letters have been written already."))
    wave.done_at = now()
    record(actor, "stopped_asking", wave, facts={"people": wave.people})


def ask_again(actor: Actor, activation: Activation) -> None:
    """Send the letter once more, with a new link, to where the person is reached by now.

    The former link ends.
    """
    require(may_activate, actor)
    activation = _held(activation)
    _insist_open(activation)
    activation.email = address_to_ask(activation.person_id)
    if activation.email is None:
        raise Refusal(_("No e-mail address is known. Make a code to read out."))
    if activation.letters >= MOST_LETTERS:
        raise Refusal(_("Three letters were sent already. Please call, or leave it."))
    if activation.queued_at is not None and now() - activation.queued_at < QUIET:
        raise Refusal(_("The last letter was sent less than a week ago."))
    _write(activation, db.session.get_one(Person, activation.person_id))
    record(actor, "asked_again", activation)


def make_code(actor: Actor, person: Person) -> str:
    """A code for the person to read out, print or send. A former one of theirs ends.

    Only its hash is kept: it is shown once.
    """
    require(may_activate, actor)
    person = _held_person(person.id)
    if person.status is not PersonStatus.KNOWN or _has_account(person.id):
        raise Refusal(_("Somebody signs in as this person already, or the record is closed."))
    code = "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH))
    activation = activation_of(person.id)
    if activation is None:
        activation = Activation(person_id=person.id, account_id=actor.account_id)
        db.session.add(activation)
    elif activation.declined_at is not None:
        raise Refusal(_("They asked not to be asked again."))
    activation.code_hash = token_hash(code)
    activation.ends_on = _end()
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
    activation = _held(activation)
    token = secrets.token_urlsafe(32)
    activation.email, activation.token_hash = email, token_hash(token)
    record(SYSTEM, "claimed", activation)
    queue(
        "activation_claimed",
        Recipient(email=email, language=language, person_id=activation.person_id),
        deed=f"claim:{token_hash(token)[:32]}",
        link=address_of("roster.activate", token=token),
    )


def opened(token: str) -> None:
    """Note that somebody looked at the link, the first time."""
    looked = update(Activation).where(
        Activation.token_hash == token_hash(token), Activation.opened_at.is_(None)
    )
    changed(looked.values(opened_at=now()))


def activate(token: str, *, agrees_to_mailings: bool, language: str) -> str:
    """Take up the record: open an account, note the consents. Return a token to set a password.

    Raises Gone for a link that was used or is too old.
    """
    activation = _held(open_activation(token))
    _insist_open(activation)
    person = _held_person(activation.person_id)
    if _has_account(person.id):
        raise Gone(_("Somebody signs in as this person already. Please sign in."))
    if person.status is not PersonStatus.KNOWN:
        raise Gone(_("This link has been used or is too old. Please ask the office for a new one."))
    email = str(activation.email)
    account = open_account(
        SYSTEM,
        email=email,
        name=display_name(person),
        language=language,
        person_id=person.id,
    )
    if account.suspended_at is not None:
        raise Gone(_("This link has been used or is too old. Please ask the office for a new one."))
    person.status, person.language = PersonStatus.VERIFIED, language
    add_email(person, email)
    purposes = [ConsentPurpose.MEMBERSHIP]
    if agrees_to_mailings:
        purposes.append(ConsentPurpose.MAILINGS)
    agree(person, purposes, version=association()["notice_version"], source="activation")
    reindex([person.id])
    activation.activated_at = now()
    activation.token_hash = activation.code_hash = None
    record(Actor(account_id=account.id, person_id=person.id), "activated", person)
    return make_link(LinkPurpose.SET_PASSWORD, FIRST_PASSWORD_LINK, account=account)


def decline(token: str) -> None:
    """They want no record taken up, and no more letters of this kind."""
    activation = _held(open_activation(token))
    _insist_open(activation)
    activation.declined_at = now()
    activation.token_hash = activation.code_hash = None
    record(SYSTEM, "declined_activation", activation)


def _next_people(wave: ActivationWave, at_most: int) -> Sequence[Any]:
    """Whom the wave comes to next. Nobody where what it was asked for is not there any more:

    it must not keep those after it waiting for ever.
    """
    try:
        audience = Audience.from_json(SYSTEM, wave.wish)
    except Refusal:
        return []
    return db.session.execute(askable(audience, after=wave.last_person_id).limit(at_most)).all()


def _letters(wave: ActivationWave, people: Sequence[Any]) -> Iterator[Wanted]:
    """Enter that each is asked, and the letter for each."""
    moment, end = now(), _end()
    tokens = {one.id: secrets.token_urlsafe(32) for one in people}
    _enter(
        [
            {
                "person_id": one.id,
                "wave_id": wave.id,
                "email": one.email,
                "token_hash": token_hash(tokens[one.id]),
                "ends_on": end,
                "letters": 1,
                "queued_at": moment,
                "account_id": wave.account_id,
            }
            for one in people
        ]
    )
    for one in people:
        yield Wanted(
            to=_recipient(one, one.email),
            deed=f"activation:{one.id}:1",
            words=_words(tokens[one.id], end),
        )


def _enter(rows: list[dict[str, Any]]) -> None:
    """Who has a code already has a row: the letter is noted there, and the code stays."""
    people = [row["person_id"] for row in rows]
    coded = select(Activation.person_id, Activation.id).where(Activation.person_id.in_(people))
    known = {person: number for person, number in db.session.execute(coded)}  # noqa: C416 - rows are no pairs to mypy
    fresh = [row for row in rows if row["person_id"] not in known]
    if fresh:
        db.session.execute(insert(Activation), fresh)
    if known:
        again = [row | {"id": known[row["person_id"]]} for row in rows if row["person_id"] in known]
        db.session.execute(update(Activation), again)


def _write(activation: Activation, person: Person) -> None:
    token = secrets.token_urlsafe(32)
    activation.token_hash, activation.ends_on = token_hash(token), _end()
    activation.letters += 1
    activation.queued_at = now()
    letter = Wanted(
        to=_recipient(person, str(activation.email)),
        deed=f"activation:{person.id}:{activation.letters}",
        words=_words(token, activation.ends_on),
    )
    queue_many("activation", [letter])


def _recipient(person: Any, email: str) -> Recipient:
    return Recipient(
        email=email,
        name=name_for(person),
        language=person.language,
        person_id=person.id,
    )


def _words(token: str, end: date) -> dict[str, object]:
    return {
        "link": address_of("roster.activate", token=token),
        "decline": address_of("roster.decline_activation", token=token),
        "ends_on": end,
    }


def _end() -> date:
    return today() + LASTS


def _held(activation: Activation) -> Activation:
    return db.session.scalars(
        locked(select(Activation).where(Activation.id == activation.id))
    ).one()


def _held_person(person_id: int) -> Person:
    return db.session.scalars(locked(select(Person).where(Person.id == person_id))).one()


def _has_account(person_id: int) -> bool:
    return db.session.scalar(select(Account.id).where(Account.person_id == person_id)) is not None


def _insist_open(activation: Activation) -> None:
    if activation.activated_at is not None:
        raise Refusal(_("This record was taken up already."))
    if activation.declined_at is not None:
        raise Refusal(_("They asked not to be asked again."))
