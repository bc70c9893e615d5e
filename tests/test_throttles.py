"""Counting in the database: right for many processes, and forgotten in time."""

from datetime import UTC, datetime

import time_machine
from flask import Flask

from alumni.throttles import OwnTable
from tests.browser import at_once


def test_counts_are_shared_and_none_is_lost(app: Flask) -> None:
    counted: list[int] = []

    def count(_n: int) -> None:
        with app.app_context():
            counted.extend(OwnTable().incr("door", 60) for _ in range(5))

    assert at_once(count, range(4)) == []
    assert sorted(counted) == list(range(1, 21))
    assert OwnTable().get("door") == 20


def test_a_count_ends(app: Flask) -> None:
    storage = OwnTable()
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as clock:
        assert storage.incr("door", 60) == 1
        assert storage.incr("door", 60) == 2
        assert storage.get_expiry("door") == datetime(2027, 1, 1, 0, 1, tzinfo=UTC).timestamp()
        clock.shift(61)
        assert storage.get("door") == 0
        assert storage.incr("door", 60) == 1


def test_a_count_can_be_cleared(app: Flask) -> None:
    storage = OwnTable()
    storage.incr("door", 60)
    storage.incr("gate", 60)
    storage.clear("door")
    assert (storage.get("door"), storage.get("gate")) == (0, 1)
    assert storage.reset() == 1
    assert storage.check()
    assert storage.get("gate") == 0


def test_what_is_given_back_is_not_counted(app: Flask) -> None:
    storage = OwnTable()
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as clock:
        for key in ("door", "gate", "gate"):
            storage.incr(key, 60)
        storage.give_back(["door", "gate", "window"])
        assert [storage.get(key) for key in ("door", "gate", "window")] == [0, 1, 0]
        storage.give_back(["door"])
        assert storage.incr("door", 60) == 1, "there is nothing left to be given back"
        clock.shift(61)
        storage.give_back(["gate"])
        assert storage.incr("gate", 60) == 1, "what is over gives nobody one more"
