"""The worker is killed in the middle of an import, and goes on exactly where it was."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import Person
from alumni.roster.commands.imports import accept
from alumni.roster.commands.undoing import ask_undo
from alumni.roster.models import BatchState, ImportBatch, ImportRow, RosterEntry
from tests.roster.rosters import ZENG, as_csv, changed, counts, staged
from tests.roster.tables import search_words, tables
from tests.servers import ROOT, Installation, until

pytestmark = pytest.mark.slow

ROWS = 600

WORKING = """
from alumni.app import create_app
from alumni.roster.jobs import go_on
app, done = create_app(), 1
while done:
    with app.app_context():
        done = go_on(at_most=50)
"""
"""A worker that does nothing but imports, in parts so small that it can be met in the middle."""

ROSTER = as_csv(
    *(changed(ZENG, 学号=f"199312{n:04}", 邮箱=f"z{n}@example.org") for n in range(ROWS))
)


def begun(installation: Installation) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", WORKING], cwd=ROOT, env=installation.environment()
    )


def count(of: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(of))) or 0  # type: ignore[arg-type]  # a column


def killed_and_resumed(
    installation: Installation, batch: ImportBatch, far: Callable[[], int]
) -> None:
    """Let workers go on with the import, and kill each but the last when it has come further."""
    for part in (1, 2):
        come = far()
        worker = begun(installation)
        try:
            until(lambda: far() > come, what=f"part {part}")  # noqa: B023 - asked at once
        finally:
            worker.kill()
            worker.wait(timeout=10)
        assert 0 < far() < ROWS
    last = begun(installation)
    assert last.wait(timeout=120) == 0
    db.session.rollback()
    db.session.refresh(batch)


def test_killed_while_it_brings_in_and_while_it_takes_back(installed: Installation) -> None:
    before, words = tables(), search_words()
    batch = staged(ROSTER)
    with transaction():
        accept(SYSTEM, batch)

    killed_and_resumed(installed, batch, lambda: count(Person.id))

    assert (batch.state, batch.applied_rows) == (BatchState.APPLIED, ROWS)
    assert counts(batch) == (ROWS, 0, 0, 0, 0)
    assert [count(RosterEntry.number.distinct()), count(RosterEntry.id)] == [ROWS, ROWS]
    assert [count(Person.id), len(search_words())] == [ROWS, ROWS]
    assert count(ImportRow.person_id.distinct()) == ROWS

    with transaction():
        ask_undo(SYSTEM, batch)
    killed_and_resumed(installed, batch, lambda: ROWS - count(Person.id))

    assert (batch.state, batch.undone_rows, batch.left_rows) == (BatchState.UNDONE, ROWS, 0)
    assert (tables(), search_words()) == (before, words)
