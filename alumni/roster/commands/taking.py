"""Taking what an applicant wrote into a person's record. What stood there stays in the history."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from sqlalchemy import select

from alumni.codes.queries import home_institution
from alumni.db import db
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands import (
    READING,
    SORT_KEY,
    add_email,
    in_characters,
    move,
    named,
    set_zone,
)
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Level,
    Person,
    Study,
    StudyInstitution,
)
from alumni.people.names import sort_key
from alumni.roster.models import Application
from alumni.roster.queries.applications import told_by
from alumni.roster.queries.recognising import Told
from alumni.roster.queries.taking import choices, defaults, whole_person


def take(
    person: Person, application: Application, wanted: AbstractSet[str] | None = None
) -> list[str]:
    """Take the wanted fields, or those taken by default, and return the keys of what was taken.

    A key of a field in which the two do not differ is left aside; one that cannot be taken is a
    Refusal.
    """
    offered = choices(application, person)
    wanted = defaults(offered) if wanted is None else wanted
    taken = [one for one in offered if one.key in wanted]
    if not all(one.is_takable for one in taken):
        raise Refusal(_("Somebody else bears this student number."))
    told = told_by(application)
    for one in taken:
        _TAKERS[one.key](person, application, told)
        db.session.flush()
    _confirm_email(person, application)
    set_zone(person, person.time_zone)  # an account may have been opened since
    return [one.key for one in taken]


def _confirm_email(person: Person, application: Application) -> None:
    """An address that stands there already has been confirmed by the applicant's letter."""
    mine = select(ContactPoint.id).where(
        ContactPoint.person_id == person.id,
        ContactPoint.kind == ContactKind.EMAIL,
        ContactPoint.normal == application.email,
    )
    if db.session.scalar(mine) is not None:
        add_email(person, application.email)


def _take_name(person: Person, _application: Application, told: Told) -> None:
    """The name in its own writing takes the place of the one before, which becomes a former one."""
    chinese = in_characters(told.name)
    column = "name_zh" if chinese else "name_latin"
    before = getattr(person, column)
    if before:
        db.session.add(FormerName(person_id=person.id, name=before, visibility=Level.OFFICE))
    made = named(told.name)
    setattr(person, column, made[column])
    if (chinese or person.name_zh is None) and not person.pinyin_edited:
        person.pinyin_surname = (made["pinyin_surname"] or "")[:READING]
        person.pinyin_given = (made["pinyin_given"] or "")[:READING]
    key = sort_key(person.pinyin_surname, person.pinyin_given)
    person.sort_key = f"{key} {person.name_zh or ''}".strip()[:SORT_KEY]


def _take_class(person: Person, _application: Application, told: Told) -> None:
    """Complete a study that says nothing else, or add one: what is held of others stays."""
    said = {"graduation_year": told.graduation_year, "college_id": told.college_id}
    studies = whole_person(person).studies
    for study in sorted(studies, key=lambda one: (not one.is_primary, one.id)):
        held = {column: getattr(study, column) for column in said}
        if all(None in (one, said[column]) or one == said[column] for column, one in held.items()):
            for column, value in said.items():
                setattr(study, column, value if held[column] is None else held[column])
            return
    db.session.add(Study(person_id=person.id, is_primary=not studies, **said))


def _take_student_number(person: Person, _application: Application, told: Told) -> None:
    _registration(person, told).student_number = told.student_number


def _take_certificate_number(person: Person, application: Application, told: Told) -> None:
    _registration(person, told).certificate_number = application.certificate_number


def _take_birth_year(person: Person, _application: Application, told: Told) -> None:
    person.birth_year = told.birth_year


def _take_phone(person: Person, application: Application, told: Told) -> None:
    """It becomes the first; those before stay."""
    mine = select(ContactPoint).where(
        ContactPoint.person_id == person.id, ContactPoint.kind == ContactKind.PHONE
    )
    for point in db.session.scalars(mine):
        point.is_primary = False
    db.session.flush()
    db.session.add(
        ContactPoint(
            person_id=person.id,
            kind=ContactKind.PHONE,
            value=application.phone,
            normal=told.phone,
            is_primary=True,
        )
    )


def _take_email(person: Person, application: Application, _told: Told) -> None:
    add_email(person, application.email)


def _take_city(person: Person, application: Application, _told: Told) -> None:
    move(person, application.city)


_TAKERS: dict[str, Callable[[Person, Application, Told], None]] = {
    "name": _take_name,
    "class": _take_class,
    "student_number": _take_student_number,
    "certificate_number": _take_certificate_number,
    "birth_year": _take_birth_year,
    "phone": _take_phone,
    "email": _take_email,
    "city": _take_city,
}


def _registration(person: Person, told: Told) -> StudyInstitution:
    """Where a number of the own university is noted: at the study that was told, else the first."""
    studies = whole_person(person).studies
    studies.sort(key=lambda one: (not _is_told(one, told), not one.is_primary, one.id))
    if not studies:
        study = Study(person_id=person.id, is_primary=True)
        db.session.add(study)
        db.session.flush()
        return _registered(study, [])
    return _registered(studies[0], studies[0].institutions)


def _is_told(study: Study, told: Told) -> bool:
    return (study.graduation_year, study.college_id) == (told.graduation_year, told.college_id)


def _registered(study: Study, institutions: list[StudyInstitution]) -> StudyInstitution:
    home = home_institution().id
    for there in institutions:
        if there.institution_id == home:
            return there
    there = StudyInstitution(person_id=study.person_id, study_id=study.id, institution_id=home)
    db.session.add(there)
    return there
