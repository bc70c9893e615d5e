import io

import pytest
from sqlalchemy import func, select

from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import Person, Study
from alumni.roster.commands.imports import accept
from alumni.roster.jobs import apply_waiting
from alumni.roster.models import BatchState, ImportBatch
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import make_verified, saved
from tests.roster.rosters import HEADER, ZENG, as_csv, brought_in, changed, staged

IMPORTS = "/office/imports"


def upload(office: Browser, content: bytes, name: str = "名册.csv") -> Page:
    return office.submit(IMPORTS, file=(io.BytesIO(content), name))


def address(batch: ImportBatch) -> str:
    return f"{IMPORTS}/{batch.public_id}"


def worked() -> int:
    """How many rows a worker, coming along now, brings in."""
    db.session.rollback()
    return apply_waiting()


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def table(page: Page, caption: str) -> bool:
    return caption in page.texts("caption")


def test_a_file_is_read_looked_at_and_brought_in(office: Browser) -> None:
    page = office.follow(upload(office, as_csv((*ZENG, "退休"), header=(*HEADER, "备注"))))

    assert page.texts("h1") == ["名册.csv"]
    assert page.texts("span", class_="figure") == [
        "0updated",
        "0unchanged",
        "0perhaps known",
        "0wrong",
    ]
    assert page.texts("a", class_="figure") == ["1new"]
    assert "曾国强" in page.text
    assert "备注 not recognised, left out" in page.text
    assert people() == 0

    after = office.follow(office.press(page.url, f"{page.url}/apply"))
    assert [bar["max"] for bar in after.all("progress")] == ["1"]
    assert worked() == 1

    done = office.get(page.url)
    assert done.all("progress") == []
    assert done.texts("a", href="/office/people")[-1] == "See the people"
    assert people() == 1
    assert "名册.csv" in office.get(IMPORTS).text


def test_what_is_new_is_named(office: Browser) -> None:
    page = office.follow(upload(office, as_csv(ZENG)))

    (said,) = page.texts("td", data_label="What the file says")
    assert said.split(" · ")[:2] == ["Entry year: 1993", "College: 口腔医学院"]
    assert "Class: 3班" in said


def test_a_long_name_of_a_file_is_cut_and_kept_beside(office: Browser) -> None:
    name = "名" * 80 + ".csv"
    page = office.follow(upload(office, as_csv(ZENG), name=name))

    assert page.texts("h1") == ["名" * 59 + "…"]
    assert [one["title"] for one in page.all("span") if "title" in one] == [name]
    listed = office.get(IMPORTS)
    assert name not in listed.text
    assert [one["title"] for one in listed.all("div") if "title" in one] == [name]


def test_an_import_without_columns_shows_none(office: Browser) -> None:
    batch = staged(as_csv(ZENG))
    assert "Columns of the file" in office.get(address(batch)).texts("h2")
    with transaction():
        batch.columns = {}

    assert "Columns of the file" not in office.get(address(batch)).texts("h2")


def test_the_page_says_what_an_update_would_change(office: Browser) -> None:
    brought_in(as_csv(ZENG))

    page = office.follow(upload(office, as_csv(changed(ZENG, 邮箱="new@example.org"))))

    assert page.texts("del") == ["zeng@example.org"]
    assert page.texts("ins") == ["new@example.org"]


def test_wrong_rows_are_shown_and_can_be_downloaded_and_left_out(office: Browser) -> None:
    wrong = changed(ZENG, 学号="1993120002", 邮箱="zeng@", 入学年份="20O5")
    page = office.follow(upload(office, as_csv(ZENG, wrong)))

    cells = page.texts("td")
    assert cells[:8] == [
        *("Line 3", "入学年份", "20O5", "is not a year"),
        *("Line 3", "邮箱", "zeng@", "is not an e-mail address"),
    ]
    assert office.send(page.form(f"{page.url}/apply"), page.url, accept_good=None).status == 409

    file = office.get(f"{page.url}/errors.csv")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == ",".join(["Line", *HEADER, "What is wrong"])
    assert lines[1].startswith("3,曾国强,1993120002,20O5,")
    assert lines[1].endswith("入学年份 is not a year; 邮箱 is not an e-mail address")
    again = file.content.replace(b"20O5", b"1993").replace(b"zeng@", b"zeng@example.org")
    assert "1new" in office.follow(upload(office, again)).texts("a", class_="figure")

    office.press(page.url, f"{page.url}/apply")
    assert worked() == 1
    assert people() == 1


