import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from alumni.audit.models import Change
from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import Employment, Person
from alumni.roster.cli import roster
from alumni.roster.commands.undoing import ask_undo
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportMapping, RosterEntry
from alumni.roster.queries.imports import get_batch
from alumni.roster.reading import look
from alumni.roster.sheets.headers import normal_header
from tests.browser import outside
from tests.factories import make_account, saved
from tests.roster.rosters import HEADER, ZENG, as_csv, changed
from tests.roster.tables import tables
from tests.servers import Installation

WRONG = changed(ZENG, 学号="1993120002", 邮箱="zeng@")


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> "Run":
    return Run(app, tmp_path / "roster.csv")


class Run:
    """The command with a file."""

    def __init__(self, app: Flask, file: Path) -> None:
        self.app = app
        self.file = file

    def __call__(self, content: bytes, *options: str) -> Result:
        self.file.write_bytes(content)
        args = ["import", str(self.file), *options]
        return outside(lambda: self.app.test_cli_runner().invoke(roster, args))

    def undo(self, *options: str) -> Result:
        return outside(lambda: self.app.test_cli_runner().invoke(roster, ["undo", *options]))


def count(model: type[Person | Change | ImportBatch | RosterEntry]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_rows_come_in_and_are_counted(run: Run) -> None:
    content = as_csv(ZENG, changed(ZENG, 姓名="李雷", 学号="1993120002"))

    result = run(content)

    assert (result.exit_code, result.stdout) == (
        0,
        "new 2 updated 0 unchanged 0 possible 0 errors 0\n",
    )
    assert count(Person) == 2


def test_twice_adds_nothing(run: Run) -> None:
    run(as_csv(ZENG))
    changes = count(Change)

    result = run(as_csv(ZENG))

    assert result.stdout == "new 0 updated 0 unchanged 1 possible 0 errors 0\n"
    assert (result.exit_code, count(Change)) == (0, changes)


def test_with_wrong_rows_nothing_is_written(run: Run) -> None:
    result = run(as_csv(ZENG, WRONG))

    assert result.exit_code == 1
    assert result.stdout == (
        "line 3, 邮箱: 'zeng@' is not an e-mail address\n"
        "new 1 updated 0 unchanged 0 possible 0 errors 1\n"
    )
    assert (count(Person), count(ImportBatch)) == (0, 0)


def test_the_good_rows_come_in_where_that_is_accepted(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "wrong.csv"

    result = run(as_csv(ZENG, WRONG), "--accept-good", "--report", str(report))

    assert (result.exit_code, count(Person)) == (0, 1)
    with report.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert header == ["Line", *HEADER, "What is wrong"]
    assert row == ["3", *WRONG, "邮箱 is not an e-mail address"]


def test_a_dry_run_says_what_would_be_done(run: Run) -> None:
    result = run(as_csv(ZENG), "--dry-run")

    assert result.stdout == "new 1 updated 0 unchanged 0 possible 0 errors 0\n"
    assert (result.exit_code, count(ImportBatch)) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "options", "is_kept", "status"),
    [
        ((ZENG,), (), True, 0),
        ((ZENG,), ("--dry-run",), False, 0),
        ((ZENG, WRONG), (), False, 1),
        ((ZENG, WRONG), ("--accept-good",), True, 0),
        ((WRONG,), ("--accept-good",), True, 0),
    ],
)
def test_json_is_one_object(
    run: Run,
    rows: tuple[tuple[str, ...], ...],
    options: tuple[str, ...],
    *,
    is_kept: bool,
    status: int,
) -> None:
    result = run(as_csv(*rows), "--json", *options)

    batch = db.session.scalar(select(ImportBatch))
    said = json.loads(result.stdout)
    assert said == {
        "batch": batch.public_id if batch else None,
        "new": rows.count(ZENG),
        "updated": 0,
        "unchanged": 0,
        "possible": 0,
        "errors": rows.count(WRONG),
    }
    assert (result.exit_code, batch is not None) == (status, is_kept)
    assert batch is None or batch.state is BatchState.APPLIED


def test_a_column_can_be_named(run: Run) -> None:
    header = ["编号" if name == "学号" else name for name in HEADER]

    assert run(as_csv(ZENG, header=header)).exit_code == 1
    assert run(as_csv(ZENG, header=header), "--map", "student_number=编 号").exit_code == 0
    assert db.session.scalars(select(RosterEntry.number)).one() == "1993120001"


@pytest.mark.parametrize(
    ("option", "status"), [("student_number", 2), ("fate=学号", 2), ("name=不存在", 1)]
)
def test_a_column_that_cannot_be_named_is_said(run: Run, option: str, status: int) -> None:
    result = run(as_csv(ZENG), "--map", option)

    assert result.exit_code == status
    assert count(ImportBatch) == 0


def test_a_file_that_is_no_roster_is_said(run: Run) -> None:
    result = run(b"%PDF-1.7 nothing")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: This is a PDF.")


def test_the_broken_roster(run: Run, shared: Path) -> None:
    result = run((shared / "data" / "broken.csv").read_bytes())

    said = [line.split(",")[0] for line in result.stdout.splitlines()[:-1]]
    expected = json.loads((shared / "data" / "broken.expected.json").read_text())
    assert list(dict.fromkeys(said)) == [f"line {row['line']}" for row in expected]
    assert result.stdout.endswith("new 20 updated 0 unchanged 0 possible 0 errors 7\n")
    assert result.exit_code == 1


