"""Who is recognised, who is only possible, and why."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named, find_place
from alumni.db import db, is_postgresql, transaction
from alumni.people.models import FormerName, Person, PersonStatus, StudyInstitution
from alumni.roster.certificates import certificate_key, certificate_key_of
from alumni.roster.models import MatchVerdict
from alumni.roster.queries.recognising import Judged, Known, Told, compare, judge, recognise
from tests.factories import make_account, make_person, make_verified, saved

EXACT, POSSIBLE = MatchVerdict.EXACT, MatchVerdict.POSSIBLE

TOLD = Told(
    name="曾国强",
    student_number="19930001",
    graduation_year=1998,
    college_id=7,
    place_id=3,
    email="zeng@example.org",
    certificate_number="C1998001",
    birth_year=1975,
    phone="+8613800001234",
)
ZENG = Known(
    person_id=1,
    names=frozenset({"曾国强"}),
    readings=frozenset({"zengguoqiang"}),
    student_numbers=frozenset({"19930001"}),
    studies=frozenset({(1998, 7)}),
    places=frozenset({3}),
    emails=frozenset({"zeng@example.org"}),
    certificate_numbers=frozenset({"C1998001"}),
    birth_year=1975,
    phones=frozenset({"+8613800001234"}),
)


UNNUMBERED: dict[str, Any] = {"student_number": None, "certificate_number": None}


def verdicts(told: Told, *people: Known) -> dict[int, MatchVerdict]:
    return {one.known.person_id: one.verdict for one in judge(told, people)}


@pytest.mark.parametrize(
    "name", ["曾國強", "Zeng Guoqiang", "Guoqiang Zeng", "Zeng Guo Qiang", "Guo-qiang ZENG"]
)
def test_who_is_known_in_another_script_is_found_by_name(name: str) -> None:
    person = make_person(name, year=1998)
    make_person("Guoqiang Li", year=1998)
    found = recognise(Told(name="曾国强", graduation_year=1998))
    assert [(one.known.person_id, one.verdict) for one in found] == [(person.id, POSSIBLE)]


def test_a_surname_of_two_characters_is_found_in_letters() -> None:
    person = make_person("Ouyang Xiu", year=1998)
    found = recognise(Told(name="欧阳修", graduation_year=1998))
    assert [one.known.person_id for one in found] == [person.id]


WRITTEN = ["b1998 77", "B-1998-77", "Ｂ１９９８７７", "b1998—77", "B199877"]


@pytest.mark.parametrize("held", ["b1998 77", "B-1998-77", "b1998—77", "B1998–77"])
@pytest.mark.parametrize("told", WRITTEN)
def test_a_certificate_is_found_whatever_way_it_is_written(held: str, told: str) -> None:
    person = make_person("曾国强", student_number="1")
    with transaction():
        there = db.session.scalars(select(StudyInstitution)).one()
        there.certificate_number = held
        record(SYSTEM, "noted", there)

    found = recognise(Told(name="曾国强", certificate_number=certificate_key(told)))

    assert [(one.known.person_id, one.verdict) for one in found] == [(person.id, EXACT)]


def test_certificates_are_looked_up_in_their_index() -> None:
    key = certificate_key_of(StudyInstitution.certificate_number) == "B199877"
    asked = select(StudyInstitution.person_id).where(key)
    if is_postgresql():
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN" if is_postgresql() else "EXPLAIN QUERY PLAN"
    compiled = asked.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = db.session.execute(text(f"{explain} {compiled}")).all()
    assert "ix_study_institution_certificate_key" in str(plan)


def test_everything_agrees() -> None:
    (one,) = judge(TOLD, [ZENG])

    assert one == Judged(
        known=ZENG,
        score=100,
        verdict=EXACT,
        evidence={
            "name": True,
            "student_number": True,
            "certificate_number": True,
            "graduation_year": True,
            "birth_year": True,
            "college": True,
            "email": True,
            "phone": True,
            "city": True,
        },
    )


def test_what_one_side_does_not_say_is_not_compared() -> None:
    assert compare(Told(name="曾国强"), Known(person_id=1, names=frozenset({"曾国强"}))) == {
        "name": True
    }


def test_cities_addresses_and_telephones_may_change_and_contradict_nothing() -> None:
    moved = replace(TOLD, place_id=9, email="other@example.org", phone="+8613900000000")

    assert compare(moved, ZENG) == {
        "name": True,
        "student_number": True,
        "certificate_number": True,
        "graduation_year": True,
        "birth_year": True,
        "college": True,
    }


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({}, EXACT),
        ({"graduation_year": None, "college_id": None}, EXACT),
        ({"college_id": 8}, EXACT),
        ({"graduation_year": 1999}, POSSIBLE),
        ({"name": "李四"}, POSSIBLE),
        ({"student_number": None}, EXACT),
        ({"student_number": "19930002"}, POSSIBLE),
        ({"birth_year": 1976}, POSSIBLE),
        ({"birth_year": None}, EXACT),
        ({"certificate_number": "C1998002"}, POSSIBLE),
        ({"student_number": None, "graduation_year": None, "college_id": None}, EXACT),
        ({"student_number": None, "birth_year": 1976}, POSSIBLE),
        ({**UNNUMBERED, "birth_year": None}, EXACT),
        ({**UNNUMBERED, "birth_year": 1976}, POSSIBLE),
        ({**UNNUMBERED, "graduation_year": 1997}, POSSIBLE),
        ({**UNNUMBERED, "college_id": 8}, POSSIBLE),
        ({**UNNUMBERED, "college_id": None}, POSSIBLE),
        ({**UNNUMBERED, "name": "曾国墙"}, POSSIBLE),
        ({**UNNUMBERED, "graduation_year": None, "college_id": None}, POSSIBLE),
    ],
    ids=str,
)
def test_what_makes_it_exact(told: dict[str, Any], verdict: MatchVerdict) -> None:
    assert verdicts(replace(TOLD, **told), ZENG) == {1: verdict}


@pytest.mark.parametrize(
    "known",
    [
        {"has_account": True},
        {"status": PersonStatus.DECEASED},
        {"status": PersonStatus.DEPARTED},
    ],
    ids=str,
)
def test_who_is_never_recognised_by_itself(known: dict[str, Any]) -> None:
    assert verdicts(TOLD, replace(ZENG, **known)) == {1: POSSIBLE}


def test_two_of_one_name_year_and_college_are_both_possible() -> None:
    told = replace(TOLD, **UNNUMBERED)
    other = replace(ZENG, person_id=2, student_numbers=frozenset({"19930002"}))

    assert verdicts(told, ZENG, other) == {1: POSSIBLE, 2: POSSIBLE}


def test_one_with_an_account_still_makes_the_name_ambiguous() -> None:
    told = replace(TOLD, **UNNUMBERED)

    assert verdicts(told, ZENG, replace(ZENG, person_id=2, has_account=True)) == {
        1: POSSIBLE,
        2: POSSIBLE,
    }


def test_the_number_decides_between_two_of_one_name() -> None:
    other = replace(
        ZENG,
        person_id=2,
        student_numbers=frozenset({"19930002"}),
        certificate_numbers=frozenset({"C1998002"}),
    )

    assert verdicts(TOLD, other, ZENG) == {1: EXACT, 2: POSSIBLE}


def test_where_somebody_bears_the_number_no_other_is_exact_without_it() -> None:
    told = replace(TOLD, certificate_number=None, birth_year=1980)
    bearer = replace(ZENG, birth_year=1975)
    namesake = replace(
        ZENG, person_id=2, student_numbers=frozenset(), birth_year=1980, phones=frozenset()
    )

    assert verdicts(told, bearer, namesake) == {1: POSSIBLE, 2: POSSIBLE}


def test_year_and_college_must_be_of_one_study() -> None:
    told = replace(TOLD, **UNNUMBERED, college_id=8)
    known = replace(ZENG, studies=frozenset({(1998, 7), (2003, 8)}))

    assert verdicts(told, known) == {1: POSSIBLE}


def test_contradictions_lower_the_score() -> None:
    said = replace(TOLD, certificate_number=None, birth_year=None, phone="")
    assert [one.score for one in judge(replace(said, graduation_year=1999), [ZENG])] == [85]
    assert [one.score for one in judge(replace(said, birth_year=1976), [ZENG])] == [95]
    assert [one.score for one in judge(Told(name="李四"), [ZENG])] == [0]


@pytest.mark.parametrize(
    "name",
    [
        "曾国强",
        "曾國強",
        "曾　国 强",
        "Zeng Guoqiang",
        "Guoqiang Zeng",
        "ZENG, Guo-Qiang",
        "zeng guo qiang",
    ],
)
def test_ways_to_write_one_name(name: str) -> None:
    assert compare(Told(name=name), ZENG) == {"name": True}


@pytest.mark.parametrize("name", ["曾国", "国强", "Zeng Guo", "Zeng", "曾国墙", "李四"])
def test_other_names(name: str) -> None:
    assert compare(Told(name=name), ZENG) == {"name": False}


def told(**values: Any) -> Told:
    """In the words of a form."""
    college = code_named(CodeKind.COLLEGE, values.pop("college", ""))
    place = find_place(values.pop("city", ""))
    return Told(
        college_id=college.id if college else None, place_id=place.id if place else None, **values
    )


def found(asked: Told) -> list[tuple[int, MatchVerdict]]:
    db.session.expire_all()
    return [(one.known.person_id, one.verdict) for one in recognise(asked)]


def test_nobody_is_known() -> None:
    make_person("李四", year=1998, student_number="A1")

    assert found(told(name="曾国强", student_number="A2", graduation_year=1998)) == []


def test_a_person_of_the_roster_by_number_and_name() -> None:
    person = make_person("曾国强", year=1998, student_number="19930001")

    assert found(told(name="曾国强", student_number="19930001")) == [(person.id, EXACT)]
    assert found(told(name="曾国强", student_number="19930001", graduation_year=2003)) == [
        (person.id, POSSIBLE)
    ]


@pytest.mark.parametrize("name", ["曾国强", "曾國強", "Zeng Guoqiang", "Guoqiang Zeng"])
def test_a_person_of_the_roster_by_name_year_and_college(name: str) -> None:
    person = make_person("曾国强", year=1998, college="临床医学院")
    make_person("曾国强", year=2008, college="临床医学院")
    make_person("李四", year=1998, college="临床医学院")
    asked = told(name=name, graduation_year=1998, college="临床医学院")

    assert found(asked) == [(person.id, EXACT)]
    assert found(replace(asked, graduation_year=1999)) == [(person.id, POSSIBLE)]
    assert found(replace(asked, graduation_year=2001)) == []


@pytest.mark.parametrize("typed", ["吕绿", "Lü Lü", "Lyu Lyu"])
def test_a_name_with_a_u_umlaut(typed: str) -> None:
    person = make_person("吕绿", year=1998)

    assert found(told(name=typed, graduation_year=1998)) == [(person.id, POSSIBLE)]


@pytest.mark.parametrize("typed", ["欧阳修", "Ouyang Xiu", "Xiu Ouyang", "Ou Yang Xiu"])
def test_a_surname_of_two_characters(typed: str) -> None:
    person = make_person("欧阳修", year=1998)

    assert found(told(name=typed, graduation_year=1998)) == [(person.id, POSSIBLE)]


def test_a_graduate_with_a_latin_name() -> None:
    person = make_person("Sunita Rani Sharma", year=2012, student_number="I2006001")

    assert found(told(name="SUNITA RANI SHARMA", student_number="I2006001")) == [(person.id, EXACT)]
    assert found(told(name="Sharma Sunita Rani", graduation_year=2012)) == [(person.id, POSSIBLE)]


def test_a_former_name() -> None:
    person = make_person("曾强", year=1998, student_number="19930001")
    saved(FormerName(person_id=person.id, name="曾国强"))

    assert found(told(name="曾国强", graduation_year=1998)) == [(person.id, POSSIBLE)]
    assert found(told(name="曾国强", student_number="19930001")) == [(person.id, EXACT)]


def test_somebody_whose_year_nobody_knows() -> None:
    person = make_person("曾国强")

    assert found(told(name="曾国强", graduation_year=1998)) == [(person.id, POSSIBLE)]


def test_an_address_alone_is_only_possible() -> None:
    person = make_person("李四", year=1980, email="shared@example.org")

    assert found(told(name="曾国强", student_number="A1", email="shared@example.org")) == [
        (person.id, POSSIBLE)
    ]


def test_a_certificate_number_however_it_was_typed() -> None:
    person = make_person("曾国强", year=1998)
    certified(person, "c1998 001")
    other = make_person("曾国强", year=2003)
    certified(other, "C2003001")

    assert found(told(name="曾国强", certificate_number="C2003001")) == [
        (other.id, EXACT),
        (person.id, POSSIBLE),
    ]
    assert found(told(name="李四", certificate_number="C2003001")) == [(other.id, POSSIBLE)]


def test_a_telephone_alone_is_only_possible() -> None:
    person = make_person("李四", year=1980, phone="+8613800001234")

    assert found(told(name="曾国强", phone="+8613800001234")) == [(person.id, POSSIBLE)]


def test_the_wrong_year_of_birth_is_only_possible() -> None:
    person = make_person("曾国强", student_number="19930001", birth_year=1975)
    asked = told(name="曾国强", student_number="19930001")

    assert found(replace(asked, birth_year=1975)) == [(person.id, EXACT)]
    assert found(replace(asked, birth_year=1976)) == [(person.id, POSSIBLE)]


def certified(person: Person, number: str) -> None:
    """Note the number of the person's certificate."""
    with transaction():
        registered = select(StudyInstitution).where(StudyInstitution.person_id == person.id)
        db.session.scalars(registered).one().certificate_number = number
        record(SYSTEM, "made", person)


