import io

import pytest
from sqlalchemy import func, select

from alumni.accounts.models import Account
from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import Person, Study
from alumni.roster.commands.imports import accept
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportRow, Verdict
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import make_person, make_verified, saved
from tests.roster.rosters import HEADER, ZENG, as_csv, brought_in, changed, counts, staged, worked

IMPORTS = "/office/imports"
LIST = ("姓名", "届别", "院系", "手机")


def address(batch: ImportBatch) -> str:
    return f"{IMPORTS}/{batch.public_id}"


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def row_ids(batch: ImportBatch) -> list[int]:
    rows = select(ImportRow.id).where(ImportRow.batch_id == batch.id).order_by(ImportRow.line)
    return list(db.session.scalars(rows))


def now_in(batch: ImportBatch) -> ImportBatch:
    db.session.rollback()
    db.session.refresh(batch)
    return batch


def tell(office: Browser, batch: ImportBatch, row_id: int, show: str = "", **said: str) -> Page:
    """Press a button beside a row, on the page that shows it."""
    page = office.get(f"{address(batch)}?show={show}" if show else address(batch))
    token = page.form(f"{address(batch)}/rows").values["csrf_token"]
    return office.post(
        f"{address(batch)}/rows/{row_id}", csrf_token=token, show=show, after="0", **said
    )


def doubtful() -> tuple[Person, ImportBatch]:
    """A chapter's list of whom two may be 曾国强, and whose other rows are plain."""
    known = make_person("曾国强", year=1998)
    rows = (("曾国强", "1998", "", ""), ("李雷", "", "", ""), ("韩梅梅", "2001", "", ""))
    return known, staged(as_csv(*rows, header=LIST), kind=BatchKind.CHAPTER)


def test_a_file_is_looked_at_and_brought_in(office: Browser) -> None:
    batch = staged(as_csv((*ZENG, "退休"), header=(*HEADER, "备注")), name="名册.csv")
    page = office.get(address(batch))

    assert page.texts("h1") == ["名册.csv"]
    assert page.texts("span", class_="figure") == [
        "0updated",
        "0unchanged",
        "0perhaps known",
        "0wrong",
        "0left out",
    ]
    assert page.texts("a", class_="figure") == ["1new"]
    assert "曾国强" in page.text
    assert "备注 not recognised, left out" in page.text
    assert people() == 0

    after = office.follow(office.press(page.url, f"{page.url}/apply"))
    assert [bar["max"] for bar in after.all("progress")] == ["1"]
    worked(batch)

    done = office.get(page.url)
    assert done.all("progress") == []
    assert done.texts("a", href="/office/people")[-1] == "See the people"
    assert people() == 1


def test_while_a_file_is_read_the_page_says_how_far_it_is(office: Browser) -> None:
    batch = staged(as_csv(ZENG))
    with transaction():
        batch = db.session.merge(batch)
        batch.state, batch.rows, batch.read_rows = BatchState.READING, 20_000, 5_000

    page = office.get(address(batch))

    assert [(bar["value"], bar["max"]) for bar in page.all("progress")] == [("5000", "20000")]
    assert [one["data-poll"] for one in page.all("div") if "data-poll" in one] == [address(batch)]
    assert page.texts("button", class_="button main") == []


def test_what_is_new_is_named(office: Browser) -> None:
    page = office.get(address(staged(as_csv(ZENG))))

    (said,) = page.texts("td", data_label="What the file says")
    assert said.split(" · ")[:2] == ["Student number: 1993120001", "Entry year: 1993"]
    assert page.texts("small") == ["1998-07 口腔医学院 3班"]


def test_a_long_name_of_a_file_is_cut_and_kept_beside(office: Browser) -> None:
    name = "名" * 80 + ".csv"
    page = office.get(address(staged(as_csv(ZENG), name=name)))

    assert page.texts("h1") == ["名" * 59 + "…"]
    assert [one["title"] for one in page.all("span") if "title" in one] == [name]


