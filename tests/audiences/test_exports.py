"""Files of people: what stands in them, for whom, and what the history says of it."""

import csv
import hashlib
import io
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import delete, select

from alumni.accounts.models import Account, Assignment
from alumni.audiences import jobs
from alumni.audiences.commands import exports as commands
from alumni.audiences.commands.exports import Format, Wish
from alumni.audiences.commands.profiles import delete_profile, keep_profile
from alumni.audiences.criteria import Audience
from alumni.audiences.forms.exports import in_places
from alumni.audiences.models import ExportProfile
from alumni.audiences.policy import may_export_from, may_keep_profiles
from alumni.audiences.queries.exports import Rows, Selection, withheld
from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, SYSTEM, Capability, Right
from alumni.chapters.models import Chapter, Position, PositionRight
from alumni.db import db, now, today
from alumni.exports.jobs import make_files
from alumni.exports.models import FileState, KeptFile
from alumni.exports.queries import content
from alumni.people.fields import DEFAULT_COLUMNS
from alumni.people.models import (
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    Level,
    Person,
    Study,
)
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused

EXPORT = "/office/people/export"
DESK = "/chapters/anshan/desk/export"


@pytest.fixture(autouse=True)
def _registered(app: Flask) -> None:
    jobs.register()


def entry() -> ChangeSet:
    """The one export that the history knows of."""
    db.session.rollback()
    return db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "exported")).one()


def entries() -> list[ChangeSet]:
    db.session.rollback()
    told = select(ChangeSet).where(ChangeSet.verb == "exported").order_by(ChangeSet.id)
    return list(db.session.scalars(told))


def csv_rows(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding))))


def sheets(content: bytes) -> tuple[list[Any], dict[Any, Any]]:
    """The rows of the table, and the notes."""
    table, notes = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    rows = list(table.iter_rows(values_only=True))
    return rows, {row[0]: row[1] for row in notes.iter_rows(values_only=True)}


def point(person: Person, kind: ContactKind, value: str, **values: Any) -> ContactPoint:
    return saved(ContactPoint(person_id=person.id, kind=kind, value=value, normal=value, **values))


def exporting_officer(chapter: Chapter) -> Person:
    """A president to whose position the office gave the right to export."""
    position = db.session.scalars(select(Position).where(Position.code == "president")).one()
    saved(PositionRight(position_id=position.id, right=Right.EXPORT))
    return make_officer(chapter)


def with_two_studies(name: str = "王伟") -> Person:
    person = make_person(name, year=1998, college="口腔医学院")
    saved(Study(person_id=person.id, level="doctor", graduation_year=2003, class_label="博士班"))
    return person


def the_file() -> KeptFile:
    db.session.rollback()
    return db.session.scalars(select(KeptFile)).one()


def made() -> KeptFile:
    """The ordered file, after the worker had its turn."""
    db.session.rollback()
    assert make_files("worker") == 1
    return the_file()


# What the office takes


def test_the_file_holds_what_the_page_shows_and_the_history_knows_it(office: Browser) -> None:
    make_person("曾国强", year=1998, phone="+8613800001234", student_number="00123")
    make_person("=HYPERLINK(1)", year=1999, student_number="00124")
    make_person("王伟", year=2020)

    page = office.submit(
        f"{EXPORT}?year_to=2000",
        purpose="Class reunion",
        format="csv",
        columns=["name", "student_number", "phone", "graduation_year"],
    )

    assert page.status == 200
    assert page.content.startswith(b"\xef\xbb\xbf")
    assert csv_rows(page.content)[0] == ["Name", "Student number", "Phone", "Graduation year"]
    assert sorted(csv_rows(page.content)[1:]) == [
        ["'=HYPERLINK(1)", "00124", "", "1999"],
        ["曾国强", "00123", "'+8613800001234", "1998"],
    ]
    told = entry()
    assert told.why == "Class reunion"
    assert told.account_id is not None
    assert told.facts == {
        "filter": "year_to=2000",
        "sentence": "Class of 2000 or earlier",
        "columns": ["name", "student_number", "phone", "graduation_year"],
        "format": "csv",
        "studies": "main",
        "purpose": "Class reunion",
        "rows": 2,
        "persons": 2,
        "withheld": 0,
        "sha256": hashlib.sha256(page.content).hexdigest(),
        "complete": True,
    }


