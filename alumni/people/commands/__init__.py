"""Entering people and what they agreed to; and what every change of a person ends with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import Actor
from alumni.codes.models import Place
from alumni.codes.queries import find_place
from alumni.db import Model, db, now, today
from alumni.people.commands.search import reindex
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
)
from alumni.people.names import reading_of, tidy_name
from alumni.people.names import sort_key as key_of

HOME_ZONE = "Asia/Shanghai"
"""Whose clocks those have of whom we do not know where they live."""

READING, SORT_KEY = 60, 220
"""How long the columns are. The reading of a very long name is cut; its characters are not."""


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """What we are told of a person whom we did not know."""

    name: str
    email: str | None = None
    graduation_year: int | None = None
    college_id: int | None = None
    city: str | None = None
    language: str = "zh"
    status: PersonStatus = PersonStatus.APPLICANT


def named(name: str) -> dict[str, str | None]:
    """The columns of a person that follow from a name: the reading is made, and may be edited."""
    plain = tidy_name(name)
    if not in_characters(plain):
        given, _, surname = plain.rpartition(" ")
        return {
            "name_zh": None,
            "name_latin": plain,
            "pinyin_surname": surname.lower()[:READING],
            "pinyin_given": given.lower()[:READING],
            "sort_key": key_of(surname.lower(), given.lower())[:SORT_KEY],
        }
    reading = reading_of(plain)
    return {
        "name_zh": plain,
        "name_latin": None,
        "pinyin_surname": reading.surname[:READING],
        "pinyin_given": reading.given[:READING],
        "sort_key": f"{key_of(reading.surname, reading.given)} {plain}"[:SORT_KEY],
    }


def in_characters(name: str) -> bool:
    """Whether any of it is Chinese."""
    return any(ord(character) > 0x2E80 for character in name)  # noqa: PLR2004 - where CJK begins


def enter_person(actor: Actor, told: NewPerson) -> Person:
    """Enter a person with study, city and address as far as they were told."""
    person = Person(**named(told.name), language=told.language, status=told.status)
    db.session.add(person)
    db.session.flush()
    if told.graduation_year is not None or told.college_id is not None:
        study = Study(
            person_id=person.id,
            is_primary=True,
            graduation_year=told.graduation_year,
            college_id=told.college_id,
        )
        db.session.add(study)
    if told.email:
        add_email(person, told.email)
    if told.city:
        move(person, told.city)
    record(actor, "entered", person)
    reindex([person.id])
    return person


def add_email(person: Person, email: str) -> None:
    """Make a confirmed address the person's first. One that is there already is kept."""
    mine = select(ContactPoint).where(
        ContactPoint.person_id == person.id, ContactPoint.kind == ContactKind.EMAIL
    )
    points = {point.normal: point for point in db.session.scalars(mine)}
    for point in points.values():
        point.is_primary = False
    db.session.flush()
    if email in points:
        points[email].is_primary = True
        points[email].verified_at = now()
        return
    db.session.add(
        ContactPoint(
            person_id=person.id,
            kind=ContactKind.EMAIL,
            value=email,
            normal=email,
            is_primary=True,
            verified_at=now(),
        )
    )


def move(person: Person, city: str, level: Level | None = None) -> None:
    """Note where the person lives now. Where it was before stays in the record, with its end.

    Without a ``level`` the new home is shown to whom the old one was. Clocks go with the person
    who had those of the old home.
    """
    current = db.session.scalar(
        select(Residence).where(Residence.person_id == person.id, Residence.is_current)
    )
    place = find_place(city)
    if current is None:
        level = level or Level.ALUMNI
    else:
        level = level or current.visibility
        if is_there(current, city, place):
            current.visibility = level
            set_zone(person, person.time_zone)  # an account may have been opened since
            return
        current.is_current = False
        current.ends_on = today()
        db.session.flush()
    follow(person, current.place_id if current else None, place)
    db.session.add(
        Residence(
            person_id=person.id,
            written=city,
            place_id=place.id if place else None,
            starts_on=today(),
            visibility=level,
        )
    )


def is_there(home: Residence, city: str, place: Place | None) -> bool:
    """Whether the home is in that city, by whatever name."""
    return home.written == city or (place is not None and home.place_id == place.id)


def follow(person: Person, before_id: int | None, place: Place | None) -> None:
    """Change the clocks of who goes from a place to another, unless they chose other clocks."""
    before = db.session.get(Place, before_id) if before_id is not None else None
    if place is not None and person.time_zone == (before.time_zone if before else HOME_ZONE):
        set_zone(person, place.time_zone)


def set_zone(person: Person, zone: str) -> None:
    """From now on times are shown to the person as on the clocks there."""
    person.time_zone = zone
    mine = select(Account).where(Account.person_id == person.id)
    for account in db.session.scalars(mine):
        account.time_zone = zone


def agree(person: Person, purposes: Iterable[ConsentPurpose], *, version: str, source: str) -> None:
    """Note that the person agreed, by which words. Agreeing twice is agreeing once."""
    given = select(Consent.purpose).where(
        Consent.person_id == person.id, Consent.withdrawn_at.is_(None)
    )
    already = set(db.session.scalars(given))
    db.session.add_all(
        Consent(
            person_id=person.id,
            purpose=purpose,
            version=version,
            language=person.language,
            source=source,
        )
        for purpose in purposes
        if purpose not in already
    )


def withdraw(person: Person, purposes: Iterable[ConsentPurpose]) -> None:
    """Note that the person agrees no more. What was agreed to stays in the record."""
    given = select(Consent).where(
        Consent.person_id == person.id,
        Consent.purpose.in_(list(purposes)),
        Consent.withdrawn_at.is_(None),
    )
    for consent in db.session.scalars(given):
        consent.withdrawn_at = now()


def put(row: Model, told: Any) -> None:
    """Write what was told into the row: a dataclass whose fields are columns of it."""
    for column, value in vars(told).items():
        setattr(row, column, value)


def done(actor: Actor, deed: str, person: Person, *, why: str = "") -> None:
    """End a change of what is known of a person: it is written down, it can be found by, and who

    still looks at the person as they were before will be told so.
    """
    person.updated_at = now()
    record(actor, deed, person, why=why)
    reindex([person.id])