def test_the_page_says_what_an_update_would_change(office: Browser) -> None:
    brought_in(as_csv(ZENG))

    page = office.get(address(staged(as_csv(changed(ZENG, 邮箱="new@example.org")))))

    assert page.texts("del") == ["zeng@example.org"]
    assert page.texts("ins") == ["new@example.org"]


def test_wrong_rows_are_shown_and_can_be_downloaded_and_left_out(office: Browser) -> None:
    wrong = changed(ZENG, 学号="1993120002", 邮箱="zeng@", 入学年份="20O5")
    batch = staged(as_csv(ZENG, wrong))
    page = office.get(f"{address(batch)}?show=error")

    assert page.texts("td")[:8] == [
        *("Line 3", "入学年份", "20O5", "is not a year"),
        *("Line 3", "邮箱", "zeng@", "is not an e-mail address"),
    ]
    form = page.form(f"{address(batch)}/apply")
    assert office.send(form, address(batch), accept_good=None).status == 409
    file = office.get(f"{address(batch)}/errors.csv")
    again = file.content.replace(b"20O5", b"1993").replace(b"zeng@", b"zeng@example.org")
    assert counts(staged(again)) == (1, 0, 0, 0, 0)
    assert office.get(f"{address(batch)}/errors.xlsx").content[:2] == b"PK"
    assert office.get(f"{address(batch)}/errors.pdf").status == 404

    office.press(address(batch), f"{address(batch)}/apply")
    worked(batch)
    assert people() == 1


def test_a_file_can_be_discarded(office: Browser) -> None:
    batch = staged(as_csv(ZENG))

    page = office.follow(office.press(address(batch), f"{address(batch)}/discard"))

    assert "Nothing of this file was brought in." in page.text
    assert now_in(batch).state is BatchState.DISCARDED
    assert office.get(address(batch)).texts("button", class_="button main") == []


def test_the_office_sees_what_speaks_for_a_person_and_says_who_it_is(office: Browser) -> None:
    known, batch = doubtful()
    page = office.get(address(batch))
    assert counts(batch) == (1, 0, 0, 2, 0)
    assert page.texts("span", class_="state ok") == ["Name agrees", "Graduation year agrees"]
    assert "40 points" in page.text

    first, second, third = row_ids(batch)
    assert tell(office, batch, first, person=known.public_id).status == 303
    assert tell(office, batch, second, wish="new").status == 303
    assert tell(office, batch, third, show="new", wish="leave").location.endswith(
        "?show=new&after=0"
    )

    assert counts(now_in(batch)) == (1, 0, 1, 0, 0)
    assert batch.skipped == 1
    office.press(address(batch), f"{address(batch)}/apply")
    worked(batch)
    assert people() == 2


def test_a_decision_can_be_undone(office: Browser) -> None:
    known, batch = doubtful()
    before = rows_of(batch)
    first, second, third = row_ids(batch)
    tell(office, batch, first, person=known.public_id)
    tell(office, batch, second, wish="leave")
    tell(office, batch, third, show="new", wish="leave")
    assert tell(office, batch, second, show="skipped", wish="anew").status == 303
    assert rows_of(batch)[1] == before[1]

    office.press(f"{address(batch)}?show=skipped", f"{address(batch)}/rows", wish="anew")

    assert rows_of(batch) == before
    assert counts(now_in(batch)) == (1, 0, 0, 2, 0)


def rows_of(batch: ImportBatch) -> list[tuple[object, ...]]:
    db.session.rollback()
    columns = (ImportRow.verdict, ImportRow.person_id, ImportRow.changes, ImportRow.found)
    rows = select(*columns).where(ImportRow.batch_id == batch.id).order_by(ImportRow.line)
    return [tuple(row) for row in db.session.execute(rows)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"wish": "same", "at_least": "50"}, (1, 0, 0, 2, 0)),
        ({"wish": "same", "at_least": "40"}, (1, 0, 1, 1, 0)),
        ({"wish": "new"}, (3, 0, 0, 0, 0)),
        ({"wish": "leave"}, (1, 0, 0, 0, 0)),
    ],
)
def test_the_office_decides_about_many_at_once(
    office: Browser, said: dict[str, str], expected: tuple[int, ...]
) -> None:
    _known, batch = doubtful()

    page = office.press(address(batch), f"{address(batch)}/rows", **said)

    assert page.status == 303
    assert counts(now_in(batch)) == expected


