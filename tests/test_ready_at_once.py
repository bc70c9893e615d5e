"""What is asked before a page begins its transaction, and what it has in common with all else."""

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.exc import DatabaseError

from alumni.db import db, is_postgresql, now
from alumni.ready import Ready
from alumni.throttles import Throttle
from tests.browser import outside


def counted() -> Ready:
    found = select(Throttle.key, Throttle.times).where(Throttle.times >= bindparam("least"))
    return Ready(found, is_planned_once=False)


def put(key: str, times: int) -> None:
    db.session.execute(insert(Throttle).values(key=key, times=times, ends_at=now()))


def test_it_needs_no_transaction_on_sqlite(app: Flask) -> None:
    put("door", 1)
    db.session.commit()

    def begun() -> bool:
        with app.app_context():
            assert counted().rows_at_once({"least": 1}) == [("door", 1)]
            return bool(db.session.registry.has())

    assert outside(begun) is is_postgresql()


def test_it_sees_what_the_transaction_did() -> None:
    put("door", 1)
    assert counted().rows_at_once({"least": 1}) == [("door", 1)]
    db.session.rollback()
    assert counted().rows_at_once({"least": 1}) == []


def test_whoever_listens_to_statements_hears_of_it(queries: list[str]) -> None:
    ready = counted()
    queries.clear()
    ready.rows_at_once({"least": 1})
    ready.rows({"least": 1})
    assert len([query for query in queries if "throttle" in query]) == 2


def test_what_goes_wrong_is_said_as_always() -> None:
    wrong = select(text("1")).where(text("no_such_function(1)"))
    ready = Ready(wrong, is_planned_once=False)
    for ask in (ready.rows, ready.rows_at_once):
        with pytest.raises(DatabaseError):
            ask({})
        db.session.rollback()
