"""Entering people, and the words they are found by."""

import pytest
from sqlalchemy import select, text

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.db import db, is_postgresql, transaction
from alumni.outbox.commands import Recipient
from alumni.people.cli import people
from alumni.people.commands import (
    NewPerson,
    add_email,
    agree,
    enter_person,
    move,
    named,
)
from alumni.people.commands.search import reindex, reindex_all
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactPoint,
    FormerName,
    Person,
    Residence,
)
from alumni.people.models.search import PersonSearch
from alumni.people.queries import addressed, addressed_all, display_name
from alumni.people.tokens import for_fts5, for_tsquery, query
from tests.browser import outside
from tests.factories import make_person, make_verified


def found(typed: str) -> list[str]:
    """Whom the index finds, by name."""
    terms = query(typed)
    if is_postgresql():
        asked = text("SELECT person_id FROM person_search WHERE tokens @@ CAST(:words AS tsquery)")
        ids = db.session.scalars(asked, {"words": for_tsquery(terms)}).all()
    else:
        asked = text("SELECT rowid FROM person_fts WHERE person_fts MATCH :words")
        ids = db.session.scalars(asked, {"words": for_fts5(terms)}).all()
    names = db.session.scalars(select(Person.name_zh).where(Person.id.in_(ids)))
    return sorted(name for name in names if name)


@pytest.mark.parametrize(
    ("typed", "zh", "latin", "key"),
    [
        ("曾国强", "曾国强", None, "zeng guo qiang 曾国强"),
        (" 单\u3000雪 ", "单雪", None, "shan xue 单雪"),
        ("Guoqiang Zeng", None, "Guoqiang Zeng", "zeng guoqiang"),
    ],
)
def test_a_name_tells_how_it_is_read(typed: str, zh: str, latin: str, key: str) -> None:
    columns = named(typed)
    assert (columns["name_zh"], columns["name_latin"], columns["sort_key"]) == (zh, latin, key)


def test_a_person_is_entered_with_what_was_told() -> None:
    told = NewPerson(
        name="曾国强", email="zeng@163.com", graduation_year=1998, city="鞍山市", language="zh"
    )
    with transaction():
        person = enter_person(SYSTEM, told)

    assert found("zgq") == found("1998 曾") == found("zeng@163") == found("鞍山") == ["曾国强"]
    residence = db.session.scalars(select(Residence)).one()
    assert residence.place_id is not None
    assert addressed(person.id) == Recipient(
        email="zeng@163.com", name="曾国强", language="zh", person_id=person.id
    )


def test_the_index_follows_every_change() -> None:
    person = make_person("曾国强")
    with transaction():
        db.session.add(FormerName(person_id=person.id, name="曾小强"))
        person.name_en = "Kevin"
        record(SYSTEM, "renamed", person)
        reindex([person.id])
    assert found("小强") == found("kevin") == ["曾国强"]

    with transaction():
        person.name_en = None
        record(SYSTEM, "renamed", person)
        reindex([person.id])
    assert (found("kevin"), found("小强")) == ([], ["曾国强"])


def test_the_index_can_be_made_anew() -> None:
    for name in ("曾国强", "解晓东", "单雪"):
        make_person(name)
    with transaction():
        db.session.execute(text("DELETE FROM person_search"))
    assert found("zeng") == []

    assert reindex_all(at_a_time=2) == 3

    assert [found(name) for name in ("zeng", "xie", "shan")] == [["曾国强"], ["解晓东"], ["单雪"]]
    assert db.session.scalars(select(PersonSearch.person_id)).all() != []


def test_the_command_line_makes_it_anew() -> None:
    from flask import current_app  # noqa: PLC0415 - the application of this test

    make_person("曾国强")
    runner = current_app.test_cli_runner()
    result = outside(lambda: runner.invoke(people, ["reindex"]))
    assert (result.exit_code, result.output) == (0, "1 people are in the index.\n")


def test_a_confirmed_address_becomes_the_first() -> None:
    person = make_person(email="old@example.org")
    with transaction():
        add_email(person, "new@example.org")
        record(SYSTEM, "confirmed", person)
    with transaction():
        add_email(person, "old@example.org")
        record(SYSTEM, "confirmed", person)

    points = db.session.scalars(select(ContactPoint).order_by(ContactPoint.id)).all()
    assert [(point.normal, point.is_primary) for point in points] == [
        ("old@example.org", True),
        ("new@example.org", False),
    ]
    assert all(point.verified_at for point in points)


def test_moving_keeps_where_one_lived() -> None:
    person = make_person(city="鞍山")
    for city in ("鞍山市", "Boston", "Boston"):
        with transaction():
            move(person, city)
            record(SYSTEM, "moved", person)

    homes = db.session.scalars(select(Residence).order_by(Residence.id)).all()
    assert [(home.written, home.is_current) for home in homes] == [
        ("鞍山", False),
        ("Boston", True),
    ]


def test_agreeing_twice_is_agreeing_once() -> None:
    person = make_person()
    for _ in range(2):
        with transaction():
            agree(person, [ConsentPurpose.MEMBERSHIP], version="2026-11-01", source="join")
            record(SYSTEM, "agreed", person)
    given = db.session.scalars(select(Consent)).one()
    assert (given.purpose, given.version, given.language) == ("membership", "2026-11-01", "zh")


def test_letters_go_to_the_address_of_the_login() -> None:
    person = make_verified(email="contact@example.org", language="en")
    account = db.session.scalars(select(Account)).one()
    with transaction():
        account.email = "login@example.org"
        record(SYSTEM, "changed", account)
    to = addressed(person.id)
    assert to is not None
    assert (to.email, to.language) == ("login@example.org", "en")
    assert addressed(make_person().id) is None


def test_the_addresses_of_many_are_read_at_once(queries: list[str]) -> None:
    people = [make_verified(email=f"p{n}@example.org") for n in range(3)]
    ids = [person.id for person in people]
    unreachable = make_person().id
    queries.clear()

    found = addressed_all([*ids, unreachable])

    assert len([query for query in queries if query.startswith("SELECT")]) == 1
    assert found == {person_id: addressed(person_id) for person_id in ids}


def test_a_name_is_written_for_its_reader() -> None:
    person = make_person("曾国强")
    assert display_name(person, "zh") == "曾国强"
    assert display_name(person, "en") == "Zeng Guoqiang"
