"""Approving into a record we hold, field by field: what is taken, what stays, what is written."""

from typing import Any

import pytest
from sqlalchemy import select

from alumni.audit.models import Change, ChangeSet
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, transaction
from alumni.errors import Refusal
from alumni.i18n import speaking
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.roster.commands.deciding import approve_into
from alumni.roster.models import Application, ApplicationState
from alumni.roster.queries.taking import Choice, choices, defaults
from tests.browser import Browser
from tests.factories import make_person, make_verified, saved
from tests.roster.test_applications import ZENG, confirmed, the_office

PHONE = "138 0000 1234"

STOMATOLOGY, CLINICAL = "口腔医学院", "临床医学院"


def college(name: str) -> int:
    found = code_named(CodeKind.COLLEGE, name)
    assert found is not None
    return found.id


def offered(application: Application, person: Person) -> dict[str, Choice]:
    return {one.key: one for one in choices(application, person)}


def taken(application: Application, person: Person, *keys: str) -> Person:
    """Approve and take these fields alone."""
    with transaction():
        approve_into(the_office(), application, person, frozenset(keys))
    db.session.expire_all()
    return db.session.get_one(Person, person.id)


def points(person: Person, kind: ContactKind) -> list[tuple[str, bool]]:
    mine = (
        select(ContactPoint.value, ContactPoint.is_primary)
        .where(ContactPoint.person_id == person.id, ContactPoint.kind == kind)
        .order_by(ContactPoint.id)
    )
    return [tuple(row) for row in db.session.execute(mine)]  # type: ignore[misc]


def studies(person: Person) -> list[tuple[int | None, int | None, bool]]:
    mine = select(Study.graduation_year, Study.college_id, Study.is_primary)
    rows = db.session.execute(mine.where(Study.person_id == person.id).order_by(Study.id))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def numbers(person: Person) -> list[tuple[str | None, str | None]]:
    mine = select(StudyInstitution.student_number, StudyInstitution.certificate_number)
    rows = db.session.execute(
        mine.where(StudyInstitution.person_id == person.id).order_by(StudyInstitution.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def history(person: Person) -> list[tuple[str, Any, Any]]:
    """Of each value that was changed: the column, before and after."""
    rows = db.session.scalars(select(Change).where(Change.person_id == person.id))
    return [
        (column, (row.before or {}).get(column), value)
        for row in rows
        for column, value in (row.after or {}).items()
    ]


def test_where_nothing_is_held_all_is_taken_by_itself() -> None:
    person = make_person("曾国强")
    application = confirmed(
        graduation_year=1998,
        college_id=college(CLINICAL),
        birth_year=1975,
        certificate_number="C1998001",
        phone=PHONE,
    )

    with speaking("en"):
        found = choices(application, person)
    assert {one.key: (one.held, one.told) for one in found} == {
        "class": ("", "Class of 1998 School of Clinical Medicine"),
        "student_number": ("", "19930001"),
        "certificate_number": ("", "C1998001"),
        "birth_year": ("", "1975"),
        "phone": ("", PHONE),
        "email": ("", ZENG.email),
        "city": ("", "鞍山"),
    }
    assert defaults(found) == {one.key for one in found}
    with transaction():
        approve_into(the_office(), application, person)
    db.session.expire_all()
    assert studies(person) == [(1998, college(CLINICAL), True)]
    assert numbers(person) == [("19930001", "C1998001")]
    assert db.session.get_one(Person, person.id).birth_year == 1975
    assert points(person, ContactKind.PHONE) == [(PHONE, True)]
    assert points(person, ContactKind.EMAIL) == [(ZENG.email, True)]


def test_what_both_say_is_no_choice() -> None:
    person = make_person(
        "曾国强",
        student_number="19930001",
        year=1998,
        college=CLINICAL,
        birth_year=1975,
        phone="+8613800001234",
        email=ZENG.email,
        city="鞍山",
    )
    application = confirmed(
        name="曾國強",
        student_number="19930001",
        graduation_year=1998,
        college_id=college(STOMATOLOGY),
        birth_year=1975,
        phone=PHONE,
    )

    assert list(offered(application, person)) == ["class"]


def test_a_new_phone_is_kept_where_it_is_ticked() -> None:
    person = make_person("曾国强", year=1998, phone="0411 1111111")
    application = confirmed(phone=PHONE)

    phone = offered(application, person)["phone"]
    assert (phone.held, phone.told, phone.is_default) == ("0411 1111111", PHONE, False)
    taken(application, person, "phone")
    assert points(person, ContactKind.PHONE) == [("0411 1111111", False), (PHONE, True)]
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == PHONE)).one()
    assert (point.normal, point.verified_at) == ("+8613800001234", None)


