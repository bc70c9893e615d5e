"""Finding who is in the records twice, without comparing everybody with everybody."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import home_institution
from alumni.db import db, transaction
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Person,
    PersonStatus,
    Study,
    StudyInstitution,
)
from alumni.roster.commands.merging import merge
from alumni.roster.finding import find_duplicates
from alumni.roster.models import DuplicatePair, DuplicateSearch, PairState
from alumni.roster.queries.likeness import LIKELY, WEIGHTS, score
from alumni.roster.queries.neighbours import CROWD, neighbours
from tests.browser import at_once
from tests.factories import make_person, saved

PHONE = "+8613800000001"


def found(*, rounds: int = 20) -> dict[tuple[int, int], dict[str, bool]]:
    """All pairs after the worker has looked, with their reasons."""
    for _ in range(rounds):
        if not find_duplicates(settles=timedelta()):
            break
    db.session.rollback()
    pairs = db.session.scalars(
        select(DuplicatePair).order_by(DuplicatePair.id).execution_options(populate_existing=True)
    )
    return {(pair.person_id, pair.other_id): pair.reasons for pair in pairs}


def pair() -> DuplicatePair:
    return db.session.scalars(select(DuplicatePair).execution_options(populate_existing=True)).one()


def partner() -> Code:
    return saved(Code(kind=CodeKind.INSTITUTION, name_zh="大连理工大学", name_en="Partner"))


@pytest.mark.usefixtures("app")
class TestWhoIsFound:
    def test_that_characters_and_letters_with_one_telephone_are_a_pair(self) -> None:
        one = make_person("曾国强", phone=PHONE)
        other = make_person("Zeng Guoqiang", phone=PHONE)
        make_person("曾国强")
        assert found() == {(one.id, other.id): {"pinyin": True, "phone": True}}
        assert pair().score == WEIGHTS["pinyin"] + WEIGHTS["phone"]

    @pytest.mark.parametrize(
        ("name", "other", "reason"),
        [
            ("曾国强", "曾国强", "name"),
            ("曾國強", "曾国强", "name"),
            ("曾国强", "Guoqiang Zeng", "pinyin"),
            ("欧阳明", "Ouyang Ming", "pinyin"),
            ("吕丽", "Lü Li", "pinyin"),
        ],
    )
    def test_that_a_name_and_an_address_are_a_pair(
        self, name: str, other: str, reason: str
    ) -> None:
        first = make_person(name, email="zeng@example.org")
        second = make_person(other, email="zeng@example.org")
        assert found() == {(first.id, second.id): {reason: True, "email": True}}

    @pytest.mark.parametrize("other", ["曾国强", "Zeng Guoqiang", "Guoqiang Zeng"])
    def test_that_name_year_and_birth_are_a_pair(self, other: str) -> None:
        """Without anything in common that an index holds: found by how the names are read."""
        first = make_person("曾国强", year=1998, college="口腔医学院", birth_year=1975)
        second = make_person(other, birth_year=1975)
        saved(Study(person_id=second.id, graduation_year=1998, college_id=_college(first)))
        [reasons] = found().values()
        assert reasons | {"name": True, "pinyin": True} == {
            "name": True,
            "pinyin": True,
            "birth_year": True,
            "graduation_year": True,
            "college": True,
        }

    def test_that_a_name_a_year_and_a_college_are_a_pair(self) -> None:
        first = make_person("曾国强", year=1998, college="口腔医学院")
        second = make_person("曾国强")
        saved(Study(person_id=second.id, graduation_year=1998, college_id=_college(first)))
        assert list(found()) == [(first.id, second.id)]

    def test_that_a_former_name_and_a_telephone_are_a_pair(self) -> None:
        one, other = make_person("曾国强", phone=PHONE), make_person("李强", phone=PHONE)
        saved(FormerName(person_id=one.id, name="李强"))
        assert found() == {(one.id, other.id): {"former_name": True, "phone": True}}

    def test_that_a_former_name_and_a_class_are_a_pair(self) -> None:
        one = make_person("曾国强", year=1998, college="口腔医学院", class_label="3班")
        other = make_person("李强")
        study = {"graduation_year": 1998, "college_id": _college(one), "class_label": "3班"}
        saved(Study(person_id=other.id, **study))
        saved(FormerName(person_id=one.id, name="李强"))
        assert found() == {
            (one.id, other.id): {
                "former_name": True,
                "graduation_year": True,
                "college": True,
                "class": True,
            }
        }

    @pytest.mark.parametrize("column", ["student_number", "certificate_number"])
    def test_that_one_number_at_two_universities_is_a_pair(self, column: str) -> None:
        one, other = make_person("曾国强"), make_person("曾国强")
        for person, institution in ((one, home_institution()), (other, partner())):
            study = saved(Study(person_id=person.id))
            number: dict[str, Any] = {column: "X77"}
            saved(
                StudyInstitution(
                    person_id=person.id,
                    study_id=study.id,
                    institution_id=institution.id,
                    **number,
                )
            )
        assert found() == {(one.id, other.id): {"name": True, column: True}}

    def test_who_is_no_pair(self) -> None:
        make_person("王伟", year=1998)
        make_person("王伟", year=2003)
        make_person("李娜", phone=PHONE)
        make_person("张强", phone=PHONE)
        make_person("赵敏", year=1998, college="口腔医学院", class_label="3班")
        make_person("赵敏", year=1998, college="口腔医学院", class_label="3班")
        assert found() == {}

    def test_that_what_a_crowd_shares_tells_nothing(self) -> None:
        people = [make_person("曾国强", phone=PHONE) for _ in range(CROWD + 1)]
        assert neighbours([people[0].id]) == set()
        some = [make_person("李娜", phone="+8613800000002") for _ in range(CROWD)]
        assert len(neighbours([some[0].id])) == CROWD - 1

    def test_that_nobody_who_is_gone_is_found(self) -> None:
        one = make_person("曾国强", phone=PHONE, email="zeng@example.org")
        other = make_person("曾国强", phone=PHONE, email="zeng@example.org")
        third = make_person("曾国强", phone=PHONE)
        with transaction():
            merge(SYSTEM, one, other, {})
        assert list(found()) == [(one.id, third.id)]
        db.session.execute(
            update(Person).where(Person.id == third.id).values(status=PersonStatus.ERASED)
        )
        db.session.commit()
        assert neighbours([one.id, other.id, third.id]) == set()


@pytest.mark.usefixtures("app")
class TestSearching:
    def test_that_everybody_is_looked_at_first_and_then_who_was_changed(
        self, queries: list[str]
    ) -> None:
        one, other = make_person("曾国强", phone=PHONE), make_person("曾国强")
        assert found() == {}
        search = db.session.scalars(select(DuplicateSearch)).one()
        assert search.person_id is None
        assert search.done_at is not None
        queries.clear()
        assert find_duplicates() == 0
        assert len(queries) <= 4  # the mark, and the changes after it
        _given(other, PHONE)
        assert list(found()) == [(one.id, other.id)]

    def test_that_all_is_found_a_few_at_a_time(self) -> None:
        people = [make_person("曾国强", phone=f"+861380000{n // 2:04}") for n in range(10)]
        while find_duplicates(at_most=3):
            pass
        expected = [(people[n].id, people[n + 1].id) for n in range(0, 10, 2)]
        assert sorted(found()) == expected

    def test_that_whoever_is_alike_no_more_is_forgotten(self) -> None:
        make_person("曾国强", phone=PHONE)
        other = make_person("曾国强", phone=PHONE)
        assert len(found()) == 1
        with transaction():
            point = db.session.scalars(
                select(ContactPoint).where(ContactPoint.person_id == other.id)
            ).one()
            db.session.delete(point)
            record(SYSTEM, "made", other)
        assert found() == {}

    def test_that_the_score_follows(self) -> None:
        one, other = make_person("曾国强", phone=PHONE), make_person("曾国强", phone=PHONE)
        found()
        before = pair()
        kept = (before.public_id, before.score)
        for person in (one, other):
            with transaction():
                person.birth_year = 1975
                record(SYSTEM, "made", person)
        found()
        assert (pair().public_id, pair().score) == (kept[0], kept[1] + WEIGHTS["birth_year"])

    @pytest.mark.parametrize("state", [PairState.IGNORED, PairState.MERGED])
    def test_that_what_was_decided_stays_so(self, state: PairState) -> None:
        make_person("曾国强", phone=PHONE)
        other = make_person("曾国强", phone=PHONE)
        found()
        with transaction():
            pair().state = state
            record(SYSTEM, "made", other)
        _given(other, "+8613800000009")
        db.session.execute(update(DuplicateSearch).values(person_id=0))
        db.session.commit()
        found()
        assert pair().state is state

    def test_that_workers_do_not_stand_in_each_other_s_way(self, app: Flask) -> None:
        people = [make_person("曾国强", phone=f"+861380000{n // 2:04}") for n in range(12)]

        def work(_number: int) -> None:
            with app.app_context():
                for _ in range(30):
                    find_duplicates(at_most=2, settles=timedelta())
                    db.session.remove()

        assert at_once(work, range(3)) == []
        expected = [(people[n].id, people[n + 1].id) for n in range(0, 12, 2)]
        assert sorted(found()) == expected


@pytest.mark.pure
def test_that_no_name_alone_is_enough() -> None:
    for name in ("name", "former_name", "pinyin"):
        assert score({name: True}) < LIKELY
        assert score({name: True, "city": True}) < LIKELY
        assert score({name: True, "graduation_year": True}) < LIKELY
        assert score({name: True, "birth_year": True}) < LIKELY
    assert score({"name": False, "phone": True, "email": True}) < LIKELY
    assert score(dict.fromkeys(WEIGHTS, True)) == 100
    assert score(dict.fromkeys(WEIGHTS, False)) == 0


def _college(person: Person) -> int | None:
    return db.session.scalars(select(Study.college_id).where(Study.person_id == person.id)).one()


def _given(person: Person, phone: str) -> None:
    with transaction():
        db.session.add(
            ContactPoint(person_id=person.id, kind=ContactKind.PHONE, value=phone, normal=phone)
        )
        record(SYSTEM, "made", person)