def test_at_once_nobody_is_meant_of_whom_anything_differs(office: Browser) -> None:
    known = make_person("曾国强", year=1998, phone="+8613800001234", college="护理学院")
    row = ("曾国强", "1998", "口腔医学院", "13800001234")
    batch = staged(as_csv(row, header=LIST), kind=BatchKind.CHAPTER)
    assert office.get(address(batch)).texts("span", class_="state bad") == ["College differs"]

    office.press(address(batch), f"{address(batch)}/rows", wish="same", at_least="0")
    assert counts(now_in(batch)) == (0, 0, 0, 1, 0)

    tell(office, batch, row_ids(batch)[0], person=known.public_id)
    assert counts(now_in(batch)) == (0, 0, 1, 0, 0)


def test_two_rows_cannot_mean_one_person(office: Browser) -> None:
    known = make_person("曾国强", year=1998)
    rows = (("曾国强", "1998", "护理学院", ""), ("曾国强", "1998", "口腔医学院", ""))
    batch = staged(as_csv(*rows, header=LIST), kind=BatchKind.CHAPTER)
    first, second = row_ids(batch)
    tell(office, batch, first, person=known.public_id)

    assert tell(office, batch, second, person=known.public_id).status == 409
    assert batch_states(batch) == [Verdict.UPDATED, Verdict.POSSIBLE]


def batch_states(batch: ImportBatch) -> list[Verdict]:
    db.session.rollback()
    rows = select(ImportRow.verdict).where(ImportRow.batch_id == batch.id)
    return list(db.session.scalars(rows.order_by(ImportRow.line)))


@pytest.mark.parametrize(
    ("said", "status"),
    [({"wish": "eat"}, 400), ({}, 400), ({"wish": "same"}, 404), ({"person": "nobody"}, 404)],
)
def test_what_nobody_can_mean_is_refused(
    office: Browser, said: dict[str, str], status: int
) -> None:
    _known, batch = doubtful()

    assert tell(office, batch, row_ids(batch)[0], **said).status == status
    assert counts(now_in(batch)) == (1, 0, 0, 2, 0)


def test_what_is_left_undecided_can_be_brought_in_later(office: Browser) -> None:
    known, batch = doubtful()
    office.press(address(batch), f"{address(batch)}/apply")
    worked(batch)
    assert (batch.state, people()) == (BatchState.APPLIED, 2)
    first, *_rest = row_ids(batch)
    assert tell(office, batch, row_ids(batch)[2], show="new", wish="leave").status == 409
    page = office.get(address(batch))
    assert "Bring in the rest?" in page.texts("h2")

    tell(office, batch, first, wish="new")
    office.press(address(batch), f"{address(batch)}/apply")
    worked(batch)

    assert (batch.state, people()) == (BatchState.APPLIED, 3)
    with_name = select(func.count()).where(Person.name_zh == known.name_zh)
    assert db.session.scalar(with_name) == 2


def test_decisions_about_what_is_under_way_are_refused(office: Browser) -> None:
    _known, batch = doubtful()
    page = office.get(address(batch))
    with transaction():
        accept(SYSTEM, batch)

    form = page.form(f"{address(batch)}/rows")
    assert office.send(form, page.url, wish="leave").status == 409


