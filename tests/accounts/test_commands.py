"""Accounts, staff and links."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.accounts.commands import (
    begin_session,
    end_sessions,
    make_link,
    make_staff,
    open_account,
    use_link,
)
from alumni.accounts.models import Account, Assignment, Link, LinkPurpose, SignIn
from alumni.accounts.policy import ROLES, may_make_staff
from alumni.audit.commands import record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE, SYSTEM, Actor, Capability
from alumni.db import db, now, transaction
from alumni.errors import Gone, Invalid, Refusal
from tests.factories import account_of, actor_of, make_account, make_person, make_verified
from tests.refusals import refused


def test_staff_hold_what_their_role_brings() -> None:
    with transaction():
        account = make_staff(SYSTEM, email="office@example.org", role="office")

    assert actor_of(account).capabilities == frozenset(ROLES["office"])
    assert actor_of(account).can(Capability.MANAGE_ACCOUNTS) is False


def test_an_administrator_sees_no_people() -> None:
    held = actor_of(make_account(role="administrator"))

    assert held.can(Capability.MANAGE_ACCOUNTS)
    assert not held.can(Capability.VIEW_PEOPLE)


def test_only_who_manages_accounts_makes_staff() -> None:
    office = Actor(account_id=1, capabilities=frozenset(ROLES["office"]))
    with refused(may_make_staff), transaction():
        make_staff(office, email="friend@example.org", role="office")
    assert db.session.scalars(select(Account)).all() == []


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(Invalid), transaction():
        make_staff(SYSTEM, email="x@example.org", role="king")


def test_what_is_held_ends_with_its_day() -> None:
    account = make_account(role="office")
    yesterday = now().date() - timedelta(days=2)
    for assignment in db.session.scalars(select(Assignment)):
        assignment.starts_on, assignment.ends_on = yesterday, yesterday
    db.session.info.pop("changes", None)
    db.session.flush()
    db.session.info.pop("changes", None)
    db.session.commit()

    assert actor_of(account).capabilities == frozenset()


def test_an_account_is_opened_once_for_an_address() -> None:
    with transaction():
        first = open_account(SYSTEM, email="A@example.org", name="A", language="zh")
    with transaction():
        second = open_account(SYSTEM, email="a@EXAMPLE.org", name="B", language="en")

    assert first.id == second.id
    assert db.session.scalars(select(Account.email)).all() == ["a@example.org"]


def test_an_account_is_given_its_person_later() -> None:
    person = make_person()
    with transaction():
        open_account(SYSTEM, email="a@example.org", name="A", language="zh")
    with transaction():
        open_account(SYSTEM, email="a@example.org", name="A", language="zh", person_id=person.id)

    assert account_of(person).email == "a@example.org"


def test_an_account_of_somebody_else_stays_his() -> None:
    owner, other = make_verified(email="a@example.org"), make_person()

    with pytest.raises(Refusal) as raised, transaction():
        open_account(SYSTEM, email="a@example.org", name="B", language="zh", person_id=other.id)

    assert raised.value.field == "email"
    assert account_of(owner).email == "a@example.org"


def test_a_person_has_one_account() -> None:
    owner = make_verified(email="a@example.org")

    with pytest.raises(Refusal), transaction():
        open_account(SYSTEM, email="b@example.org", name="B", language="zh", person_id=owner.id)


def test_a_link_has_one_use_and_an_end() -> None:
    account = make_account()
    with transaction():
        token = make_link(LinkPurpose.SET_PASSWORD, timedelta(hours=1), account=account)
        late = make_link(LinkPurpose.SET_PASSWORD, timedelta(hours=-1), account=account)
    with transaction():
        assert use_link(LinkPurpose.SET_PASSWORD, token).account_id == account.id

    for wrong in (token, late, "guessed", "\ud800"):
        with pytest.raises(Gone), transaction():
            use_link(LinkPurpose.SET_PASSWORD, wrong)
    with pytest.raises(Gone), transaction():
        use_link(LinkPurpose.CONFIRM_APPLICATION, token)
    assert token not in str(db.session.scalars(select(Link.token_hash)).all())


def test_a_password_stands_in_no_history() -> None:
    with transaction():
        make_staff(SYSTEM, email="office@example.org", role="office")
    account = db.session.scalars(select(Account)).one()
    with transaction():
        account = db.session.get_one(Account, account.id)
        account.password_hash = "$argon2id$secret"
        record(ANYONE, "set_password", account)

    change = db.session.scalars(
        select(Change)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(ChangeSet.verb == "set_password")
    ).one()
    assert (change.before, change.after) == ({"password_hash": None}, {"password_hash": "•••"})


def test_ending_sessions_leaves_none(app: Flask) -> None:
    account = make_account()
    with transaction():
        end_sessions(account)


def test_making_staff_twice_gives_once_and_ends_sessions() -> None:
    with transaction():
        account = make_staff(SYSTEM, email="office@example.org", role="office")
        begin_session(account, is_staff=False)
    with transaction():
        make_staff(SYSTEM, email="office@example.org", role="office")

    held = db.session.scalars(select(Assignment.capability)).all()
    assert sorted(held) == sorted(ROLES["office"])
    assert db.session.scalars(select(SignIn)).all() == []