def test_a_workbook_keeps_text_and_says_what_it_is(office: Browser) -> None:
    make_person("曾国强", year=1998, phone="+8613800001234", student_number="00123")

    page = office.submit(f"{EXPORT}?q=zgq", purpose="校庆")

    rows, notes = sheets(page.content)
    assert len(rows[0]) == len(DEFAULT_COLUMNS)
    assert rows[1][:3] == ("曾国强", "00123", 1998)
    assert rows[1][8] == "+8613800001234"
    assert (notes["People"], notes["Rows"], notes["Conditions"]) == ("1", "1", "“zgq”")
    assert notes["Purpose"] == "校庆"
    assert notes["Exported by"].startswith("Account ")
    assert notes["Exported at"].endswith("Beijing time")
    assert "Withheld cells" not in notes
    assert entry().facts["sha256"] == hashlib.sha256(page.content).hexdigest()


def test_a_file_for_programs_that_know_no_unicode(office: Browser) -> None:
    make_person("曾国强")

    page = office.submit(EXPORT, purpose="x", format="csv-gb18030", columns=["name"])

    assert page.headers["Content-Type"] == "text/csv; charset=gb18030"
    assert csv_rows(page.content, "gb18030") == [["Name"], ["曾国强"]]


def test_headers_and_the_name_of_the_file_are_in_the_exporter_s_language(
    office: Browser,
) -> None:
    make_person("曾国强", year=1998)
    english = office.submit(EXPORT, purpose="x")
    with office.client.session_transaction() as session:
        session["language"] = "zh"

    chinese = office.submit(EXPORT, purpose="x")

    assert sheets(english.content)[0][0][:2] == ("Name", "Student number")
    assert sheets(chinese.content)[0][0][:2] == ("姓名", "学号")
    disposition = chinese.headers["Content-Disposition"]
    day = today().isoformat()
    assert disposition.startswith(f'attachment; filename="{day}.xlsx";')
    assert unquote(disposition.split("filename*=UTF-8''")[1]) == f"校友 {day}.xlsx"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"purpose": " "}, 422),
        ({"purpose": None}, 422),
        ({"columns": None}, 422),
        ({"format": "docx"}, 422),
        ({"format": "address-book"}, 422),
        ({"rows": "sideways"}, 422),
        ({"place-phone": "first"}, 422),
        ({"columns": ["name", "password_hash"]}, 400),
        ({"columns": ["name", "name"]}, 400),
        ({"csrf_token": "x"}, 422),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_met(office: Browser, wrong: dict[str, Any], status: int) -> None:
    make_person("曾国强")
    right: dict[str, Any] = {"purpose": "Reunion", "format": "csv", "profile_name": "Kept"}

    page = office.submit(EXPORT, **right | wrong)

    assert page.status == status
    assert entries() == []
    assert db.session.scalars(select(ExportProfile)).all() == []


def test_a_file_that_is_cut_stays_incomplete_in_the_history(app: Flask, office: Browser) -> None:
    for _ in range(3):
        make_person("曾国强")
    form = office.get(EXPORT).form()

    response = office.client.post(
        EXPORT, data=form.values | {"purpose": "x", "format": "csv"}, buffered=False
    )
    next(iter(response.response))
    response.close()

    facts = entry().facts
    assert (facts["rows"], facts["sha256"], facts["complete"]) == (None, None, False)


def test_the_page_is_light_and_asks_no_more_for_many(office: Browser, queries: list[str]) -> None:
    asked = []
    office.get(EXPORT)
    for _ in range(2):
        make_person("王伟", year=1998, phone="+8613800001234")
        queries.clear()
        page = office.get(EXPORT)
        asked.append(len([one for one in queries if not one.startswith(("SAVEPOINT", "BEGIN"))]))

    assert asked[0] == asked[1]
    assert len(page.content) < 34_000


# Columns in their order, and choices kept


@pytest.mark.parametrize(
    ("places", "ordered"),
    [
        ({}, "abcd"),
        ({"c": 1}, "cabd"),
        ({"a": 3}, "bcad"),
        ({"d": 2, "a": 1}, "adbc"),
        ({"b": 99}, "acdb"),
        ({"b": 0}, "bacd"),
        ({"x": 1}, "abcd"),
    ],
)
def test_a_column_moves_to_its_place(places: dict[str, int], ordered: str) -> None:
    assert "".join(in_places("abcd", places)) == ordered


