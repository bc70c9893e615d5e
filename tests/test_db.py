"""What both engines must do alike."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.codes.models import Setting
from alumni.db import (
    GREATEST,
    changed,
    db,
    insert_or_ignore,
    inserted,
    is_clean,
    is_postgresql,
    lightly,
    now,
    streamed,
    today,
    transaction,
)
from alumni.errors import BadValue
from alumni.outbox.models import Heartbeat
from alumni.people.models import FormerName, Person
from alumni.throttles import Throttle
from tests.browser import at_once


def row(worker: str) -> dict[str, Any]:
    return {"worker": worker, "at": now()}


def fail_after(beat: Heartbeat) -> None:
    """Insert it under a savepoint and then go wrong."""
    assert inserted(beat)
    raise ZeroDivisionError


def beats() -> list[str]:
    return sorted(db.session.scalars(select(Heartbeat.worker)))


def test_a_transaction_keeps_all_or_nothing_even_past_a_savepoint() -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        fail_after(Heartbeat(worker="a"))
    assert beats() == []
    with transaction():
        db.session.add(Heartbeat(worker="a"))
    assert beats() == ["a"]


def test_the_constraint_decides_about_uniqueness() -> None:
    with transaction():
        assert inserted(Heartbeat(worker="a"))
        assert not inserted(Heartbeat(worker="a"))
        assert inserted(Heartbeat(worker="b"))
    assert beats() == ["a", "b"]


def test_only_uniqueness_is_a_no() -> None:
    with pytest.raises(IntegrityError), transaction():
        inserted(FormerName(person_id=12345, name="nobody's"))


def test_many_writers_wait_for_each_other(app: Flask) -> None:
    with transaction():
        db.session.add(Setting(key="count", value=0))
        record(SYSTEM, "made", None)

    def count(_n: int) -> None:
        with app.app_context():
            for _ in range(10):
                with transaction():
                    setting = db.session.scalars(
                        select(Setting).where(Setting.key == "count").with_for_update()
                    ).one()
                    setting.value += 1
                    record(SYSTEM, "counted", setting)

    assert at_once(count, range(6)) == []
    db.session.rollback()
    assert db.session.scalar(select(Setting.value).where(Setting.key == "count")) == 60


def test_changed_tells_how_many() -> None:
    with transaction():
        assert changed(insert(Heartbeat).values([row("a"), row("b")])) == 2
        assert changed(update(Heartbeat).values(at=now())) == 2
        copied = insert(Heartbeat).from_select(
            ["worker", "at"], select(Heartbeat.worker + "2", Heartbeat.at)
        )
        assert changed(copied) == 2
        assert changed(insert_or_ignore(Heartbeat).values(worker="a", at=now())) == 0


def test_moments_come_back_aware_and_in_utc() -> None:
    beijing = datetime(2027, 1, 16, 18, 30, tzinfo=timezone(timedelta(hours=8)))
    with transaction():
        db.session.add(Heartbeat(worker="a", at=beijing))
    db.session.expire_all()
    kept = db.session.scalars(select(Heartbeat.at)).one()
    assert (kept, kept.utcoffset()) == (beijing, timedelta(0))


@time_machine.travel(datetime(2026, 12, 31, 16, 30, tzinfo=UTC), tick=False)
def test_the_day_is_the_associations() -> None:
    assert today() == date(2027, 1, 1)


@pytest.mark.parametrize("hostile", ["a\x00b", "\ud800", "a\x1b[31m", "x" * 61, "\x7f"])
def test_neither_engine_keeps_what_the_other_cannot(hostile: str) -> None:
    with pytest.raises(BadValue), transaction():
        db.session.add(Heartbeat(worker=hostile))
    with pytest.raises(BadValue):
        db.session.scalars(select(Heartbeat).where(Heartbeat.worker == hostile)).all()
    db.session.rollback()
    assert beats() == []


@pytest.mark.parametrize("text", ["", "吴喆 𬭎", "line\nline\ttab\r\n", "👩‍⚕️", "e\u0301"])
def test_ordinary_text_is_clean(text: str) -> None:
    assert is_clean(text)


BACKWARDS = select(Person.id).order_by(Person.id.desc())
NAMES = select(Person.id, Person.name_zh).order_by(Person.id.desc())


@pytest.fixture(params=[1000, 10_000])
def ids(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of people who are too many to be read at once, or not; the last first."""
    monkeypatch.setattr("alumni.db.SLICE", request.param)
    monkeypatch.setattr("alumni.db.FEW", request.param)
    with transaction():
        db.session.execute(insert(Person), [{"name_zh": "王伟"}] * 2500)
    found = list(db.session.scalars(BACKWARDS))
    db.session.remove()
    return found


