from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from alumni.authz import ANYONE, SYSTEM, Actor, Class
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import home_institution
from alumni.db import Model, db
from alumni.i18n import speaking
from alumni.people.fields import (
    DEFAULT_COLUMNS,
    FIELDS,
    HEADERS,
    Group,
    every_course,
    export_select,
    fields_for,
    group_words,
    headers,
    listed_words,
    nth_course,
    status_words,
    training_words,
)
from alumni.people.models import (
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    PersonTag,
    Residence,
    Study,
    StudyInstitution,
    Tag,
    Training,
    TrainingKind,
)
from alumni.roster.rows import FIELD_KEYS
from tests.factories import make_member, make_person, make_verified, saved, the_chapter


def exported(
    person: Person, language: str, *keys: str, actor: Actor = SYSTEM
) -> tuple[object, ...]:
    rows = export_select(actor, keys, language).where(Person.id == person.id)
    return tuple(db.session.execute(rows).one())


def code(kind: CodeKind, zh: str, en: str = "") -> Code:
    return saved(Code(kind=kind, name_zh=zh, name_en=en, position=999))


def having(person: Person, table: type[Model], *rows: dict[str, Any]) -> None:
    for row in rows:
        saved(table(person_id=person.id, **row))


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("姓名", "name"),
        ("学号", "student_number"),
        ("studentno", "student_number"),
        ("学院系", "college"),
        ("职务职称", "title"),
        ("科室", "department"),
        ("培训科室", "training_department"),
        ("规培医院", "hospital"),
        ("department", "department"),
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
    assert HEADERS.get(header) == key


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

    always = {"name", "pinyin", "status", "listed", "language", "time_zone", "public_id"}
    agreed = {"mailings", "address_book", "chapter_sharing"}
    keys = [key for key in FIELDS if key not in always | agreed]

    assert set(exported(person, "zh", *keys)) == {None}
    assert set(exported(person, "en", *sorted(agreed))) == {"No"}


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


def test_what_a_file_can_bring_in() -> None:
    assert sorted(FIELD_KEYS) == sorted(
        [
            "name",
            "name_latin",
            "name_en",
            "sex",
            "student_number",
            "entry_year",
            "graduation",
            "graduation_year",
            "college",
            "major",
            "level",
            "class_label",
            "employer",
            "department",
            "title",
            "hospital",
            "training_kind",
            "training_department",
            "training_from",
            "training_to",
            "phone",
            "email",
            "province",
            "city",
            "country",
            "wechat",
            "birth_year",
            "certificate_number",
            "degree",
            "postal",
        ]
    )
    assert {key for key, field in FIELDS.items() if field.is_imported} == {*FIELD_KEYS, "pinyin"}


def test_every_field_reads_either_the_person_or_a_study() -> None:
    assert all((field.column is None) == field.is_of_study for field in FIELDS.values())
    assert {field.group for field in FIELDS.values()} == set(Group) == set(group_words())
    assert all(str(field.label) for field in FIELDS.values())


def test_a_study_at_two_universities() -> None:
    person = make_person("王伟")
    partner = code(CodeKind.INSTITUTION, "合作大学", "Partner University")
    study = saved(
        Study(
            person_id=person.id,
            is_primary=True,
            programme_id=code(CodeKind.PROGRAMME, "双校共育", "Run by two").id,
            entry_year=2001,
            entry_month=9,
            supervisor="李教授",
        )
    )
    here = {"institution_id": home_institution().id, "student_number": "0001"}
    there = {"institution_id": partner.id, "student_number": "P9", "degree": "理学硕士"}
    having(
        person,
        StudyInstitution,
        {"study_id": study.id, "degree": "医学硕士", "certificate_number": "Z1", **here},
        {"study_id": study.id, **there},
    )
    keys = ("programme", "entry", "supervisor", "student_number", "degree", "certificate_number")
    beside = ("partner", "partner_number", "partner_degree")

    assert exported(person, "zh", *keys) == (
        *("双校共育", "2001-09", "李教授", "0001", "医学硕士", "Z1"),
    )
    assert exported(person, "en", *beside) == ("Partner University", "P9", "理学硕士")
    home = home_institution()
    assert exported(person, "zh", "institutions") == (f"{home.name_zh}；合作大学",)


