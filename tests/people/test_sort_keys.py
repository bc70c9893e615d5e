"""The copy of what people are sorted by, which memberships have and the database keeps."""

from datetime import date

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from alumni.authz import SYSTEM
from alumni.chapters.models import ChapterMembership, MembershipState
from alumni.db import db, transaction
from alumni.people.commands.names import Names, Official, change_names
from alumni.people.models import Person
from tests.factories import make_member, make_person, the_chapter


def kept() -> list[tuple[str, str]]:
    """The copies, each with what it is a copy of."""
    both = select(ChapterMembership.sort_key, Person.sort_key).join(
        Person, Person.id == ChapterMembership.person_id
    )
    return [(copy, own) for copy, own in db.session.execute(both.order_by(Person.id))]


def test_a_new_membership_has_it() -> None:
    make_member(the_chapter("anshan"), make_person("曾国强"))

    assert kept() == [("zeng guo qiang 曾国强", "zeng guo qiang 曾国强")]


def test_it_is_put_in_where_many_are_inserted_at_once() -> None:
    anshan, dalian = the_chapter("anshan"), the_chapter("dalian")
    people = [make_person(name) for name in ("王伟", "曾国强", "李明")]
    with transaction():
        rows = [
            {
                "person_id": person.id,
                "chapter_id": chapter.id,
                "state": MembershipState.ACTIVE,
                "starts_on": date(2020, 1, 1),
            }
            for person in people
            for chapter in (anshan, dalian)
        ]
        db.session.execute(insert(ChapterMembership), rows)

    assert [copy for copy, _own in kept()][::2] == [person.sort_key for person in people]
    assert all(copy == own for copy, own in kept())


def test_it_follows_a_change_of_the_name() -> None:
    person = make_person("曾国强")
    make_member(the_chapter("anshan"), person, state=MembershipState.LEFT)
    make_member(the_chapter("anshan"), person)
    official = Official(name_zh="单雪", name_latin=None)
    with transaction():
        known = db.session.get_one(Person, person.id)
        told = Names(name_en=None, surname="", given="", official=official)
        change_names(SYSTEM, known, told)

    assert kept() == [("shan xue 单雪", "shan xue 单雪")] * 2


def test_it_follows_a_statement_for_many() -> None:
    for name in ("王伟", "曾国强"):
        make_member(the_chapter("anshan"), make_person(name))
    with transaction():
        db.session.execute(update(Person).values(sort_key="x " + Person.sort_key))

    assert kept() == [
        ("x wang wei 王伟", "x wang wei 王伟"),
        ("x zeng guo qiang 曾国强", "x zeng guo qiang 曾国强"),
    ]


def test_no_other_can_be_kept() -> None:
    person = make_person("曾国强")
    with pytest.raises(IntegrityError):
        make_member(the_chapter("anshan"), person, sort_key="a")
    db.session.rollback()
    make_member(the_chapter("anshan"), person)

    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(ChapterMembership).values(sort_key="a"))
