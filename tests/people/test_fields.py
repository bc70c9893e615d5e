import pytest
from sqlalchemy import func, select

from alumni.authz import SYSTEM
from alumni.db import db
from alumni.i18n import speaking
from alumni.people.fields import DEFAULT_COLUMNS, FIELDS, export_select, known, status_words
from alumni.people.models import Person, PersonStatus, Study
from tests.factories import make_person, saved


def exported(person: Person, language: str, *keys: str) -> tuple[object, ...]:
    rows = export_select(SYSTEM, keys, language).where(Person.id == person.id)
    return tuple(db.session.execute(rows).one())


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("姓名", "name"),
        ("学号", "student_number"),
        ("studentno", "student_number"),
        ("学院系", "college"),
        ("职务职称", "title"),
        ("电子邮箱", "email"),
        ("email", "email"),
        ("classof", "graduation_year"),
        ("毕业时间", "graduation"),
        ("stateprovince", "province"),
        ("备注", None),
        ("", None),
    ],
)
def test_headers_name_fields(header: str, key: str | None) -> None:
    assert known(header) == key


def test_no_header_names_two_fields() -> None:
    headers = [header for field in FIELDS.values() for header in field.synonyms.split()]

    assert sorted(headers) == sorted(set(headers))


def test_an_export_says_all_of_a_person_in_the_language() -> None:
    person = make_person(
        "曾国强",
        sex="m",
        year=1998,
        college="口腔医学院",
        class_label="3班",
        city="鞍山",
        employer="鞍山中心医院",
        email="zeng@example.org",
        phone="+8613800001234",
        student_number="1993120001",
    )
    keys = (*DEFAULT_COLUMNS, "entry_year", "country", "language", "pinyin")

    assert exported(person, "zh", *keys) == (
        *("曾国强", "1993120001", 1998, "口腔医学院", None, "3班", "鞍山中心医院", None),
        *("+8613800001234", "zeng@example.org", "辽宁", "鞍山"),
        *(1993, "中国", "中文", "zeng guo qiang"),
    )
    assert exported(person, "en", "college", "city", "province", "sex", "status") == (
        *("School of Stomatology", "Anshan", "Liaoning", "Male", "Known"),
    )


def test_what_is_not_known_is_empty_and_the_person_still_a_row() -> None:
    person = make_person("王伟")

    keys = [
        key for key in FIELDS if key not in {"name", "pinyin", "status", "language", "public_id"}
    ]

    assert set(exported(person, "zh", *keys)) == {None}


@pytest.mark.parametrize(
    ("city", "said"),
    [
        ("辽宁", (None, "辽宁", "中国")),
        ("北京", ("北京", None, "中国")),
        ("某小镇", ("某小镇", None, None)),
    ],
)
def test_a_place_is_said_as_far_as_it_is_known(city: str, said: tuple[str | None, ...]) -> None:
    person = make_person("王伟", city=city)

    assert exported(person, "zh", "city", "province", "country") == said


@pytest.mark.parametrize(("month", "text"), [(None, "1998"), (7, "1998-07"), (12, "1998-12")])
def test_a_graduation_is_as_exact_as_it_is_known(month: int | None, text: str) -> None:
    person = make_person("王伟")
    saved(Study(person_id=person.id, is_primary=True, graduation_year=1998, graduation_month=month))

    assert exported(person, "zh", "graduation") == (text,)


def test_a_second_study_makes_no_second_row() -> None:
    person = make_person("王伟", year=1998)
    saved(Study(person_id=person.id, graduation_year=2003))

    rows = export_select(SYSTEM, list(FIELDS), "zh").where(Person.id == person.id)

    assert db.session.scalar(select(func.count()).select_from(rows.subquery())) == 1


def test_a_label_is_in_the_language_of_the_moment() -> None:
    with speaking("en"):
        assert str(FIELDS["student_number"].label) == "Student number"


def test_every_status_has_a_word() -> None:
    assert set(status_words()) == {status.value for status in PersonStatus}