def test_a_wrong_number_still_shows_those_of_the_name() -> None:
    person = make_person("曾国强", year=1998, student_number="19930001")

    assert found(told(name="曾国强", student_number="19930010")) == [(person.id, POSSIBLE)]


def test_who_has_an_account_is_only_possible() -> None:
    person = make_verified("曾国强", year=1998, student_number="19930001")

    assert found(told(name="曾国强", student_number="19930001")) == [(person.id, POSSIBLE)]


def test_the_dead_are_shown_and_the_merged_are_not() -> None:
    kept = make_person("曾国强", student_number="A1", status=PersonStatus.DECEASED)
    make_person("曾国强", student_number="A2", status=PersonStatus.MERGED, merged_into_id=kept.id)

    assert found(told(name="曾国强", student_number="A1")) == [(kept.id, POSSIBLE)]
    assert found(told(name="曾国强", student_number="A2")) == [(kept.id, POSSIBLE)]


def test_it_asks_as_often_for_many_as_for_one(queries: list[str]) -> None:
    asked = told(name="王伟", graduation_year=1998)
    counts = []
    for _many in range(2):
        for _one in range(3):
            person = make_person("王伟", year=1998)
            make_account(person=person)
        db.session.expunge_all()
        queries.clear()
        assert len(recognise(asked)) == db.session.query(Person).count()
        counts.append(len(queries))

    assert counts[0] == counts[1]
