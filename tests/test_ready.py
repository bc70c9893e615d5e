"""Statements that are made once, on either engine."""

import pytest
import sqlalchemy as sa

from alumni import flowing
from alumni.db import any_of, db, is_postgresql
from alumni.people.models import Person, PersonStatus
from alumni.ready import Ready
from tests.factories import make_person

STATES = (PersonStatus.KNOWN, PersonStatus.VERIFIED)


def of_ids() -> sa.Select[int, str | None]:
    """With values of its own, and those that come later."""
    ids = any_of(Person.id, "ids", on_postgresql=is_postgresql())
    asked = sa.select(Person.id, Person.name_zh.label("name")).where(Person.status.in_(STATES), ids)
    return asked.order_by(Person.id)


def test_each_time_it_is_asked_with_other_values() -> None:
    first, second = make_person("王伟"), make_person("李明")
    make_person("王芳", status=PersonStatus.ERASED)
    ready = Ready(of_ids())

    assert ready.rows({"ids": [first.id, second.id]}) == [(first.id, "王伟"), (second.id, "李明")]
    assert ready.rows({"ids": [second.id], "another": 1}) == [(second.id, "李明")]
    assert ready.rows({"ids": []}) == []


def test_values_have_names() -> None:
    person = make_person("王伟")

    (row,) = Ready(of_ids()).named({"ids": [person.id]})

    assert (row.id, row.name) == (person.id, "王伟")


def test_a_value_is_no_part_of_the_statement() -> None:
    names = ("王'伟", '王"伟', "王%s伟", "王%(ids)s伟", "王$1伟", "王\\伟")
    for name in names:
        make_person(name)
    spelt = sa.select(Person.name_zh).where(Person.name_zh == sa.bindparam("name", type_=sa.Text()))
    ready = Ready(spelt)

    assert [ready.rows({"name": name}) for name in names] == [[(name,)] for name in names]
    given = [Ready(sa.select(Person.id).where(Person.name_zh == name)).rows({}) for name in names]
    assert [len(rows) for rows in given] == [1] * len(names)


def test_a_statement_may_have_no_values_and_a_percent_sign() -> None:
    make_person("王伟")
    begins: sa.ColumnElement[bool] = sa.literal_column(
        "person.name_zh LIKE '王%' AND person.id % 1 = 0"
    )

    assert Ready(sa.select(Person.name_zh).where(begins)).rows({}) == [("王伟",)]


def test_a_value_that_is_missing_is_not_guessed() -> None:
    with pytest.raises(KeyError, match="ids"):
        Ready(of_ids()).rows({})


def test_what_would_have_to_be_converted_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Person\.status|person\.status"):
        Ready(sa.select(Person.id, Person.status))


def plans() -> int:
    """How many the server keeps for this connection. SQLite’s driver keeps them by itself."""
    if not is_postgresql():
        return 1
    return int(db.session.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements")) or 0)


def test_plans_outlive_a_transaction_and_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowing, "PLANS", 2)
    person = make_person("王伟")
    db.session.commit()
    several = [Ready(of_ids().limit(number)) for number in (1, 2, 3)]
    several += [Ready(of_ids().add_columns(sa.literal_column(str(one)))) for one in range(3)]

    for _ in range(2):
        for ready in several:
            assert ready.rows({"ids": [person.id]})[0][:2] == (person.id, "王伟")
            assert 1 <= plans() <= 2  # of the same connection
            db.session.rollback()


def test_a_plan_is_good_only_where_it_is_said() -> None:
    person = make_person("王伟")

    told = Ready(of_ids(), is_planned_once=False).rows({"ids": [person.id]})

    assert told == [(person.id, "王伟")]
