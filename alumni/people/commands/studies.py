"""What a person studied, where, and under which number. It is the office that says so."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands import done, put
from alumni.people.models import Level, Person, Study, StudyInstitution
from alumni.people.policy import may_edit_people


@dataclass(frozen=True, kw_only=True)
class Course:
    """A study without the universities at which it is registered."""

    level: str | None
    programme_id: int | None
    college_id: int | None
    major_id: int | None
    class_label: str | None
    entry_year: int | None
    entry_month: int | None
    graduation_year: int | None
    graduation_month: int | None
    supervisor: str | None
    visibility: Level


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A study at one university: a joint programme has two."""

    institution_id: int
    student_number: str | None
    degree: str | None
    certificate_number: str | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """A study as a form says it: at each university once."""

    course: Course
    registrations: tuple[Registration, ...]
    is_first: bool
    """Whether it becomes the person's main study."""


def add_study(actor: Actor, person: Person, told: Told) -> None:
    """Add a study. The first of a person is the main one."""
    require(may_edit_people, actor)
    others = db.session.scalars(select(Study).where(Study.person_id == person.id)).all()
    is_primary = told.is_first or not any(study.is_primary for study in others)
    if is_primary:
        _step_back(person)
    study = Study(person_id=person.id, is_primary=is_primary, **vars(told.course))
    db.session.add(study)
    db.session.flush()
    _register(study, told.registrations, [])
    done(actor, "added_study", person)


def change_study(actor: Actor, person: Person, study: Study, told: Told) -> None:
    """Change a study whose institutions are loaded."""
    require(may_edit_people, actor)
    if told.is_first and not study.is_primary:
        _step_back(person)
        study.is_primary = True
    put(study, told.course)
    _register(study, told.registrations, study.institutions)
    done(actor, "changed_study", person)


def remove_study(actor: Actor, person: Person, study: Study) -> None:
    """Take a study away, with its registrations. If it was the main one, the latest becomes it."""
    require(may_edit_people, actor)
    was_primary = study.is_primary
    for there in study.institutions:
        db.session.delete(there)
    db.session.delete(study)
    db.session.flush()
    if was_primary:
        _choose_heir(person)
    done(actor, "removed_study", person)


def _register(study: Study, told: tuple[Registration, ...], known: list[StudyInstitution]) -> None:
    """Make the registrations those that were told, by university."""
    by_institution = {there.institution_id: there for there in known}
    for registration in told:
        there = by_institution.pop(registration.institution_id, None)
        if there is None:
            there = StudyInstitution(person_id=study.person_id, study_id=study.id)
            db.session.add(there)
        put(there, registration)
    for there in by_institution.values():
        db.session.delete(there)
    _flush_numbers()


def _flush_numbers() -> None:
    """Write the numbers. The form has looked whether they are free, and may have looked too early:

    the table has the last word.
    """
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        if "unique" not in str(error.orig).lower():
            raise
        raise Refusal(_("Somebody else has just been given this student number.")) from error


def _choose_heir(person: Person) -> None:
    """Make the study that ended last the main one."""
    latest = (
        select(Study)
        .where(Study.person_id == person.id)
        .order_by(Study.graduation_year.is_(None), Study.graduation_year.desc(), Study.id)
    )
    heir = db.session.scalar(latest.limit(1))
    if heir is not None:
        heir.is_primary = True


def _step_back(person: Person) -> None:
    """Make room for another main study. Written first: the table takes no two."""
    main = select(Study).where(Study.person_id == person.id, Study.is_primary)
    for study in db.session.scalars(main):
        study.is_primary = False
    db.session.flush()
