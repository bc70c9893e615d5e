"""``alumni accounts create``."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from alumni.accounts.cli import accounts
from alumni.accounts.models import Account
from alumni.db import db, now
from tests.accounts.made import account_now, letters, with_second_factor
from tests.browser import Browser, outside
from tests.factories import PASSWORD, make_account


def run(app: Flask, *arguments: str, typed: str = "") -> tuple[int, str]:
    result = outside(lambda: app.test_cli_runner().invoke(accounts, list(arguments), input=typed))
    return result.exit_code, result.output


def test_the_first_account_is_made_with_a_link(app: Flask, browser: Browser) -> None:
    status, output = run(app, "create", "Office@example.org", "--role", "office")

    assert status == 0
    link = output.split()[-1]
    path = link[link.index("/password/") :]
    page = browser.submit(path, password="a good long sentence")
    assert page.location == "/office"
    assert browser.follow(page).location == "/me/second-factor?next=/office"
    assert "one-time codes" in output
    assert letters("password_changed") == [], "it is the first"


def test_a_password_may_come_from_standard_input(app: Flask, browser: Browser) -> None:
    status, output = run(
        app,
        "create",
        "o@example.org",
        "--role",
        "office",
        "--password-stdin",
        typed="a good long sentence\n",
    )

    assert (status, "/password/" in output) == (0, False)
    page = browser.submit("/sign-in", email="o@example.org", password="a good long sentence")
    assert page.location == "/office"


def test_who_lost_the_telephone_is_let_in_again(app: Flask, browser: Browser) -> None:
    account = make_account(role="administrator")
    with_second_factor(account)
    create = ("create", account.email, "--role", "administrator")

    told = run(app, *create)[1]
    status, output = run(app, *create, "--reset-second-factor")

    assert status == 0
    assert ("code of the telephone" in told, "code of the telephone" in output) == (True, False)
    page = browser.submit("/sign-in", email=account.email, password=PASSWORD)
    assert page.location == "/office"
    kept = account_now(account)
    assert (kept.has_second_factor, kept.totp_secret, kept.totp_last_step) == (False, None, None)
    assert kept.exports_from
    assert timedelta(hours=23) < kept.exports_from - now() <= timedelta(days=1)
    assert len(letters("second_factor_off")) == 1


def test_a_weak_password_makes_no_account(app: Flask) -> None:
    status, output = run(
        app, "create", "o@example.org", "--role", "office", "--password-stdin", typed="123\n"
    )

    assert status == 1
    assert "At least 10 characters" in output or "至少" in output
    assert db.session.scalars(select(Account)).all() == []
