"""History: what is noted by itself, and what a deed must say."""

import pytest
from sqlalchemy import select

from alumni.audit.commands import Unrecorded, record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM, Actor
from alumni.db import db, transaction
from alumni.people.models import Consent, ConsentPurpose, FormerName, Person
from tests.factories import make_account, make_person


def changes() -> list[tuple[str, str, dict[str, object] | None, dict[str, object] | None]]:
    rows = db.session.execute(
        select(ChangeSet.verb, Change.table_name, Change.before, Change.after)
        .join(Change, Change.change_set_id == ChangeSet.id)
        .where(ChangeSet.verb != "made")
        .order_by(Change.id)
    )
    return [tuple(row) for row in rows]


def rename_and_fail(person: Person) -> None:
    person.name_en = "Kevin"
    db.session.flush()
    raise ZeroDivisionError


def test_a_deed_tells_before_and_after() -> None:
    person, account = make_person("曾国强"), make_account()
    with transaction():
        person = db.session.get_one(Person, person.id)
        person.name_en, person.pinyin_given = "Kevin", "guo qiang"
        record(Actor(account_id=account.id), "renamed", person, why="by telephone")

    assert changes() == [("renamed", "person", {"name_en": None}, {"name_en": "Kevin"})]
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "renamed")).one()
    assert (deed.account_id, deed.subject_table, deed.subject_id, deed.why) == (
        account.id,
        "person",
        person.id,
        "by telephone",
    )


def test_what_was_before_is_told_though_nobody_had_looked() -> None:
    person = make_person("曾国强", name_en="Kevin")
    with transaction():
        person.name_en = "Calvin"  # forgotten by the transaction, not loaded since
        record(SYSTEM, "renamed", person)
    assert changes() == [("renamed", "person", {"name_en": "Kevin"}, {"name_en": "Calvin"})]


def test_a_new_row_is_told_with_what_the_table_put_in() -> None:
    person_id = make_person().id
    with transaction():
        former = FormerName(person_id=person_id, name="曾小强")
        db.session.add(former)
        record(SYSTEM, "named", former)
    _verb, _table, before, after = changes()[0]
    assert (before, after) == (
        None,
        {
            "id": former.id,
            "person_id": former.person_id,
            "name": "曾小强",
            "visibility": "office",
        },
    )


def test_an_unchanged_row_leaves_no_change() -> None:
    person = make_person("曾国强")
    with transaction():
        person = db.session.get_one(Person, person.id)
        person.name_zh = "曾国强"
        record(SYSTEM, "looked", person)
    assert changes() == []


def test_a_removed_row_is_told_whole() -> None:
    person = make_person("曾国强")
    with transaction():
        former = FormerName(person_id=person.id, name="曾小强")
        db.session.add(former)
        record(SYSTEM, "named", person)
    with transaction():
        former = db.session.scalars(select(FormerName)).one()
        db.session.delete(former)
        record(SYSTEM, "unnamed", person)
    verb, table, before, after = changes()[-1]
    assert (verb, table, after) == ("unnamed", "former_name", None)
    assert before is not None
    assert before["name"] == "曾小强"


def test_a_change_that_is_not_said_fails() -> None:
    person = make_person("曾国强")
    with pytest.raises(Unrecorded, match="person"), transaction():
        person.name_en = "Kevin"
    db.session.expire_all()
    assert db.session.get_one(Person, person.id).name_en is None


def test_what_one_transaction_noted_is_not_told_by_the_next() -> None:
    person = make_person("曾国强")
    with pytest.raises(ZeroDivisionError), transaction():
        rename_and_fail(person)
    with transaction():
        record(SYSTEM, "looked", db.session.get_one(Person, person.id))
    assert changes() == []


def test_the_version_of_a_notice_is_told_and_that_of_a_row_is_not() -> None:
    person = make_person("曾国强")
    with transaction():
        consent = Consent(
            person_id=person.id,
            purpose=ConsentPurpose.MEMBERSHIP,
            version="2026-01",
            language="zh",
            source="test",
        )
        db.session.add(consent)
        record(SYSTEM, "agreed", person)
    told = changes()[-1][3]
    assert told is not None
    assert told["version"] == "2026-01"
    made = db.session.scalars(select(Change.after).where(Change.table_name == "person")).one()
    assert made is not None
    assert "version" not in made