def test_a_choice_is_kept_taken_again_overwritten_and_deleted(office: Browser) -> None:
    make_person("曾国强", phone="+8613800001234")
    wish = {"purpose": "x", "profile_name": "Phone list", "format": "csv", "rows": "each"}

    first = office.submit(EXPORT, columns=["name", "phone", "city"], **{"place-phone": "1"}, **wish)
    link = office.get(f"{EXPORT}?q=zeng").all("a", class_="chip")[0]
    again = office.submit(link["href"], purpose="x")
    db.session.rollback()
    profile = db.session.scalars(select(ExportProfile)).one()
    office.submit(link["href"], columns=["city"], purpose="x", format="xlsx")

    assert csv_rows(first.content)[0] == ["Phone", "Name", "City"]
    assert link["text"] == "Phone list"
    assert csv_rows(again.content)[0] == ["Phone", "Name", "City"]
    assert (profile.columns, profile.format) == (["phone", "name", "city"], "csv")
    assert profile.rows == "each"
    db.session.rollback()
    assert db.session.scalars(select(ExportProfile.columns)).all() == [["city"]]
    gone = office.press(link["href"], f"/me/export-profiles/{profile.public_id}/delete")
    assert gone.location == f"{EXPORT}?q=zeng"
    db.session.rollback()
    assert db.session.scalars(select(ExportProfile)).all() == []


def test_a_choice_is_its_owner_s_alone(office: Browser, signed_in: SignIn) -> None:
    make_person("曾国强")
    office.submit(EXPORT, purpose="x", profile_name="Mine")
    public_id = db.session.scalars(select(ExportProfile.public_id)).one()
    other = signed_in(make_account(role="office"))
    token = other.get(EXPORT).form().values["csrf_token"]

    seen = [
        other.get(f"{EXPORT}?profile={public_id}").status,
        other.post(f"/me/export-profiles/{public_id}/delete", csrf_token=token).status,
    ]

    assert seen == [404, 404]
    assert "Mine" not in other.get(EXPORT).text
    assert office.get(f"{EXPORT}?profile={public_id}").status == 200


def test_a_choice_that_somebody_may_no_longer_have_leaves_columns_out(
    app: Flask, signed_in: SignIn
) -> None:
    officer = exporting_officer(the_chapter("anshan"))
    account_id = actor_of(officer).account_id
    kept = ExportProfile(
        account_id=account_id,
        name="Old",
        columns=["status", "city", "name"],
        format="address-book",
        rows="main",
    )
    saved(kept)
    make_member(the_chapter("anshan"), make_verified("王伟", city="鞍山"))

    page = signed_in(officer).get(f"{DESK}?city=鞍山&profile={kept.public_id}")

    form = page.form().values
    assert form["columns"] == ["city", "name"]
    assert form["format"] == "xlsx"


def test_who_exports_nothing_keeps_no_choice() -> None:
    wish = Wish(columns=("name",), format=Format.CSV, purpose="x")
    with refused(may_keep_profiles):
        keep_profile(ANYONE, "x", wish)
    with refused(may_keep_profiles):
        delete_profile(ANYONE, ExportProfile())


# Several studies


@pytest.mark.parametrize(
    ("rows", "header", "written", "persons"),
    [
        (
            "main",
            ["Name", "Graduation year", "College", "City"],
            [["安一", "", "", ""], ["王伟", "1998", "School of Stomatology", ""]],
            2,
        ),
        (
            "flat",
            ["Name", "Graduation year 1", "College 1", "Graduation year 2", "College 2", "City"],
            [
                ["安一", "", "", "", "", ""],
                ["王伟", "1998", "School of Stomatology", "2003", "", ""],
            ],
            2,
        ),
        (
            "each",
            ["Name", "Graduation year", "College", "City"],
            [
                ["安一", "", "", ""],
                ["王伟", "1998", "School of Stomatology", ""],
                ["王伟", "2003", "", ""],
            ],
            2,
        ),
    ],
)
def test_several_studies(
    office: Browser, rows: str, header: list[str], written: list[list[str]], persons: int
) -> None:
    make_person("安一")
    with_two_studies()
    columns = ["name", "graduation_year", "college", "city"]

    text = office.submit(EXPORT, purpose="x", format="csv", rows=rows, columns=columns)
    facts = entry().facts
    book = office.submit(EXPORT, purpose="x", format="xlsx", rows=rows, columns=columns)

    assert csv_rows(text.content) == [header, *written]
    assert (facts["rows"], facts["persons"]) == (len(written), persons)
    notes = sheets(book.content)[1]
    assert (notes["Rows"], notes["People"]) == (str(len(written)), str(persons))


