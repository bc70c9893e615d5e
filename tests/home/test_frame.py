"""What stands around every page: drawn once for many readers, and right for each of them."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from alumni.accounts.models import Account, Assignment
from alumni.authz import SYSTEM, Actor, Capability
from alumni.codes.commands import change_settings
from alumni.db import db, today, transaction
from alumni.home.menu import way_to, ways_of
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import make_account, make_verified, saved

MEMBER = Actor(account_id=1, is_verified=True)

ON_NO_WAY = {
    "/office/audit",
    "/office/audit/<public_id>",
    "/office/exports",
    "/office/settings",
    "/office/settings/logo",
}
"""Pages that only the office's front page leads to."""


def current(page: Page) -> set[str | None]:
    """Where the marked ways lead. Tabs of the page itself are marked too, but have no drawing."""
    marked = page.content.decode().split('aria-current="page"><svg')[:-1]
    return {part.rpartition('href="')[2].partition('"')[0] for part in marked}


def links(page: Page) -> set[str | None]:
    return {link.get("href") for link in page.all("a")}


def test_every_page_of_the_office_lies_on_one_way(app: Flask) -> None:
    with app.test_request_context():
        ways = ways_of(SYSTEM, is_office=True)
    found = {
        rule.rule: [way.url for way in ways if way.leads_to(rule.rule)]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/office") and "GET" in (rule.methods or ())
    }
    assert {rule for rule, urls in found.items() if not urls} == ON_NO_WAY
    assert [rule for rule, urls in found.items() if len(urls) > 1] == []


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/", "/"),
        ("/events", "/events"),
        ("/events/new-year-dinner", "/events"),
        ("/eventsoftheyear", None),
        ("/chapters/anshan/desk/members", "/chapters"),
        ("/petitions/new", "/chapters"),
        ("/classes/1998", "/me"),
        ("/people/x", "/people"),
        ("/help", None),
    ],
)
def test_a_page_lies_on_the_way_that_leads_to_it(app: Flask, path: str, way: str | None) -> None:
    with app.test_request_context():
        found = way_to(path, ways_of(MEMBER, is_office=False))
    assert (found.url if found else None) == way


def test_the_way_is_marked(office: Browser) -> None:
    assert current(office.get("/office/classes")) == {"/office/people"}
    assert current(office.get("/office")) == {"/office"}
    assert current(office.get("/office/audit")) == set()


def test_nobody_gets_what_was_drawn_for_somebody_else(app: Flask, signed_in: SignIn) -> None:
    zeng, ma = signed_in(make_verified("曾国强")), signed_in(make_verified("马晓兰"))
    stranger = Browser(app)
    pages = [browser.get(f"/help?n={n}") for n, browser in enumerate((zeng, ma, stranger, zeng))]

    assert ["曾国强" in page.text for page in pages] == [True, False, False, True]
    assert ["马晓兰" in page.text for page in pages] == [False, True, False, False]
    assert ["/me" in links(page) for page in pages] == [True, True, False, True]
    assert ["/sign-in" in links(page) for page in pages] == [False, False, True, False]
    forms = [page.form("/language").values for page in pages]
    assert [form["next"] for form in forms] == [f"/help?n={n}" for n in range(4)]
    assert len({form["csrf_token"] for form in forms[:3]}) == 3


def test_each_language_has_its_own(app: Flask) -> None:
    english, chinese = Browser(app), Browser(app, language="zh")
    assert ["Skip to the content" in one.get("/help").text for one in (english, chinese)] == [
        True,
        False,
    ]
    assert chinese.get("/help").form("/language").values["language"] == "en"


def test_it_is_drawn_anew_as_soon_as_the_settings_change(browser: Browser, office: Browser) -> None:
    assert "Seaside Alumni" not in browser.get("/help").text
    office.submit("/office/settings", name_en="Seaside Alumni", icp="辽ICP备00000000号-1")
    text = browser.get("/help").text
    assert "Seaside Alumni" in text
    assert "辽ICP备00000000号-1" in text


def test_an_address_and_a_telephone_stand_apart(browser: Browser) -> None:
    told = {"contact_email": "office@example.org", "contact_phone": "0411-5550"}
    with transaction():
        change_settings(SYSTEM, told)
    assert "office@example.org 0411-5550" in browser.get("/").content.decode().replace("</a>", "")


def test_a_way_is_there_as_long_as_the_right(signed_in: SignIn) -> None:
    account = make_account()
    reader = signed_in(account)
    assert "/office" not in links(reader.get("/help"))
    held = saved(
        Assignment(account_id=account.id, capability=Capability.MANAGE_EVENTS, starts_on=today())
    )
    assert "/office" in links(reader.get("/help"))
    assert "/office/events" in links(reader.get("/office/events"))
    ended = {"starts_on": today() - timedelta(days=9), "ends_on": today() - timedelta(days=1)}
    db.session.execute(update(Assignment).where(Assignment.id == held.id).values(ended))
    db.session.commit()
    assert "/office" not in links(reader.get("/help"))


def test_a_new_name_is_shown_at_once(signed_in: SignIn) -> None:
    person = make_verified("曾国强")
    reader = signed_in(person)
    assert "曾国强" in reader.get("/help").text
    own = Account.person_id == person.id
    db.session.execute(update(Account).where(own).values(name="曾强"))
    db.session.commit()
    assert "曾国强" not in reader.get("/help").text


def test_the_cookie_is_sent_when_it_changes(app: Flask, signed_in: SignIn) -> None:
    reader = signed_in(make_verified())
    first, second = reader.get("/help"), reader.get("/help")
    assert "Set-Cookie" in first.headers  # with the secret of its forms
    assert "Set-Cookie" not in second.headers
    kept = app.permanent_session_lifetime
    assert kept > timedelta(days=30), "the cookie outlives every session"


def test_a_token_is_good_for_its_own_session_only(app: Flask, signed_in: SignIn) -> None:
    zeng, ma = signed_in(make_verified("曾国强")), signed_in(make_verified("马晓兰"))
    stolen = zeng.get("/help").form("/language").values["csrf_token"]
    for browser in (ma, Browser(app)):
        browser.get("/help")
        assert browser.post("/language", language="zh", csrf_token=stolen).status == 400
    assert zeng.post("/language", language="zh", csrf_token=stolen).status == 303