def test_many_rows_have_pages(office: Browser) -> None:
    rows = [changed(ZENG, 学号=f"199312{n:04}") for n in range(120)]
    batch = staged(as_csv(*rows))
    page = office.get(address(batch))
    seen = [page.texts("td", data_label="Line")]
    for _ in range(2):
        page = office.get(next(one["href"] for one in page.all("a") if one.get("rel") == "next"))
        seen.append(page.texts("td", data_label="Line"))

    assert [line for lines in seen for line in lines] == [str(n) for n in range(2, 122)]
    assert [one for one in page.all("a") if one.get("rel") == "next"] == []
    back = office.get(next(one["href"] for one in page.all("a") if one.get("rel") == "prev"))
    assert back.texts("td", data_label="Line") == seen[1]
    assert len(page.content) < 60_000
    for wrong in ("show=eaten", "after=x", "after=99999999999", "page=2"):
        assert office.get(f"{address(batch)}?{wrong}").status == 400


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

    for url in (address(batch), f"{address(batch)}/errors.csv"):
        assert member.get(url).status == 403
        assert browser.get(url).status == 303


def test_an_unknown_import_is_not_found(office: Browser) -> None:
    assert office.get(f"{IMPORTS}/nothing").status == 404


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("kind", ["updated", "possible"])
def test_the_page_asks_as_often_for_three_rows_as_for_one(
    office: Browser, queries: list[str], number: int, kind: str
) -> None:
    names = [f"曾{'一二三'[n]}" for n in range(number)]
    rows = [changed(ZENG, 学号=f"199312000{n}", 姓名=name) for n, name in enumerate(names)]
    if kind == "updated":
        brought_in(as_csv(*rows))
    else:
        for name in names:
            known = make_verified(name)
            saved(Study(person_id=known.id, is_primary=True, graduation_year=1998))
    batch = staged(as_csv(*(changed(row, 班级="9班") for row in rows)))
    assert getattr(batch, kind) == number
    queries.clear()

    assert office.get(address(batch)).status == 200

    assert len([asked for asked in queries if asked.startswith("SELECT")]) == 8


def test_the_list_says_how_many_are_in_doubt_and_who_brought_it(office: Browser) -> None:
    known, batch = doubtful()
    with transaction():
        batch.account_id = db.session.scalars(select(Account.id).order_by(Account.id)).first()
    name = db.session.get_one(Account, batch.account_id).name

    page = office.get(IMPORTS)

    (mine,) = (row for row in page.all("tr") if batch.file_name in row["text"])
    assert name in mine["text"]
    assert page.texts("a", href=f"{address(batch)}?show=possible") == [str(batch.possible)]
    assert batch.possible
    assert known.id


def test_the_columns_are_reached_from_the_dry_run_until_a_row_is_decided(office: Browser) -> None:
    _known, batch = doubtful()
    columns = f"{address(batch)}/columns"
    page = office.get(address(batch))
    assert page.texts("a", href=columns) == ["Change"]
    assert office.get(columns).status == 200

    tell(office, batch, row_ids(batch)[1], wish="leave")
    assert office.get(address(batch)).texts("a", href=columns) == []


def test_a_file_without_rows_is_refused(office: Browser) -> None:
    page = office.submit(IMPORTS, file=(io.BytesIO(as_csv()), "名册.csv"), kind="registrar")
    assert page.status == 422
    assert "The file has a header, and no rows below it." in page.text
    assert db.session.scalars(select(ImportBatch)).all() == []


def test_an_import_whose_rows_are_gone_says_so_and_is_not_taken_back(office: Browser) -> None:
    old = saved(
        ImportBatch(
            file_name="old.csv",
            sha256="0" * 64,
            state=BatchState.APPLIED,
            rows=2,
            new=2,
            applied_rows=2,
        )
    )
    page = office.get(address(old))
    assert "The rows of this import are no longer kept" in page.text
    assert page.all("a", class_="figure") == []
    assert page.texts("a", href=f"{address(old)}/undo") == []
    undo = office.get(f"{address(old)}/undo")
    assert "The rows of this import are no longer kept" in undo.text
    assert [form for form in undo.forms if form.action.endswith("/undo")] == []


def test_a_new_employer_is_a_new_job_and_blanks_nothing(office: Browser) -> None:
    brought_in(as_csv(ZENG))
    moved = staged(as_csv(changed(ZENG, 工作单位="沈阳医院", 职务="")))

    (told,) = office.get(address(moved)).texts("td", data_label="What changes")

    assert "沈阳医院 A new job." in told
    assert "blank" not in told