def test_studies_after_the_fourth_are_said_to_be_left_out(office: Browser) -> None:
    person = with_two_studies()
    for year in (2005, 2006, 2007):
        saved(Study(person_id=person.id, graduation_year=year))

    page = office.submit(EXPORT, purpose="x", rows="flat", columns=["graduation_year"])

    rows, notes = sheets(page.content)
    assert rows == [tuple(f"Graduation year {n}" for n in range(1, 5)), (1998, 2003, 2005, 2006)]
    assert notes["Left out"] == "Studies after the fourth of a person"


# What a leader takes


def test_to_carry_members_away_is_a_right_of_its_own(app: Flask, signed_in: SignIn) -> None:
    anshan = the_chapter("anshan")
    leader = signed_in(make_officer(anshan))
    without = [leader.get(url).status for url in ("/chapters/anshan/desk/members", DESK, EXPORT)]

    able = signed_in(exporting_officer(anshan))
    shenyang = "/chapters/shenyang/desk/export"

    assert without == [200, 403, 403]
    assert [able.get(url).status for url in (DESK, shenyang, EXPORT)] == [200, 404, 403]
    assert able.post(shenyang, purpose="x").status == 404
    assert entries() == []


def test_a_leader_gets_the_own_members_and_what_they_let_officers_see(
    app: Flask, signed_in: SignIn
) -> None:
    anshan = the_chapter("anshan")
    officer = exporting_officer(anshan)
    open_one = make_member(
        anshan,
        make_verified("曾国强", phone="+8613800001111", consents=(ConsentPurpose.CHAPTER_SHARING,)),
    )
    shy = make_member(anshan, make_verified("王伟", phone="+8613800002222", consents=()))
    saved(Employment(person_id=shy.id, employer="HIDDEN HOSPITAL", visibility=Level.OFFICE))
    saved(Employment(person_id=open_one.id, employer="鞍山中心医院", visibility=Level.CHAPTERS))
    make_verified("安一", phone="+8613800003333")  # verified, listed, and of no chapter
    make_member(the_chapter("shenyang"), make_verified("白二"))
    db.session.commit()
    leader = signed_in(officer)

    form = leader.get(DESK)
    page = leader.submit(
        DESK, purpose="Reunion", format="csv", columns=["name", "phone", "employer"]
    )
    book = leader.submit(
        DESK, purpose="Reunion", format="xlsx", columns=["name", "phone", "employer"]
    )

    own = [officer.name_zh or "", "", ""]
    assert sorted(csv_rows(page.content)[1:]) == sorted(
        [["曾国强", "'+8613800001111", "鞍山中心医院"], ["王伟", "", ""], own]
    )
    assert b"HIDDEN" not in page.content
    assert "Phone <5, Employer <5" not in form.text
    assert form.texts("small").count("<5 not yours to see") >= 2
    facts = entries()[0].facts
    assert facts["withheld"] == 2
    assert facts["withheld_by_column"] == {"phone": 1, "employer": 1}
    assert facts["filter"] == "chapter=anshan"
    assert sheets(book.content)[1]["Withheld cells"] == "Phone <5, Employer <5"


def test_a_leader_cannot_ask_for_what_is_the_office_s(app: Flask, signed_in: SignIn) -> None:
    leader = signed_in(exporting_officer(the_chapter("anshan")))
    form = leader.get(DESK)

    asked = [
        leader.submit(DESK, purpose="x", columns=["name", key]).status
        for key in ("student_number", "status", "sex", "tags", "chapters", "public_id")
    ]

    assert set(asked) == {400}
    assert "Student number" not in form.text
    assert leader.get(f"{DESK}?status=known").status == 400
    assert entries() == []


