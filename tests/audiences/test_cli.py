"""``alumni people export``."""

import csv
import hashlib
import io
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from alumni.audiences.cli import people
from alumni.audit.models import ChangeSet
from alumni.db import db
from alumni.people.models import Study
from tests.browser import Browser, outside
from tests.factories import make_person, saved


def run(app: Flask, *arguments: str) -> Result:
    return outside(lambda: app.test_cli_runner().invoke(people, ["export", *arguments]))


def entries() -> list[ChangeSet]:
    db.session.rollback()
    return list(db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "exported")))


def test_the_command_writes_what_the_office_downloads(app: Flask, office: Browser) -> None:
    for name, year in (("王伟", 1998), ("曾国强", 1998), ("安一", 2020)):
        make_person(name, year=year)
    with office.client.session_transaction() as session:
        session["language"] = "zh"

    page = office.submit("/office/people/export?year_to=2000", purpose="x", format="csv")
    done = run(app, "--where", "year_to=2000")

    assert done.exit_code == 0
    assert done.stdout_bytes == page.content
    rows = list(csv.reader(io.StringIO(done.stdout_bytes.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["姓名", "王伟", "曾国强"]
    assert done.stderr == "2 people.\n"


def test_a_file_is_there_when_it_is_whole(app: Flask, tmp_path: Path) -> None:
    make_person("曾国强", phone="+8613800001234")
    path = tmp_path / "people.xlsx"
    path.write_bytes(b"an older file")

    done = run(app, "--columns", "phone, name", "--format", "xlsx", "--output", str(path))

    assert done.exit_code == 0
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert list(sheet.iter_rows(values_only=True))[1] == ("+8613800001234", "曾国强")
    assert list(tmp_path.iterdir()) == [path]
    (entry,) = entries()
    assert entry.account_id is None
    assert entry.facts["columns"] == ["phone", "name"]
    assert entry.facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert entry.facts["complete"] is True


@pytest.mark.parametrize(
    ("rows", "written"),
    [
        ([], [["姓名", "毕业年份"], ["王伟", "1998"]]),
        (
            ["--rows", "flat"],
            [["姓名", "毕业年份 1", "毕业年份 2"], ["王伟", "1998", "2003"]],
        ),
        (["--rows", "each"], [["姓名", "毕业年份"], ["王伟", "1998"], ["王伟", "2003"]]),
    ],
)
def test_several_studies(app: Flask, rows: list[str], written: list[list[str]]) -> None:
    person = make_person("王伟", year=1998)
    saved(Study(person_id=person.id, graduation_year=2003))

    done = run(app, "--columns", "name,graduation_year", *rows)

    assert list(csv.reader(io.StringIO(done.stdout_bytes.decode("utf-8-sig")))) == written
    assert done.stderr == "1 people.\n"


def test_other_formats(app: Flask) -> None:
    make_person("曾国强", email="zeng@example.org")

    old, cards = (
        run(app, "--columns", "name", "--format", kind) for kind in ("csv-gb18030", "vcard")
    )

    assert old.stdout_bytes.decode("gb18030").split() == ["姓名", "曾国强"]
    assert cards.stdout_bytes.startswith(b"BEGIN:VCARD\r\nVERSION:3.0\r\n")
    assert "EMAIL;TYPE=INTERNET:zeng@example.org" in cards.stdout_bytes.decode()


def test_who_watches_sees_how_far_it_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_person("曾国强")
    monkeypatch.setattr("alumni.audiences.cli.is_watched", lambda: True)

    done = run(app, "--columns", "name")

    assert done.stderr.split() == ["Rows", "1", "people."]
    assert done.stdout_bytes.decode("utf-8-sig").split() == ["姓名", "曾国强"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--where", "chapter=atlantis"], "chapter"),
        (["--where", "unknown=1"], "unknown"),
        (["--where", "q=\x00"], ""),
        (["--columns", "name,shoe_size"], "shoe_size"),
        (["--columns", ""], ""),
        (["--format", "pdf"], "pdf"),
        (["--rows", "sideways"], "sideways"),
        (["--output", "/nowhere/people.csv"], "/nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_no_file(
    app: Flask, arguments: list[str], named: str
) -> None:
    done = run(app, *arguments)

    assert done.exit_code != 0
    assert done.stdout == ""
    assert named in done.stderr
    assert isinstance(done.exception, SystemExit)
