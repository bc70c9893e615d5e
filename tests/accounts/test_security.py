"""Sessions, the own password, and being asked again before something grave."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from time_machine import Traveller as Clock

from alumni.accounts.models import Account
from alumni.db import WRITING, db
from tests.accounts.made import NOON, letters, sessions, shown, with_second_factor
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    PASSWORD,
    make_account,
    make_chapter,
    make_officer,
    make_person,
    make_verified,
)

CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
EXPORT = "/office/people/export"


def entered(app: Flask, account: Account, user_agent: str = "") -> Browser:
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = user_agent
    browser.submit("/sign-in", email=account.email, password=PASSWORD)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status == 200


def test_sessions_are_listed_and_ended(app: Flask) -> None:
    account = make_account()
    phone, desk, old = entered(app, account, CHROME), entered(app, account), entered(app, account)
    page = desk.get("/me/security")
    assert page.text.count("last seen") == 3
    assert page.text.count("This one") == 1
    assert "Chrome · Android" in page.text
    assert "An unknown device" in page.text
    of_phone, of_desk, _of_old = [session.id for session in sessions()]
    ends = [form.action for form in page.forms if form.action.endswith("/end")]
    assert len(ends) == 2
    assert f"/me/security/sessions/{of_desk}/end" not in ends

    done = desk.press("/me/security", f"/me/security/sessions/{of_phone}/end")

    assert done.location == "/me/security"
    assert [is_in(browser) for browser in (phone, desk, old)] == [False, True, True]
    desk.press("/me/security", "/me/security/sessions/end-others")
    assert [is_in(browser) for browser in (phone, desk, old)] == [False, True, False]
    assert "end-others" not in str([form.action for form in desk.get("/me/security").forms])


def test_nobody_ends_sessions_of_others(app: Flask) -> None:
    mine, theirs = entered(app, make_account()), entered(app, make_account())
    token = mine.get("/me/security").forms[0].values["csrf_token"]
    (_mine, other) = sessions()

    page = mine.post(f"/me/security/sessions/{other.id}/end", csrf_token=token)

    assert page.status == 404
    mine.post("/me/security/sessions/end-others", csrf_token=token)
    assert (is_in(mine), is_in(theirs)) == (True, True)


def test_being_seen_is_noted_every_ten_minutes(
    app: Flask, clock: Clock, queries: list[str]
) -> None:
    browser = entered(app, make_account())
    notes = []
    for minutes in (0, 9, 1, 9, 1):
        clock.shift(timedelta(minutes=minutes))
        queries.clear()
        assert is_in(browser)
        notes.append(sum(statement.startswith("UPDATE sign_in") for statement in queries))
    assert notes == [0, 0, 1, 0, 1]
    assert [session.seen_at for session in sessions()] == [NOON + timedelta(minutes=20)]


def test_a_page_does_not_wait_to_note_it(app: Flask, clock: Clock, engine_name: str) -> None:
    if engine_name != "sqlite":
        pytest.skip("one writer at a time is SQLite's way")
    browser = entered(app, make_account())
    clock.shift(timedelta(minutes=10))
    with somebody_writing():
        assert is_in(browser)
        assert [session.seen_at for session in sessions()] == [NOON]
    assert is_in(browser)
    assert [session.seen_at for session in sessions()] == [NOON + timedelta(minutes=10)]
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000


@contextmanager
def somebody_writing() -> Iterator[None]:
    with db.engine.connect().execution_options(**WRITING) as other, other.begin() as transaction:
        yield
        transaction.rollback()


@pytest.mark.parametrize(
    ("role", "used_at", "lives"),
    [
        ("office", [1.9, 3.8, 5.7], True),
        ("office", [1.9, 4.2], False),
        ("office", [*range(1, 12), 11.9], True),
        ("office", [*range(1, 13)], False),
        (None, [13 * 24, 26 * 24], True),
        (None, [15 * 24], False),
        (None, [10 * 24, 20 * 24, 31 * 24], False),
    ],
)
def test_sessions_end_by_themselves(
    app: Flask, clock: Clock, role: str | None, used_at: list[float], *, lives: bool
) -> None:
    """Staff's after two hours without use and twelve in all, others' after 14 and 30 days."""
    browser = entered(app, make_account(role=role))
    *uses, last = used_at
    for hours in uses:
        clock.move_to(NOON + timedelta(hours=hours))
        assert is_in(browser)
    clock.move_to(NOON + timedelta(hours=last))
    assert is_in(browser) is lives


def test_changing_the_password(app: Flask) -> None:
    account = make_account()
    browser, elsewhere = entered(app, account), entered(app, account)
    path = "/me/security/password"
    before = browser.client.get_cookie("alumni")

    wrong = browser.submit(path, present="not this", password="something else entirely 5")
    weak = browser.submit(path, present=PASSWORD, password="password1234")
    done = browser.submit(path, present=PASSWORD, password="something else entirely 5")

    assert (wrong.status, "not your present password" in wrong.text) == (422, True)
    assert (weak.status, "tried first" in weak.text) == (422, True)
    assert done.location == "/me/security"
    assert "is changed" in browser.follow(done).text
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    after = browser.client.get_cookie("alumni")
    assert before
    assert after
    stolen = Browser(app)
    stolen.client.set_cookie("alumni", before.value)
    assert not is_in(stolen), "the session goes on under another token"
    assert [letter.email for letter in letters("password_changed")] == [account.email]
    assert not is_in(entered(app, account))
    again = Browser(app).submit(
        "/sign-in", email=account.email, password="something else entirely 5"
    )
    assert again.location == "/me"


def test_a_password_is_not_guessed_from_inside(signed_in: SignIn) -> None:
    account = make_account()
    browser = signed_in(account)
    told = [
        browser.submit("/me/security/password", present="wrong", password="x").status,
        *(browser.submit("/me/prove", password="wrong").status for _ in range(5)),
    ]
    assert told == [422, 422, 422, 422, 422, 429]


def test_what_is_grave_asks_again(app: Flask, signed_in: SignIn, clock: Clock) -> None:
    account = make_account(role="office")
    with_second_factor(account)
    browser = signed_in(account)
    clock.shift(timedelta(minutes=9, seconds=59))
    assert browser.get(EXPORT).status == 200
    clock.shift(timedelta(seconds=1))

    away = browser.get(f"{EXPORT}?city=大连")
    page = browser.follow(away)
    before = browser.client.get_cookie("alumni")
    wrong = browser.send(page.form(), page.url, code="000000")
    done = browser.send(wrong.form(), page.url, code=shown())

    assert away.location.startswith("/me/prove?next=/office/people/export")
    assert (wrong.status, done.status) == (422, 303)
    assert browser.follow(done).texts("h1") == browser.get(EXPORT).texts("h1")
    stolen = Browser(app)
    assert before
    stolen.client.set_cookie("alumni", before.value)
    assert not is_in(stolen)
    clock.shift(timedelta(minutes=10))
    assert browser.get(EXPORT).status == 303


def test_the_password_does_where_the_telephone_is_away(signed_in: SignIn, clock: Clock) -> None:
    account = make_account(role="office")
    with_second_factor(account)
    browser = signed_in(account)
    clock.shift(timedelta(hours=1))
    page = browser.get("/me/prove?next=//evil.example&with=password")

    wrong = browser.send(page.form(), page.url, password="wrong")
    done = browser.send(page.form(), page.url, password=PASSWORD)

    assert (wrong.status, done.location) == (422, "/me/security")
    assert browser.get(EXPORT).status == 200


def test_what_was_typed_is_shown_when_it_asks(signed_in: SignIn, clock: Clock) -> None:
    make_person()
    browser = signed_in(make_account(role="office"))
    page = browser.get(EXPORT)
    clock.shift(timedelta(minutes=10))

    told = browser.send(page.form(), page.url, purpose="for the jubilee")

    assert (told.status, told.texts("h1")) == (403, ["Is it you?"])
    assert "for the jubilee" in told.text
    assert told.all("a", href=f"/me/prove?next={EXPORT}")


def test_who_may_not_is_not_asked(signed_in: SignIn, clock: Clock) -> None:
    """A page that is not theirs is not theirs with the password either."""
    browser = signed_in(make_verified())
    clock.shift(timedelta(hours=1))
    assert browser.get(EXPORT).status == 403


def test_demonstration_accounts_are_not_asked(signed_in: SignIn, clock: Clock) -> None:
    browser = signed_in(make_account(role="office", is_demonstration=True))
    clock.shift(timedelta(hours=1))
    assert browser.get(EXPORT).status == 200


def test_every_grave_page_asks(signed_in: SignIn, clock: Clock) -> None:
    chapter = make_chapter()
    one, other = make_person(), make_person()
    office, leader = signed_in(make_account(role="office")), signed_in(make_officer(chapter))
    pages = [
        (office, EXPORT),
        (office, f"/office/people/{one.public_id}/merge/{other.public_id}"),
        (office, "/me/second-factor"),
    ]
    clock.shift(timedelta(minutes=10))
    for browser, page in pages:
        assert browser.get(page).location == f"/me/prove?next={page}"
    for action in ("codes", "off"):
        token = leader.get("/me/security").forms[0].values["csrf_token"]
        told = leader.open(
            "post",
            f"/me/second-factor/{action}",
            data={"csrf_token": token},
            headers={"Referer": "http://localhost/me/security"},
        )
        assert (told.status, told.texts("h1")) == (403, ["Is it you?"])
        assert told.all("a", href="/me/prove?next=/me/security")
