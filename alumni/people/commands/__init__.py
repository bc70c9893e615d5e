"""Entering people: names, the first facts, and what they agreed to."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import Actor
from alumni.codes.queries import find_place
from alumni.db import db, now
from alumni.people import names
from alumni.people.commands.search import reindex
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Person,
    PersonStatus,
    Residence,
    Study,
)

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
    plain = names.tidy_name(name)
    if not any(ord(character) > 0x2E80 for character in plain):  # noqa: PLR2004 - where CJK begins
        given, _, surname = plain.rpartition(" ")
        return {
            "name_zh": None,
            "name_latin": plain,
            "pinyin_surname": surname.lower()[:READING],
            "pinyin_given": given.lower()[:READING],
            "sort_key": names.sort_key(surname.lower(), given.lower())[:SORT_KEY],
        }
    reading = names.reading_of(plain)
    return {
        "name_zh": plain,
        "name_latin": None,
        "pinyin_surname": reading.surname[:READING],
        "pinyin_given": reading.given[:READING],
        "sort_key": f"{names.sort_key(reading.surname, reading.given)} {plain}"[:SORT_KEY],
    }


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


def move(person: Person, city: str) -> None:
    """Note where the person lives now. Where it was before stays in the record."""
    current = db.session.scalar(
        select(Residence).where(Residence.person_id == person.id, Residence.is_current)
    )
    place = find_place(city)
    if current and (current.written == city or (place and current.place_id == place.id)):
        return
    if current:
        current.is_current = False
        db.session.flush()
    db.session.add(
        Residence(person_id=person.id, written=city, place_id=place.id if place else None)
    )


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
