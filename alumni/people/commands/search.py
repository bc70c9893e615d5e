"""Keeping the words that people are found by true."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, text

from alumni.db import changed, db, is_postgresql, transaction, upsert
from alumni.people.models import ContactKind, Person
from alumni.people.models.search import PersonSearch
from alumni.people.queries import whole
from alumni.people.tokens import Findable, document


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
