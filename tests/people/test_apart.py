"""Telling people of one name apart."""

from sqlalchemy import select

from alumni.authz import SYSTEM, Actor, Class
from alumni.db import db
from alumni.i18n import speaking
from alumni.people.models import Level, Residence
from alumni.people.queries.apart import told_apart
from tests.factories import make_chapter, make_member, make_person, saved

GRADUATE = Actor(account_id=1, is_verified=True)


def test_two_of_one_name_differ_by_class_and_city(queries: list[str]) -> None:
    first = make_person("王伟", year=1998, college="临床医学院", class_label="3班", city="鞍山")
    second = make_person("王伟", year=2003, city="ボストン")
    third = make_person("王伟")
    people = (first.id, second.id, third.id)
    queries.clear()

    with speaking("zh"):
        told = told_apart(GRADUATE, people)

    assert told == {
        first.id: "1998届 临床医学院 3班 · 鞍山",
        second.id: "2003届 · ボストン",
        third.id: "",
    }
    assert len([asked for asked in queries if asked.startswith("SELECT")]) == 1


def test_what_is_not_shown_tells_nobody_apart() -> None:
    person = make_person("王伟", year=1998)
    saved(Residence(person_id=person.id, written="某村", visibility=Level.OFFICE))

    with speaking("en"):
        assert told_apart(GRADUATE, [person.id]) == {person.id: "Class of 1998"}
        assert told_apart(SYSTEM, [person.id]) == {person.id: "Class of 1998 · 某村"}


def test_classmates_and_chapter_mates_are_told_what_is_for_them() -> None:
    """Levels that ask for classes and chapters look into tables of their own."""
    chapter = make_chapter()
    person = make_member(chapter, make_person("王伟", year=1998, city="鞍山"))
    home = db.session.scalars(select(Residence).where(Residence.person_id == person.id)).one()
    home.visibility = Level.CHAPTERS
    saved(home)
    mate = Actor(
        is_verified=True,
        classes=frozenset({Class(1998, 1, "3班")}),
        chapters=frozenset({chapter.id}),
    )

    with speaking("zh"):
        assert told_apart(mate, [person.id]) == {person.id: "1998届 · 鞍山"}
        assert told_apart(GRADUATE, [person.id]) == {person.id: "1998届"}
