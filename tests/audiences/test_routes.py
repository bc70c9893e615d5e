"""The office's list of people, and the files made from it."""

import csv
import hashlib
import io
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import insert, select

from alumni.accounts.models import Account, Assignment
from alumni.audiences.criteria import parameters
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Capability
from alumni.codes.models import Code, CodeKind
from alumni.db import db, today, transaction
from alumni.people.fields import DEFAULT_COLUMNS
from alumni.people.models import Person, Tag
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    make_account,
    make_event,
    make_member,
    make_officer,
    make_person,
    saved,
    the_chapter,
)

PEOPLE, EXPORT = "/office/people", "/office/people/export"


def entries() -> list[ChangeSet]:
    db.session.rollback()
    return list(db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "exported")))


def crowd(size: int) -> None:
    """So many people of whom nothing is known but a name."""
    with transaction():
        db.session.execute(
            insert(Person), [{"name_zh": "王伟", "sort_key": "wang wei"} for _ in range(size)]
        )
        record(SYSTEM, "made", None)


def code(kind: CodeKind) -> Code:
    """A word of this list."""
    return saved(Code(kind=kind, name_zh=f"{kind.value}一"))


def names_in(page: Page) -> list[str]:
    return [name for name in (a["text"] for a in page.all("b")) if name and not name.isdigit()]


def staff(*capabilities: Capability) -> Account:
    account = make_account()
    for capability in capabilities:
        saved(Assignment(account_id=account.id, capability=capability, starts_on=today()))
    return account


def test_the_office_narrows_the_list_by_all_it_can(office: Browser) -> None:
    anshan = the_chapter("anshan")
    make_member(anshan, make_person("曾国强", year=1998, city="鞍山", employer="鞍山中心医院"))
    make_member(anshan, make_person("曾雪", year=2003))
    make_person("王伟", year=1998)

    whole = office.get(PEOPLE)
    narrow = office.get(f"{PEOPLE}?q=zeng&chapter=anshan&year_from=1995&year_to=2000&city=鞍山")

    assert names_in(whole) == ["Wang Wei", "Zeng Guoqiang", "Zeng Xue"]
    assert names_in(narrow) == ["Zeng Guoqiang"]
    chips = [text.split("Take")[0].strip() for text in narrow.texts("a", class_="chip")]
    assert chips == ["“zeng”", "Anshan Chapter", "Classes of 1995–2000", "Lives in Anshan"]
    assert "鞍山中心医院" in narrow.text
    assert "Export 1 person" in narrow.text


def test_the_panel_and_the_box_send_what_the_address_says(office: Browser) -> None:
    make_person("曾国强", year=1998)
    page = office.get(f"{PEOPLE}?q=zeng&year_from=1990&email=no")

    box, panel = (form for form in page.forms if form.attributes.get("method") == "get")

    assert box.values == {"q": "zeng", "year_from": "1990", "email": "no"}
    assert {name: value for name, value in panel.values.items() if value} == box.values
    assert names_in(office.send(panel, page.url, year_to="1999")) == ["Zeng Guoqiang"]
    assert names_in(office.send(panel, page.url, year_to="1997")) == []


def test_every_condition_is_asked_for_somewhere(office: Browser) -> None:
    code_lists = {kind: code(kind) for kind in CodeKind}
    tag = saved(Tag(name_zh="嘉宾", name_en="Guest"))
    event = make_event(title_en="Homecoming")
    page = office.get(f"{PEOPLE}?q=zeng&consent=mailings")

    whole = office.get(next(a["href"] for a in page.all("a") if a["text"] == "All conditions"))

    form = next(form for form in whole.forms if "year_from" in form.values)
    assert set(form.values) == set(parameters(SYSTEM)) - {
        *("saved", "where"),
        *("list", "import", "import_rows"),  # there is none
    }
    assert (form.values["q"], form.values["consent"]) == ("zeng", "mailings")
    offered = {option["value"] for option in whole.all("option")}
    assert {str(one.id) for one in code_lists.values()} | {tag.public_id} <= offered
    assert event.slug in offered
    folds = [fold for fold in whole.all("details", class_="fold") if "open" in fold]
    assert ["Consent" in fold["text"] for fold in folds] == [True]


