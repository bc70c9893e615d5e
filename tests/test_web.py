"""The edge: what anybody meets on any page."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from alumni.accounts.models import Account
from alumni.app import create_app
from alumni.db import db, engine_options, is_postgresql
from alumni.templating import static_url
from alumni.web import safe_path
from tests.browser import Browser, outside
from tests.conftest import SignIn
from tests.factories import make_account, make_verified


def test_every_answer_carries_its_protection(browser: Browser) -> None:
    for path in ("/", "/sign-in", "/nowhere", "/healthz", "/chapters"):
        headers = browser.get(path).headers
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; script-src 'self'; "
        )
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_a_year(browser: Browser) -> None:
    page = browser.get(static_url("app.css"))
    assert page.status == 200
    assert "max-age=31536000" in page.headers["Cache-Control"]


def test_another_host_is_not_answered(browser: Browser) -> None:
    page = browser.get("/", base_url="http://evil.example")
    assert page.status == 400
    assert b"evil.example" not in page.content


@pytest.mark.parametrize(
    "path",
    [
        "/me",
        "/office",
        "/office/people",
        "/office/imports",
        "/chapters/anshan/desk",
        "/office/audit",
    ],
)
def test_pages_need_an_account(browser: Browser, path: str) -> None:
    page = browser.get(path)
    assert (page.status, page.location) == (303, f"/sign-in?next={path}")


def test_the_language_follows_the_browser_and_the_switch(app: Flask) -> None:
    chinese = Browser(app, language="zh-CN,zh;q=0.9")
    english = Browser(app, language="en-US,en;q=0.9")
    assert chinese.get("/sign-in").all("html")[0]["lang"] == "zh-CN"
    assert english.get("/sign-in").all("html")[0]["lang"] == "en"

    switched = english.press("/sign-in?next=/me", "/language")

    assert switched.location == "/sign-in?next=/me"
    assert english.get("/sign-in").all("html")[0]["lang"] == "zh-CN"


def test_a_link_cannot_switch_the_language(browser: Browser) -> None:
    assert browser.get("/language?language=zh").status == 405
    assert browser.get("/?lang=zh").all("html")[0]["lang"] == "en"


def test_the_account_keeps_its_language(app: Flask, signed_in: SignIn) -> None:
    account = make_account(language="en")
    signed_in(account).press("/me", "/language")
    db.session.expire_all()
    assert db.session.get_one(Account, account.id).language == "zh"


def test_a_button_with_a_bad_token_does_nothing(office: Browser) -> None:
    assert office.post("/sign-out", csrf_token="guessed").status == 400
    assert office.post("/sign-out").status == 400
    assert office.get("/office").status == 200


def test_a_form_with_a_bad_token_comes_back_with_what_was_typed(browser: Browser) -> None:
    page = browser.submit("/forgot", csrf_token="guessed", email="zeng@example.org")
    assert page.status == 422
    assert page.form().values["email"] == "zeng@example.org"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/events?chapter=%00", 400),
        ("/chapters/%00", 404),
        ("/chapters/" + "x" * 5000, 404),
        ("/office/letters/99999999999999999999", 404),
    ],
)
def test_what_no_column_keeps_is_turned_away(office: Browser, path: str, status: int) -> None:
    assert office.get(path).status == status


@pytest.mark.parametrize("body", ['{"name_en": 1}', '{"name_en": "\\ud800"}', "[1]", "[" * 50_000])
def test_a_form_is_not_sent_as_json(signed_in: SignIn, body: str) -> None:
    """The form library reads it, and so gets numbers, lists and halves of characters as text."""
    member = signed_in(make_verified("曾国强"))
    token = member.get("/me/profile/names").form().values["csrf_token"]

    page = member.open(
        "post",
        "/me/profile/names",
        data=body,
        headers={"X-CSRFToken": token},
        content_type="application/json",
    )

    assert page.status == 415


def test_errors_are_pages_in_the_readers_language(app: Flask) -> None:
    page = Browser(app, language="zh").get("/nowhere")
    assert page.status == 404
    assert page.all("html")[0]["lang"] == "zh-CN"


def test_a_busy_database_is_said_and_health_goes_on(app: Flask, browser: Browser) -> None:
    if is_postgresql():
        pytest.skip("one writer at a time is SQLite's way")
    account = make_account()
    page = browser.get("/sign-in")
    path = db.engine.url.database
    assert path
    holder = engine_options("sqlite://")["module"].connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with app.app_context():
            db.engine.dispose()
        fast(app)
        answer = browser.send(
            page.form(), page.url, email=account.email, password="a long way home 27"
        )
        health = browser.get("/healthz")
    finally:
        holder.execute("ROLLBACK")
        holder.close()
        outside(lambda: slow(app))

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.form().values["email"] == account.email, "what was typed is kept"
    assert (health.status, health.content) == (200, b"ok\n")


def fast(app: Flask) -> None:
    """Wait for the writer a moment only, so that the test need not."""
    event.listen(db.engine, "connect", _hurry)


def slow(app: Flask) -> None:
    with app.app_context():
        event.remove(db.engine, "connect", _hurry)
        db.engine.dispose()


def _hurry(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 10")


def test_readiness_says_what_is_missing(browser: Browser) -> None:
    page = browser.get("/readyz")
    assert page.status == 503
    assert b"no worker is running" in page.content


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("/me?x=1#y", True),
        ("//e", False),
        ("/\\e", False),
        ("https:e", False),
        ("", False),
        (None, False),
        ("/\te", False),
        ("/ok", True),
        ("me", False),
    ],
)
def test_only_own_paths_are_safe(path: str | None, goes: bool) -> None:  # noqa: FBT001
    assert (safe_path(path, "/otherwise") == path) is goes


def test_origins_that_leave_are_never_followed(shared: Path) -> None:
    left = []
    for line in (shared / "corpora" / "hostile-strings.jsonl").read_text().splitlines():
        row = json.loads(line)
        string = row["text"]
        path = safe_path(string, "/otherwise")
        if not path.startswith("/") or path.startswith(("//", "/\\")):
            left.append(string)
    assert left == []


def test_threads_share_nothing(app: Flask, signed_in: SignIn) -> None:
    """Two visitors at the same time are two visitors."""
    first, second = signed_in(make_verified("曾国强")), signed_in(make_verified("解晓东"))
    pages: dict[str, str] = {}

    def look(name: str, browser: Browser) -> None:
        pages[name] = browser.get("/me").text

    threads = [
        threading.Thread(target=look, args=(name, browser))
        for name, browser in (("曾国强", first), ("解晓东", second))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(name in page for name, page in pages.items())


def test_the_session_cookie_says_nothing(browser: Browser) -> None:
    account = make_account(role="office")
    browser.submit("/sign-in", email=account.email, password="a long way home 27")
    cookie = browser.client.get_cookie("alumni")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert account.email not in cookie.value
    assert db.session.scalar(text("SELECT count(*) FROM sign_in")) == 1


def test_what_was_typed_is_shown_when_the_session_has_ended(browser: Browser) -> None:
    page = browser.post("/office/settings", name_en="An hour's work", csrf_token="old")
    assert page.status == 401
    assert "An hour's work" in page.text


def test_a_form_takes_no_more_than_a_form_needs(browser: Browser) -> None:
    page = browser.post("/sign-in", email="x" * 3_000_000)
    assert page.status == 413
    assert len(page.content) < 20_000


def test_not_found_is_said_in_the_right_frame(office: Browser) -> None:
    page = office.get("/office/nosuch")
    assert page.status == 404
    assert page.form("/sign-out").action == "/sign-out"


def test_the_switch_comes_back_to_a_page_that_opens(office: Browser) -> None:
    page = office.post("/chapters/anshan/leave")
    assert page.status == 400
    assert page.form("/language").values["next"] == "/"


@pytest.mark.parametrize("path", ["/chapters/{}/leave", "/events/{}/register", "/r/{}/cancel"])
def test_an_address_too_long_to_be_one_leads_nowhere(office: Browser, path: str) -> None:
    token = office.get("/office").form("/sign-out").values["csrf_token"]
    assert office.post(path.format("a" * 200), csrf_token=token).status == 404


@pytest.mark.parametrize(("proxies", "believed"), [(0, False), (1, True)])
def test_a_proxy_is_believed_only_if_we_have_one(
    app: Flask, tmp_path: Path, proxies: int, *, believed: bool
) -> None:
    """What it says of the visitor's connection: over TLS the browser is told to stay there."""
    settings = replace(app.config["ALUMNI"], trusted_proxies=proxies, instance=str(tmp_path))
    behind = Browser(create_app(settings))
    page = behind.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert ("Strict-Transport-Security" in page.headers) is believed
