"""The files of ``../shared/data``: what is in them comes in, and all of it can be taken back."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from alumni.audit.models import Change
from alumni.authz import SYSTEM
from alumni.db import db
from alumni.people.fields import export_select
from alumni.people.models import ContactKind, ContactPoint, Employment, Person
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportRow, RosterEntry
from alumni.roster.queries.errors import wrong_rows
from tests.roster.rosters import brought_in, counts, staged
from tests.roster.tables import search_words, tables
from tests.roster.test_undoing import left, undone

TOLD = {
    "name": "name",
    "student_number": "number",
    "sex": "sex",
    "entry_year": "entry",
    "college": "college",
    "major": "major",
    "class_label": "klass",
    "city": "city",
    "province": "province",
    "employer": "employer",
    "title": "title",
    "phone": "phone",
    "email": "email",
}
"""A column of the export, and what ``truth.json`` calls it."""


def count(*conditions: Any, of: Any = Person.id) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(of)).where(*conditions)) or 0


def changes() -> int:
    return count(of=Change.id)


def is_first(kind: ContactKind) -> tuple[Any, ...]:
    return ContactPoint.kind == kind, ContactPoint.is_primary


def test_all_files_come_in_as_they_are_meant_and_go_again(shared: Path) -> None:
    """One after the other into one database: ten thousand graduates take their time."""
    data = shared / "data"
    truth = json.loads((data / "truth.json").read_text(encoding="utf-8"))
    moments = [_moment()]
    batches = []
    for comes_in in (_roster, _corrections, _chapter, _overseas):
        batches.append(comes_in(data, truth))
        moments.append(_moment())

    while batches:
        assert moments.pop() == _moment()
        batch = undone(batches.pop())
        assert (batch.state, batch.undone_rows) == (BatchState.UNDONE, batch.applied_rows)
        assert (batch.left_rows, left(batch)) == (0, [])
    assert moments == [_moment()]


def _moment() -> tuple[object, object]:
    return tables(), search_words()


def _roster(data: Path, truth: dict[str, Any]) -> ImportBatch:
    """Ten thousand graduates; and once they are in, what is wrong in another file is told."""
    content = (data / "roster.xlsx").read_bytes()
    batch = brought_in(content, name="roster.xlsx")
    assert counts(batch) == (truth["rows"], 0, 0, 0, 0)
    _is_true(truth)
    _changes_nothing(content, truth["rows"])
    _says_what_is_wrong(data)
    return batch


def _corrections(data: Path, truth: dict[str, Any]) -> ImportBatch:
    file = data / "corrections.csv"
    jobs = count(of=Employment.id)
    batch = brought_in(file.read_bytes())
    assert counts(batch) == (0, truth["corrections"], 0, 0, 0)
    _is_corrected(file, jobs)
    _changes_nothing(file.read_bytes(), truth["corrections"])
    return batch


def _chapter(data: Path, truth: dict[str, Any]) -> ImportBatch:
    batch = brought_in((data / "chapter-gb18030.csv").read_bytes(), kind=BatchKind.CHAPTER)
    assert counts(batch) == (0, truth["chapter_rows"], 0, 0, 0)
    _means_them(batch, _number_in_wechat)
    return batch


def _overseas(data: Path, truth: dict[str, Any]) -> ImportBatch:
    batch = brought_in((data / "overseas-utf16.tsv").read_bytes(), kind=BatchKind.CONTACTS)
    assert counts(batch) == (0, truth["overseas_rows"], 0, 0, 0)
    _means_them(batch, _number_in_email)
    return batch


def _is_true(truth: dict[str, Any]) -> None:
    """The registrar's roster is in the tables as ``truth.json`` counts it."""
    assert count() == count(of=RosterEntry.id) == truth["rows"]
    assert count(of=RosterEntry.number.distinct()) == truth["student_numbers"]
    assert count(*is_first(ContactKind.EMAIL), of=ContactPoint.id) == truth["with_email"]
    named = select(Person.name_zh).group_by(Person.name_zh).having(func.count() > 1)
    assert len(db.session.execute(named).all()) == truth["names_shared"]
    provinces = export_select(SYSTEM, ["province"], "zh").subquery()
    here = select(func.count()).where(provinces.c.province == "辽宁")
    assert db.session.scalar(here) == truth["liaoning"]
    for one in (truth["first"], truth["last"]):
        wanted = export_select(SYSTEM, [*TOLD, "graduation", "level"], "zh")
        rows = db.session.execute(wanted).mappings()
        row = next(row for row in rows if row["student_number"] == one["number"])
        assert {key: row[key] or "" for key in TOLD} == {
            key: one[name] for key, name in TOLD.items()
        }
        assert (str(row["graduation"])[:4], row["level"]) == (str(one["grad"]), one["level"])


def _changes_nothing(content: bytes, rows: int) -> None:
    before = changes()
    assert counts(brought_in(content)) == (0, 0, rows, 0, 0)
    assert changes() == before


def _says_what_is_wrong(data: Path) -> None:
    """Of the broken file nothing comes in; each wrong row is told with its line and why."""
    expected = json.loads((data / "broken.expected.json").read_text(encoding="utf-8"))
    before = tables()
    batch = staged((data / "broken.csv").read_bytes())
    told = [(line, why) for line, _values, why in db.session.execute(wrong_rows(batch))]
    assert [line for line, _why in told] == [one["line"] for one in expected]
    assert [[field, why] for _line, ((field, _written, why), *_rest) in told] == [
        ["name", "is missing"],
        ["entry_year", "is not a year"],
        ["graduation_year", "is before the entry year"],
        ["email", "is not an e-mail address"],
        ["email", "is not an e-mail address"],
        ["entry_year", "year out of range"],
        ["name", "contains a control character"],
    ]
    assert tables() == before


def _is_corrected(file: Path, jobs: int) -> None:
    """Who is in the file has the new address first. The blank employers have erased nothing."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = {row["学号"]: row for row in csv.DictReader(lines)}
    assert {row["工作单位"] for row in rows.values()} == {""}
    assert count(Employment.is_current, of=Employment.id) == count(of=Employment.id) == jobs
    listed = (
        select(RosterEntry.number, ContactPoint.value)
        .join(ContactPoint, ContactPoint.person_id == RosterEntry.person_id)
        .where(RosterEntry.number.in_(rows), *is_first(ContactKind.EMAIL))
    )
    assert dict(db.session.execute(listed).all()) == {
        number: row["电子邮箱"] for number, row in rows.items()
    }


def _number_in_wechat(values: dict[str, Any]) -> str:
    """The chapter's list gives away who is meant: wx_ and the last six digits of the number."""
    return str(values["wechat"]).removeprefix("wx_")


def _number_in_email(values: dict[str, Any]) -> str:
    """The overseas list too: a letter and the number."""
    return str(values["email"]).partition("@")[0][1:]


def _means_them(batch: ImportBatch, told: Callable[[dict[str, Any]], str]) -> None:
    """Each row was attached to whom it means, which its file gives away."""
    numbers = dict(db.session.execute(select(RosterEntry.person_id, RosterEntry.number)).all())
    rows = db.session.scalars(
        select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.is_applied)
    ).all()
    assert len(rows) == batch.updated
    assert [
        row.line
        for row in rows
        if row.person_id is None or not numbers[row.person_id].endswith(told(row.values))
    ] == []
