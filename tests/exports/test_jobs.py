import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM
from alumni.db import db, now, transaction
from alumni.errors import BadRequest
from alumni.exports import commands, queries
from alumni.exports.jobs import ATTEMPTS, CHUNK, REMEMBERED, SILENCE, make_files, purge_files
from alumni.exports.making import Maker, Making, makers
from alumni.exports.models import FileChunk, FileState, KeptFile
from alumni.i18n import _
from alumni.outbox.models import Delivery, Heartbeat
from tests.browser import at_once
from tests.exports.made import CONTENT, actor, anew, kept, making, ordered, set_to
from tests.factories import make_account

SHA256 = hashlib.sha256(CONTENT).hexdigest()
LONG_AGO = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _test_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(makers, "test", lambda _file: making())


def made_by(monkeypatch: pytest.MonkeyPatch, maker: Maker) -> KeptFile:
    monkeypatch.setitem(makers, "test", maker)
    return ordered(make_account())


def half_made(worker: str, *, alive: bool) -> KeptFile:
    """A file of which a worker has written the beginning, and not what we would."""
    file = ordered(make_account())
    set_to(file, state=FileState.MAKING, worker=worker, taken_at=now() - LONG_AGO, attempt=1)
    with transaction():
        at = now() if alive else now() - SILENCE - timedelta(seconds=1)
        db.session.add_all(
            [
                Heartbeat(worker=worker, at=at),
                *(FileChunk(file_id=file.id, number=n, content=b"old" * 9) for n in range(9)),
            ]
        )
    return file


def test_a_file_is_made_whole() -> None:
    file = ordered(make_account(), total=15)

    assert make_files("w") == 1
    assert make_files("w") == 0

    found = anew(file)
    assert (found.state, found.done, found.total, found.worker) == (FileState.READY, 12, 12, None)
    assert (found.size, found.sha256) == (len(CONTENT), SHA256)
    assert kept(file) == CONTENT
    sizes = select(func.length(FileChunk.content)).order_by(FileChunk.number)
    assert db.session.scalars(sizes).all() == [CHUNK, CHUNK, len(CONTENT) - 2 * CHUNK]


def test_an_empty_file_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = made_by(monkeypatch, lambda _file: Making(chunks=iter(()), rows=lambda: 0))

    make_files("w")

    assert (anew(file).state, anew(file).size) == (FileState.READY, 0)
    assert b"".join(queries.content(anew(file))) == b""


def test_the_oldest_comes_first() -> None:
    files = [ordered(make_account()) for _ in range(3)]
    for ready in range(1, 4):
        make_files("w")
        assert [anew(file).state for file in files] == (
            [FileState.READY] * ready + [FileState.WAITING] * (3 - ready)
        )


