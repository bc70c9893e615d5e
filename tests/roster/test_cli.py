import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from alumni.audit.models import Change
from alumni.db import db
from alumni.people.models import Person
from alumni.roster.cli import roster
from alumni.roster.models import BatchState, ImportBatch, RosterEntry
from tests.browser import outside
from tests.roster.rosters import HEADER, ZENG, as_csv, changed

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
    assert "This is not a table." in result.stderr


def test_the_broken_roster(run: Run, shared: Path) -> None:
    result = run((shared / "data" / "broken.csv").read_bytes())

    said = [line.split(",")[0] for line in result.stdout.splitlines()[:-1]]
    expected = json.loads((shared / "data" / "broken.expected.json").read_text())
    assert list(dict.fromkeys(said)) == [f"line {row['line']}" for row in expected]
    assert result.stdout.endswith("new 20 updated 0 unchanged 0 possible 0 errors 7\n")
    assert result.exit_code == 1