def test_what_is_withheld_is_counted_in_one_statement(queries: list[str]) -> None:
    anshan = the_chapter("anshan")
    officer = exporting_officer(anshan)
    shy = make_member(anshan, make_verified("王伟", year=1998, phone="+8613800002222", consents=()))
    saved(
        Study(
            person_id=shy.id,
            graduation_year=2003,
            level="doctor",
            visibility=Level.OFFICE,
        )
    )
    point(shy, ContactKind.PHONE, "+8613800004444", visibility=Level.ALUMNI)
    point(shy, ContactKind.PHONE, "+8613800005555")
    actor, selection = actor_of(officer), Selection.of_chapter(anshan, Audience())
    columns = ("name", "phone", "other_phones", "level", "graduation_year")
    queries.clear()

    beside = withheld(actor, selection, columns, Rows.FLAT)

    assert len([one for one in queries if one.startswith("SELECT")]) == 1
    assert beside == {"phone": 1, "other_phones": 1, "level": 1, "graduation_year": 1}
    assert withheld(actor, selection, columns, Rows.MAIN) == {"phone": 1, "other_phones": 1}
    assert withheld(SYSTEM, selection, columns, Rows.FLAT) == {}


def test_nobody_else_reads_a_table() -> None:
    anshan = the_chapter("anshan")
    leader = actor_of(make_officer(anshan))
    wish = Wish(columns=("name",), format=Format.CSV, purpose="x")
    for selection in (Selection(audience=Audience()), Selection.of_chapter(anshan, Audience())):
        with refused(may_export_from):
            commands.export(leader, selection, wish)
        with refused(may_export_from):
            commands.order(leader, selection, wish)
        with refused(may_export_from):
            withheld(leader, selection, ("name",), Rows.MAIN)


# Cards


def test_cards_have_what_may_be_seen(app: Flask, signed_in: SignIn) -> None:
    anshan = the_chapter("anshan")
    officer = exporting_officer(anshan)
    shown = make_verified("欧阳国强", year=1998, consents=(), phone="+8613800002222")
    point(shown, ContactKind.PHONE, "+8613800004444", visibility=Level.CHAPTERS)
    make_member(anshan, shown)

    page = signed_in(officer).submit(f"{DESK}?q=ouyang", purpose="x", format="vcard")

    assert page.headers["Content-Type"] == "text/vcard; charset=utf-8"
    lines = page.content.decode().split("\r\n")
    assert lines.count("BEGIN:VCARD") == 1
    assert [line for line in lines if line.startswith(("N:", "FN:", "TEL"))] == [
        "FN:Ouyang Guoqiang",
        "N:Ouyang;Guoqiang;;;",
        "TEL;TYPE=CELL:+8613800004444",
    ]
    assert "+8613800002222" not in page.content.decode()
    facts = entry().facts
    assert (facts["rows"], facts["persons"], facts["complete"]) == (1, 1, True)
    assert facts["sha256"] == hashlib.sha256(page.content).hexdigest()


@pytest.mark.parametrize(("code", "note"), [("zh", "1998届"), ("en", "Class of 1998")])
def test_cards_say_the_class_in_the_readers_language(office: Browser, code: str, note: str) -> None:
    make_person("曾国强", year=1998)
    with office.client.session_transaction() as session:
        session["language"] = code

    page = office.submit(EXPORT, purpose="x", format="vcard")

    assert f"NOTE:{note}" in page.content.decode().split("\r\n")


def test_cards_say_chinese_names_in_chinese(office: Browser) -> None:
    make_person("曾国强", employer="鞍山中心医院", email="zeng@example.org")
    with office.client.session_transaction() as session:
        session["language"] = "zh"

    page = office.submit(EXPORT, purpose="x", format="vcard")

    lines = page.content.decode().split("\r\n")
    assert {"FN:曾国强", "N:曾;国强;;;", "ORG:鞍山中心医院"} <= set(lines)
    assert "EMAIL;TYPE=INTERNET:zeng@example.org" in lines