def test_others_write_while_it_is_made_and_see_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The maker writes by itself between two parts, which a transaction left open would forbid."""
    seen: list[tuple[int, int]] = []
    written = [0]

    def pieces(file: KeptFile) -> Iterator[bytes]:
        for _number in range(4):
            with db.engine.connect() as connection:
                done = select(KeptFile.done).where(KeptFile.id == file.id)
                seen.append((written[0], connection.scalar(done) or 0))
            with db.engine.connect().execution_options(writing=True) as other, other.begin():
                other.execute(insert(Heartbeat).values(worker=f"x{written[0]}", at=now()))
            written[0] += 100
            yield bytes(CHUNK)

    file = made_by(monkeypatch, lambda file: Making(chunks=pieces(file), rows=lambda: written[0]))

    make_files("w")

    assert seen == [(0, 0), (100, 100), (200, 200), (300, 300)]
    assert anew(file).done == 400


@pytest.mark.parametrize(("content", "state"), [(CONTENT, "ready"), (b"short", "failed")])
def test_what_the_maker_says_in_the_end_stands_with_the_file_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, content: bytes, state: str
) -> None:
    def finish(sha256: str, size: int, rows: int) -> None:
        record(SYSTEM, "made_it", None, facts={"sha256": sha256, "size": size, "rows": rows})
        if size < CHUNK:
            raise ZeroDivisionError

    file = made_by(
        monkeypatch,
        lambda _file: Making(chunks=iter([content]), rows=lambda: 3, finish=finish),
    )

    with capture_logs():
        make_files("w")

    told = db.session.scalars(select(ChangeSet.facts).where(ChangeSet.verb == "made_it")).all()
    whole = {"sha256": SHA256, "size": len(CONTENT), "rows": 3}
    assert anew(file).state == state
    assert told == ([whole] if state == "ready" else [])


def broken(_file: KeptFile) -> Making:
    def pieces() -> Iterator[bytes]:
        yield bytes(3 * CHUNK)
        raise ZeroDivisionError("王小明")

    return Making(chunks=pieces(), rows=lambda: 0)


def test_a_fault_of_the_maker_is_noted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    file = made_by(monkeypatch, broken)

    with capture_logs() as logs:
        assert make_files("w") == 1
        assert make_files("w") == 0

    found = anew(file)
    assert (found.state, found.sha256) == (FileState.FAILED, None)
    assert found.problem == (
        "It could not be made: something went wrong on our side. It has been noted."
    )
    assert kept(file) == b""
    assert [(entry["event"], entry["kind"], entry["file"]) for entry in logs] == [
        ("file failed", "test", file.id)
    ]


def test_a_refusal_is_read_by_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_file: KeptFile) -> Making:
        raise BadRequest(_("You may not do this."))

    monkeypatch.setitem(makers, "test", refuse)
    files = [ordered(make_account(), language=language) for language in ("en", "zh")]

    with capture_logs() as logs:
        make_files("w")
        make_files("w")

    assert [anew(file).state for file in files] == [FileState.FAILED] * 2
    assert anew(files[0]).problem == "You may not do this."
    assert anew(files[1]).problem not in ("", "You may not do this.")
    assert logs == []


def test_what_the_dead_left_is_begun_again() -> None:
    file = half_made("dead", alive=False)

    assert make_files("w") == 1

    assert (anew(file).state, anew(file).attempt) == (FileState.READY, 2)
    assert kept(file) == CONTENT


def test_what_somebody_is_making_is_left_alone() -> None:
    file = half_made("busy", alive=True)

    assert make_files("w") == 0

    assert (anew(file).state, anew(file).worker) == (FileState.MAKING, "busy")
    assert kept(file) == b"old" * 81


def test_a_file_just_taken_is_left_alone() -> None:
    """Its worker may not have given a sign of life yet."""
    file = half_made("busy", alive=False)
    set_to(file, taken_at=now())

    assert make_files("w") == 0


def test_a_worker_that_comes_back_finds_it_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another has taken over meanwhile, and its file is not touched."""

    def pieces(file: KeptFile) -> Iterator[bytes]:
        yield bytes(CHUNK)
        set_to(file, taken_at=now() - LONG_AGO)
        with transaction():
            db.session.get_one(Heartbeat, "slow").at = now() - LONG_AGO
        monkeypatch.setitem(makers, "test", lambda _file: making())
        assert make_files("quick") == 1
        yield bytes(CHUNK)

    file = made_by(monkeypatch, lambda file: Making(chunks=pieces(file), rows=lambda: 0))

    assert make_files("slow") == 1

    assert (anew(file).state, anew(file).sha256) == (FileState.READY, SHA256)
    assert kept(file) == CONTENT


def test_a_file_that_brings_down_every_worker_is_given_up() -> None:
    file = half_made("dead", alive=False)
    set_to(file, attempt=ATTEMPTS)

    assert make_files("w") == 1

    assert anew(file).state is FileState.FAILED
    assert anew(file).problem == "It could not be made: each try was broken off."
    assert kept(file) == b""


def test_trouble_with_the_database_is_not_the_end_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(CHUNK)
        raise OperationalError("select", {}, Exception("gone"))

    file = made_by(monkeypatch, lambda _file: Making(chunks=pieces(), rows=lambda: 0))

    with pytest.raises(OperationalError):
        make_files("w")
    assert anew(file).state is FileState.MAKING
    monkeypatch.setitem(makers, "test", lambda _file: making())

    assert make_files("other") == 0
    assert make_files("w") == 1
    assert kept(file) == CONTENT