def test_the_old_phone_is_kept_where_it_is_not() -> None:
    person = make_person("曾国强", year=1998, phone="0411 1111111")
    application = confirmed(phone=PHONE)
    taken(application, person)

    assert points(person, ContactKind.PHONE) == [("0411 1111111", True)]
    assert points(person, ContactKind.EMAIL) == []
    assert db.session.scalars(select(Residence)).all() == []
    assert application.phone == PHONE
    assert application.state is ApplicationState.APPROVED
    written = select(Change.after).where(Change.table_name == "application")
    assert {after.get("phone") for after in db.session.scalars(written) if after} >= {PHONE}


def test_who_says_nothing_takes_what_is_not_held_and_what_is_new() -> None:
    person = make_person(
        "曾国强", student_number="1", birth_year=1974, phone="1", email="old@x.org", city="大连"
    )
    application = confirmed(birth_year=1975, phone=PHONE, certificate_number="C1")

    assert defaults(choices(application, person)) == {"certificate_number", "email", "city"}


def test_nothing_of_either_side_is_lost_from_history() -> None:
    person = make_person("曾强", student_number="1993X", birth_year=1974)
    application = confirmed(birth_year=1975)
    after = taken(application, person, "name", "birth_year", "student_number", "city", "email")

    assert (after.name_zh, after.birth_year) == ("曾国强", 1975)
    assert (after.pinyin_surname, after.pinyin_given) == ("zeng", "guo qiang")
    assert after.sort_key.endswith("曾国强")
    assert db.session.scalars(select(FormerName.name)).all() == ["曾强"]
    assert numbers(person) == [("19930001", None)]
    told = history(person)
    assert ("birth_year", 1974, 1975) in told
    assert ("student_number", "1993X", "19930001") in told
    assert ("name_zh", "曾强", "曾国强") in told
    deed = db.session.scalars(
        select(ChangeSet).where(ChangeSet.verb == "approved_application")
    ).one()
    assert deed.facts == {"taken": ["name", "student_number", "birth_year", "email", "city"]}


def test_characters_come_beside_the_letters_that_are_held() -> None:
    person = make_person("Zeng Guoqiang", year=1998)
    application = confirmed(graduation_year=1999)

    name = offered(application, person)["name"]
    assert (name.held, name.told, name.is_default) == ("Zeng Guoqiang", "曾国强", True)
    after = taken(application, person, "name")
    assert (after.name_zh, after.name_latin) == ("曾国强", "Zeng Guoqiang")
    assert db.session.scalars(select(FormerName)).all() == []


def test_letters_that_read_as_the_characters_are_no_other_name() -> None:
    person = make_person("曾国强", student_number="19930001")

    assert "name" not in offered(confirmed(name="Guoqiang Zeng", graduation_year=1999), person)


def test_a_study_that_says_less_is_completed_and_another_is_added() -> None:
    half = make_person("曾国强", year=1998)
    other = make_person("李四", year=1990, college=STOMATOLOGY)
    first = confirmed(graduation_year=1998, college_id=college(CLINICAL))
    taken(first, half, "class")
    second = confirmed(
        email="li@example.org",
        name="李四",
        student_number=None,
        graduation_year=1998,
        college_id=college(CLINICAL),
    )
    taken(second, other, "class")

    assert studies(half) == [(1998, college(CLINICAL), True)]
    assert studies(other) == [
        (1990, college(STOMATOLOGY), True),
        (1998, college(CLINICAL), False),
    ]


