"""A chapter's year in numbers, the lists behind them, and all chapters as the office sees them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from time_machine import travel

from alumni.accounts.models import Account
from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter, ChapterStatus, MembershipState
from alumni.db import now, today
from alumni.errors import NotFound
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.membership.happenings import Course, Held, courses, held, held_by_month
from alumni.membership.months import month_after, month_text, read_span, when_text
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.desk import may_list_members
from alumni.membership.queries.annual_reports import counted
from alumni.membership.queries.desk import figures
from alumni.membership.queries.dormancy import signs_of_sleep
from alumni.membership.queries.network import Order, Sign, chapters_asleep, network
from alumni.membership.queries.statistics import (
    AT_A_TIME,
    Kind,
    chapter_year,
    spell_page,
)
from alumni.people.models import Level, Person, PersonStatus
from tests.browser import Browser, Page
from tests.factories import (
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused

SignIn = Callable[[Account | Person], Browser]

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE}))

IN_2026 = "2026-11-20T12:00:00+08:00"


@pytest.fixture
def chapter() -> Chapter:
    """2024: one joins. 2026: two join in March, one of them leaves in May, one joins in May."""
    made = make_chapter()
    spell(made, date(2024, 6, 1), None)
    spell(made, date(2026, 3, 1), None)
    spell(made, date(2026, 3, 31), date(2026, 5, 31))
    spell(made, date(2026, 5, 1), None)
    spell(make_chapter(), date(2026, 3, 1), None)
    make_member(made, state=MembershipState.PENDING, starts_on=None)
    event_on(made, date(2026, 3, 31), seats=(2, 3))
    event_on(made, date(2026, 12, 31))
    event_on(made, date(2025, 12, 31), seats=(1,))
    event_on(made, date(2026, 4, 1), status=EventStatus.CANCELLED)
    return made


def spell(chapter: Chapter, starts_on: date, ends_on: date | None) -> Person:
    state = MembershipState.LEFT if ends_on else MembershipState.ACTIVE
    person = make_verified()
    return make_member(chapter, person, starts_on=starts_on, ends_on=ends_on, state=state)


def event_on(
    chapter: Chapter, day: date, *, seats: tuple[int, ...] = (), **values: object
) -> Event:
    """At eight in the evening there, with so many places taken."""
    starts = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    event = make_event(chapter, starts_at=starts, **values)
    for number in seats:
        saved(
            Registration(
                event_id=event.id,
                person_id=make_person().id,
                state=RegistrationState.CONFIRMED,
                seats=number,
            )
        )
    return event


def test_the_year_month_by_month(chapter: Chapter) -> None:
    with travel(IN_2026, tick=False):
        told = chapter_year(OFFICE, chapter, 2026)
        before = chapter_year(OFFICE, chapter, 2025)

    by_month = {month.first.month: month for month in told.months}
    assert [by_month[month].members for month in (1, 2, 3, 4, 5, 6, 12)] == [1, 1, 3, 3, 3, 3, 3]
    assert {number: month.joined for number, month in by_month.items() if month.joined} == {
        3: 2,
        5: 1,
    }
    assert {number: month.left for number, month in by_month.items() if month.left} == {5: 1}
    assert {number: month.held for number, month in by_month.items() if month.held.events} == {
        3: Held(1, 5),
        12: Held(1, 0),
    }
    assert (told.members, told.joined, told.left, told.held) == (3, 3, 1, Held(2, 5))
    assert [month.first.month for month in told.begun] == list(range(1, 12))
    assert (told.has_older, before.has_older) == (True, True)
    assert (before.members, before.joined, before.left, before.held) == (1, 0, 0, Held(1, 1))


def test_the_year_says_what_the_annual_report_says(chapter: Chapter) -> None:
    with travel(IN_2026, tick=False):
        told = chapter_year(OFFICE, chapter, 2026)

    assert counted(chapter, 2026) == {
        "members": told.members,
        "joined": told.joined,
        "left": told.left,
        "events": told.held.events,
        "attended": told.held.seats,
    }
    assert held(date(2026, 3, 1), date(2026, 3, 31))[chapter.id] == told.months[2].held


def test_each_number_is_as_long_as_its_list(chapter: Chapter) -> None:
    with travel(IN_2026, tick=False):
        told = chapter_year(OFFICE, chapter, 2026)
        for month in told.months:
            span = (month.first, month_after(month.first))
            lengths = [len(spell_page(OFFICE, chapter, kind, span).rows) for kind in Kind]
            assert lengths == [month.members, month.joined, month.left], month.first
        span = (date(2026, 1, 1), date(2027, 1, 1))
        pages = [spell_page(OFFICE, chapter, kind, span) for kind in Kind]

    assert [page.total for page in pages] == [told.members, told.joined, told.left]
    assert told.members == figures(chapter).members


def test_the_numbers_of_the_page_open_lists_of_that_length(
    signed_in: SignIn, chapter: Chapter
) -> None:
    url = f"/chapters/{chapter.slug}/desk"
    with travel(IN_2026, tick=False):
        leader = signed_in(make_officer(chapter, person=make_verified()))
        page = leader.get(f"{url}/year?year=2026")
        rows = [a["href"] for a in page.all("a") if "month=" in a["href"] or "when=" in a["href"]]
        march = [
            leader.get(f"{url}/year/2026/joined?month=3"),
            leader.get(f"{url}/events?when=2026-03"),
            leader.get(f"{url}/events?when=2026"),
        ]
        figures_shown = {a["href"]: page.texts("a", href=a["href"])[0] for a in page.all("a")}

    assert [listed(shown) for shown in march] == [2, 1, 2]
    assert f"{url}/year/2026/joined?month=3" in rows
    assert f"{url}/events?when=2026-03" in rows
    assert figures_shown[f"{url}/year/2026/joined"] == "3joined"
    assert figures_shown[f"{url}/events?when=2026"] == "2events"
    assert page.texts("figcaption")[0].startswith("Members at the end of the month")


def listed(page: Page) -> int:
    assert page.status == 200
    return len(page.all("tr")) - 1


def test_who_left_is_named_as_far_as_they_may_be_found(chapter: Chapter) -> None:
    gone = spell(chapter, date(2026, 1, 5), date(2026, 2, 5))
    shown = spell(chapter, date(2026, 1, 6), date(2026, 2, 6))
    gone.listed = Level.OFFICE
    saved(gone)
    leader = actor_of(make_officer(chapter, person=make_verified()))

    page = spell_page(leader, chapter, Kind.LEFT, (date(2026, 2, 1), date(2026, 3, 1)))

    assert [row.who and row.who.person_id for row in page.rows] == [None, shown.id]


def test_a_long_list_has_pages(chapter: Chapter) -> None:
    for _n in range(AT_A_TIME):
        make_member(
            chapter,
            make_person("王伟", status=PersonStatus.VERIFIED),
            starts_on=date(2026, 3, 2),
        )
    span = (date(2026, 3, 1), date(2026, 4, 1))

    first, second = (spell_page(OFFICE, chapter, Kind.JOINED, span, n) for n in (1, 2))

    assert (first.first, first.last, first.total) == (1, AT_A_TIME, AT_A_TIME + 2)
    assert (second.first, second.last) == (AT_A_TIME + 1, AT_A_TIME + 2)
    with pytest.raises(NotFound):
        spell_page(OFFICE, chapter, Kind.JOINED, span, 3)


def test_years_before_and_after_are_unknown(signed_in: SignIn, chapter: Chapter) -> None:
    url = f"/chapters/{chapter.slug}/desk/year"
    with travel(IN_2026, tick=False):
        leader = signed_in(make_officer(chapter, person=make_verified()))
        answers = {
            asked: leader.get(url + asked).status
            for asked in (
                "",
                "?year=2024",
                "?year=2023",
                "?year=2027",
                "?year=0",
                "/2026/left?month=13",
                "/2026/friends",
                "/9999/left",
                "/2026/left?page=0",
            )
        }

    assert answers == {
        "": 200,
        "?year=2024": 200,
        "?year=2023": 404,
        "?year=2027": 404,
        "?year=0": 400,
        "/2026/left?month=13": 400,
        "/2026/friends": 404,
        "/9999/left": 400,
        "/2026/left?page=0": 400,
    }


def test_an_empty_year_is_told_too(signed_in: SignIn) -> None:
    chapter = make_chapter()

    page = signed_in(make_officer(chapter, person=make_verified())).get(
        f"/chapters/{chapter.slug}/desk/year"
    )

    assert page.status == 200
    assert "No members yet" in page.text


def test_the_year_is_for_who_lists_members(chapter: Chapter) -> None:
    stranger = actor_of(make_verified())

    with refused(may_list_members):
        chapter_year(stranger, chapter, 2026)
    with refused(may_list_members):
        spell_page(stranger, chapter, Kind.JOINED, (date(2026, 1, 1), date(2026, 2, 1)))


def test_the_year_asks_twice_whatever_there_is(chapter: Chapter, queries: list[str]) -> None:
    chapter_id = chapter.id  # read before anything is counted
    assert chapter_id
    queries.clear()

    chapter_year(OFFICE, chapter, today().year)

    assert len([query for query in queries if query.startswith("SELECT")]) == 2


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("2026-02", (date(2026, 2, 1), date(2026, 3, 1))),
        ("2026-12", (date(2026, 12, 1), date(2027, 1, 1))),
        ("2026", (date(2026, 1, 1), date(2027, 1, 1))),
        ("2026-13", None),
        ("2026-1", None),
        ("26", None),
        ("", None),
        ("2026-02-01", None),
    ],
)
def test_reading_months(written: str, span: tuple[date, date] | None) -> None:
    assert read_span(written) == span


def test_months_in_words() -> None:
    assert month_text(date(2026, 3, 1)) == "2026年3月"
    assert month_text(date(2026, 3, 1), short=True) == "3月"
    assert when_text("2026") == "2026"


def test_the_last_and_the_next_event(chapter: Chapter) -> None:
    quiet = make_chapter()
    with travel(IN_2026, tick=False):
        going = courses()

    assert going[chapter.id] == Course(date(2026, 3, 31), date(2026, 12, 31))
    assert quiet.id not in going
    assert held_by_month(quiet.id, 2026) == {month: Held(0, 0) for month in range(1, 13)}


def test_the_network_has_every_chapter_with_its_signs() -> None:
    asleep, busy = make_chapter(), make_chapter()
    make_officer(busy)
    event = make_event(busy, starts_at=now() - timedelta(days=3))
    make_member(asleep, state=MembershipState.PENDING)
    archived = make_chapter(status=ChapterStatus.ARCHIVED)

    net = network(OFFICE)
    nodes = {node.chapter.id: node for node in net.nodes}
    signs = signs_of_sleep(OFFICE)

    assert nodes[asleep.id].signs == signs[asleep.id]
    assert nodes[busy.id].signs is None
    assert nodes[busy.id].course.last_on == event.starts_local.date()
    assert nodes[archived.id].signs is None
    assert (net.members, net.waiting) == (1, 1)
    for sign in Sign:
        assert len(network(OFFICE, sign).nodes) == net.signs[sign], sign
    assert net.signs[Sign.ANY] == chapters_asleep(OFFICE) == len(signs)
    assert asleep.id in {node.chapter.id for node in network(OFFICE, Sign.OFFICER).nodes}


def test_the_network_in_other_orders() -> None:
    small, large = make_chapter(), make_chapter()
    for _n in range(2):
        make_member(large)
    make_member(small, state=MembershipState.PENDING)
    make_event(large, starts_at=now() - timedelta(days=3))

    assert network(OFFICE, order=Order.MEMBERS).nodes[0].chapter.id == large.id
    assert network(OFFICE, order=Order.WAITING).nodes[0].chapter.id == small.id
    assert network(OFFICE, order=Order.QUIET).nodes[-1].chapter.id == large.id


def test_the_network_is_the_offices(office: Browser) -> None:
    with refused(may_manage_chapters):
        network(actor_of(make_officer(make_chapter())))

    assert office.get("/office/chapters?sign=officer&by=quiet").status == 200
    assert office.get("/office/chapters?sign=snoring").status == 400
    assert office.get("/office/chapters?by=colour").status == 400