def test_training_the_latest_and_all() -> None:
    person = make_person("王伟")
    hospital = code(CodeKind.HOSPITAL, "协和医院", "Union Hospital")
    having(
        person,
        Training,
        {
            "kind": TrainingKind.FURTHER,
            "hospital_id": hospital.id,
            "written": "协和",
            "department": "心内科",
            "from_year": 2005,
            "from_month": 3,
            "to_year": 2006,
            "certificate_number": "C7",
        },
        {"kind": TrainingKind.RESIDENCY, "written": "某医院", "from_year": 1999, "to_year": 2002},
        {"kind": TrainingKind.INTERN, "written": ""},
    )
    latest = ("hospital", "training_kind", "training_department", "training_years")

    assert exported(person, "en", *latest, "training_certificate") == (
        *("Union Hospital", "Further training", "心内科", "2005-03–2006", "C7"),
    )
    (everything,) = exported(person, "en", "trainings")
    assert sorted(str(everything).split("; ")) == [
        "Further training Union Hospital 心内科 2005-03–2006",
        "Internship",
        "Residency 某医院 1999–2002",
    ]


def test_work_now_and_before() -> None:
    person = make_person("王伟")
    having(
        person,
        Employment,
        {"employer": "甲医院", "title": "医师", "is_current": False, "to_year": 2010},
        {
            "employer": "乙医院",
            "department": "口腔科",
            "industry_id": code(CodeKind.INDUSTRY, "医疗", "Health care").id,
            "from_year": 2010,
            "from_month": 11,
        },
        {"employer": "丙医院", "is_current": False, "from_year": 1990},
    )
    keys = ("employer", "department", "industry", "employed_since")

    assert exported(person, "en", *keys) == ("乙医院", "口腔科", "Health care", "2010-11")
    (before,) = exported(person, "zh", "earlier_work")
    assert sorted(str(before).split("；")) == ["丙医院 1990–", "甲医院 医师 –2010"]


def test_ways_to_reach_a_person() -> None:
    person = make_person("王伟", phone="+8613800000001", email="one@example.org")
    other = {"kind": ContactKind.PHONE}
    having(
        person,
        ContactPoint,
        {**other, "value": "024 2222", "normal": "+86242222"},
        {**other, "value": "+1 617 1", "normal": "+16171"},
        {"kind": ContactKind.EMAIL, "value": "two@example.org", "normal": "two@example.org"},
        {"kind": ContactKind.WECHAT, "value": "wang_wei", "normal": "wang_wei"},
        {"kind": ContactKind.POSTAL, "value": "鞍山市一路1号", "normal": "鞍山市一路1号"},
        {
            "kind": ContactKind.POSTAL,
            "value": "沈阳市二路2号",
            "normal": "沈阳市二路2号",
            "is_primary": True,
        },
    )
    keys = ("phone", "other_phones", "email", "other_emails", "wechat", "postal")

    assert exported(person, "en", *keys) == (
        *("+8613800000001", "024 2222; +1 617 1", "one@example.org", "two@example.org"),
        *("wang_wei", "沈阳市二路2号"),
    )
    assert exported(person, "zh", "other_phones") == ("024 2222；+1 617 1",)


def test_what_the_association_knows_of_a_person() -> None:
    person = make_person(
        "王伟",
        birth_year=1975,
        listed=Level.CHAPTERS,
        time_zone="America/New_York",
        confirmed_at=datetime(2026, 5, 2, 17, 0, tzinfo=UTC),
        consents=(ConsentPurpose.MAILINGS,),
    )
    make_member(the_chapter("shenyang"), person)
    make_member(the_chapter("anshan"), person, is_primary=True)
    having(person, FormerName, {"name": "王小伟"}, {"name": "王大伟"})
    for zh, en in (("贵宾", "Guest of honour"), ("志愿者", "")):
        having(person, PersonTag, {"tag_id": saved(Tag(name_zh=zh, name_en=en)).id})
    having(person, Residence, {"written": "鞍山", "starts_on": date(2020, 2, 29)})

    keys = ("former_names", "birth_year", "chapters", "primary_chapter", "tags", "lives_since")
    assert exported(person, "zh", *keys) == (
        *("王小伟；王大伟", 1975, "沈阳分会；鞍山分会", "鞍山分会", "贵宾；志愿者"),
        date(2020, 2, 29),
    )
    others = ("listed", "mailings", "address_book", "confirmed_at", "time_zone", "tags")
    assert exported(person, "en", *others) == (
        *("Own chapters", "Yes", "No", "2026-05-03", "America/New_York"),
        "Guest of honour; 志愿者",
    )


