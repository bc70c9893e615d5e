"""The pages on which a person is edited, at both doors."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete, func, select

from alumni.accounts.models import Account, Assignment
from alumni.audit.models import ChangeSet
from alumni.authz import Capability
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named, home_institution
from alumni.db import db, today
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonTag,
    Photo,
    Residence,
    Study,
    StudyInstitution,
    Tag,
    Training,
    TrainingKind,
)
from alumni.tables import metadata
from tests.browser import Browser, Page
from tests.factories import make_account, make_person, make_verified, saved
from tests.people.test_editing_commands import partner

SignIn = Callable[[Account | Person], Browser]

MINE = "/me/profile"

OWN = (
    "",
    "/names",
    "/privacy",
    "/language",
    "/photo",
    "/former-names/new",
    "/trainings/new",
    "/jobs/new",
    "/homes/new",
    "/phones/new",
    "/emails/new",
    "/wechat/new",
    "/addresses/new",
)
OFFICES = ("/facts", "/tags", "/studies/new")


def door(person: Person) -> str:
    """Where the office edits the person."""
    return f"/office/people/{person.public_id}/edit"


def row(table: Any) -> Any:
    """The only row of the table."""
    db.session.rollback()
    return db.session.scalars(select(table)).one()


def now_is(person: Person) -> Person:
    """The person as they are in the database at this moment."""
    db.session.rollback()
    db.session.refresh(person)
    return person


def points(kind: ContactKind) -> list[ContactPoint]:
    db.session.rollback()
    asked = select(ContactPoint).where(ContactPoint.kind == kind).order_by(ContactPoint.id)
    return list(db.session.scalars(asked))


def errors(page: Page) -> list[str]:
    return page.texts("div", class_="error")


def deeds() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ChangeSet)) or 0


def picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (600, 400), "navy").save(file, "JPEG")
    file.seek(0)
    return file


def test_every_page_opens_at_both_doors(signed_in: SignIn, office: Browser) -> None:
    person = make_verified(
        "曾国强", year=1998, city="鞍山", employer="医院", phone="+8613800000000"
    )
    own = signed_in(person)

    assert {path: own.get(MINE + path).status for path in OWN} == dict.fromkeys(OWN, 200)
    assert {path: office.get(door(person) + path).status for path in (*OWN, *OFFICES)} == (
        dict.fromkeys((*OWN, *OFFICES), 200)
    )


def test_nobody_else_opens_them(signed_in: SignIn, browser: Browser) -> None:
    person, other = make_verified("曾国强"), signed_in(make_verified("单雪"))
    viewer = make_account(role="office")
    looker = signed_in(viewer)
    held = (Assignment.account_id == viewer.id, Assignment.capability == Capability.EDIT_PEOPLE)
    db.session.execute(delete(Assignment).where(*held))
    db.session.commit()

    for path in (*OWN, *OFFICES):
        assert other.get(door(person) + path).status == 403
        assert looker.get(door(person) + path).status == 403
        assert browser.get(door(person) + path).location.startswith("/sign-in")
    assert browser.get(MINE).location.startswith("/sign-in")
    assert {path: other.get(MINE + path).status for path in OFFICES} == dict.fromkeys(OFFICES, 404)
    assert looker.get(MINE).status == 404
    assert looker.get(f"/office/people/{person.public_id}").status == 200
    assert "Edit" not in looker.get(f"/office/people/{person.public_id}").texts("a")


def test_the_overview_says_who_sees_what(signed_in: SignIn) -> None:
    person = make_verified(
        "曾国强",
        year=1998,
        college="临床医学院",
        city="鞍山",
        employer="市中心医院",
        student_number="S1",
    )

    page = signed_in(person).get(MINE)

    assert page.texts("h1") == ["My data"]
    told = page.texts("li")
    assert "市中心医院 Who can see it: The office only Current" in told
    assert "Anshan Who can see it: Verified graduates Current" in told
    study = "Dalian Medical University · Student number S1 Who can see it: Verified graduates"
    assert [text for text in told if text.endswith(study)] != []


def test_names_and_former_names(signed_in: SignIn) -> None:
    person = make_verified("曾国强")
    own = signed_in(person)

    own.submit(f"{MINE}/names", name_en="Kevin", pinyin_surname="Tseng", name_zh="李四")
    own.submit(f"{MINE}/former-names/new", name="曾小强", visibility="class")

    person = now_is(person)
    assert (person.name_zh, person.name_en, person.pinyin_surname) == ("曾国强", "Kevin", "tseng")
    assert (person.pinyin_edited, person.sort_key) == (True, "tseng guo qiang 曾国强")
    former = row(FormerName)
    assert (former.name, former.visibility) == ("曾小强", Level.CLASS)

    assert "曾小强 Who can see it: Own classes" in own.get(MINE).texts("li")

    own.submit(f"{MINE}/former-names/{former.id}", name="曾大强")
    assert row(FormerName).name == "曾大强"
    pressed = own.press(
        f"{MINE}/former-names/{former.id}", f"{MINE}/former-names/{former.id}/remove"
    )
    assert own.follow(pressed).texts("div", role="status") == [
        "Removed. It stays in the history that the office keeps."
    ]


def test_the_office_enters_names_and_pinyin_follows(office: Browser) -> None:
    person = make_person("曾国强")
    office.submit(f"{door(person)}/names", name_zh="单雪", name_latin="SHAN Xue")
    person = now_is(person)
    assert (person.pinyin_surname, person.pinyin_given, person.pinyin_edited) == (
        "shan",
        "xue",
        False,
    )
    assert person.name_latin == "SHAN Xue"

    wrong = office.submit(
        f"{door(person)}/names", name_zh="Shan", name_latin="单", pinyin_surname="单"
    )
    assert (wrong.status, errors(wrong)) == (
        422,
        [
            "Please write this name in characters.",
            "Please write this name in Latin letters.",
            "Please write pinyin in letters, as in “zeng”.",
        ],
    )
    nameless = office.submit(f"{door(person)}/names", name_zh="", name_latin="", name_en="")
    assert errors(nameless) == ["A person needs one name at least."]


def joint_study(institution_id: str) -> dict[str, str]:
    """Answers of the form: registered here and there."""
    return {
        "level": "master",
        "entry": "2015.09",
        "graduation": "2018年7月",
        "institution_1": str(home_institution().id),
        "student_number_1": "ｓ２",
        "degree_1": "医学硕士",
        "institution_2": institution_id,
        "student_number_2": "H77",
    }


def test_a_number_belongs_to_one_study(office: Browser) -> None:
    person, other = make_person("曾国强"), partner()
    make_person("王伟", year=2003, student_number="S1")
    url, answers = f"{door(person)}/studies/new", joint_study(str(other.id))

    taken = office.submit(url, **answers | {"student_number_1": "s1"})
    assert (taken.status, errors(taken)) == (
        422,
        ["Wang Wei · Class of 2003 has this student number."],
    )
    twice = office.submit(url, **answers | {"institution_2": answers["institution_1"]})
    assert errors(twice) == ["This university stands here already."]
    unreadable = office.submit(url, **answers | {"student_number_1": "学号", "entry": "soon"})
    assert errors(unreadable) == [
        "Please write a year, or a year and a month: 2015 or 2015-07.",
        "A student number has only letters and digits.",
    ]
    homeless = office.submit(url, **answers | {"institution_2": ""})
    assert errors(homeless) == ["Whose number is it? Choose a university."]
    assert db.session.scalar(select(func.count(Study.id)).where(Study.person_id == person.id)) == 0


def test_a_joint_study_is_entered_and_changed(office: Browser) -> None:
    person, other = make_person("曾国强"), partner()
    answers = joint_study(str(other.id))
    assert office.submit(f"{door(person)}/studies/new", **answers).status == 303

    db.session.rollback()
    study = db.session.scalars(select(Study).where(Study.person_id == person.id)).one()
    assert (study.entry_month, study.graduation_year, study.graduation_month) == (9, 2018, 7)
    assert study.is_primary
    numbers = select(StudyInstitution.student_number).where(StudyInstitution.study_id == study.id)
    assert set(db.session.scalars(numbers)) == {"S2", "H77"}

    shown = office.get(f"{door(person)}/studies/{study.id}")
    assert shown.form().values["student_number_2"] == "H77"
    assert shown.form().values["entry"] == "2015-09"
    office.submit(f"{door(person)}/studies/{study.id}", institution_2="", student_number_2="")
    db.session.rollback()
    assert list(db.session.scalars(numbers)) == ["S2"]
    page = office.get(f"/office/people/{person.public_id}")
    assert "September 2015 – July 2018" in page.text
    assert "S2" in page.texts("dd")


def test_a_training_at_a_hospital_by_a_short_name(signed_in: SignIn) -> None:
    person = make_verified("曾国强")
    known = code_named(CodeKind.HOSPITAL, "附属第一医院")
    assert known is not None
    own = signed_in(person)
    url = f"{MINE}/trainings/new"

    wrong = own.submit(url, hospital="附一院", began="2018-07", ended="2015")
    assert (errors(wrong), wrong.form().values["hospital"]) == (
        ["The end comes after the beginning."],
        "附一院",
    )
    assert known.name_en in {one["value"] for one in wrong.all("option") if "value" in one}
    own.submit(
        url, kind="further", hospital="附一院", began="2015-07", ended="2018", visibility="alumni"
    )

    stay = row(Training)
    assert (stay.kind, stay.hospital_id, stay.visibility) == (
        TrainingKind.FURTHER,
        known.id,
        Level.ALUMNI,
    )
    assert (stay.from_year, stay.from_month, stay.to_year, stay.to_month) == (2015, 7, 2018, None)
    assert "First Affiliated Hospital Further training · July 2015 – 2018" in own.get(MINE).text
    assert own.get(f"{MINE}/trainings/{stay.id}").form().values["hospital"] == "附一院"


def test_jobs(signed_in: SignIn) -> None:
    person = make_verified("曾国强", employer="鞍山医院")
    own = signed_in(person)
    old = row(Employment).id

    wrong = own.submit(f"{MINE}/jobs/new", employer="大连医院", ended="2020")
    assert errors(wrong) == ["A job that goes on today has no end yet."]
    own.submit(f"{MINE}/jobs/new", employer="大连医院", title="院长", began="2019")
    own.submit(f"{MINE}/jobs/{old}", ended="2018")

    db.session.rollback()
    jobs = select(Employment.employer, Employment.is_current, Employment.to_year)
    assert list(db.session.execute(jobs.order_by(Employment.id))) == [
        ("鞍山医院", False, 2018),
        ("大连医院", True, None),
    ]


def test_moving_suggests_the_chapter_there(signed_in: SignIn) -> None:
    person = make_verified("曾国强", city="鞍山")
    own = signed_in(person)

    page = own.follow(own.submit(f"{MINE}/homes/new", city="ボストン"))
    assert page.texts("div", role="status") == ["Saved."]
    page = own.follow(own.submit(f"{MINE}/homes/new", city="Boston"))

    assert page.texts("div", role="status") == [
        "Saved.",
        "There is a chapter where you live now: North America Chapter.",
    ]
    db.session.rollback()
    homes = select(Residence.written, Residence.is_current, Residence.ends_on)
    assert list(db.session.execute(homes.order_by(Residence.id))) == [
        ("鞍山", False, today()),
        ("ボストン", False, today()),
        ("Boston", True, None),
    ]


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("138 0000 0000", "+8613800000000"),
        ("+1 617 555 0100", "+16175550100"),
        ("１３８００００００００", "+8613800000000"),
        ("0411-86110000", "+8641186110000"),
    ],
)
def test_a_telephone_is_kept_as_given_and_as_dialled(
    signed_in: SignIn, typed: str, normal: str
) -> None:
    own = signed_in(make_verified("曾国强"))
    own.submit(f"{MINE}/phones/new", value=typed, label="work")

    (point,) = points(ContactKind.PHONE)
    assert (point.value, point.normal, point.label) == (typed, normal, "work")
    assert (point.is_primary, point.visibility) == (True, Level.OFFICE)


@pytest.mark.parametrize("typed", ["12345", "+86 138", "tel", "１２３"])
def test_what_is_no_telephone_is_said_beside_the_field(signed_in: SignIn, typed: str) -> None:
    own = signed_in(make_verified("曾国强"))
    before = deeds()

    page = own.submit(f"{MINE}/phones/new", value=typed)

    assert (page.status, page.form().values["value"]) == (422, typed)
    assert errors(page) == [
        "This is not a telephone number. Abroad it begins with + and the country."
    ]
    assert (points(ContactKind.PHONE), deeds()) == ([], before)


def test_the_main_way_changes_and_falls_to_another(signed_in: SignIn) -> None:
    own = signed_in(make_verified("曾国强", email="a@example.org"))
    own.submit(f"{MINE}/emails/new", value="B@Example.org", first="y")
    first, second = points(ContactKind.EMAIL)
    assert (first.is_primary, second.is_primary, second.value) == (False, True, "b@example.org")
    assert "first" not in own.get(f"{MINE}/emails/{second.id}").form().values

    own.press(f"{MINE}/emails/{second.id}", f"{MINE}/emails/{second.id}/remove")

    assert [point.is_primary for point in points(ContactKind.EMAIL)] == [True]
    twice = own.submit(f"{MINE}/emails/new", value="a@example.org")
    assert errors(twice) == ["This stands here already."]
    assert own.get(f"{MINE}/phones/{first.id}").status == 404


def test_rows_of_others_are_not_there(signed_in: SignIn, office: Browser) -> None:
    person = make_verified(
        "曾国强", employer="医院", city="鞍山", phone="+8613800000000", year=1998
    )
    other = make_verified("单雪")
    intruder = signed_in(other)
    token = intruder.get(f"{MINE}/names").form().values["csrf_token"]
    before = deeds()
    rows = {
        "jobs": row(Employment).id,
        "homes": row(Residence).id,
        "phones": points(ContactKind.PHONE)[0].id,
        "studies": row(Study).id,
    }

    for section, row_id in rows.items():
        url = f"{MINE}/{section}/{row_id}"
        assert intruder.get(url).status == 404
        for path in (url, f"{url}/remove"):
            sent = intruder.post(path, csrf_token=token, version="1", employer="x", city="x")
            assert sent.status == 404
        assert office.get(f"{door(other)}/{section}/{row_id}").status == 404
        assert office.get(f"{door(person)}/{section}/{row_id}").status == 200
    assert intruder.get(f"{MINE}/nothing/1").status == 404
    assert deeds() == before


def test_columns_that_no_form_has_are_not_written(signed_in: SignIn) -> None:
    person, other = make_verified("曾国强"), make_verified("单雪")
    own = signed_in(person)

    own.submit(
        f"{MINE}/jobs/new",
        employer="医院",
        person_id=str(other.id),
        id="4711",
        status="erased",
        listed="public",
    )
    own.submit(f"{MINE}/names", name_zh="李四", status="departed", public_id="x", pinyin_edited="y")

    person = now_is(person)
    assert (row(Employment).person_id, person.name_zh, person.listed) == (
        person.id,
        "曾国强",
        Level.ALUMNI,
    )
    assert (person.status, person.pinyin_edited) == ("verified", False)


def test_no_form_writes_a_column_that_it_does_not_ask_for(signed_in: SignIn) -> None:
    """Each is sent back as it came, with all columns that there are, and those of rows by name."""
    person = make_verified(
        "曾国强", year=1998, employer="医院", city="鞍山", phone="+8613800000000"
    )
    other = make_verified("单雪", year=1999, employer="学校", city="沈阳")
    saved(
        FormerName(person_id=person.id, name="曾强"),
        Training(person_id=person.id, kind=TrainingKind.FELLOWSHIP, written="医院"),
    )
    own = signed_in(person)
    columns = {column.name for table in metadata.sorted_tables for column in table.columns}
    strange = dict.fromkeys(columns, "1")
    strange |= {name: str(other.id) for name in columns if name == "id" or name.endswith("_id")}
    strange |= {"status": "known", "name_zh": "李四", "sort_key": "a", "verified_at": "2020-01-01"}
    strange |= {f"{table}_{row_id}": "public" for table in TABLES for row_id in range(1, 9)}
    rows = {
        "former-names": row(FormerName).id,
        "trainings": row(Training).id,
        "jobs": of(person, Employment),
        "homes": of(person, Residence),
        "phones": points(ContactKind.PHONE)[0].id,
    }
    paths = ["/names", "/privacy", "/language"]
    paths += [f"/{section}/{row_id}" for section, row_id in rows.items()]
    before = known()

    for path in paths:
        page = own.get(f"{MINE}{path}")
        form = page.form()
        asked = {name: value for name, value in strange.items() if name not in form.values}
        assert own.send(form, page.url, **asked).status == 303
        assert known() == before, path


TABLES = (
    "person",
    "study",
    "study_institution",
    "training",
    "employment",
    "residence",
    "contact_point",
    "former_name",
    "person_tag",
    "consent",
    "account",
    "assignment",
    "chapter_membership",
    "officer",
)
"""All that is known of people, and what they may do."""

CLOCKS = {"version", "updated_at"}


def known() -> list[tuple[str, dict[str, Any]]]:
    db.session.rollback()
    return [
        (name, {key: value for key, value in held.items() if key not in CLOCKS})
        for name in TABLES
        for held in db.session.execute(
            select(metadata.tables[name]).order_by(*metadata.tables[name].primary_key)
        ).mappings()
    ]


def of(person: Person, table: type[Any]) -> int:
    """The number of the person's only row there."""
    return int(db.session.scalars(select(table.id).where(table.person_id == person.id)).one())


