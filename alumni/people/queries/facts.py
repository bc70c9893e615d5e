"""The facts about a person that an actor may see, each in the language of the moment."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor
from alumni.codes.models import Code, Place, PlaceKind
from alumni.db import db
from alumni.i18n import _, either, language
from alumni.people.fields import level_words, training_words
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Residence,
    Study,
    StudyInstitution,
    Training,
)
from alumni.people.policy import may_view_people, shown
from alumni.people.queries import class_words


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A study at one of its universities. The numbers are for the office alone."""

    institution: str
    degree: str
    student_number: str
    certificate_number: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """A study. A joint one has several registrations."""

    title: str
    """1998届 临床医学 3班"""
    span: str
    level: str
    programme: str
    college: str
    major: str
    class_name: str
    supervisor: str
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, kw_only=True)
class Stay:
    """A training at a hospital. The number is for the office alone."""

    kind: str
    """In words."""
    hospital: str
    department: str
    span: str
    certificate_number: str


@dataclass(frozen=True, kw_only=True)
class Job:
    employer: str
    department: str
    title: str
    industry: str
    span: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Contact:
    kind: ContactKind
    value: str
    """As it was given."""
    normal: str
    """E.164, or the address in lower case."""
    label: str


def class_text(
    graduation_year: int | None, entry_year: int | None, subject: str, label: str | None
) -> str:
    """1998届 临床医学 3班, or Class of 1998, Clinical Medicine, Class 3; as much as is known."""
    year = ""
    if graduation_year:
        year = _("Class of %(year)s", year=graduation_year)
    elif entry_year:
        year = _("Entered in %(year)s", year=entry_year)
    between = " " if language() == "zh" else ", "
    return between.join(filter(None, (year, subject, class_words(label))))


def study_text(study: Study) -> str:
    """The same of a study with its college and major loaded."""
    subject = _word(study.major) or _word(study.college)
    return class_text(study.graduation_year, study.entry_year, subject, study.class_label)


def month_text(year: int | None, month: int | None) -> str:
    """1998年7月, or July 1998; the year alone where no more is known."""
    if year is None:
        return ""
    if language() == "zh":
        return f"{year}年{month}月" if month else f"{year}年"
    if not month:
        return str(year)
    return format_date(date(year, month, 1), "MMMM yyyy", locale=Locale("en"))


def span_text(first: str, last: str, *, goes_on: bool = False) -> str:
    """From when to when, of what is known."""
    if first and not last and goes_on:
        return _("since %(first)s", first=first)
    if last and not first:
        return _("until %(last)s", last=last)
    return f"{first} – {last}".strip() if first else ""


def courses(actor: Actor, person_id: int) -> tuple[Course, ...]:
    """The main study first, then the latest ones."""
    allowed = (Study.person_id == person_id, shown(actor, Study))
    studies = db.session.scalars(
        select(Study)
        .where(*allowed)
        .options(joinedload(Study.programme), joinedload(Study.college), joinedload(Study.major))
        .order_by(
            Study.is_primary.desc(), func.coalesce(Study.graduation_year, 0).desc(), Study.id.desc()
        )
    ).all()
    registered = db.session.scalars(
        select(StudyInstitution)
        .join(StudyInstitution.study)
        .where(*allowed)
        .options(joinedload(StudyInstitution.institution))
        .order_by(StudyInstitution.id)
    ).all()
    tells_numbers = may_view_people(actor)
    return tuple(
        _course(
            study,
            tuple(
                _registration(there, tells_numbers=tells_numbers)
                for there in registered
                if there.study_id == study.id
            ),
        )
        for study in studies
    )


def _course(study: Study, registrations: tuple[Registration, ...]) -> Course:
    return Course(
        title=study_text(study),
        span=span_text(
            month_text(study.entry_year, study.entry_month),
            month_text(study.graduation_year, study.graduation_month),
        ),
        level=level_words().get(study.level or "", study.level or ""),
        programme=_word(study.programme),
        college=_word(study.college),
        major=_word(study.major),
        class_name=class_words(study.class_label),
        supervisor=study.supervisor or "",
        registrations=registrations,
    )


