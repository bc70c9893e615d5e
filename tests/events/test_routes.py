"""Events over HTTP: from the leader's draft to the graduate's place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.db import db, now, transaction
from alumni.events import routes
from alumni.events.commands import call_off
from alumni.events.models import Event, EventStatus, Visibility
from alumni.people.models import Person
from tests.browser import Browser
from tests.conftest import SignIn
from tests.events.made import BOSTON, letters, method, registered, states
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
)

TYPED: dict[str, Any] = {
    "title_zh": "新年聚餐",
    "title_en": "New Year Dinner",
    "time_zone": "Asia/Shanghai",
    "starts_local": "2099-01-16T18:30",
    "ends_local": "2099-01-16T21:00",
    "venue_zh": "千山饭店",
    "visibility": "public",
    "capacity": "1",
}


def made(slug: str) -> Event:
    db.session.rollback()  # to read what others wrote meanwhile
    db.session.expire_all()
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def test_from_the_draft_to_the_place_given_back(signed_in: SignIn, office: Browser) -> None:
    chapter = make_chapter()
    leader, graduate, next_one = (
        signed_in(make_officer(chapter)),
        signed_in(make_verified()),
        signed_in(make_verified()),
    )
    desk = f"/chapters/{chapter.slug}/desk/events"

    page = leader.follow(leader.submit(f"{desk}/new", **TYPED))
    event = made("new-year-dinner")
    own_desk = f"{desk}/{event.public_id}"
    assert page.url == own_desk
    assert graduate.get("/events/new-year-dinner").status == 404
    assert leader.press(own_desk, f"{own_desk}/submit").status == 303

    review = f"/office/events/{event.public_id}"
    assert "In review" in office.get("/office/events").text
    assert office.press(review, f"{review}/publish").status == 303
    assert [letter.kind for letter in letters()] == ["event_published"]

    first = graduate.press("/events/new-year-dinner", "/events/new-year-dinner/register")
    assert "You have a place." in graduate.follow(first).text
    second = next_one.press("/events/new-year-dinner", "/events/new-year-dinner/register")
    assert "Number 1 on the waiting list" in next_one.follow(second).text

    assert graduate.press(first.location, f"{first.location}/cancel").status == 303
    assert "given back" in graduate.get(first.location).text
    assert "You have a place." in next_one.get(second.location).text
    assert states(event) == ["cancelled", "confirmed"]
    assert [(letter.kind, method(letter)) for letter in letters()[1:]] == [
        ("registration_confirmed", "REQUEST"),
        ("registration_waiting", None),
        ("registration_cancelled", "CANCEL"),
        ("registration_promoted", "REQUEST"),
    ]


def test_a_second_click_registers_nobody_twice(signed_in: SignIn) -> None:
    event, browser = make_event(), signed_in(make_verified())
    page = browser.get(f"/events/{event.slug}")
    form = page.form(f"/events/{event.slug}/register")

    first, second = browser.send(form, page.url), browser.send(form, page.url)

    assert (first.status, second.status) == (303, 303)
    assert first.location == second.location
    assert states(event) == ["confirmed"]
    assert len(letters()) == 1


# Lists and the event's page


def test_the_list_shows_what_is_to_come_and_links_to_the_past(browser: Browser) -> None:
    chapter = make_chapter()
    make_event(chapter, title_en="Tomorrow")
    make_event(make_chapter(), title_en="Elsewhere")
    make_event(title_en="Long ago", starts_at=now() - timedelta(days=9))
    make_event(title_en="Secret", visibility=Visibility.MEMBERS)

    def titles(url: str) -> list[str]:
        cards = browser.get(url).all("a", class_="tile")
        return [
            word for word in ("Tomorrow", "Elsewhere", "Long ago", "Secret") if word in str(cards)
        ]

    assert titles("/events") == ["Tomorrow", "Elsewhere"]
    assert titles(f"/events?chapter={chapter.slug}") == ["Tomorrow"]
    assert titles("/events?past=1") == ["Long ago"]
    assert browser.get("/events").all("a", href="/events?past=1")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/events?chapter=nowhere", 404),
        ("/events?colour=red", 400),
        ("/events?page=0", 400),
        ("/events?page=x", 400),
        ("/events?page=2", 404),
        ("/events?page=999&past=1", 404),
        ("/events/nothing", 404),
        ("/events/nothing?text=fr", 404),
    ],
)
def test_addresses_that_mean_nothing(browser: Browser, url: str, status: int) -> None:
    assert browser.get(url).status == status


def test_a_long_list_has_pages(browser: Browser) -> None:
    for n in range(21):
        make_event(starts_at=now() + timedelta(days=n + 1))

    first = browser.get("/events")
    second = browser.get("/events?page=2")

    assert len(first.all("a", class_="tile")) == 20
    assert len(second.all("a", class_="tile")) == 1
    assert first.all("a", rel="next")[0]["href"] == "/events?page=2"
    assert second.all("a", rel="prev")[0]["href"] == "/events"


def test_an_event_page_says_when_where_and_how_many_places_are_left(browser: Browser) -> None:
    chapter = make_chapter(contact="anshan@example.org")
    event = make_event(
        chapter,
        title_en="",
        title_zh="年会",
        venue_en="Hotel",
        address="Road 1",
        body_zh="欢迎*家属*",
        capacity=3,
        time_zone=BOSTON,
        starts_at=datetime(2099, 1, 16, 23, 30, tzinfo=UTC),
        starts_local=datetime(2099, 1, 16, 18, 30),  # noqa: DTZ001 - a clock on a wall
        ends_local=datetime(2099, 1, 16, 20, 30),  # noqa: DTZ001 - a clock on a wall
    )
    registered(event)

    page = browser.get(f"/events/{event.slug}")

    for said in (
        "Fri 16 January 2099 18:30–20:30 (New York time, UTC−5)",
        "Sat 17 January 2099 07:30–09:30 (Beijing time, UTC+8)",
        "Hotel",
        "Road 1",
        "anshan@example.org",
        "2 places are left",
        "1 of 3 places taken",
        "Only in Chinese",
        "Sign in to register",
    ):
        assert said in page.text
    assert page.all("em")[0]["text"] == "家属"
    assert page.texts("h1") == ["年会"]


@pytest.mark.parametrize(("address", "buttons"), [("Road 1", 1), ("", 0)])
def test_only_an_address_is_there_to_copy(browser: Browser, address: str, buttons: int) -> None:
    event = make_event(venue_en="Tencent Meeting 123 456", address=address)

    page = browser.get(f"/events/{event.slug}")

    assert "Tencent Meeting 123 456" in page.text
    copied = [button["data-copy"] for button in page.all("button", type="button")]
    assert copied == [address] * buttons


def test_a_text_in_both_languages_can_be_read_in_the_other(browser: Browser) -> None:
    event = make_event(body_zh="正文", body_en="The text")

    assert "The text" in browser.get(f"/events/{event.slug}").text
    page = browser.get(f"/events/{event.slug}?text=zh")
    assert "正文" in page.text
    assert "The text" not in page.text


@pytest.mark.parametrize(
    ("case", "said", "may_register"),
    [
        ("open", "There is a place for everybody", True),
        ("full", "All places are taken", True),
        ("closed", "Registration is closed", False),
        ("over", "This event is over", False),
        ("off", "This event has been called off.", False),
        ("not recognised", "Graduates who have been recognised may register.", False),
    ],
)
def test_what_the_page_offers(
    signed_in: SignIn, case: str, said: str, *, may_register: bool
) -> None:
    values: dict[str, dict[str, Any]] = {
        "full": {"capacity": 0},
        "closed": {"registration_closes_at": now() - timedelta(days=1)},
        "over": {"starts_at": now() - timedelta(days=1)},
        "off": {"status": EventStatus.CANCELLED},
    }
    event = make_event(**values.get(case, {}))
    person = make_verified()
    who: Person | Account = person
    if case == "not recognised":
        who = make_account(person=make_person())

    page = signed_in(who).get(f"/events/{event.slug}")

    assert said in page.text
    assert bool(page.all("form", action=f"/events/{event.slug}/register")) is may_register


def test_who_is_not_in_the_chapter_sees_a_page_but_no_button(
    office: Browser, signed_in: SignIn
) -> None:
    event = make_event(make_chapter(), visibility=Visibility.CHAPTER)
    stranger = signed_in(make_verified())

    assert stranger.get(f"/events/{event.slug}").status == 404
    assert not office.get(f"/events/{event.slug}").all(
        "form", action=f"/events/{event.slug}/register"
    )


def test_registering_needs_an_account_a_token_and_an_event_one_sees(
    browser: Browser, signed_in: SignIn
) -> None:
    event, hidden = make_event(), make_event(make_chapter(), visibility=Visibility.CHAPTER)
    member = signed_in(make_verified())
    token = member.get(f"/events/{event.slug}").form(f"/events/{event.slug}/register").values

    anonymous = browser.post(f"/events/{event.slug}/register", **token)
    assert anonymous.status == 401
    assert member.post(f"/events/{event.slug}/register").status == 400
    assert member.post(f"/events/{hidden.slug}/register", **token).status == 404
    assert states(event) == states(hidden) == []


def test_after_the_close_a_click_is_answered_with_when_it_was(signed_in: SignIn) -> None:
    event = make_event()
    browser = signed_in(make_verified())
    page = browser.get(f"/events/{event.slug}")
    with transaction():
        event.registration_closes_at = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
        record(SYSTEM, "closed by the test", event)

    answer = browser.send(page.form(f"/events/{event.slug}/register"), page.url)

    assert answer.status == 409
    assert "5 January 2026 12:00 Beijing time" in answer.text


# One's own registration


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("own", 200),
        ("officer", 200),
        ("office", 200),
        ("another", 404),
        ("officer elsewhere", 404),
        ("anyone", 303),
    ],
)
def test_who_sees_a_registration(
    browser: Browser, office: Browser, signed_in: SignIn, who: str, status: int
) -> None:
    chapter, person = make_chapter(), make_verified()
    own = registered(make_event(chapter, visibility=Visibility.MEMBERS), person)
    reader = {
        "own": lambda: signed_in(person),
        "officer": lambda: signed_in(make_officer(chapter)),
        "office": lambda: office,
        "another": lambda: signed_in(make_verified()),
        "officer elsewhere": lambda: signed_in(make_officer(make_chapter())),
        "anyone": lambda: browser,
    }[who]()

    assert reader.get(f"/r/{own.public_id}").status == status


def test_after_the_deadline_the_page_says_whom_to_tell(signed_in: SignIn) -> None:
    chapter, person = make_chapter(contact="0412-1234567"), make_verified()
    event = make_event(chapter, cancel_closes_at=now() - timedelta(hours=1))
    own = registered(event, person)
    browser = signed_in(person)

    page = browser.get(f"/r/{own.public_id}")
    token = browser.get("/events").forms[0].values["csrf_token"]
    answer = browser.post(f"/r/{own.public_id}/cancel", csrf_token=token)

    assert "0412-1234567" in page.text
    assert not page.all("form", action=f"/r/{own.public_id}/cancel")
    assert answer.status == 409
    assert "0412-1234567" in answer.text


def test_the_calendar_file_shows_the_own_event(signed_in: SignIn) -> None:
    person = make_verified()
    event = make_event(make_chapter(), capacity=0, title_en="Dinner")
    waiting = registered(event, person)
    browser = signed_in(person)

    page = browser.get(f"/r/{waiting.public_id}/calendar.ics")

    calendar = icalendar.Calendar.from_ical(page.content)
    [entry] = calendar.walk("VEVENT")
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert calendar["METHOD"] == "PUBLISH"
    assert (entry["STATUS"], entry["SUMMARY"]) == ("TENTATIVE", "Dinner")
    assert str(entry["UID"]).startswith(event.public_id)

    assert browser.press(f"/r/{waiting.public_id}", f"/r/{waiting.public_id}/cancel").status == 303
    assert browser.get(f"/r/{waiting.public_id}/calendar.ics").status == 410
    assert [letter.kind for letter in letters()] == [
        "registration_waiting",
        "registration_cancelled",
    ]


# The chapter's desk


def test_what_was_typed_comes_back_with_what_is_wrong(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    url = f"/chapters/{chapter.slug}/desk/events/new"
    wrong = TYPED | {
        "time_zone": BOSTON,
        "starts_local": "2027-03-14T02:30",
        "ends_local": "2027-03-14T05:00",
    }

    page = leader.submit(url, **wrong)

    assert page.status == 422
    assert "put forward" in page.text
    assert page.all("input", id="starts_local")[0]["aria-invalid"] == "true"
    kept = page.form().values
    assert {name: kept[name] for name in wrong} == wrong
    assert db.session.scalars(select(Event)).all() == []


def test_an_hour_that_comes_twice_is_pointed_out(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    typed = TYPED | {
        "time_zone": BOSTON,
        "starts_local": "2027-11-07T01:30",
        "ends_local": "2027-11-07T05:00",
    }

    page = leader.follow(leader.submit(f"/chapters/{chapter.slug}/desk/events/new", **typed))

    assert "That hour comes twice there" in page.text
    assert "This hour comes twice there" in page.text
    assert made("new-year-dinner").starts_at == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_of_two_editors_the_second_keeps_what_was_typed(signed_in: SignIn) -> None:
    chapter = make_chapter()
    event = make_event(chapter, status=EventStatus.DRAFT)
    url = f"/chapters/{chapter.slug}/desk/events/{event.public_id}"
    one, other = signed_in(make_officer(chapter)), signed_in(make_officer(chapter, "secretary"))
    seen = other.get(url)
    assert one.submit(url, action=url, title_en="First").status == 303

    answer = other.send(seen.form(url), url, title_en="Second")

    assert answer.status == 409
    assert "Somebody else has changed this event" in answer.text
    assert answer.form(url).values["title_en"] == "Second"
    assert made(event.slug).title_en == "First"


def test_fewer_places_than_are_given_is_refused_at_the_field(signed_in: SignIn) -> None:
    chapter = make_chapter()
    event = make_event(chapter, capacity=3)
    for _ in range(2):
        registered(event)
    url = f"/chapters/{chapter.slug}/desk/events/{event.public_id}"

    page = signed_in(make_officer(chapter)).submit(url, action=url, capacity="1")

    assert page.status == 409
    assert page.all("input", id="capacity")[0]["aria-invalid"] == "true"


@pytest.mark.parametrize(
    ("who", "status"),
    [("elsewhere", 404), ("member", 404), ("anyone", 303), ("own", 200)],
)
@pytest.mark.parametrize("page", ["", "/new", "/{event}", "/{event}/attendees"])
def test_a_desk_is_its_officers_own(
    browser: Browser, signed_in: SignIn, who: str, status: int, page: str
) -> None:
    chapter = make_chapter()
    event = make_event(chapter)
    reader = {
        "elsewhere": lambda: signed_in(make_officer(make_chapter())),
        "member": lambda: signed_in(make_member(chapter)),
        "anyone": lambda: browser,
        "own": lambda: signed_in(make_officer(chapter)),
    }[who]()

    url = f"/chapters/{chapter.slug}/desk/events{page.format(event=event.public_id)}"

    assert reader.get(url).status == status


def test_a_desk_shows_no_event_of_another_chapter(signed_in: SignIn) -> None:
    chapter, other = make_chapter(), make_chapter()
    event = make_event(other)
    leader = signed_in(make_officer(chapter))
    token = leader.get("/events").forms[0].values["csrf_token"]
    desk = f"/chapters/{chapter.slug}/desk/events/{event.public_id}"

    assert leader.get(desk).status == 404
    assert leader.get(f"{desk}/attendees").status == 404
    assert leader.post(f"{desk}/submit", csrf_token=token).status == 404
    assert leader.post(f"/office/events/{event.public_id}/publish", csrf_token=token).status == 403


def test_attendees_are_named_and_can_be_taken_off(signed_in: SignIn) -> None:
    chapter = make_chapter()
    event = make_event(chapter, capacity=1)
    people = [make_verified("欧阳明月"), make_verified("曾国强")]
    first, _second = [registered(event, person) for person in people]
    leader = signed_in(make_officer(chapter))
    url = f"/chapters/{chapter.slug}/desk/events/{event.public_id}/attendees"

    page = leader.get(url)
    names = [row["text"] for row in page.all("span", class_="who")]
    answer = leader.press(url, f"/r/{first.public_id}/cancel")

    assert len(names) == 2
    assert answer.status == 303
    assert states(event) == ["cancelled", "confirmed"]


# The office


@pytest.mark.parametrize(
    "page", ["", "/new", "/{event}", "/{event}/attendees", "/{event}/send-back"]
)
def test_the_offices_pages_are_the_offices(
    browser: Browser, office: Browser, signed_in: SignIn, page: str
) -> None:
    event = make_event(make_chapter(), status=EventStatus.IN_REVIEW)
    url = f"/office/events{page.format(event=event.public_id)}"

    assert office.get(url).status == 200
    assert signed_in(make_officer(make_chapter())).get(url).status == 403
    assert browser.get(url).status == 303


def test_the_office_prepares_an_event_of_its_own_or_of_a_chapter(office: Browser) -> None:
    chapter = make_chapter()

    own = office.submit("/office/events/new", **TYPED)
    of_chapter = office.submit("/office/events/new", **TYPED, host=chapter.slug)

    assert (own.status, of_chapter.status) == (303, 303)
    assert made("new-year-dinner").chapter_id is None
    assert made("new-year-dinner-2").chapter_id == chapter.id


def test_the_office_sends_back_with_a_note(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter)
    leader = signed_in(officer)
    event = make_event(chapter, status=EventStatus.IN_REVIEW, created_by_id=account_of(officer).id)
    url = f"/office/events/{event.public_id}/send-back"

    assert office.submit(url, note=" ").status == 422
    assert office.submit(url, note="Name the room, please.").status == 303

    page = leader.get(f"/chapters/{chapter.slug}/desk/events/{event.public_id}")
    assert "Name the room, please." in page.text
    assert [letter.kind for letter in letters()] == ["event_sent_back"]


def test_the_office_calls_off_and_everybody_still_sees_the_page(
    office: Browser, browser: Browser
) -> None:
    event = make_event(make_chapter())
    registered(event)
    url = f"/office/events/{event.public_id}"

    answer = office.press(url, f"{url}/call-off")

    assert "Letters to registrants: 1" in office.follow(answer).text
    assert "This event has been called off." in browser.get(f"/events/{event.slug}").text
    assert [letter.kind for letter in letters()] == ["registration_confirmed", "event_called_off"]


def test_the_offices_list_can_be_narrowed(office: Browser) -> None:
    make_event(title_en="Announced")
    make_event(title_en="Waits", status=EventStatus.IN_REVIEW)

    page = office.get("/office/events?status=in_review")

    assert "Waits" in page.text
    assert "Announced" not in page.text
    assert office.get("/office/events?status=lost").status == 400


def test_an_officer_with_the_right_publishes_at_the_desk(
    signed_in: SignIn, office: Browser
) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    event = make_event(chapter, status=EventStatus.DRAFT)
    desk = f"/chapters/{chapter.slug}/desk/events/{event.public_id}"

    page = leader.get(desk)

    assert not page.all("form", action=f"/office/events/{event.public_id}/publish")
    assert page.all("form", action=f"{desk}/submit")


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 5000, None])
def test_nothing_is_published_that_nobody_says_to_have_seen(
    office: Browser, version: str | None
) -> None:
    event = make_event(make_chapter(), status=EventStatus.IN_REVIEW)
    url = f"/office/events/{event.public_id}"
    typed = {"csrf_token": office.get(url).form(f"{url}/publish").values["csrf_token"]}
    if version is not None:
        typed["version"] = version

    answer = office.post(f"{url}/publish", **typed)

    assert answer.status == 409
    assert "Please load the page again" in answer.text
    assert made(event.slug).status is EventStatus.IN_REVIEW


def test_the_form_says_what_the_office_changes(signed_in: SignIn, office: Browser) -> None:
    chapter = make_chapter()
    event, draft = make_event(chapter), make_event(chapter, status=EventStatus.DRAFT)
    leader, desk = signed_in(make_officer(chapter)), f"/chapters/{chapter.slug}/desk/events"
    hint = "The office changes the title"

    page = leader.get(f"{desk}/{event.public_id}")
    answer = leader.submit(page.url, action=page.url, title_en="Sold out")

    assert hint in page.text
    assert answer.status == 409
    assert "Once an event is published" in answer.text
    assert hint not in leader.get(f"{desk}/{draft.public_id}").text
    assert hint not in office.get(f"/office/events/{event.public_id}").text


def test_those_who_come_are_listed_in_pages(
    office: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "ATTENDEES", 2)
    event = make_event(make_chapter(), capacity=2)
    for _ in range(3):
        registered(event)
    url = f"/office/events/{event.public_id}/attendees"

    first, second = office.get(url), office.get(f"{url}?page=2")

    assert [len(page.all("span", class_="who")) for page in (first, second)] == [2, 1]
    assert first.all("a", rel="next")[0]["href"] == f"{url}?page=2"
    assert second.all("a", rel="prev")[0]["href"] == url
    assert "On the waiting list" in second.text
    assert office.get(f"{url}?page=3").status == 404
    assert office.get(f"{url}?sort=name").status == 400


def test_who_runs_an_event_sees_its_state_and_not_the_own_place(signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter)
    registered(make_event(chapter), officer)
    leader = signed_in(officer)

    assert "You have a place" in leader.get("/events").text
    page = leader.get(f"/chapters/{chapter.slug}/desk/events")
    assert "Open for registration" in page.text
    assert "You have a place" not in page.text


def test_a_title_in_one_language_is_not_called_optional(office: Browser) -> None:
    page = office.get("/office/events/new")

    labels = {label["for"]: label["text"] for label in page.all("label") if "for" in label}
    assert "optional" not in labels["title_zh"] + labels["title_en"]
    assert "optional" in labels["venue_zh"]


def test_a_registration_of_what_is_called_off_says_so(signed_in: SignIn, office: Browser) -> None:
    person, event = make_verified(), make_event()
    own = registered(event, person)
    with transaction():
        call_off(actor_of(make_account(role="office")), event)

    page = signed_in(person).get(f"/r/{own.public_id}")

    assert "This event has been called off." in page.text
    assert not page.all("form", action=f"/r/{own.public_id}/cancel")


@pytest.mark.parametrize("how_many", [1, 3])
@pytest.mark.parametrize(
    ("url", "statements"),
    [("/events", 4), ("/office/events", 4), ("/chapters/{slug}/desk/events", 4)],
)
def test_a_list_of_three_asks_as_often_as_a_list_of_one(
    office: Browser, queries: list[str], how_many: int, url: str, statements: int
) -> None:
    chapter = make_chapter()
    for _ in range(how_many):
        registered(make_event(chapter))
    office.get("/events")
    queries.clear()

    page = office.get(url.format(slug=chapter.slug))

    assert page.status == 200
    assert len([query for query in queries if query.startswith(("SELECT", "WITH"))]) == statements