@pytest.mark.parametrize("ending", ["cancel", "remove"])
def test_the_owner_stops_it_in_the_middle(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    closed: list[str] = []

    def pieces(file: KeptFile) -> Iterator[bytes]:
        try:
            yield bytes(CHUNK)
            with transaction():
                getattr(commands, ending)(actor(account), file)
            for _number in range(9):
                yield bytes(CHUNK)
                closed.append("read on")
        finally:
            closed.append("closed")

    account = make_account()
    monkeypatch.setitem(makers, "test", lambda file: Making(chunks=pieces(file), rows=lambda: 0))
    file = ordered(account)

    assert make_files("w") == 1
    assert make_files("w") == 0

    assert closed == ["closed"]
    assert kept(file) == b""
    left = db.session.scalars(select(KeptFile.state)).all()
    assert left == ([FileState.CANCELLED] if ending == "cancel" else [])


def test_a_letter_says_when_it_is_ready() -> None:
    account = make_account(email="wang@example.org", name="王小明", language="zh")
    file = ordered(account, tell=True)
    ordered(account)

    make_files("w")
    make_files("w")

    letter = db.session.scalars(select(Delivery)).one()
    assert (letter.email, letter.language, letter.kind) == ("wang@example.org", "zh", "file_ready")
    assert f"/files/{file.public_id}\n" in (letter.text or "")
    assert "校友 2026.csv" in (letter.subject or "")


def test_workers_at_once_make_each_file_once(app: Flask) -> None:
    files = [ordered(make_account()) for _ in range(6)]
    db.session.remove()
    made: list[int] = []

    def work(worker: str) -> None:
        with app.app_context():
            made.extend(make_files(worker) for _ in range(4))

    assert at_once(work, ["a", "b", "c"]) == []

    assert sum(made) == 6
    assert [anew(file).attempt for file in files] == [1] * 6
    assert {anew(file).sha256 for file in files} == {SHA256}


def test_expired_files_lose_their_content_and_in_time_are_forgotten() -> None:
    account = make_account()
    files = [ordered(account) for _ in range(4)]
    for _number in files[:3]:
        make_files("w")
    make_files("w")
    set_to(files[0], expires_at=now())
    set_to(files[1], expires_at=now() - REMEMBERED)

    assert purge_files() == 2
    assert purge_files() == 0

    assert [kept(file) for file in files] == [b"", b"", CONTENT, CONTENT]
    left = db.session.scalars(select(KeptFile.id).order_by(KeptFile.id)).all()
    assert left == [files[0].id, files[2].id, files[3].id]
    assert anew(files[0]).sha256 == SHA256


def test_expired_files_are_not_made() -> None:
    set_to(ordered(make_account()), expires_at=now())
    assert make_files("w") == 0


def test_what_a_dead_worker_left_of_a_cancelled_file_is_cleared() -> None:
    file = half_made("dead", alive=False)
    set_to(file, state=FileState.CANCELLED)

    assert purge_files() == 1
    assert purge_files() == 0

    assert kept(file) == b""


KILLED = """
import os, sys
from alumni.app import create_app
from alumni.config import Settings
from alumni.exports.jobs import CHUNK, make_files
from alumni.exports.making import Making, makers

def pieces():
    yield bytes(3 * CHUNK)
    os.kill(os.getpid(), 9)

makers["test"] = lambda file: Making(chunks=pieces(), rows=lambda: 0)
app = create_app(Settings(database_url=sys.argv[1], instance=sys.argv[2], secret_key="x" * 40))
with app.app_context():
    make_files("killed")
"""


@pytest.mark.slow
def test_after_a_kill_another_worker_makes_one_whole_file(
    database_url: str, tmp_path: Path
) -> None:
    file = ordered(make_account())
    db.session.remove()

    done = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, str(tmp_path)], check=False, timeout=60
    )

    assert done.returncode == -signal.SIGKILL
    assert anew(file).state is FileState.MAKING
    assert kept(file) == bytes(3 * CHUNK)
    db.session.rollback()
    assert make_files("w") == 0
    with transaction():
        db.session.get_one(Heartbeat, "killed").at = now() - SILENCE
    set_to(file, taken_at=now() - SILENCE)
    assert make_files("w") == 1
    assert (anew(file).state, anew(file).sha256) == (FileState.READY, SHA256)
    assert kept(file) == CONTENT