def test_a_file_can_be_discarded(office: Browser) -> None:
    batch = staged(as_csv(ZENG))

    page = office.follow(office.press(address(batch), f"{address(batch)}/discard"))

    assert "Nothing of this file was brought in." in page.text
    db.session.refresh(batch)
    assert batch.state is BatchState.DISCARDED
    assert office.get(address(batch)).texts("button", class_="button main") == []


@pytest.mark.parametrize(("is_same", "number"), [("yes", 1), ("no", 2)])
def test_the_office_says_whom_a_row_means(office: Browser, is_same: str, number: int) -> None:
    known = make_verified("曾国强")
    saved(Study(person_id=known.id, is_primary=True, graduation_year=1998))
    page = office.follow(upload(office, as_csv(ZENG)))
    assert table(page, "Perhaps somebody we know")
    form = next(f for f in page.forms if f.values.get("is_same") == is_same)

    after = office.follow(office.send(form, page.url))

    assert not table(after, "Perhaps somebody we know")
    office.press(page.url, f"{page.url}/apply")
    assert worked() == 1
    assert people() == number


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        ("姓名,届别\n曾国强,1998".encode(), "No column holds student numbers"),
        ('姓名,学号\n曾国强,"1\n李雷,2\n'.encode(), "Line 2: A quotation mark is opened"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_on_the_form(
    office: Browser, content: bytes, reason: str
) -> None:
    page = upload(office, content)

    assert page.status == 422
    assert reason in page.text


def test_no_file_is_said_on_the_form(office: Browser) -> None:
    page = office.submit(IMPORTS)

    assert page.status == 422
    assert "Choose a file first." in page.text


def test_an_import_that_stopped_says_so(office: Browser) -> None:
    batch = staged(as_csv(ZENG))
    with transaction():
        accept(SYSTEM, batch)
        batch.state, batch.problem = BatchState.FAILED, "IntegrityError"

    page = office.get(address(batch))

    assert "IntegrityError" in page.text
    assert office.press(page.url, f"{page.url}/apply").status == 303


def test_only_the_office_sees_imports(signed_in: SignIn, browser: Browser) -> None:
    batch = staged(as_csv(ZENG))
    member = signed_in(make_verified())

    for url in (IMPORTS, address(batch), f"{address(batch)}/errors.csv"):
        assert member.get(url).status == 403
        assert browser.get(url).status == 303


def test_an_unknown_import_is_not_found(office: Browser) -> None:
    assert office.get(f"{IMPORTS}/nothing").status == 404


def test_long_names_of_files_and_of_people_are_kept(office: Browser) -> None:
    page = upload(office, as_csv(changed(ZENG, 姓名="阿" * 80)), name="名" * 300 + ".csv")

    assert page.status == 303
    office.press(page.location, f"{page.location}/apply")
    assert worked() == 1


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_three_rows_as_for_one(
    office: Browser, queries: list[str], number: int
) -> None:
    brought_in(as_csv(*(changed(ZENG, 学号=f"199312000{n}") for n in range(number))))
    rows = [changed(ZENG, 学号=f"199312000{n}", 班级="9班") for n in range(number)]
    batch = staged(as_csv(*rows))
    queries.clear()

    assert office.get(address(batch)).status == 200

    assert len([asked for asked in queries if asked.startswith("SELECT")]) == 10