def test_who_edits_an_older_version_is_told_and_keeps_what_was_typed(
    signed_in: SignIn, office: Browser
) -> None:
    person = make_verified("曾国强", employer="鞍山医院")
    own = signed_in(person)
    url = f"{MINE}/jobs/{row(Employment).id}"
    seen = own.get(url)
    office.submit(f"{door(person)}/phones/new", value="13800000000")

    late = own.send(seen.form(), seen.url, employer="大连医院")
    removed = own.send(seen.form(f"{url}/remove"), seen.url)

    assert (late.status, late.form().values["employer"]) == (409, "大连医院")
    assert "in the meantime" in late.texts("div", role="alert")[0]
    assert own.follow(removed).texts("div", role="alert") == [
        "Somebody else has changed these data in the meantime. Please look at them again."
    ]
    assert row(Employment).employer == "鞍山医院"
    assert own.submit(url, employer="大连医院").status == 303
    for version in ("abc", None):
        assert own.submit(url, employer="x", version=version).status == 409


def test_who_can_see_what_is_one_page(signed_in: SignIn) -> None:
    person = make_verified("曾国强", city="鞍山", employer="医院", phone="+8613800000000")
    own = signed_in(person)
    home, job = row(Residence), row(Employment)

    page = own.get(f"{MINE}/privacy")
    assert page.form().values["mailings"] == "y"
    assert [one["href"] for one in page.all("a") if "/as/" in (one.get("href") or "")] == [
        f"{MINE}/as/{level}" for level in ("class", "chapters", "alumni", "public")
    ]
    own.submit(
        f"{MINE}/privacy",
        listed="chapters",
        mailings=None,
        address_book="y",
        **{f"residence_{home.id}": "class", f"employment_{job.id}": "alumni", "photo_1": "public"},
    )

    person = now_is(person)
    assert person.listed is Level.CHAPTERS
    assert (row(Residence).visibility, row(Employment).visibility) == (Level.CLASS, Level.ALUMNI)
    assert points(ContactKind.PHONE)[0].visibility is Level.OFFICE
    given = select(Consent.purpose, Consent.version).where(Consent.withdrawn_at.is_(None))
    assert set(db.session.execute(given)) == {
        (ConsentPurpose.MEMBERSHIP, "1"),
        (ConsentPurpose.ADDRESS_BOOK, "2026-11-01"),
    }
    wrong = own.submit(f"{MINE}/privacy", listed="world")
    assert wrong.status == 422


