"""What the values of a file do by their policies, and staging in parts that survive a stop."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from alumni.audit.models import Change
from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.errors import BadValue
from alumni.people.fields import export_select
from alumni.people.models import ContactKind, ContactPoint, Person
from alumni.roster.commands import staging
from alumni.roster.commands.imports import accept
from alumni.roster.commands.loading import load, new_ids
from alumni.roster.commands.receiving import receive
from alumni.roster.commands.staging import stage_rows
from alumni.roster.comparing import default_policy
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportRow, Policy
from alumni.roster.sheets.telling import Told
from tests.roster.rosters import ZENG, as_csv, brought_in, changed, counts, staged, worked


def with_policies(content: bytes, **policies: str) -> ImportBatch:
    """The file brought in by these policies, where it has anything new."""
    with transaction():
        batch = receive(SYSTEM, "roster.csv", content)
        batch.policies = policies
    if worked(batch).state is BatchState.STAGED:
        with transaction():
            accept(SYSTEM, batch)
        worked(batch)
    return batch


def said(*keys: str) -> tuple[object, ...]:
    rows = export_select(SYSTEM, keys, "zh").add_columns(Person.id)
    return tuple(getattr(db.session.execute(rows).one(), key) for key in keys)


@pytest.mark.parametrize(
    ("policy", "employer", "email"),
    [
        ("overwrite", "大连中心医院", "new@example.org"),
        ("fill", "鞍山中心医院", "new@example.org"),
        ("skip", "鞍山中心医院", None),
    ],
)
def test_a_policy_says_what_a_value_does(policy: str, employer: str, email: str | None) -> None:
    brought_in(as_csv(changed(ZENG, 邮箱="")))

    told = changed(ZENG, 工作单位="大连中心医院", 邮箱="new@example.org")
    batch = with_policies(as_csv(told), employer=policy, email=policy)

    assert said("employer", "email", "major") == (employer, email, "口腔医学")
    assert counts(batch) == ((0, 0, 1, 0, 0) if policy == "skip" else (0, 1, 0, 0, 0))


def test_what_is_skipped_is_not_entered_of_somebody_new() -> None:
    with_policies(as_csv(ZENG), phone="skip", college="skip", city="skip", province="skip")

    assert said("name", "college", "phone", "city") == ("曾国强", None, None, None)


@pytest.mark.parametrize(
    ("kind", "key", "policy"),
    [
        (BatchKind.REGISTRAR, "major", Policy.OVERWRITE),
        (BatchKind.CHAPTER, "major", Policy.FILL),
        (BatchKind.CONTACTS, "name", Policy.FILL),
        (BatchKind.CONTACTS, "email", Policy.OVERWRITE),
    ],
)
def test_each_kind_has_its_own(kind: BatchKind, key: str, policy: Policy) -> None:
    assert default_policy(kind, key) is policy


def test_a_list_fills_what_is_not_known_of_a_study_and_overwrites_no_other() -> None:
    brought_in(as_csv(changed(ZENG, 专业="", 班级="")))
    row = ("曾国强", "1998", "口腔医学院", "口腔正畸学", "9班", "13900000001")
    header = ("姓名", "届别", "学院", "专业", "班级", "手机")

    brought_in(as_csv(row, header=header), kind=BatchKind.CHAPTER)
    brought_in(
        as_csv((*row[:4], "1班", row[5]), header=header), kind=BatchKind.CHAPTER, accept_good=True
    )

    assert said("major", "class_label", "phone") == ("口腔正畸学", "9班", "13900000001")
    points = select(ContactPoint.value, ContactPoint.is_primary).where(
        ContactPoint.kind == ContactKind.PHONE
    )
    assert set(db.session.execute(points).all()) == {
        ("138 0000 1234", False),
        ("13900000001", True),
    }


@dataclass
class Stopping:
    """Rows of a file, until the machine goes off."""

    rows: list[Told]
    at: int

    def __iter__(self) -> Iterator[Told]:
        yield from self.rows[: self.at]
        raise KeyboardInterrupt


def told(number: int) -> list[Told]:
    return [
        Told(n + 2, {"name": "曾国强", "student_number": f"199312{n:04}"}, [])
        for n in range(number)
    ]


def reading() -> int:
    with transaction():
        batch = ImportBatch(
            kind=BatchKind.REGISTRAR, file_name="x.csv", sha256="", state=BatchState.READING
        )
        db.session.add(batch)
        db.session.flush()
    return batch.id


def test_staging_goes_on_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "PART", 3)
    batch_id, rows = reading(), told(8)
    seen: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        stage_rows(batch_id, iter(Stopping(rows, 7)))
    db.session.rollback()
    batch = db.session.get_one(ImportBatch, batch_id, populate_existing=True)
    assert (batch.state, batch.read_rows) == (BatchState.READING, 6)
    stage_rows(batch_id, iter(rows), done=seen.append)

    db.session.refresh(batch)
    assert seen == [8]
    assert (batch.state, batch.rows, batch.new) == (BatchState.STAGED, 8, 8)
    lines = select(ImportRow.line).order_by(ImportRow.line)
    assert db.session.scalars(lines).all() == list(range(2, 10))
    stage_rows(batch_id, iter(rows))
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 8


def test_a_row_that_stands_in_another_part_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "PART", 2)
    batch_id, rows = reading(), told(6)
    again = [
        rows[0]._replace(line=20),
        rows[1]._replace(line=21, values={**rows[1].values, "sex": "m"}),
    ]
    other = rows[2]._replace(line=22, values={**rows[2].values, "name": "李雷"})

    stage_rows(batch_id, iter([*rows, *again, other]))

    batch = db.session.get_one(ImportBatch, batch_id, populate_existing=True)
    assert counts(batch) == (5, 0, 2, 0, 2)
    kept = select(ImportRow.line, ImportRow.verdict).order_by(ImportRow.line)
    assert [(line, verdict.value) for line, verdict in db.session.execute(kept)] == [
        *((2, "new"), (4, "error"), (5, "new"), (6, "new"), (7, "new")),
        *((21, "new"), (22, "error")),
    ]


def test_staging_writes_no_history() -> None:
    staged(as_csv(ZENG))

    assert db.session.scalar(select(func.count()).select_from(Change)) == 0


def test_rows_are_loaded_as_the_session_would_keep_them() -> None:
    with transaction():
        ids = new_ids(Person, 2)
        load(Person, [{"id": i, "name_zh": f"曾{i}"} for i in ids])

    people = db.session.scalars(select(Person).order_by(Person.id)).all()
    assert [person.id for person in people] == ids
    assert len({person.public_id for person in people}) == 2
    assert {(person.language, person.version, person.listed.value) for person in people} == {
        ("zh", 1, "alumni")
    }
    assert all(person.created_at.tzinfo is not None for person in people)


@pytest.mark.parametrize("name", ["曾" * 81, "曾\x07"])
def test_what_no_column_takes_is_refused(name: str) -> None:
    with pytest.raises(BadValue), transaction():
        load(Person, [{"name_zh": name}])
