"""``alumni accounts create``."""

from flask import Flask
from sqlalchemy import select

from alumni.accounts.cli import accounts
from alumni.accounts.models import Account
from alumni.db import db
from tests.browser import Browser, outside


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


def test_a_weak_password_makes_no_account(app: Flask) -> None:
    status, output = run(
        app, "create", "o@example.org", "--role", "office", "--password-stdin", typed="123\n"
    )

    assert status == 1
    assert "At least 10 characters" in output or "至少" in output
    assert db.session.scalars(select(Account)).all() == []