def test_a_photograph_is_set_and_removed(signed_in: SignIn) -> None:
    person = make_verified("曾国强")
    own = signed_in(person)

    sent = own.submit(f"{MINE}/photo", file=(picture(), "me.jpg"), visibility="class")
    assert sent.status == 303
    photo = row(Photo)
    assert (photo.visibility, Image.open(io.BytesIO(photo.content)).format) == (Level.CLASS, "JPEG")
    drawing = own.submit(f"{MINE}/photo", file=(io.BytesIO(b"<svg/>"), "me.svg"))
    assert (drawing.status, len(errors(drawing))) == (400, 1)
    nothing = own.submit(f"{MINE}/photo")
    assert (nothing.status, errors(nothing)) == (422, ["Choose a picture first."])
    assert row(Photo).public_id == photo.public_id

    assert "Photograph" in own.get(f"{MINE}/privacy").texts("label")

    own.press(f"{MINE}/photo", f"{MINE}/photo/remove")
    db.session.rollback()
    assert db.session.scalars(select(Photo)).all() == []


def test_language_facts_tags_and_confirming(signed_in: SignIn, office: Browser) -> None:
    person = make_verified("曾国强")
    own = signed_in(person)

    own.submit(f"{MINE}/language", language="en", time_zone="America/New_York")
    own.press(MINE, f"{MINE}/confirm")
    office.submit(f"{door(person)}/facts", sex="m", birth_year="1975")
    tagged = office.follow(office.submit(f"{door(person)}/tags", name_zh="嘉宾", name_en="Guest"))
    nothing = office.submit(f"{door(person)}/tags")
    wrong = office.submit(f"{door(person)}/facts", birth_year="197x")
    unborn = office.submit(f"{door(person)}/facts", birth_year="2099")

    person = now_is(person)
    assert (person.language, person.time_zone) == ("en", "America/New_York")
    assert (person.sex, person.birth_year) == ("m", 1975)
    assert person.confirmed_at is not None
    assert "Guest" in tagged.texts("span")
    assert errors(nothing) == ["Choose a tag, or name a new one."]
    assert (wrong.status, wrong.form().values["birth_year"]) == (422, "197x")
    assert "Guest" in office.get(f"/office/people/{person.public_id}").texts("span")
    remove = next(form for form in tagged.forms if form.action.endswith("/remove"))
    gone = office.follow(office.send(remove, tagged.url))
    assert "Guest" in gone.texts("option")
    assert errors(unborn) == ["Please look at the year again."]
    known = row(Tag).public_id
    assert office.follow(office.submit(f"{door(person)}/tags", tag=known)).status == 200
    assert row(PersonTag).person_id == person.id
    assert office.post(f"{door(person)}/tags/nothing/remove").status == 400


