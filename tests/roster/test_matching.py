"""Whom rows of files mean: chapter lists, contact lists and the registrar's roster."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from alumni.audit.models import Change
from alumni.authz import SYSTEM
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import home_institution
from alumni.db import db, now, transaction
from alumni.errors import Refusal
from alumni.people.fields import export_select
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Person,
    PersonStatus,
    Study,
    StudyInstitution,
)
from alumni.roster.commands.imports import accept
from alumni.roster.commands.settling import Wish, settle
from alumni.roster.commands.undoing import ask_undo
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportRow, RosterEntry, Verdict
from alumni.roster.queries.imports import batch_rows
from tests.factories import make_person, saved
from tests.roster.rosters import ZENG, as_csv, brought_in, changed, counts, staged, worked

CHAPTER, CONTACTS = BatchKind.CHAPTER, BatchKind.CONTACTS
LIST = ("姓名", "届别", "院系", "专业", "单位", "手机", "微信号", "城市")
MEMBER = (
    "曾国强",
    "1998届",
    "口腔医学院",
    "口腔医学",
    "鞍山中心医院",
    "13800001234",
    "zgq98",
    "鞍山",
)
ABROAD = (
    *("Chinese Name", "Class of", "Program", "E-mail"),
    *("Employer", "City", "State/Province", "Country"),
)


def listed(*rows: Sequence[str], header: Sequence[str] = LIST) -> bytes:
    return as_csv(*rows, header=header)


def member(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, cell) for name, cell in zip(LIST, MEMBER, strict=True))


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def only(batch: ImportBatch, verdict: Verdict) -> ImportRow:
    return db.session.scalars(batch_rows(batch, verdict)).one()


def points(person: Person) -> set[tuple[str, str, bool]]:
    mine = select(ContactPoint).where(ContactPoint.person_id == person.id)
    return {(one.kind.value, one.value, one.is_primary) for one in db.session.scalars(mine)}


def zeng(**values: Any) -> Person:
    """Somebody whom the registrar told us of."""
    told = {"year": 1998, "student_number": "1993120001", "college": "口腔医学院"} | values
    return make_person("曾国强", **told)


def test_a_chapters_list_tells_how_its_members_are_reached() -> None:
    person = zeng()

    batch = brought_in(listed(member()), kind=CHAPTER)

    assert counts(batch) == (0, 1, 0, 0, 0)
    assert points(person) == {("phone", "13800001234", True), ("wechat", "zgq98", True)}
    row = export_select(SYSTEM, ["name", "major", "employer", "city"], "zh")
    said = db.session.execute(row.add_columns(Person.status)).one()
    assert said[-5:] == ("曾国强", "口腔医学", "鞍山中心医院", "鞍山", PersonStatus.KNOWN)
    assert (count(Person), count(RosterEntry)) == (1, 0)


def test_a_postal_address_and_a_degree_come_with_a_list_and_go_with_it() -> None:
    header = ("姓名", "届别", "手机", "通讯地址", "授予学位")
    row = ("曾国强", "1998届", "13800001234", "鞍山市铁东区　胜利路 1 号", "医学学士")
    batch = brought_in(listed(row, header=header), kind=CHAPTER)
    person = db.session.scalars(select(Person)).one()

    assert {value for kind, value, _first in points(person) if kind == "postal"} == {
        "鞍山市铁东区 胜利路 1 号"
    }
    assert db.session.scalars(select(StudyInstitution.degree)).all() == ["医学学士"]
    again = brought_in(listed(row, header=header), kind=CHAPTER)
    assert counts(again) == (0, 0, 1, 0, 0)

    moved = ("曾国强", "1998届", "13800001234", "大连市旅顺南路西段 9 号", "医学博士")
    newer = brought_in(listed(moved, header=header), kind=CHAPTER)
    assert counts(newer) == (0, 1, 0, 0, 0)
    assert points(person) == {
        ("phone", "13800001234", True),
        ("postal", "鞍山市铁东区 胜利路 1 号", False),
        ("postal", "大连市旅顺南路西段 9 号", True),
    }
    assert db.session.scalars(select(StudyInstitution.degree)).all() == ["医学学士"]

    for done in (newer, batch):
        with transaction():
            ask_undo(SYSTEM, db.session.get_one(ImportBatch, done.id))
        worked(done)
    assert (count(ContactPoint), count(Person), count(StudyInstitution)) == (0, 0, 0)


def test_the_same_list_again_changes_nothing() -> None:
    brought_in(listed(member(), member(姓名="李雷", 手机="")), kind=CHAPTER)
    changes = count(Change)

    again = brought_in(listed(member(), member(姓名="李雷", 手机="")), kind=CHAPTER)

    assert (counts(again), again.state) == ((0, 0, 2, 0, 0), BatchState.APPLIED)
    assert count(Change) == changes


def test_somebody_nobody_knows_is_new_where_the_class_is_told() -> None:
    batch = brought_in(listed(member(), member(姓名="李雷", 届别="")), kind=CHAPTER)

    assert counts(batch) == (1, 0, 0, 1, 0)
    person = db.session.scalars(select(Person)).one()
    assert (person.name_zh, person.status) == ("曾国强", PersonStatus.KNOWN)
    assert (count(RosterEntry), count(StudyInstitution)) == (0, 0)
    study = db.session.scalars(select(Study)).one()
    assert (study.graduation_year, study.graduation_month) == (1998, None)


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        ({}, Verdict.UPDATED),
        ({"院系": "", "专业": ""}, Verdict.UPDATED),
        ({"院系": "", "专业": "", "手机": "13900000000"}, Verdict.POSSIBLE),
        ({"届别": ""}, Verdict.POSSIBLE),
        ({"届别": "", "手机": "", "院系": "", "专业": ""}, Verdict.POSSIBLE),
        ({"届别": "1999届", "手机": "13900000000"}, Verdict.NEW),
        ({"届别": "1999届"}, Verdict.POSSIBLE),
        ({"院系": "护理学院", "手机": "13900000000", "专业": ""}, Verdict.NEW),
        ({"姓名": "李雷"}, Verdict.POSSIBLE),
        ({"姓名": "李雷", "届别": "1999届"}, Verdict.NEW),
        ({"姓名": "曾國強"}, Verdict.UPDATED),
    ],
)
def test_a_name_or_a_number_alone_is_never_enough(cells: dict[str, str], verdict: Verdict) -> None:
    zeng(phone="+8613800001234")

    batch = staged(listed(member(**cells)), kind=CHAPTER)

    assert db.session.scalars(select(ImportRow.verdict)).all() == [verdict]
    assert batch.state is BatchState.STAGED


def test_two_of_one_name_in_different_classes_are_two() -> None:
    first, second = zeng(), zeng(year=2001, student_number="1996120001")

    batch = staged(
        listed(member(手机=""), member(手机="", 届别="2001届"), member(手机="", 届别="2010届")),
        kind=CHAPTER,
    )

    rows = select(ImportRow.verdict, ImportRow.person_id).order_by(ImportRow.line)
    assert db.session.execute(rows).all() == [
        (Verdict.UPDATED, first.id),
        (Verdict.UPDATED, second.id),
        (Verdict.NEW, None),
    ]
    assert counts(batch) == (1, 2, 0, 0, 0)


def test_who_fits_as_well_as_another_is_asked_about() -> None:
    people = {zeng().id, zeng(student_number="1993120002").id}

    row = only(staged(listed(member(手机="")), kind=CHAPTER), Verdict.POSSIBLE)

    assert {one[0] for one in row.candidates} == people
    assert {one[1] for one in row.candidates} == {47}
    assert row.candidates[0][2] == {"name": True, "graduation_year": True, "college": True}


def test_a_shared_phone_with_the_name_of_one_means_that_one() -> None:
    zeng(phone="+8613800001234")
    wife = make_person("李梅", year=1998, phone="+8613800001234")

    batch = staged(listed(member(姓名="李梅", 院系="", 专业="")), kind=CHAPTER)

    assert only(batch, Verdict.UPDATED).person_id == wife.id


def test_a_former_name_and_a_reading_are_the_name() -> None:
    married = make_person("曾芳", year=1998, college="口腔医学院")
    saved(FormerName(person_id=married.id, name="曾国强"))
    latin = make_person("Lei Li", year=2003, college="口腔医学院")

    staged(listed(member(), member(姓名="李雷", 届别="2003届")), kind=CHAPTER)

    rows = select(ImportRow.verdict, ImportRow.person_id).order_by(ImportRow.line)
    assert db.session.execute(rows).all() == [
        (Verdict.UPDATED, married.id),
        (Verdict.UPDATED, latin.id),
    ]


@pytest.mark.parametrize("name", ["曾国强", ""])
def test_a_number_of_a_partner_means_its_bearer(name: str) -> None:
    person = make_person("曾国强", year=1998)
    study_id = db.session.scalars(select(Study.id)).one()
    partner = Code(kind=CodeKind.INSTITUTION, name_zh="海滨大学", position=900)
    saved(partner)
    saved(
        StudyInstitution(
            person_id=person.id, study_id=study_id, institution_id=partner.id, student_number="H77"
        )
    )

    batch = staged(listed((name, "h77", "zgq98"), header=("姓名", "学号", "微信号")), kind=CONTACTS)

    row = only(batch, Verdict.UPDATED)
    assert row.person_id == person.id
    assert home_institution().id != partner.id


def test_a_number_under_another_name_is_asked_about_and_nobody_new() -> None:
    zeng()
    batch = staged(
        listed(("李雷", "1993120001", "1998"), header=("姓名", "学号", "届别")), kind=CONTACTS
    )

    row = only(batch, Verdict.POSSIBLE)
    with pytest.raises(Refusal), transaction():
        settle(SYSTEM, batch, row.id, Wish.NEW)


@pytest.mark.parametrize(("is_verified", "verdict"), [(True, "updated"), (False, "possible")])
def test_the_registrars_row_is_theirs_whose_phone_is_proven(
    *, is_verified: bool, verdict: str
) -> None:
    person = make_person("曾国强")
    saved(Study(person_id=person.id, is_primary=True, graduation_year=1998))
    proven = {"verified_at": now() if is_verified else None}
    phone = {"value": "138 0000 1234", "normal": "+8613800001234", **proven}
    saved(ContactPoint(person_id=person.id, kind=ContactKind.PHONE, **phone))

    staged(as_csv(ZENG))

    assert db.session.scalars(select(ImportRow.verdict)).all() == [Verdict(verdict)]


@pytest.mark.parametrize(("name", "verdict"), [("曾国强", "updated"), ("李雷", "possible")])
def test_a_certificate_with_the_name_is_enough(name: str, verdict: str) -> None:
    person = make_person("曾国强")
    study = saved(Study(person_id=person.id, is_primary=True))
    registered = {"study_id": study.id, "institution_id": home_institution().id}
    saved(StudyInstitution(person_id=person.id, certificate_number="B-1998 77", **registered))
    header = ("姓名", "毕业证书编号", "手机")

    staged(listed((name, "b1998 77", "13800001234"), header=header), kind=CONTACTS)

    rows = select(ImportRow.verdict, ImportRow.person_id)
    assert db.session.execute(rows).all() == [
        (Verdict(verdict), person.id if name == "曾国强" else None)
    ]


@pytest.mark.parametrize("name", ["曾國強", "Zeng Guoqiang", "Guoqiang Zeng", "Guo-qiang ZENG"])
@pytest.mark.parametrize("most", [50_000, 0])
def test_the_registrars_row_may_be_of_whom_we_know_by_another_script(
    monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr("alumni.roster.queries.matching.MOST_BEARERS", most)
    person, *_others = (make_person(one) for one in (name, "Guoqiang Li", "曾國慶"))
    saved(Study(person_id=person.id, is_primary=True, graduation_year=1998))

    row = only(staged(as_csv(ZENG)), Verdict.POSSIBLE)

    assert [one[0] for one in row.candidates] == [person.id]


def test_a_certificate_written_in_another_way_is_no_news() -> None:
    header = ("姓名", "毕业时间", "毕业证书编号", "邮箱")
    row = ("曾国强", "1998年", "B199877", "zeng@example.org")
    brought_in(listed(row, header=header), kind=CONTACTS)
    batch = staged(listed((*row[:2], "b-1998 77", row[3]), header=header), kind=CONTACTS)
    assert (batch.unchanged, batch.rows) == (1, 1)


def test_who_studied_twice_has_two_numbers_and_two_studies() -> None:
    brought_in(as_csv(ZENG))
    again = changed(ZENG, 学号="1998120777", 入学年份="1998", 毕业时间="2001年7月", 专业="护理学")
    batch = staged(as_csv(again))
    row = only(batch, Verdict.POSSIBLE)
    person_id = row.candidates[0][0]
    with transaction():
        settle(SYSTEM, batch, row.id, Wish.SAME, person_id=person_id)
        accept(SYSTEM, batch)
    worked(batch)

    studies = select(Study.graduation_year, Study.is_primary).order_by(Study.id)
    assert db.session.execute(studies).all() == [(1998, True), (2001, False)]
    numbers = select(StudyInstitution.student_number).order_by(StudyInstitution.id)
    assert db.session.scalars(numbers).all() == ["1993120001", "1998120777"]
    entries = select(RosterEntry.number, RosterEntry.person_id).order_by(RosterEntry.id)
    assert db.session.execute(entries).all() == [
        ("1993120001", person_id),
        ("1998120777", person_id),
    ]
    assert counts(staged(as_csv(ZENG, again))) == (0, 0, 2, 0, 0)


def test_rows_of_a_list_that_repeat_or_contradict_each_other() -> None:
    zeng()
    batch = staged(
        listed(
            member(),
            member(),
            member(城市="", 手机=""),
            member(姓名="李雷", 手机="13900000001"),
            member(姓名="李雷", 手机="13900000002"),
        ),
        kind=CHAPTER,
    )

    assert counts(batch) == (0, 1, 2, 0, 2)
    wrong = db.session.scalars(batch_rows(batch, Verdict.ERROR)).all()
    assert [row.line for row in wrong] == [5, 6]
    assert {row.reasons[0][2] for row in wrong} == {
        "stands in the file more than once, with different values"
    }


def test_two_rows_that_mean_one_person_contradict_each_other() -> None:
    zeng(phone="+8613800001234")

    batch = staged(listed(member(), member(院系="", 城市="大连")), kind=CHAPTER)

    assert counts(batch) == (0, 0, 0, 0, 2)


def test_a_contact_list_fills_studies_and_moves_people() -> None:
    zeng(city="沈阳", email="new@example.org", college=None)
    row = ("曾国强", "1998", "口腔医学", "New@Example.org", "UCSF", "Toronto", "ON", "Canada")

    batch = brought_in(listed(row, header=ABROAD), kind=CONTACTS)

    assert counts(batch) == (0, 1, 0, 0, 0)
    wanted = export_select(SYSTEM, ["major", "email", "employer", "city", "country"], "en")
    assert db.session.execute(wanted).one()[-5:] == (
        *("Stomatology", "new@example.org", "UCSF", "Toronto", "Canada"),
    )
