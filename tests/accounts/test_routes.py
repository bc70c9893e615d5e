"""Signing in and out, and setting a password, through the pages."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.accounts.commands import make_link
from alumni.accounts.models import Link, LinkPurpose
from alumni.accounts.models import SignIn as Session
from alumni.db import db, transaction
from alumni.outbox.models import Delivery
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import PASSWORD, make_account, make_verified


def letters() -> list[Delivery]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery).order_by(Delivery.id)))


def test_signing_in_leads_to_where_one_wanted(browser: Browser) -> None:
    account = make_account(role="office")
    page = browser.get("/office/audit?verb=made")
    assert (page.status, page.location) == (303, "/sign-in?next=/office/audit?verb%3Dmade")

    assert "The page that you asked for opens next." in browser.get(page.location).text
    assert "opens next" not in browser.get("/sign-in").text

    answer = browser.submit(page.location, email=account.email.upper(), password=PASSWORD)

    assert answer.location == "/office/audit?verb=made"
    assert browser.follow(answer).location == "/me/second-factor?next=/office/audit?verb%3Dmade"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_signing_in_never_leads_away(browser: Browser, elsewhere: str) -> None:
    account = make_account(role="office")

    page = browser.submit("/sign-in", email=account.email, password=PASSWORD, next=elsewhere)

    assert page.location == "/office"


@pytest.mark.parametrize("email", ["known", "nobody@example.org", "not an address", "x" * 500])
def test_a_wrong_password_and_an_unknown_address_look_the_same(
    browser: Browser, email: str
) -> None:
    account = make_account()

    page = browser.submit(
        "/sign-in", email=account.email if email == "known" else email, password="not this one"
    )

    assert page.status == 422
    assert db.session.scalars(select(Session)).all() == []
    assert page.form().values["email"] == (account.email if email == "known" else email)
    if len(email) < 200:
        assert "The address or the password is not right." in page.text


def test_a_copied_cookie_is_dead_after_signing_out(browser: Browser) -> None:
    account = make_account()
    browser.submit("/sign-in", email=account.email, password=PASSWORD)
    stolen = Browser(browser.app)
    cookie = browser.client.get_cookie("alumni")
    assert cookie is not None
    stolen.client.set_cookie("alumni", cookie.value)
    assert stolen.get("/me").status == 200

    answer = browser.press("/me", "/sign-out")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert stolen.get("/me").status == 303
    assert db.session.scalars(select(Session)).all() == []


def test_signing_in_changes_the_session(browser: Browser) -> None:
    account = make_account(role="office")
    browser.get("/sign-in")
    before = browser.client.get_cookie("alumni")
    browser.submit("/sign-in", email=account.email, password=PASSWORD)
    after = browser.client.get_cookie("alumni")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_forgetting_tells_nobody_who_is_known(browser: Browser) -> None:
    known = make_verified(email="zeng@example.org")

    pages = [
        browser.submit("/forgot", email=email) for email in ("Zeng@Example.org", "who@example.org")
    ]

    assert pages[0].status == pages[1].status == 200
    assert pages[0].text == pages[1].text
    assert [(letter.email, letter.person_id) for letter in letters()] == [
        ("zeng@example.org", known.id)
    ]


def test_a_password_link_works_once_and_ends_the_sessions(browser: Browser) -> None:
    make_verified(email="zeng@example.org")
    browser.submit("/forgot", email="zeng@example.org")
    text = letters()[0].text or ""
    link = next(line for line in text.splitlines() if "/password/" in line)
    path = link[link.index("/password/") :]
    assert browser.get(path).status == 200
    assert browser.get(path).status == 200, "looking at it does not use it"

    answer = browser.submit(path, password="eine lange Geschichte 5")

    assert answer.location == "/me"
    assert browser.get(path).status == 410
    fresh = Browser(browser.app)
    entered = fresh.submit("/sign-in", email="zeng@example.org", password="eine lange Geschichte 5")
    assert entered.location == "/me"
    assert [letter.kind for letter in letters()] == ["password_link", "password_changed"]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "At least 10 characters"),
        ("password1234", "tried first"),
        ("aaaaaaaaaaaa", "tried first"),
        ("liaoning2024", "tried first"),
        ("x" * 129, "At most 128"),
        ("zeng-and-sons-27", "own name"),
        ("nul\x00in the middle", "hidden character"),
    ],
)
def test_an_easy_password_is_refused(browser: Browser, password: str, why: str) -> None:
    person = make_verified(email="zeng@example.org")
    assert person.id
    browser.submit("/forgot", email="zeng@example.org")
    text = letters()[0].text or ""
    path = text[text.index("/password/") :].split()[0]

    page = browser.submit(path, password=password)

    assert page.status == 422
    assert why in page.text
    assert browser.get(path).status == 200, "the link is not used up"


def test_a_password_may_be_chinese_and_long(browser: Browser) -> None:
    account = make_account(role="office", email="laoshi@example.org")
    with transaction():
        token = make_link(LinkPurpose.SET_PASSWORD, timedelta(hours=1), account=account)

    browser.submit(f"/password/{token}", password="从大连到波士顿的路" * 10)

    page = Browser(browser.app).submit(
        "/sign-in", email="laoshi@example.org", password="从大连到波士顿的路" * 10
    )
    assert page.location == "/office"


def test_many_wrong_passwords_are_slowed_down(browser: Browser) -> None:
    account = make_account()
    wrong = [
        browser.submit("/sign-in", email=account.email, password="wrong").status for _ in range(6)
    ]

    page = browser.submit("/sign-in", email=account.email.upper(), password=PASSWORD)
    other = browser.submit("/sign-in", email="other@example.org", password="wrong")

    assert wrong == [422, 422, 422, 422, 422, 429]
    assert page.status == 429, "the right one has to wait too"
    assert "too often" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 900
    assert other.status == 422, "somebody else is not kept waiting"


def test_whoever_signs_in_rightly_is_not_counted(app: Flask) -> None:
    account = make_account(role="office")
    for _ in range(31):
        page = Browser(app).submit("/sign-in", email=account.email, password=PASSWORD)
    assert page.status == 303


def test_one_mailbox_gets_three_links_a_day(browser: Browser) -> None:
    make_verified(email="zeng@example.org")
    pages = [browser.submit("/forgot", email="zeng@example.org") for _ in range(5)]
    assert {page.text for page in pages} == {pages[0].text}
    assert len(letters()) == 3


def test_an_unknown_address_makes_as_much_work(browser: Browser) -> None:
    browser.submit("/forgot", email="nobody@example.org")
    link = db.session.scalars(select(Link)).one()
    assert (link.account_id, letters()) == (None, [])


def test_a_dead_link_offers_a_new_one(browser: Browser) -> None:
    page = browser.get("/password/used-long-ago")
    assert page.status == 410
    assert page.all("a", href="/forgot")


def test_who_is_signed_in_needs_no_form(signed_in: SignIn) -> None:
    assert signed_in(make_account()).get("/sign-in?next=/events").location == "/events"
