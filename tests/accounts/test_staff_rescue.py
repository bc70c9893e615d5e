"""The dead mailbox: another address, no second factor, and a day without exports."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from alumni.accounts.commands import begin_session, forgot, make_link
from alumni.accounts.commands.rescuing import change_address, masked
from alumni.accounts.commands.second_factor import take_away
from alumni.accounts.models import Account, Assignment, LinkPurpose
from alumni.accounts.policy import may_help_to_sign_in, may_rescue
from alumni.accounts.queries import peek_link
from alumni.accounts.queries.staff import get_in_need
from alumni.audiences.commands.exports import Format, Wish, export, order
from alumni.audiences.criteria import Audience
from alumni.audiences.queries.exports import Selection
from alumni.audit.models import Change, ChangeSet
from alumni.audit.queries import Narrowed
from alumni.authz import Actor, Capability
from alumni.db import db, now, today, transaction
from alumni.errors import Forbidden, Gone, Invalid, NotFound, Refusal
from alumni.exports.jobs import make_files
from alumni.i18n import speaking
from alumni.membership.histories import order_history
from tests.accounts.made import account_now, letters, sessions, with_second_factor
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused

HOW = "called back on the number of the class list"


@pytest.fixture
def officer() -> Actor:
    """Of the office, which edits people."""
    return actor_of(make_account(role="office"))


def changed(actor: Actor, account: Account, email: str = "new@example.org") -> None:
    with transaction():
        change_address(actor, db.session.get_one(Account, account.id), email, why=HOW)


def test_both_addresses_are_told_and_all_that_was_begun_ends(officer: Actor) -> None:
    account = account_of(make_verified(email="old@example.org", language="zh"))
    begin_session(account, is_staff=False)
    token = make_link(LinkPurpose.SET_PASSWORD, timedelta(hours=1), account=account)
    db.session.commit()
    before = now()

    changed(officer, account, "New@example.org")

    own = account_now(account)
    assert own.email == "new@example.org"
    assert own.exports_from is not None
    assert before + timedelta(days=1) <= own.exports_from <= now() + timedelta(days=1)
    assert sessions() == []
    with pytest.raises(Gone):
        peek_link(LinkPurpose.SET_PASSWORD, token)
    old, new = letters("login_address_changed")
    assert [letter.email for letter in (old, new)] == ["old@example.org", "new@example.org"]
    assert "n…@example.org" in (old.text or "")
    assert "new@example.org" not in (old.text or "")
    assert "/contact" in (old.text or "")
    assert "/forgot" in (new.text or "")


def test_the_new_address_takes_the_way_to_a_password(officer: Actor) -> None:
    account = account_of(make_verified(email="old@example.org"))
    changed(officer, account)
    with transaction():
        forgot("old@example.org")
        forgot("new@example.org")

    (letter,) = letters("password_link")
    assert letter.email == "new@example.org"


def test_history_says_how_it_was_found_out(officer: Actor) -> None:
    person = make_verified(email="old@example.org")
    changed(officer, account_of(person))

    deed = db.session.scalars(
        select(ChangeSet).where(ChangeSet.verb == "changed_login_address")
    ).one()
    assert (deed.account_id, deed.why, deed.facts) == (officer.account_id, HOW, {})
    change = db.session.scalars(select(Change).where(Change.change_set_id == deed.id)).one()
    assert (change.person_id, change.after) == (
        person.id,
        {"email": "new@example.org", "exports_from": (change.after or {})["exports_from"]},
    )


def test_an_address_has_one_account(officer: Actor) -> None:
    account = account_of(make_verified(email="old@example.org"))
    make_account(email="new@example.org")
    with pytest.raises(Refusal) as raised:
        changed(officer, account, "NEW@example.org")
    assert (raised.value.status, raised.value.field) == (409, "email")
    with pytest.raises(Invalid):
        changed(officer, account, "OLD@example.org")
    assert account_now(account).email == "old@example.org"


def test_a_closed_account_is_not_helped(officer: Actor) -> None:
    account = make_account(person=make_person(), suspended_at=now())
    with pytest.raises(Refusal):
        changed(officer, account)


def test_who_may_help_whom() -> None:
    office = make_account(role="office")
    administrator = make_account(role="administrator")
    chapter = make_chapter()
    president = make_officer(chapter)
    who = {
        "office": actor_of(office),
        "administrator": actor_of(administrator),
        "leader": actor_of(make_officer(chapter, "secretary")),
        "views": Actor(account_id=1, capabilities=frozenset({Capability.VIEW_PEOPLE})),
        "graduate": actor_of(make_verified()),
    }
    accounts = {
        "graduate": account_of(make_verified()),
        "president": account_of(president),
        "office": office,
        "auditor": make_account(role="auditor"),
        "administrator": administrator,
    }
    may: set[tuple[str, str]] = set()
    for helper, actor in who.items():
        for name, account in accounts.items():
            with suppress(Forbidden):
                changed(actor, account, f"{helper}-{name}@example.org")
                may.add((helper, name))

    assert may == {
        ("office", "graduate"),
        ("office", "president"),
        ("administrator", "office"),
        ("administrator", "auditor"),
    }


def test_nobody_helps_themselves(officer: Actor) -> None:
    office = db.session.get_one(Account, officer.account_id)
    administrator = make_account(role="administrator")
    for actor, account in ((officer, office), (actor_of(administrator), administrator)):
        with refused(may_rescue):
            changed(actor, account)
        with refused(may_rescue), transaction():
            take_away(actor, db.session.get_one(Account, account.id))


def test_whoever_works_here_from_tomorrow_is_staff_today(officer: Actor) -> None:
    account = account_of(make_verified())
    saved(
        Assignment(
            account_id=account.id,
            capability=Capability.VIEW_AUDIT,
            starts_on=today() + timedelta(days=1),
        )
    )
    with refused(may_rescue):
        changed(officer, account)


def test_which_accounts_can_be_found(officer: Actor) -> None:
    graduate, auditor = account_of(make_verified()), make_account(role="auditor")
    administrator = actor_of(make_account(role="administrator"))
    with pytest.raises(NotFound):
        get_in_need(administrator, graduate.public_id)
    assert get_in_need(administrator, auditor.public_id).person is None
    assert get_in_need(officer, graduate.public_id).account.id == graduate.id
    with pytest.raises(NotFound):
        get_in_need(officer, "nobody")
    with refused(may_help_to_sign_in):
        get_in_need(actor_of(make_verified()), graduate.public_id)


def test_nothing_is_exported_for_a_day(officer: Actor) -> None:
    """Not what is made at once, not what the worker makes, nor the history."""
    account = make_account(role="office")
    administrator = actor_of(make_account(role="administrator"))
    changed(administrator, account)
    actor = actor_of(account)
    selection = Selection(audience=Audience.from_query(actor, {}))
    wish = Wish(columns=("name",), format=Format.CSV, purpose="a list")
    ways = (
        lambda: export(actor, selection, wish),
        lambda: order(actor, selection, wish),
        lambda: order_history(actor, Narrowed(), purpose="a look", language="en"),
    )
    for way in ways:
        with speaking("en"), pytest.raises(Refusal, match="can be taken again from"), transaction():
            way()
    assert (
        db.session.scalars(select(ChangeSet.verb).where(ChangeSet.verb == "exported")).all() == []
    )

    with time_machine.travel(now() + timedelta(days=1, seconds=1), tick=False):
        for way in ways:
            with transaction():
                way()


def test_nor_is_a_file_fetched_that_was_made_before(signed_in: SignIn) -> None:
    account = make_account(role="office")
    administrator = actor_of(make_account(role="administrator"))
    with transaction():
        file = order_history(actor_of(account), Narrowed(), purpose="a look", language="en")
    assert make_files("w") == 1
    url = f"/files/{file.public_id}/content"
    assert signed_in(account).get(url).status == 200

    changed(administrator, account)
    page = signed_in(account).get(url)
    assert page.status == 409
    assert "can be taken again from" in page.text


def test_a_mask_shows_little() -> None:
    assert masked("zeng@example.org") == "z…@example.org"


def test_the_page_asks_how_and_what(officer: Actor, signed_in: SignIn) -> None:
    person = make_verified(email="old@example.org")
    account = account_of(person)
    with_second_factor(account)
    browser = signed_in(db.session.get_one(Account, officer.account_id))
    url = f"/office/accounts/{account.public_id}/sign-in"

    for wrong in (
        {"how": "", "email": "new@example.org"},
        {"how": HOW},
        {"how": HOW, "email": "new@"},
    ):
        assert browser.submit(url, **wrong).status == 422
    assert browser.submit(url, how=HOW, email=officer_email(officer)).status == 409
    assert account_now(account).email == "old@example.org"

    page = browser.submit(url, how=HOW, email="new@example.org", takes_second_factor="y")

    assert (page.status, page.location) == (303, f"/office/people/{person.public_id}")
    own = account_now(account)
    assert (own.email, own.has_second_factor) == ("new@example.org", False)
    (off,) = letters("second_factor_off")
    assert off.email == "old@example.org"
    assert browser.submit(url, how=HOW, takes_second_factor="y").status == 422


def officer_email(officer: Actor) -> str:
    return db.session.get_one(Account, officer.account_id).email


def test_the_page_asks_again_who_is_there(signed_in: SignIn) -> None:
    graduate, auditor = account_of(make_verified()), make_account(role="auditor")
    office, administrator = make_account(role="office"), make_account(role="administrator")
    answers = {}
    for name, helper in {"office": office, "administrator": administrator}.items():
        browser = signed_in(helper)
        for whom, account in {"graduate": graduate, "auditor": auditor, "self": helper}.items():
            url = f"/office/accounts/{account.public_id}/sign-in"
            answers[name, whom] = browser.get(url).status
            with time_machine.travel(now() + timedelta(minutes=11), tick=False):
                if answers[name, whom] == 200:
                    assert browser.get(url).location.startswith("/me/prove")
    assert answers == {
        ("office", "graduate"): 200,
        ("office", "auditor"): 403,
        ("office", "self"): 403,
        ("administrator", "graduate"): 404,
        ("administrator", "auditor"): 200,
        ("administrator", "self"): 403,
    }
    browser = signed_in(make_verified())
    for public_id in (graduate.public_id, "nobody"):
        assert browser.get(f"/office/accounts/{public_id}/sign-in").status == 403