def test_what_no_question_can_show_stays_a_condition(office: Browser) -> None:
    college = saved(Code(kind=CodeKind.COLLEGE, name_zh="海洋医学院", is_obsolete=True))
    make_person("曾国强", college="海洋医学院")
    query = f"college={college.id}&confirmed_before=never"

    page = office.get(f"{PEOPLE}/filter?{query}")
    form = next(form for form in page.forms if "year_from" in form.values)

    assert (form.values["college"], form.values["confirmed_before"]) == (str(college.id), "never")
    assert names_in(office.send(form, page.url)) == ["Zeng Guoqiang"]


def test_numbers_are_grouped(office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(1_200)
    exact = office.get(PEOPLE)
    monkeypatch.setattr("alumni.audiences.queries.pages.MOST_COUNTED", 1_000)
    more = office.get(PEOPLE)

    assert "Export 1,200 people" in exact.text
    assert "1,200people" in exact.texts("span", class_="figure")[0]
    assert "1–50 of 1,200" in exact.text
    assert "more than 1,000people" in more.texts("span", class_="figure")[0]
    assert "1–50 of more than 1,000" in more.text
    assert "Export all found" in more.text


@pytest.mark.parametrize(
    "query",
    [
        "sort=name",
        "after=%00",
        "after=AAAA",
        "before=zz",
        "q=%00",
    ],
)
def test_an_address_that_means_nothing_is_a_bad_request(office: Browser, query: str) -> None:
    page = office.get(f"{PEOPLE}?{query}")

    assert page.status == 400
    assert page.all("p", role="alert")


@pytest.mark.parametrize("wrong", ["year_from=x", "chapter=atlantis", "city=x&year_to=98765"])
def test_a_value_that_means_nothing_is_said_and_the_others_stay(
    office: Browser, wrong: str
) -> None:
    page = office.get(f"{PEOPLE}?q=wang&{wrong}")

    assert page.status == 400
    assert page.all("input", name="q")[0]["value"] == "wang"
    assert "cannot be" in page.text


def test_an_empty_list_says_what_to_do(office: Browser) -> None:
    assert [a["href"] for a in office.get(PEOPLE).all("a", class_="button main")] == [
        "/office/imports"
    ]

    make_person("王伟")
    page = office.get(f"{PEOPLE}?q=zeng")

    assert "Nobody is like that" in page.text
    assert [a["href"] for a in page.all("a", class_="button main")] == [PEOPLE]


def test_pages_are_linked(office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alumni.audiences.queries.pages.PAGE", 2)
    for name in ("安一", "白二", "陈三"):
        make_person(name, year=1998)

    first = office.get(f"{PEOPLE}?year_from=1990")
    second = office.get(first.all("a", rel="next")[0]["href"])
    again = office.get(second.all("a", rel="prev")[0]["href"])

    assert names_in(first) == names_in(again) == ["An Yi", "Bai Er"]
    assert names_in(second) == ["Chen San"]
    assert not first.all("a", rel="prev")
    assert not second.all("a", rel="next")


@pytest.mark.parametrize(
    "query", ["", "?q=wang", "?chapter=anshan&year_from=1990&city=鞍山&q=wang"]
)
def test_a_list_asks_as_often_for_three_as_for_one(
    office: Browser, queries: list[str], query: str
) -> None:
    asked = []
    office.get(PEOPLE)
    for _ in range(2):
        make_member(the_chapter("anshan"), make_person("王伟", year=1998, city="鞍山"))
        queries.clear()
        assert names_in(office.get(PEOPLE + query))
        asked.append(
            len([q for q in queries if "SAVEPOINT" not in q and not q.startswith("BEGIN")])
        )
        make_person("王芳", year=1999, email="wang@example.org", employer="北京协和医院")

    assert asked[0] == asked[1] <= 10


def test_only_who_may_look_looks_and_only_who_may_export_exports(
    browser: Browser, signed_in: SignIn
) -> None:
    leader = signed_in(make_officer(the_chapter("anshan")))
    looking = signed_in(staff(Capability.VIEW_PEOPLE))
    carrying = signed_in(staff(Capability.EXPORT_PEOPLE))

    assert [browser.get(url).location for url in (PEOPLE, EXPORT)] == [
        "/sign-in?next=/office/people",
        "/sign-in?next=/office/people/export",
    ]
    assert [leader.get(url).status for url in (PEOPLE, EXPORT)] == [403, 403]
    assert [looking.get(url).status for url in (PEOPLE, EXPORT)] == [200, 403]
    assert [carrying.get(url).status for url in (PEOPLE, EXPORT)] == [403, 403]
    assert "Export" not in looking.get(PEOPLE).text
    assert entries() == []


def test_the_file_holds_what_the_page_shows_and_the_history_knows_it(office: Browser) -> None:
    make_person("曾国强", year=1998, phone="+8613800001234", student_number="00123")
    make_person("=HYPERLINK(1)", year=1999)
    make_person("王伟", year=2020)

    page = office.submit(
        f"{EXPORT}?year_to=2000",
        purpose="Class reunion",
        format="csv",
        columns=["name", "student_number", "phone", "graduation_year"],
    )

    assert page.status == 200
    assert page.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(page.content.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Student number", "Phone", "Graduation year"]
    assert sorted(rows[1:]) == sorted(
        [
            ["曾国强", "00123", "'+8613800001234", "1998"],
            ["'=HYPERLINK(1)", rows[1][1] if rows[1][0] != "曾国强" else rows[2][1], "", "1999"],
        ]
    )
    (entry,) = entries()
    assert entry.why == "Class reunion"
    assert entry.account_id is not None
    assert entry.facts == {
        "filter": "year_to=2000",
        "sentence": "Class of 2000 or earlier",
        "columns": ["name", "student_number", "phone", "graduation_year"],
        "format": "csv",
        "purpose": "Class reunion",
        "studies": "main",
        "persons": 2,
        "rows": 2,
        "withheld": 0,
        "sha256": hashlib.sha256(page.content).hexdigest(),
        "complete": True,
    }


def test_a_workbook_keeps_text_and_says_what_it_is(office: Browser) -> None:
    make_person("曾国强", year=1998, phone="+8613800001234", student_number="00123")

    page = office.submit(f"{EXPORT}?q=zgq", purpose="校庆")

    book = openpyxl.load_workbook(io.BytesIO(page.content))
    rows = list(book["People"].iter_rows(values_only=True))
    notes = {row[0]: row[1] for row in book["About this list"].iter_rows(values_only=True)}
    assert len(rows[0]) == len(DEFAULT_COLUMNS)
    assert rows[1][:3] == ("曾国强", "00123", 1998)
    assert rows[1][8] == "+8613800001234"
    assert (notes["People"], notes["Conditions"], notes["Purpose"]) == ("1", "“zgq”", "校庆")
    (entry,) = entries()
    assert entry.facts["sha256"] == hashlib.sha256(page.content).hexdigest()
    assert (entry.facts["rows"], entry.facts["complete"]) == (1, True)


def test_a_file_for_programs_that_know_no_unicode(office: Browser) -> None:
    make_person("曾国强")

    page = office.submit(EXPORT, purpose="x", format="csv-gb18030", columns=["name"])

    assert page.headers["Content-Type"] == "text/csv; charset=gb18030"
    assert page.content.decode("gb18030").split() == ["Name", "曾国强"]


def test_a_file_has_a_name_in_either_script(app: Flask, office: Browser) -> None:
    make_person("曾国强")
    with office.client.session_transaction() as session:
        session["language"] = "zh"

    page = office.submit(EXPORT, purpose="x")

    disposition = page.headers["Content-Disposition"]
    day = today().isoformat()
    assert disposition.startswith(f'attachment; filename="{day}.xlsx";')
    assert unquote(disposition.split("filename*=UTF-8''")[1]) == f"校友 {day}.xlsx"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"purpose": " "}, 422),
        ({"purpose": None}, 422),
        ({"columns": None}, 422),
        ({"format": "doc"}, 422),
        ({"columns": ["name", "password_hash"]}, 400),
        ({"columns": ["name", "name"]}, 400),
        ({"csrf_token": "x"}, 422),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_met(office: Browser, wrong: dict[str, Any], status: int) -> None:
    make_person("曾国强")
    right: dict[str, Any] = {"purpose": "Reunion", "format": "csv"}

    page = office.submit(EXPORT, **right | wrong)

    assert page.status == status
    assert entries() == []


def test_a_file_that_is_cut_stays_incomplete_in_the_history(
    app: Flask, office: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_person("曾国强")
    form = office.get(EXPORT).form()

    response = office.client.post(
        EXPORT, data=form.values | {"purpose": "x", "format": "csv"}, buffered=False
    )
    next(iter(response.response))
    response.close()

    (entry,) = entries()
    assert (entry.facts["rows"], entry.facts["sha256"], entry.facts["complete"]) == (
        None,
        None,
        False,
    )