# What the worker makes


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people are a long list."""
    monkeypatch.setattr("alumni.audiences.commands.exports.MOST_AT_ONCE", 1)


@pytest.mark.usefixtures("few")
def test_a_long_list_is_made_by_the_worker(office: Browser, signed_in: SignIn) -> None:
    make_person("曾国强", phone="+8613800001234")
    make_person("王伟")

    page = office.submit(
        EXPORT, purpose="校庆", format="csv", columns=["name"], profile_name="Names"
    )
    ordered, before = the_file(), entry().facts
    made_of = made()

    assert page.location == f"/files/{ordered.public_id}" or page.location.endswith(
        ordered.public_id
    )
    assert (before["complete"], before["rows"], before["purpose"]) == (False, None, "校庆")
    whole = b"".join(content(made_of))
    assert csv_rows(whole) == [["Name"], ["王伟"], ["曾国强"]]
    assert (made_of.state, made_of.done, made_of.total) == (FileState.READY, 2, 2)
    facts = entry().facts
    assert (facts["rows"], facts["persons"], facts["withheld"]) == (2, 2, 0)
    assert facts["complete"] is True
    assert facts["sha256"] == made_of.sha256 == hashlib.sha256(whole).hexdigest()
    assert made_of.purpose == "校庆"
    assert made_of.name == f"People {today().isoformat()}.csv"


@pytest.mark.usefixtures("few")
def test_one_person_less_and_it_comes_at_once(office: Browser) -> None:
    make_person("曾国强")

    page = office.submit(EXPORT, purpose="x", format="csv", columns=["name"])

    assert csv_rows(page.content) == [["Name"], ["曾国强"]]
    assert db.session.scalars(select(KeptFile)).all() == []


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("loss", ["suspended", "right", "view"])
def test_a_right_that_ended_makes_no_file(app: Flask, signed_in: SignIn, loss: str) -> None:
    for name in ("曾国强", "王伟"):
        make_person(name)
    account = make_account(role="office")
    signed_in(account).submit(EXPORT, purpose="x", format="csv")
    db.session.rollback()

    if loss == "suspended":
        account = db.session.get_one(Account, account.id)
        account.suspended_at = now()
        saved(account)
    else:
        lost = Capability.EXPORT_PEOPLE if loss == "right" else Capability.VIEW_PEOPLE
        held = Assignment.account_id == account.id, Assignment.capability == lost
        db.session.execute(delete(Assignment).where(*held))
        db.session.commit()
    file = made()

    assert (file.state, file.sha256) == (FileState.FAILED, None)
    assert file.problem == "You may no longer take this list away."
    assert entry().facts["complete"] is False


@pytest.mark.usefixtures("few")
def test_a_right_that_ended_ends_for_what_was_made_with_it(app: Flask, signed_in: SignIn) -> None:
    for name in ("曾国强", "王伟"):
        make_person(name)
    account = make_account(role="office")
    browser = signed_in(account)
    browser.submit(EXPORT, purpose="x", format="csv")
    db.session.rollback()
    path = f"/files/{made().public_id}/content"
    assert browser.get(path).status == 200

    held = Assignment.account_id == account.id, Assignment.capability == Capability.EXPORT_PEOPLE
    db.session.execute(delete(Assignment).where(*held))
    db.session.commit()

    refused_page = browser.get(path)
    assert (refused_page.status, "曾国强" in refused_page.text) == (403, False)


@pytest.mark.usefixtures("few")
def test_a_leader_s_long_list_is_the_chapter_s(app: Flask, signed_in: SignIn) -> None:
    anshan = the_chapter("anshan")
    officer = exporting_officer(anshan)
    make_member(anshan, make_verified("曾国强"))
    make_verified("王伟")

    signed_in(officer).submit(DESK, purpose="x", format="csv", columns=["name"])
    file = made()

    assert sorted(csv_rows(b"".join(content(file)))[1:]) == sorted(
        [["曾国强"], [officer.name_zh or ""]]
    )
    assert entry().facts["filter"] == "chapter=anshan"


def paper(browser: Browser, url: str, **fields: Any) -> tuple[Page, KeptFile]:
    page = browser.submit(url, purpose="x", **fields)
    return page, made()


def kept_page(browser: Browser, file: KeptFile) -> str:
    return browser.get(f"/files/{file.public_id}").text


def test_a_list_and_labels_on_paper(office: Browser) -> None:
    person = make_person("曾国强", year=1998)
    point(person, ContactKind.POSTAL, "鞍山市铁东区\n一路1号")
    make_person("王伟", year=1998)

    _page, printed = paper(office, f"{EXPORT}?q=zeng", format="pdf", columns=["name", "city"])
    assert b"".join(content(printed)).startswith(b"%PDF-")
    assert (printed.done, printed.mimetype) == (1, "application/pdf")
    assert entry().facts["columns"] == ["name", "city"]
    db.session.delete(printed)
    db.session.commit()

    _page, labels = paper(office, EXPORT, format="labels", sheet="3x7")
    assert b"".join(content(labels)).startswith(b"%PDF-")
    assert labels.done == 1
    assert "1 of 2 people stand in it. Of the others no postal address" in kept_page(office, labels)
    assert entries()[1].facts["columns"] == ["name", "postal"]


def test_a_list_of_nobody_is_not_offered_as_a_file(office: Browser) -> None:
    page = office.get(f"{EXPORT}?q=nobodyatall")
    assert page.texts("h2") == ["Nobody to export"]
    assert page.all("input", name="columns") == []


def test_wechat_s_browser_gets_a_kept_file_and_not_the_file_itself(office: Browser) -> None:
    wechat = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}
    make_person("曾国强")
    page = office.get(EXPORT, headers=wechat)
    assert "on the next page you can have its link sent" in page.text
    assert page.text.index("cannot keep files") < page.text.index("What do you need the list for?")

    token = page.form().values["csrf_token"]
    wish = {"csrf_token": token, "purpose": "x", "format": "csv", "columns": ["name"]}
    sent = office.open("post", EXPORT, headers=wechat, data=wish)

    file = made()
    assert (sent.status, sent.location) == (303, f"/files/{file.public_id}")
    assert csv_rows(b"".join(content(file)))[1:] == [["曾国强"]]


def test_a_pdf_of_too_many_is_refused_at_once(
    office: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alumni.audiences.commands.exports.MOST_ROWS", 1)
    make_person("曾国强")
    make_person("王伟")

    page = office.submit(EXPORT, purpose="x", format="pdf")

    assert page.status == 422
    assert "A PDF is for at most 1 people" in page.text
    assert entries() == []


ADDRESS_BOOK = (ConsentPurpose.MEMBERSHIP, ConsentPurpose.ADDRESS_BOOK)


def test_an_address_book_is_of_those_who_agreed_as_their_circle_sees_them(
    app: Flask, office: Browser
) -> None:
    anshan = the_chapter("anshan")
    agreed = make_member(
        anshan, make_verified("曾国强", phone="+8613800001111", consents=ADDRESS_BOOK)
    )
    saved(Employment(person_id=agreed.id, employer="鞍山中心医院", visibility=Level.CHAPTERS))
    make_member(anshan, make_verified("王伟"))
    unlisted = make_verified("安一", consents=ADDRESS_BOOK, listed=Level.OFFICE)
    make_member(anshan, unlisted)
    make_verified("白二", consents=ADDRESS_BOOK)

    _page, book = paper(office, f"{EXPORT}?chapter=anshan", format="address-book")

    assert book.done == 1
    said = kept_page(office, book)
    assert "1 of 3 people stand in it. The others have not agreed" in said
    assert b"".join(content(book)).startswith(b"%PDF-")
    facts = entry().facts
    assert (facts["persons"], facts["format"]) == (1, "address-book")
    # The phone and the e-mail address are the office's alone, the employer is the chapter's too.
    assert facts["withheld_by_column"] == {"phone": 1, "email": 1}


def test_an_address_book_is_offered_for_one_class_or_one_chapter(
    app: Flask, office: Browser, signed_in: SignIn
) -> None:
    person = make_person("曾国强", year=1998, college="口腔医学院", class_label="3班")
    college = db.session.scalars(select(Study.college_id).where(Study.person_id == person.id)).one()
    leader = signed_in(exporting_officer(the_chapter("anshan")))
    of_a_class = f"year_from=1998&year_to=1998&college={college}&class=3班"

    def offered(browser: Browser, url: str) -> bool:
        return bool(browser.get(url).all("input", value="address-book"))

    assert [offered(office, f"{EXPORT}?{query}") for query in ("", "chapter=anshan")] == [
        False,
        True,
    ]
    assert offered(office, f"{EXPORT}?{of_a_class}")
    assert not offered(office, f"{EXPORT}?chapter=anshan&city=鞍山")
    assert not offered(office, f"{EXPORT}?{of_a_class.replace('year_to=1998', 'year_to=1999')}")
    assert offered(leader, DESK)
    assert not offered(leader, f"{DESK}?city=鞍山")


def test_a_class_s_address_book(app: Flask, office: Browser) -> None:
    mates = [
        make_verified(name, year=1998, college="口腔医学院", class_label="3班", consents=consents)
        for name, consents in (("曾国强", ADDRESS_BOOK), ("王伟", ()))
    ]
    college = db.session.scalars(
        select(Study.college_id).where(Study.person_id == mates[0].id)
    ).one()

    _page, book = paper(
        office,
        f"{EXPORT}?year_from=1998&year_to=1998&college={college}&class=3班",
        format="address-book",
    )

    assert (book.state, book.done) == (FileState.READY, 1)
    assert book.name.startswith("Address book ")