def _registration(there: StudyInstitution, *, tells_numbers: bool) -> Registration:
    return Registration(
        institution=_word(there.institution),
        degree=there.degree or "",
        student_number=(there.student_number or "") if tells_numbers else "",
        certificate_number=(there.certificate_number or "") if tells_numbers else "",
    )


def trainings(actor: Actor, person_id: int) -> tuple[Stay, ...]:
    """The latest first."""
    trainings = db.session.scalars(
        _of(actor, Training, person_id)
        .options(joinedload(Training.hospital))
        .order_by(func.coalesce(Training.from_year, 0).desc(), Training.id.desc())
    )
    words, tells_numbers = training_words(), may_view_people(actor)
    return tuple(
        Stay(
            kind=words[training.kind.value],
            hospital=_word(training.hospital) or training.written,
            department=training.department or "",
            span=_span(training),
            certificate_number=(training.certificate_number or "") if tells_numbers else "",
        )
        for training in trainings
    )


def jobs(actor: Actor, person_id: int) -> tuple[Job, ...]:
    """The current one first, then the latest."""
    jobs = db.session.scalars(
        _of(actor, Employment, person_id)
        .options(joinedload(Employment.industry))
        .order_by(
            Employment.is_current.desc(),
            func.coalesce(Employment.from_year, 0).desc(),
            Employment.id.desc(),
        )
    )
    return tuple(
        Job(
            employer=job.employer,
            department=job.department or "",
            title=job.title or "",
            industry=_word(job.industry),
            span=_span(job, goes_on=job.is_current),
            is_current=job.is_current,
        )
        for job in jobs
    )


def home(actor: Actor, person_id: int) -> tuple[str, str]:
    """The city where the person lives, and its country; the city as it was written where the

    list of places has only something wider.
    """
    with_above = joinedload(Residence.place).joinedload(Place.parent).joinedload(Place.parent)
    asked = _of(actor, Residence, person_id).where(Residence.is_current).options(with_above)
    lived_in: Residence | None = db.session.scalar(asked)
    if lived_in is None:
        return "", ""
    here = lived_in.place
    above = here.parent if here else None
    top = above.parent if above else None
    country = next((at for at in (here, above, top) if at and at.kind is PlaceKind.COUNTRY), None)
    city = lived_in.written
    if here and (here.kind is PlaceKind.CITY or city in (here.name_zh, here.name_en)):
        city = "" if here is country else _word(here)
    return city, _word(country)


def former_names(actor: Actor, person_id: int) -> tuple[str, ...]:
    former = _of(actor, FormerName, person_id).order_by(FormerName.id)
    return tuple(name.name for name in db.session.scalars(former))


def contacts(actor: Actor, person_id: int) -> tuple[Contact, ...]:
    """Telephones, addresses and the like, each kind together and its first one first."""
    points = db.session.scalars(_of(actor, ContactPoint, person_id)).all()
    kinds = (ContactKind.PHONE, ContactKind.WECHAT, ContactKind.EMAIL, ContactKind.POSTAL)
    ordered = sorted(
        points, key=lambda point: (kinds.index(point.kind), not point.is_primary, point.id)
    )
    return tuple(
        Contact(kind=point.kind, value=point.value, normal=point.normal, label=point.label or "")
        for point in ordered
    )


def _of(actor: Actor, row: Any, person_id: int) -> Select[Any]:
    """The rows of a person that the actor may see."""
    return select(row).where(row.person_id == person_id, shown(actor, row))


def _span(time: Training | Employment, *, goes_on: bool = False) -> str:
    return span_text(
        month_text(time.from_year, time.from_month),
        month_text(time.to_year, time.to_month),
        goes_on=goes_on,
    )


def _word(thing: Code | Place | None) -> str:
    return either(thing.name_zh, thing.name_en) if thing else ""
