"""Entering people, and keeping the words they are found by true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text

from alumni.audit.commands import record
from alumni.authz import Actor
from alumni.codes.queries import find_place
from alumni.db import changed, db, is_postgresql, now, transaction, upsert
from alumni.people import names
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Person,
    PersonSearch,
    PersonStatus,
    Residence,
    Study,
)
from alumni.people.queries import whole
from alumni.people.tokens import Findable, document

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


def reindex(person_ids: Sequence[int]) -> int:
    """Make the search words of these people anew. Return how many they were."""
    db.session.flush()
    people = db.session.scalars(whole(person_ids).execution_options(populate_existing=True)).all()
    rows = [{"person_id": person.id, "tokens": document(findable(person))} for person in people]
    keep(rows)
    return len(rows)


def keep(rows: Sequence[dict[str, object]]) -> None:
    """Write search words: dicts of ``person_id tokens``. New and known people alike."""
    if not rows:
        return
    statement = upsert(PersonSearch)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[PersonSearch.person_id],
            set_={"tokens": statement.excluded.tokens},
        ),
        list(rows),
    )


def reindex_all(*, at_a_time: int = 1000) -> int:
    """Make the whole search index anew, a part of the people in each transaction."""
    done, last = 0, 0
    with transaction():
        changed(delete(PersonSearch))
    while True:
        with transaction():
            some = select(Person.id).where(Person.id > last).order_by(Person.id).limit(at_a_time)
            person_ids = list(db.session.scalars(some))
            if not person_ids:
                break
            done += reindex(person_ids)
            last = person_ids[-1]
        db.session.expunge_all()
    with transaction():
        tidy_index()
    return done


def tidy_index() -> None:
    """After much was written: let the engine put its index in order."""
    if is_postgresql():
        db.session.execute(select(func.gin_clean_pending_list(text("'ix_person_search_tokens'"))))
    else:
        db.session.execute(text("INSERT INTO person_fts(person_fts) VALUES ('optimize')"))


def findable(person: Person) -> Findable:
    """What the office may find the person by."""
    studies, points = person.studies, person.contact_points
    return Findable(
        name_zh=person.name_zh or "",
        surname=person.pinyin_surname,
        given=person.pinyin_given,
        latin_names=tuple(filter(None, (person.name_latin, person.name_en))),
        other_names=tuple(former.name for former in person.former_names),
        emails=tuple(point.normal for point in points if point.kind is ContactKind.EMAIL),
        phones=tuple(point.normal for point in points if point.kind is ContactKind.PHONE),
        student_numbers=tuple(
            there.student_number
            for study in studies
            for there in study.institutions
            if there.student_number
        ),
        years=tuple(
            year
            for study in studies
            for year in (study.entry_year, study.graduation_year)
            if year is not None
        ),
        employers=tuple(job.employer for job in person.employments if job.is_current),
        cities=tuple(home.written for home in person.residences if home.is_current),
        colleges=tuple(study.college.name_zh for study in studies if study.college),
        majors=tuple(study.major.name_zh for study in studies if study.major),
        class_labels=tuple(study.class_label for study in studies if study.class_label),
    )