def test_history_stands_on_the_offices_page(signed_in: SignIn, office: Browser) -> None:
    person = make_verified("曾国强", employer="鞍山医院")
    signed_in(person).submit(f"{MINE}/jobs/{row(Employment).id}", employer="大连医院")
    major = code_named(CodeKind.MAJOR, "临床医学")
    assert major is not None
    office.submit(f"{door(person)}/studies/new", major_id=str(major.id))

    page = office.get(f"/office/people/{person.public_id}")

    assert "Employer: 鞍山医院 → 大连医院" in page.texts("li")
    assert f"Major: – → {major.name_en}" in page.texts("li")
    assert {"Job changed", "Study added"} <= set(page.texts("b"))


def test_the_overview_asks_a_fixed_number_of_statements(
    signed_in: SignIn, queries: list[str]
) -> None:
    person = make_verified(
        "曾国强", city="鞍山", employer="医院", phone="+8613800000000", year=1998
    )
    own = signed_in(person)
    counts = []
    for n in range(3):
        queries.clear()
        assert own.get(MINE).status == 200
        counts.append(len(queries))
        saved(Employment(person_id=person.id, employer=f"医院{n}", is_current=False))
        saved(Training(person_id=person.id, kind=TrainingKind.INTERN, written=f"医院{n}"))

    assert len(set(counts[1:])) == 1
    assert counts[2] <= 24