def test_streaming_holds_parts_and_needs_no_request(app: Flask, ids: list[int]) -> None:
    parts = list(streamed(BACKWARDS, NAMES, Person.id, at_a_time=600))

    assert len(parts) == 5
    assert max(map(len, parts)) == 600
    assert [row.id for part in parts for row in part] == ids


def test_what_is_streamed_is_of_one_moment(app: Flask, ids: list[int]) -> None:
    parts = streamed(BACKWARDS, NAMES, Person.id)
    read = list(next(parts))
    with transaction():
        db.session.execute(update(Person).values(name_zh="张三"))
        db.session.execute(insert(Person), [{"name_zh": "张三"}])
    read += [row for part in parts for row in part]

    assert [tuple(row) for row in read] == [(one, "王伟") for one in ids]


def test_the_connection_is_what_it_was_after_a_stream_that_broke_off(
    app: Flask, ids: list[int]
) -> None:
    db.engine.dispose()
    parts = streamed(BACKWARDS, NAMES, Person.id)
    next(parts)
    parts.close()

    nobody_reads = "PRAGMA wal_checkpoint(TRUNCATE)"  # its first column says "busy"
    asked = "SHOW transaction_isolation" if is_postgresql() else nobody_reads
    expected = "read committed" if is_postgresql() else 0
    db.session.rollback()
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql(asked).scalar() == expected


def test_sqlite_is_made_safe() -> None:
    if is_postgresql():
        assert db.session.scalar(text("SHOW server_encoding")) == "UTF8"
        return
    pragmas: dict[str, Any] = {
        name: db.session.scalar(text(f"PRAGMA {name}"))
        for name in (
            "journal_mode",
            "synchronous",
            "foreign_keys",
            "busy_timeout",
            "trusted_schema",
        )
    }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10000,
        "trusted_schema": 0,
    }


def test_the_greatest_number_fits_both() -> None:
    assert db.session.scalar(select(func.count()).where(FormerName.id == GREATEST)) == 0


def test_what_is_kept_lightly_is_kept_at_once_and_alone() -> None:
    """The request's own transaction, which is given up, does not take it along."""
    with lightly() as connection:
        connection.execute(insert(Throttle).values(key="door", times=1, ends_at=now()))
    db.session.rollback()
    assert db.session.scalar(select(Throttle.times).where(Throttle.key == "door")) == 1

    with pytest.raises(LookupError):
        _count_and_fail("window")
    assert db.session.scalar(select(Throttle.times).where(Throttle.key == "window")) is None


def _count_and_fail(key: str) -> None:
    with lightly() as connection:
        connection.execute(insert(Throttle).values(key=key, times=1, ends_at=now()))
        raise LookupError


def test_others_wait_for_the_disk_again_after_it() -> None:
    def waits() -> str:
        with db.engine.connect() as connection:
            if is_postgresql():
                return str(connection.exec_driver_sql("SHOW synchronous_commit").scalar())
            return str(connection.exec_driver_sql("PRAGMA synchronous").scalar())

    usual = waits()
    with lightly() as connection:
        connection.execute(insert(Throttle).values(key="door", times=1, ends_at=now()))
    with pytest.raises(LookupError):
        _count_and_fail("window")
    assert waits() == usual
    assert is_postgresql() or usual == "2"