def test_what_somebody_may_not_see_is_empty_also_among_several() -> None:
    person = make_verified("王伟", phone="+8613800000001")
    point = {"person_id": person.id, "kind": ContactKind.PHONE}
    alumni, own_class = {"visibility": Level.ALUMNI}, {"visibility": Level.CLASS}
    saved(ContactPoint(value="A", normal="A", **point, **alumni))
    saved(ContactPoint(value="B", normal="B", **point))
    saved(ContactPoint(value="C", normal="C", **point, **own_class))
    having(
        person,
        Training,
        {"kind": TrainingKind.FELLOWSHIP, "written": "甲", "from_year": 1999, **alumni},
        {"kind": TrainingKind.RESIDENCY, "written": "乙", "from_year": 2009},
    )
    having(person, Employment, {"employer": "丙", "is_current": False}, {"employer": "丁"})
    having(person, FormerName, {"name": "旧名"}, {"name": "曾用", **alumni})
    study = saved(
        Study(
            person_id=person.id,
            is_primary=True,
            graduation_year=1998,
            class_label="3班",
            college_id=code(CodeKind.COLLEGE, "某学院").id,
        )
    )
    keys = ("phone", "other_phones", "hospital", "trainings", "earlier_work", "employer")
    graduate = Actor(is_verified=True)
    own = Class(1998, study.college_id or 0, "3班")
    mate = Actor(is_verified=True, classes=frozenset({own}))
    other = Actor(is_verified=True, classes=frozenset({own._replace(major_id=7)}))

    assert exported(person, "en", *keys, "former_names", actor=graduate) == (
        *(None, "A", "甲", "Fellowship 甲 1999–", None, None, "曾用"),
    )
    assert exported(person, "en", "other_phones", "class_label", actor=mate) == ("A; C", "3班")
    # The third class of another major is another one.
    assert exported(person, "en", "other_phones", "class_label", actor=other) == ("A", "3班")
    assert exported(person, "en", *keys, "class_label", actor=ANYONE) == (None,) * 7
    assert exported(person, "en", "other_phones") == ("A; B; C",)


def test_what_is_the_office_s_cannot_be_asked_for() -> None:
    graduate = Actor(is_verified=True)
    private = {key for key, field in FIELDS.items() if field.is_private}

    assert private == {
        "sex",
        "birth_year",
        "student_number",
        "certificate_number",
        "partner_number",
        "training_certificate",
        "chapters",
        "primary_chapter",
        "status",
        "status_since",
        "lost_since",
        "contact_stopped_on",
        "listed",
        "tags",
        "mailings",
        "address_book",
        "chapter_sharing",
        "confirmed_at",
        "language",
        "time_zone",
        "public_id",
    }
    assert set(fields_for(graduate)) == set(FIELDS) - private
    for key in private:
        with pytest.raises(KeyError):
            export_select(graduate, ["name", key], "en")


def test_studies_side_by_side_and_one_beneath_the_other() -> None:
    person = make_person("王伟", year=1998, student_number="0001")
    saved(Study(person_id=person.id, graduation_year=2000, visibility=Level.OFFICE))
    saved(Study(person_id=person.id, graduation_year=2001))
    graduate = Actor(is_verified=True)
    keys = ["name", "graduation_year", "student_number", "city", "level"]
    two = [nth_course(0), nth_course(1)]

    flat = export_select(SYSTEM, keys, "en", two).where(Person.id == person.id)
    each = export_select(SYSTEM, ["graduation_year"], "en", [every_course()])
    seen = export_select(graduate, ["graduation_year"], "en", [every_course()])
    beside = export_select(graduate, ["graduation_year"], "en", two).where(Person.id == person.id)

    with speaking("en"):
        assert headers(keys, 2) == [
            *("Name", "Graduation year 1", "Student number 1"),
            *("Graduation year 2", "Student number 2", "City"),
            *("Level of study 1", "Level of study 2"),
        ]
    assert tuple(db.session.execute(flat).one()) == (
        *("王伟", 1998, "0001", 2000, None, None, None, None),
    )
    assert tuple(db.session.execute(beside).one()) == (1998, 2001)
    assert sorted(db.session.scalars(each)) == [1998, 2000, 2001]
    assert sorted(db.session.scalars(seen)) == [1998, 2001]


def test_every_level_and_every_training_has_a_word() -> None:
    assert set(listed_words()) == {level.value for level in Level}
    assert set(training_words()) == {kind.value for kind in TrainingKind}
