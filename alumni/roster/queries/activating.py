"""Whom one may ask to take up their record, who was asked, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, cast, exists, func, select, true
from sqlalchemy import String as Text

from alumni.accounts.models import Account
from alumni.accounts.queries import token_hash
from alumni.audiences.criteria import Audience
from alumni.authz import SYSTEM, Actor, require
from alumni.db import db, today
from alumni.errors import Gone, NotFound
from alumni.i18n import _
from alumni.outbox.models import Delivery, DeliveryState, Suppression
from alumni.people.models import ContactKind, ContactPoint, Person, PersonStatus
from alumni.people.policy import may_be_asked, visible
from alumni.people.queries import display_name
from alumni.roster.models import Activation, ActivationWave
from alumni.roster.policy import may_activate
from alumni.roster.queries.recognising import Told, compare, known_people

AT_A_TIME = 50

_NAMES: tuple[Any, ...] = (
    Person.id,
    Person.public_id,
    Person.language,
    Person.name_zh,
    Person.name_latin,
    Person.name_en,
    Person.pinyin_surname,
    Person.pinyin_given,
)


RESULTS: dict[str, ColumnElement[bool]] = {
    "asked": true(),
    "sent": Delivery.state == DeliveryState.SENT,
    "opened": Activation.opened_at.is_not(None),
    "activated": Activation.activated_at.is_not(None),
    "declined": Activation.declined_at.is_not(None),
}
"""What may have come of asking somebody, by the names of ``Outcome``."""


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """Of the people meant: how many get a letter, and why the others do not.

    Each is counted once, for the first of the reasons.
    """

    people: int
    askable: int
    members: int
    """They have an account, or are no longer only known."""
    asked: int
    """They were asked before, whatever they said."""
    unreachable: int
    """No e-mail address is known, or none that takes letters."""
    shared: int
    """Their address signs in somebody else, or somebody else was asked there or is now."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of asking."""

    asked: int = 0
    sent: int = 0
    opened: int = 0
    activated: int = 0
    declined: int = 0


def waves(actor: Actor, *, before: int | None = None) -> Select[ActivationWave, str]:
    """All that were asked for, the newest first, with the name of who did.

    ``before``: only those older than the one with this number.
    """
    require(may_activate, actor)
    listed = (
        select(ActivationWave, Account.name)
        .outerjoin(Account, Account.id == ActivationWave.account_id)
        .order_by(ActivationWave.id.desc())
    )
    return listed.where(ActivationWave.id < before) if before else listed


def get_wave(actor: Actor, public_id: str) -> ActivationWave:
    require(may_activate, actor)
    wave = db.session.scalar(select(ActivationWave).where(ActivationWave.public_id == public_id))
    if wave is None:
        raise NotFound
    return wave