def test_the_wrong_rows_can_be_a_spreadsheet(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "wrong.xlsx"

    run(as_csv(ZENG, WRONG), "--report", str(report))

    corrected = run(report.read_bytes(), "--accept-good")
    assert corrected.stdout.endswith("new 0 updated 0 unchanged 0 possible 0 errors 1\n")
    assert "not known" not in corrected.stderr


def test_a_column_that_nobody_knows_is_left_out_and_said(run: Run) -> None:
    header = ["星座" if name == "职务" else name for name in HEADER]

    result = run(as_csv(ZENG, header=header))

    assert "column '星座' is not known and is left out" in result.stderr.splitlines()
    assert db.session.scalar(select(Employment.title)) is None
    assert db.session.scalar(select(ImportMapping.id)) is None


def test_what_is_named_counts_more_than_what_was_said_on_the_page(run: Run) -> None:
    header = ["星座" if name == "职务" else name for name in HEADER]
    content = as_csv(ZENG, header=header)
    looked = look(content)
    said = {normal_header(name): key for name, key in looked.fields.items() if name != "星座"}
    saved(ImportMapping(kind=BatchKind.REGISTRAR, shape=looked.shape, columns=said))
    db.session.rollback()

    run(content, "--map", "title=星座")

    assert db.session.scalar(select(Employment.title)) == "医师"


def test_without_numbers_a_registrar_s_roster_is_refused(run: Run) -> None:
    result = run("姓名,届别\n曾国强,1998".encode())

    assert (result.exit_code, count(ImportBatch)) == (1, 0)
    assert result.stderr.startswith("Error: No column holds student numbers")


def test_a_chapter_s_list_attaches_to_those_it_means(run: Run) -> None:
    run(as_csv(ZENG))
    chapter = (
        "姓名,届别,院系,专业,单位,手机\n曾国强,1998届,口腔医学院,口腔医学,大连医院,13800001234\n"
    )

    result = run(chapter.encode(), "--kind", "chapter")

    assert result.stdout == "new 0 updated 1 unchanged 0 possible 0 errors 0\n"
    current = select(Employment.employer).where(Employment.is_current)
    assert (count(Person), db.session.scalars(current).one()) == (1, "大连医院")


def test_who_is_perhaps_known_waits_for_the_page(run: Run) -> None:
    run(as_csv(ZENG))
    chapter = "姓名,届别\n曾国强,1998届\n"

    result = run(chapter.encode(), "--kind", "chapter", "--json")

    said = json.loads(result.stdout)
    assert (result.exit_code, said["possible"], said["updated"]) == (0, 1, 0)
    page = f"/office/imports/{said['batch']}"
    assert [line for line in result.stderr.splitlines() if line.endswith(page)] != []


def test_an_import_is_taken_back(run: Run) -> None:
    before = tables()
    batch = json.loads(run(as_csv(ZENG), "--json").stdout)["batch"]

    result = run.undo(batch)

    assert (result.exit_code, result.stdout) == (0, "undone 1 left 0\n")
    assert tables() == before
    again = run.undo(batch)
    assert (again.exit_code, again.stderr) == (1, "Error: This import was taken back already.\n")


def test_what_cannot_be_taken_back_is_listed(run: Run) -> None:
    other = changed(ZENG, 姓名="李雷", 学号="1993120002", 手机="", 邮箱="")
    batch = json.loads(run(as_csv(ZENG, other), "--json").stdout)["batch"]
    make_account(person=db.session.scalars(select(Person).filter_by(name_zh="李雷")).one())
    db.session.rollback()

    result = run.undo(batch)

    assert result.exit_code == 1
    assert result.stdout == "line 3, 李雷: has an account\nundone 1 left 1\n"


def test_what_was_taken_back_is_one_object(run: Run) -> None:
    batch = json.loads(run(as_csv(ZENG), "--json").stdout)["batch"]
    make_account(person=db.session.scalars(select(Person)).one())
    db.session.rollback()

    result = run.undo(batch, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "batch": batch,
        "undone": 0,
        "left": 1,
        "rows": [{"line": 2, "name": "曾国强", "reason": "has an account"}],
    }


def test_one_that_was_broken_off_goes_on(run: Run) -> None:
    batch = json.loads(run(as_csv(ZENG), "--json").stdout)["batch"]
    with transaction():
        ask_undo(SYSTEM, get_batch(SYSTEM, batch))

    assert run.undo(batch).exit_code == 0
    assert count(Person) == 0


@pytest.mark.parametrize("batch", ["nothing", "-begins-with-a-dash"])
def test_an_import_that_there_is_not(run: Run, batch: str) -> None:
    result = run.undo(batch)

    assert (result.exit_code, result.stderr) == (1, "Error: There is no such import.\n")


@pytest.mark.slow
def test_as_a_process_it_brings_in_and_takes_back(installed: Installation, tmp_path: Path) -> None:
    before = tables()
    file = tmp_path / "名册.csv"
    file.write_bytes(as_csv(ZENG))

    said = json.loads(installed.call("roster", "import", str(file), "--json"))
    assert (said["new"], count(Person)) == (1, 1)
    assert installed.call("roster", "undo", said["batch"]) == "undone 1 left 0\n"

    assert tables() == before
