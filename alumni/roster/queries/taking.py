"""What an applicant wrote beside what we hold of a person: what the office chooses between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import exists, select

from alumni.codes.queries import code_of, find_place, home_institution
from alumni.db import db
from alumni.i18n import _, either
from alumni.people.commands import in_characters, is_there
from alumni.people.models import ContactKind, Person, StudyInstitution
from alumni.people.queries import whole
from alumni.people.queries.facts import study_text
from alumni.roster.models import Application
from alumni.roster.queries.applications import told_by
from alumni.roster.queries.recognising import Told, compare, known_of

SEVERAL = " · "


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field in which the applicant says something that we do not hold."""

    key: str
    """``name class student_number certificate_number birth_year phone email city``"""
    held: str
    """Empty where we hold nothing."""
    told: str
    is_default: bool
    """Whether it is taken unless the office says otherwise: where we hold nothing; and what an
    applicant knows best and takes the place of nothing, the confirmed address and the city."""
    is_takable: bool = True
    """Not a number that somebody else bears."""


def choices(application: Application, person: Person) -> list[Choice]:
    """What may be taken from the application into the person's record, field by field."""
    whole_one = whole_person(person)
    told = told_by(application)
    return [
        *_name(told, whole_one),
        *_class(told, whole_one),
        *_numbers(application, told, whole_one),
        *_birth_year(told, whole_one),
        *_contacts(application, told, whole_one),
        *_city(application, whole_one),
    ]


def defaults(offered: Iterable[Choice]) -> frozenset[str]:
    """What is taken where nobody chooses."""
    return frozenset(one.key for one in offered if one.is_default and one.is_takable)


def whole_person(person: Person) -> Person:
    """The person with all that hangs on them, as it is now."""
    asked = whole([person.id]).execution_options(populate_existing=True)
    return db.session.scalars(asked).one()


def _name(told: Told, person: Person) -> Iterator[Choice]:
    """Another name, or characters for somebody of whom we know only letters."""
    agrees = compare(Told(name=told.name), known_of(person)).get("name", False)
    chinese = in_characters(told.name)
    same_writing = person.name_zh if chinese else person.name_latin
    if agrees and (same_writing or not chinese):
        return
    held = person.name_zh or person.name_latin or person.name_en or ""
    yield Choice(key="name", held=held, told=told.name, is_default=agrees and not same_writing)


def _class(told: Told, person: Person) -> Iterator[Choice]:
    """Year and college, unless one of the studies has both as far as they were told."""
    said = (told.graduation_year, told.college_id)
    if said == (None, None):
        return
    for study in person.studies:
        held = (study.graduation_year, study.college_id)
        if all(one in (None, other) for one, other in zip(said, held, strict=True)):
            return
    held_text = SEVERAL.join(filter(None, map(study_text, person.studies)))
    is_default = not held_text
    yield Choice(key="class", held=held_text, told=_class_text(told), is_default=is_default)


def _class_text(told: Told) -> str:
    college = code_of(told.college_id) if told.college_id is not None else None
    year = told.graduation_year
    parts = (
        _("Class of %(year)s", year=year) if year is not None else "",
        either(college.name_zh, college.name_en) if college else "",
    )
    return " ".join(filter(None, parts))


def _numbers(application: Application, told: Told, person: Person) -> Iterator[Choice]:
    known = known_of(person)
    if told.student_number and told.student_number not in known.student_numbers:
        held = SEVERAL.join(sorted(known.student_numbers))
        yield Choice(
            key="student_number",
            held=held,
            told=told.student_number,
            is_default=not held,
            is_takable=not _is_borne(told.student_number, person),
        )
    certificate = told.certificate_number
    if certificate and certificate not in known.certificate_numbers:
        held = SEVERAL.join(sorted(known.certificate_numbers))
        written = str(application.certificate_number)
        yield Choice(key="certificate_number", held=held, told=written, is_default=not held)


def _is_borne(number: str, person: Person) -> bool:
    """Whether somebody else has the student number at the own university."""
    by_another = exists().where(
        StudyInstitution.institution_id == home_institution().id,
        StudyInstitution.student_number == number,
        StudyInstitution.person_id != person.id,
    )
    return bool(db.session.scalar(select(by_another)))


def _birth_year(told: Told, person: Person) -> Iterator[Choice]:
    if told.birth_year is not None and told.birth_year != person.birth_year:
        held = str(person.birth_year or "")
        yield Choice(key="birth_year", held=held, told=str(told.birth_year), is_default=not held)


def _contacts(application: Application, told: Told, person: Person) -> Iterator[Choice]:
    """A telephone and an address that are not among those held. Neither takes another away."""
    written = (
        (ContactKind.PHONE, "phone", told.phone, application.phone or "", False),
        (ContactKind.EMAIL, "email", told.email, application.email, True),
    )
    for kind, key, normal, value, is_confirmed in written:
        held = {point.normal: point.value for point in person.contact_points if point.kind is kind}
        if normal and normal not in held:
            yield Choice(
                key=key,
                held=SEVERAL.join(held.values()),
                told=value,
                is_default=is_confirmed or not held,
            )


def _city(application: Application, person: Person) -> Iterator[Choice]:
    """Where the applicant lives today. Where they lived before stays with its end."""
    place = find_place(application.city)
    homes = [home for home in person.residences if home.is_current]
    if not any(is_there(home, application.city, place) for home in homes):
        held = SEVERAL.join(home.written for home in homes)
        yield Choice(key="city", held=held, told=application.city, is_default=True)