def get_activation(actor: Actor, public_id: str) -> Activation:
    require(may_activate, actor)
    found = db.session.scalar(select(Activation).where(Activation.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def get_person(actor: Actor, public_id: str) -> Person:
    """Somebody whom one may make a code for."""
    require(may_activate, actor)
    wanted = select(Person).where(Person.public_id == public_id, visible(actor))
    person = db.session.scalar(wanted)
    if person is None:
        raise NotFound
    return person


def activation_of(person_id: int) -> Activation | None:
    """How this person was asked, if they were."""
    return db.session.scalar(select(Activation).where(Activation.person_id == person_id))


def asked_people(wave: ActivationWave, *, after: int = 0, result: str = "asked") -> Select[Any]:
    """Those of the wave behind the one with this number, each with what came of it.

    ``result``: only those of whom this is counted, a word of ``RESULTS``.
    """
    return (
        select(Activation, *_NAMES, Delivery.state.label("delivery"))
        .join(Person, Person.id == Activation.person_id)
        .outerjoin(Delivery, Delivery.deed == _deed())
        .where(Activation.wave_id == wave.id, Activation.id > after, RESULTS[result])
        .order_by(Activation.id)
    )


def outcomes(waves: Sequence[ActivationWave]) -> Mapping[int, Outcome]:
    """What came of each, in one statement."""
    counted = (
        select(
            Activation.wave_id,
            func.count().label("asked"),
            _number(Delivery.state == DeliveryState.SENT).label("sent"),
            func.count(Activation.opened_at).label("opened"),
            func.count(Activation.activated_at).label("activated"),
            func.count(Activation.declined_at).label("declined"),
        )
        .outerjoin(Delivery, Delivery.deed == _deed())
        .where(Activation.wave_id.in_([wave.id for wave in waves]))
        .group_by(Activation.wave_id)
    )
    return {
        row.wave_id: Outcome(
            asked=row.asked,
            sent=row.sent,
            opened=row.opened,
            activated=row.activated,
            declined=row.declined,
        )
        for row in db.session.execute(counted)
    }


def prospect(actor: Actor, audience: Audience) -> Prospect:
    """What asking these people would do, counted in one statement."""
    require(may_activate, actor)
    reason = case(
        (~_is_known(), "members"),
        (_was_asked(), "asked"),
        (_address().is_(None), "unreachable"),
        (_is_shared(), "shared"),
        else_="askable",
    ).label("reason")
    address = _address().label("email")
    meant = select(reason, address).where(audience.condition(actor), visible(actor)).subquery()
    counted = select(meant.c.reason, func.count(), func.count(meant.c.email.distinct())).group_by(
        meant.c.reason
    )
    rows = {str(name): (int(people), int(at)) for name, people, at in db.session.execute(counted)}
    found = {name: people for name, (people, _at) in rows.items()}
    askable, addresses = rows.get("askable", (0, 0))
    return Prospect(
        people=sum(found.values()),
        askable=addresses,
        members=found.get("members", 0),
        asked=found.get("asked", 0),
        unreachable=found.get("unreachable", 0),
        shared=found.get("shared", 0) + askable - addresses,
    )


def askable(audience: Audience, *, after: int) -> Select[Any]:
    """Whom one may write to, with the address, behind the person of this number.

    Of several at one address the first alone.
    """
    address = _address()
    meant = (
        select(*_NAMES, address.label("email"))
        .where(audience.condition(SYSTEM), visible(SYSTEM), Person.id > after)
        .where(_is_known(), ~_was_asked(), address.is_not(None), ~_is_shared())
        .subquery()
    )
    first = func.min(meant.c.id).over(partition_by=meant.c.email).label("first")
    ranked = select(meant, first).subquery()
    return select(ranked).where(ranked.c.id == ranked.c.first).order_by(ranked.c.id)


def address_to_ask(person_id: int) -> str | None:
    """Where a letter to this person goes today. None: nowhere, or it would reach somebody else."""
    asked = select(_address()).where(Person.id == person_id, ~_is_shared())
    return db.session.scalar(asked)


def open_activation(token: str) -> Activation:
    """The one of this link, in time and unanswered. Raise Gone with what to do otherwise."""
    found = db.session.scalar(
        select(Activation).where(
            Activation.token_hash == token_hash(token),
            Activation.ends_on >= today(),
            Activation.activated_at.is_(None),
            Activation.declined_at.is_(None),
        )
    )
    if found is None:
        raise Gone(_("This link has been used or is too old. Please ask the office for a new one."))
    return found


def open_code(code: str, name: str) -> Activation | None:
    """The one of this code, where the name is that of the person it was made for."""
    found = db.session.scalar(
        select(Activation).where(
            Activation.code_hash == token_hash(plain_code(code)),
            Activation.ends_on >= today(),
            Activation.activated_at.is_(None),
            Activation.declined_at.is_(None),
        )
    )
    # Compared whether or not there is such a code, with whomever there is: the time is the same.
    person_id = found.person_id if found else db.session.scalar(select(func.min(Person.id)))
    known = known_people(select(Person.id).where(Person.id == person_id))
    agrees = any(compare(Told(name=name), one).get("name") for one, _person in known)
    return found if agrees else None


def plain_code(code: str) -> str:
    """As it was made: without blanks and dashes, in capitals."""
    return "".join(character for character in code.upper() if character.isalnum())


def name_of(activation: Activation) -> str:
    """Whose record it is, as the reader's language says it."""
    person = db.session.execute(select(*_NAMES).where(Person.id == activation.person_id)).one()
    return display_name(person)


def name_for(person: Any) -> str:
    """As a letter in the person's own language says it."""
    return display_name(person, person.language)


def _is_known() -> ColumnElement[bool]:
    account = exists().where(Account.person_id == Person.id)
    return and_(Person.status == PersonStatus.KNOWN, ~account)


def _was_asked() -> ColumnElement[bool]:
    return exists().where(
        Activation.person_id == Person.id,
        (Activation.letters > 0) | Activation.declined_at.is_not(None),
    )


def _address() -> ColumnElement[str | None]:
    """The primary address, if it takes letters at all, and the person may be asked."""
    refuses = exists().where(Suppression.email == ContactPoint.normal, Suppression.list_id == 0)
    return (
        select(ContactPoint.normal)
        .where(
            ContactPoint.person_id == Person.id,
            ContactPoint.kind == ContactKind.EMAIL,
            ContactPoint.is_primary,
            ~refuses,
            may_be_asked(),
        )
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )


def _is_shared() -> ColumnElement[bool]:
    address = _address()
    elsewhere = exists().where(Activation.email == address, Activation.person_id != Person.id)
    return exists().where(Account.email == address) | elsewhere


def _deed() -> ColumnElement[str]:
    """What the last letter to somebody was sent for, as ``commands.letters`` names it."""
    return "activation:" + cast(Activation.person_id, Text) + ":" + cast(Activation.letters, Text)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