def test_the_number_of_an_added_study_stands_there() -> None:
    person = make_person("曾国强", year=1990, college=STOMATOLOGY, student_number="1985")
    application = confirmed(graduation_year=1998, college_id=college(CLINICAL))
    taken(application, person, "class", "student_number")

    assert numbers(person) == [("1985", None), ("19930001", None)]


def test_a_number_that_somebody_else_bears_cannot_be_taken() -> None:
    make_person("李四", student_number="19930001")
    person = make_person("曾国强")
    application = confirmed()

    assert not offered(application, person)["student_number"].is_takable
    assert "student_number" not in defaults(choices(application, person))
    with pytest.raises(Refusal) as refusal, transaction():
        approve_into(the_office(), application, person, frozenset({"student_number"}))
    assert refusal.value.status == 409
    db.session.expire_all()
    assert application.state is ApplicationState.WAITING


def test_an_address_of_somebody_elses_login_is_refused_with_help() -> None:
    """Two may be reached at one address, and only one signs in with it."""
    wife = make_verified("李四", email="family@example.org")
    husband = make_person("曾国强", email="family@example.org", year=1998)
    reached = select(ContactPoint.person_id).where(ContactPoint.normal == "family@example.org")
    assert set(db.session.scalars(reached)) == {wife.id, husband.id}

    application = Application(
        name="曾国强",
        email="family@example.org",
        student_number="1",
        city="鞍山",
        language="zh",
        notice_version="1",
        state=ApplicationState.WAITING,
    )
    saved(application)
    with (
        pytest.raises(Refusal, match="Each login needs an address of its own") as refusal,
        speaking("en"),
        transaction(),
    ):
        approve_into(the_office(), application, husband)
    assert refusal.value.status == 409


def test_the_page_shows_both_and_takes_what_is_ticked(office: Browser) -> None:
    person = make_person("曾国强", year=1998, phone="0411 1111111", birth_year=1974)
    application = confirmed(phone=PHONE, birth_year=1975)
    url = f"/office/applications/{application.public_id}/into/{person.public_id}"

    page = office.get(url)
    boxes = {box["value"]: "checked" in box for box in page.all("input", name="wanted")}
    assert boxes == {
        "student_number": False,
        "birth_year": False,
        "phone": False,
        "email": True,
        "city": True,
    }
    assert [text in page.text for text in ("0411 1111111", PHONE, "1974", "1975")] == [True] * 4
    wrong = office.submit(url, wanted=["phone", "shoe_size"])
    assert wrong.status == 422
    sent = office.submit(url, wanted=["phone", "birth_year"])
    assert (sent.status, sent.location) == (303, "/office/applications")
    db.session.rollback()
    db.session.expire_all()
    assert points(person, ContactKind.PHONE) == [("0411 1111111", False), (PHONE, True)]
    after = db.session.get_one(Person, person.id)
    assert (after.birth_year, after.status) == (1975, PersonStatus.VERIFIED)
    assert db.session.scalars(select(Residence)).all() == []


def test_the_page_says_which_of_two_of_one_name_is_meant(office: Browser) -> None:
    meant = make_person("曾国强", year=1998, student_number="19930001")
    make_person("曾国强", year=2003, student_number="19980002")
    saved(Residence(person_id=meant.id, written="鞍山", is_current=True))
    application = confirmed(graduation_year=1999, city="大连")

    page = office.get(f"/office/applications/{application.public_id}/into/{meant.public_id}")
    record, told = (card["text"] for card in page.all("section", class_="card")[:2])
    assert [said in record for said in ("19930001", "1998", "鞍山")] == [True] * 3
    assert [said in told for said in ("Class of 1999", "大连")] == [True] * 2
