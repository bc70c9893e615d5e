from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM
from alumni.db import db, now, transaction
from alumni.errors import Refusal
from alumni.people.models import Person
from alumni.roster.cells import Unreadable
from alumni.roster.commands import advancing
from alumni.roster.commands.imports import NOT_BEGUN, accept, apply_part, discard
from alumni.roster.commands.receiving import receive
from alumni.roster.commands.undoing import ask_undo
from alumni.roster.jobs import clear_away, go_on
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportChunk, ImportRow
from alumni.roster.rows import read_rows
from tests.factories import make_account
from tests.roster.rosters import ZENG, as_csv, brought_in, changed, staged

LI = as_csv(changed(ZENG, 姓名="李雷", 学号="1993990001", 手机="", 邮箱=""))


def rows(number: int) -> bytes:
    numbered = (
        changed(ZENG, 学号=f"199312{n:04}", 邮箱=f"z{n}@example.org") for n in range(number)
    )
    return as_csv(*numbered)


def count(of: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(of))) or 0


def sent(content: bytes) -> ImportBatch:
    db.session.rollback()
    with transaction():
        return receive(SYSTEM, "名册.csv", content, BatchKind.REGISTRAR)


def accepted(*contents: bytes) -> list[ImportBatch]:
    """Files that the worker is to bring in next."""
    batches = [staged(content) for content in contents]
    with transaction():
        for batch in batches:
            accept(SYSTEM, batch)
    return batches


def state_of(batch: ImportBatch) -> tuple[BatchState, str]:
    db.session.rollback()
    db.session.refresh(batch)
    return batch.state, batch.problem


def test_the_oldest_has_its_turn_first_whatever_it_waits_for() -> None:
    undoing = brought_in(rows(2))
    (applying,) = accepted(LI)
    reading = sent(rows(3))
    with transaction():
        ask_undo(SYSTEM, undoing)

    assert [go_on() for _ in range(4)] == [2, 1, 3, 0]

    states = [state_of(batch)[0] for batch in (undoing, applying, reading)]
    assert states == [BatchState.UNDONE, BatchState.APPLIED, BatchState.STAGED]


def test_a_part_is_as_large_as_it_may_be() -> None:
    (batch,) = accepted(rows(5))

    assert [go_on(at_most=2) for _ in range(4)] == [2, 2, 1, 0]
    with transaction():
        ask_undo(SYSTEM, batch)
    assert [go_on(at_most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_large_file_is_read_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alumni.roster.commands.staging.PART", 2)
    batch = sent(rows(7))

    read = []
    while state_of(batch)[0] is BatchState.READING:
        read.append(advancing.advance(batch.id, read_at_once=4))

    assert read == [4, 3]
    assert (batch.read_rows, batch.new) == (7, 7)


def test_a_file_that_turns_out_to_be_unreadable_says_why_in_the_words_of_who_sent_it() -> None:
    batch = sent(as_csv(ZENG))
    with transaction():
        batch.account_id = make_account(language="zh").id
        db.session.execute(update(ImportChunk).values(content=b"\0"))

    assert go_on() == 0

    assert state_of(batch) == (BatchState.FAILED, "文件是空的。")
    assert go_on() == 0


def test_half_a_file_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alumni.roster.commands.staging.PART", 2)
    batch = sent(rows(5))

    def torn(*args: Any) -> Any:
        for number, row in enumerate(read_rows(*args)):
            if number == 4:
                raise Unreadable("The file is damaged or unsafe.")
            yield row

    with monkeypatch.context() as patched:
        patched.setattr(advancing, "read_rows", torn)
        assert go_on() == 0

    assert state_of(batch)[0] is BatchState.FAILED
    assert (count(ImportRow.id), batch.read_rows) == (0, 0)
    with pytest.raises(Refusal), transaction():
        accept(SYSTEM, batch)
    with transaction():
        discard(SYSTEM, batch)
    assert count(ImportChunk.number) == 0


def test_a_fault_of_ours_ends_one_import_and_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = accepted(rows(1), LI)

    def ill(batch_id: int, *, at_most: int) -> int:
        if batch_id == first.id:
            raise KeyError("a fault")
        return apply_part(batch_id, at_most=at_most)

    monkeypatch.setattr(advancing, "apply_part", ill)

    assert go_on() == 1

    assert state_of(first) == (BatchState.FAILED, advancing.problem_text(KeyError()))
    assert state_of(second) == (BatchState.APPLIED, "")
    assert "a fault" in capsys.readouterr().out


def test_what_the_database_refuses_is_said_and_what_was_taken_back_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = brought_in(rows(1))
    with transaction():
        ask_undo(SYSTEM, batch)

    def refuse(_batch_id: int, *, at_most: int) -> int:
        db.session.execute(text("INSERT INTO person (id) VALUES (:n)"), {"n": -at_most})
        return at_most

    with monkeypatch.context() as patched:
        patched.setattr(advancing, "undo_part", refuse)
        assert go_on() == 0

    refused = advancing.problem_text(IntegrityError("", {}, Exception()))
    assert state_of(batch) == (BatchState.APPLIED, refused)
    with transaction():
        ask_undo(SYSTEM, batch)
    assert (go_on(), state_of(batch)) == (1, (BatchState.UNDONE, ""))


def test_a_database_that_does_not_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    (batch,) = accepted(rows(1))

    def away(_batch_id: int, *, at_most: int) -> int:
        raise OperationalError("SELECT", {"n": at_most}, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr(advancing, "apply_part", away)
        with pytest.raises(OperationalError):
            go_on()

    assert state_of(batch) == (BatchState.WAITING, "")
    assert go_on() == 1


def test_a_file_is_kept_until_its_rows_are_in() -> None:
    waiting, done = staged(rows(1)), staged(LI)
    with transaction():
        accept(SYSTEM, done)
    while go_on():
        pass
    db.session.rollback()

    clear_away()

    assert db.session.scalars(select(ImportChunk.batch_id)).all() == [waiting.id]
    assert clear_away() == 0


@pytest.mark.parametrize("state", NOT_BEGUN)
def test_a_file_that_nobody_wanted_for_a_month_is_discarded(state: BatchState) -> None:
    old, young = staged(rows(1)), staged(rows(2))
    with transaction():
        old.state, old.created_at = state, now() - timedelta(days=31)
        young.created_at = now() - timedelta(days=29)
    db.session.rollback()

    assert (clear_away(), clear_away()) == (1, 0)

    assert (state_of(old)[0], state_of(young)[0]) == (BatchState.DISCARDED, BatchState.STAGED)
    assert db.session.scalars(select(ImportRow.batch_id).distinct()).all() == [young.id]
    assert db.session.scalars(select(ImportChunk.batch_id)).all() == [young.id]
    verbs = db.session.scalars(select(ChangeSet.verb).order_by(ChangeSet.id))
    assert list(verbs)[-1] == "discarded_import"


def test_a_file_about_which_somebody_decides_is_kept() -> None:
    batch = staged(rows(1))
    with transaction():
        batch.created_at = now() - timedelta(days=31)
        db.session.add(
            ChangeSet(verb="settled_row", subject_table="import_batch", subject_id=batch.id)
        )
    db.session.rollback()

    assert clear_away() == 0
    assert count(Person.id) == 0
