import io

import pytest
from sqlalchemy import select

from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import Person
from alumni.roster.commands.undoing import ask_undo
from alumni.roster.jobs import go_on
from alumni.roster.models import BatchKind, BatchState, ImportBatch
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import make_account, make_verified, saved
from tests.roster.rosters import HEADER, ZENG, as_csv, brought_in, changed, staged
from tests.roster.tables import tables

IMPORTS = "/office/imports"


def rows(number: int, first: int = 0) -> list[tuple[str, ...]]:
    return [
        changed(
            ZENG,
            姓名="曾" + "零一二三四五六七八九"[n // 10] + "零一二三四五六七八九"[n % 10],
            学号=f"199312{n:04}",
            手机=f"138 0000 {n:04}",
            邮箱=f"z{n}@example.org",
        )
        for n in range(first, first + number)
    ]


def address(batch: ImportBatch) -> str:
    return f"{IMPORTS}/{batch.public_id}/undo"


def worker_comes_along() -> None:
    db.session.rollback()
    while go_on():
        pass
    db.session.rollback()


def people() -> list[Person]:
    db.session.rollback()
    return list(db.session.scalars(select(Person).order_by(Person.id)))


def test_from_the_file_to_nothing_but_what_was_before(office: Browser) -> None:
    """An office sends a file, says what an odd column is, brings it in and thinks better of it."""
    before = tables(but=["sign_in"])
    header = [{"手机": "怎么找到你"}.get(name, name) for name in HEADER]
    file = (io.BytesIO(as_csv(*rows(3), header=header)), "名册.csv")
    page = office.follow(office.submit(IMPORTS, file=file))
    asked = page.form()
    column = f"column_{HEADER.index('手机')}"
    page = office.follow(office.send(asked, page.url, **{column: "phone"}))
    worker_comes_along()
    page = office.get(page.url)
    assert "3new" in page.texts("a", class_="figure")
    office.press(page.url, f"{page.url}/apply")
    worker_comes_along()
    assert len(people()) == 3

    assert office.get(page.url).texts("a", href=f"{page.url}/undo") == ["Take this import back"]
    page = office.get(f"{page.url}/undo")
    assert page.texts("span", class_="figure") == ["3entered by it", "0changed by it"]
    page = office.follow(office.press(page.url, page.url))
    assert [bar["max"] for bar in page.all("progress")] == ["3"]
    worker_comes_along()

    page = office.get(page.url)
    assert "3 rows were taken back." in page.text
    assert page.all("progress") == []
    assert page.url not in [form.action for form in page.forms]
    assert tables(but=["sign_in"]) == before


def test_what_stayed_is_listed_with_the_reason_and_leads_to_the_person(office: Browser) -> None:
    batch = brought_in(as_csv(*rows(3)))
    first, second, _third = people()
    make_account(person=first)
    second.sex = "女"
    saved(second)

    office.press(address(batch), address(batch))
    worker_comes_along()

    page = office.get(address(batch))
    assert page.texts("caption") == ["What stayed"]
    assert page.texts("td", data_label="Why it stayed") == ["has an account", "was changed since"]
    assert page.texts("td", data_label="Line") == ["Line 2", "Line 3"]
    links = [link["href"] for link in page.all("a", class_="who")]
    assert links == [f"/office/people/{one.public_id}" for one in (first, second)]
    assert "1 row was taken back." in page.text
    said = office.get(f"{IMPORTS}/{batch.public_id}")
    assert said.texts("a", href=address(batch)) == ["2 rows stayed, and why"]


def test_more_than_a_page_of_them_are_shown_page_by_page(
    office: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alumni.roster.routes.undoing.AT_A_TIME", 2)
    batch = brought_in(as_csv(*rows(3)))
    for person in people():
        person.sex = "女"
        saved(person)
    with transaction():
        ask_undo(SYSTEM, batch)
    worker_comes_along()

    page = office.get(address(batch))
    (onwards,) = page.all("a", rel="next")
    older = office.get(onwards["href"])

    lines = [one.texts("td", data_label="Line") for one in (page, older)]
    assert lines == [["Line 2", "Line 3"], ["Line 4"]]
    assert [back["href"] for back in older.all("a", rel="prev")] == [address(batch)]
    assert older.all("a", rel="next") == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (BatchState.STAGED, "Nothing of this file was brought in."),
        (BatchState.UNDONE, "This import was taken back"),
    ],
)
def test_where_nothing_can_be_taken_back_the_page_says_so(
    office: Browser, state: BatchState, said: str
) -> None:
    batch = brought_in(as_csv(ZENG))
    form = office.get(address(batch)).form(address(batch))
    with transaction():
        batch.state = state

    page = office.get(address(batch))

    assert said in page.text
    assert address(batch) not in [other.action for other in page.forms]
    assert office.send(form, page.url).status == 409


def test_an_undo_that_stopped_says_why_and_can_be_gone_on_with(office: Browser) -> None:
    batch = brought_in(as_csv(ZENG))
    with transaction():
        batch.problem = "The disk is full."

    page = office.get(f"{IMPORTS}/{batch.public_id}")

    assert "The disk is full." in page.text
    assert "Go on taking back" in page.texts("a", href=address(batch))


def test_only_the_office_takes_back(signed_in: SignIn, browser: Browser) -> None:
    batch = brought_in(as_csv(ZENG))
    member = signed_in(make_verified())

    assert member.get(address(batch)).status == 403
    assert browser.get(address(batch)).status == 303
    assert batch.state is BatchState.APPLIED


@pytest.mark.parametrize("after", ["x", "-1", "9999999999"])
def test_a_page_that_there_is_not(office: Browser, after: str) -> None:
    batch = brought_in(as_csv(ZENG))

    assert office.get(f"{address(batch)}?after={after}").status == 400


def test_the_page_asks_as_often_for_three_rows_as_for_one(
    office: Browser, queries: list[str]
) -> None:
    asked = []
    office.get("/office")
    for number in (1, 3):
        batch = brought_in(as_csv(*rows(number, first=10 * number)))
        for person in people()[-number:]:
            person.sex = "女"
            saved(person)
        with transaction():
            ask_undo(SYSTEM, batch)
        worker_comes_along()
        queries.clear()
        page = office.get(address(batch))
        asked.append(len(queries))
        assert len(page.texts("td", data_label="Line")) == number

    assert asked[0] == asked[1]


def test_a_file_that_waits_meanwhile_may_mean_people_who_are_gone(office: Browser) -> None:
    """Its page still shows; and brought in, its rows mean whom they mean by then."""
    batch = brought_in(as_csv(*rows(2)))
    waiting = staged(as_csv(*(changed(row, 班级="9班") for row in rows(2))))
    header = ("姓名", "届别")
    asked = staged(as_csv(("曾零零", "1998届"), header=header), kind=BatchKind.CHAPTER)
    assert (waiting.updated, asked.possible) == (2, 1)

    office.press(address(batch), address(batch))
    worker_comes_along()

    for other in (waiting, asked):
        assert office.get(f"{IMPORTS}/{other.public_id}").status == 200
    office.press(f"{IMPORTS}/{waiting.public_id}", f"{IMPORTS}/{waiting.public_id}/apply")
    worker_comes_along()
    assert [person.name_zh for person in people()] == ["曾零零", "曾零一"]
