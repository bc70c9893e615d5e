"""Events as readers see them: how full, whose own, in which words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alumni.authz import ANYONE, Actor, Capability
from alumni.db import now, transaction
from alumni.errors import NotFound
from alumni.events.commands import call_off
from alumni.events.models import EventStatus, RegistrationState, Visibility
from alumni.events.queries import (
    EventFilter,
    chapters_with_events,
    coming_events,
    desk_events,
    events,
    events_to_review,
    get_event,
    get_shown,
    my_registrations,
    office_events,
    shown,
)
from alumni.events.queries.places import attendees, get_registration, place_in_queue
from alumni.i18n import speaking
from tests.events.made import BOSTON, registered
from tests.factories import actor_of, make_chapter, make_event, make_member, make_verified

OFFICE = Actor(account_id=None, capabilities=frozenset({Capability.MANAGE_EVENTS}))
DAY = timedelta(days=1)


def test_an_event_is_shown_with_how_full_it_is_and_the_own_place() -> None:
    event = make_event(capacity=2)
    people = [make_verified() for _ in range(4)]
    for person in people:
        registered(event, person)

    first, last = (get_shown(actor_of(people[n]), slug=event.slug) for n in (0, 3))

    for one in (first, last):
        assert (one.held, one.waiting, one.left, one.is_full) == (2, 2, 0, True)
    assert first.own
    assert (first.own.person_id, first.queue_place) == (people[0].id, None)
    assert last.own
    assert (last.own.person_id, last.queue_place) == (people[3].id, 2)
    assert get_shown(ANYONE, slug=event.slug).own is None


def test_without_a_limit_there_is_no_number_of_places_left() -> None:
    event = make_event(capacity=None)
    registered(event)

    one = get_shown(ANYONE, slug=event.slug)

    assert (one.held, one.left, one.is_full) == (1, None, False)


@pytest.mark.parametrize(
    ("case", "badge"),
    [
        ("open", ("ok", "Open for registration")),
        ("full", ("wait", "Full, waiting list")),
        ("closed", ("off", "Registration closed")),
        ("over", ("off", "Over")),
        ("off", ("bad", "Cancelled")),
        ("draft", ("off", "Draft")),
        ("review", ("wait", "In review")),
        ("mine", ("ok", "You have a place")),
        ("waiting", ("wait", "You are waiting")),
    ],
)
def test_standing(case: str, badge: tuple[str, str]) -> None:
    person = make_verified()
    values: dict[str, dict[str, Any]] = {
        "full": {"capacity": 0},
        "waiting": {"capacity": 0},
        "closed": {"registration_closes_at": now() - DAY},
        "over": {"starts_at": now() - 2 * DAY},
        "off": {"status": EventStatus.CANCELLED},
        "draft": {"status": EventStatus.DRAFT},
        "review": {"status": EventStatus.IN_REVIEW},
    }
    event = make_event(**values.get(case, {}))
    if case in ("mine", "waiting"):
        registered(event, person)
    actor = OFFICE if case in ("draft", "review") else actor_of(person)

    with speaking("en"):
        assert get_shown(actor, slug=event.slug).standing == badge


def test_for_who_runs_it_an_event_stands_as_it_does_without_them() -> None:
    event, person = make_event(), make_verified()
    registered(event, person)

    with speaking("en"):
        one = get_shown(actor_of(person), slug=event.slug)
        assert one.standing == ("ok", "You have a place")
        assert one.standing_by_itself == ("ok", "Open for registration")


def test_of_what_is_called_off_the_badge_gives_no_order() -> None:
    event = make_event(status=EventStatus.CANCELLED)

    with speaking("zh"):
        assert get_shown(ANYONE, slug=event.slug).standing == ("bad", "已取消")


def test_words_are_in_the_readers_language_or_else_the_other() -> None:
    event = make_event(
        make_chapter(name_zh="鞍山分会", name_en="Anshan Chapter"),
        title_zh="聚餐",
        title_en="",
        venue_zh="饭店",
        venue_en="Hotel",
        starts_at=datetime(2099, 1, 16, 10, 30, tzinfo=UTC),
    )
    one = get_shown(ANYONE, slug=event.slug)

    with speaking("zh"):
        assert (one.title, one.title_language, one.venue, one.host) == (
            "聚餐", "zh", "饭店", "鞍山分会",
        )  # fmt: skip
        assert one.tile == ("1月", "16", "周五")
    with speaking("en"):
        assert (one.title, one.title_language, one.venue, one.host) == (
            "聚餐", "zh", "Hotel", "Anshan Chapter",
        )  # fmt: skip
        assert one.tile == ("Jan", "16", "Fri")


def test_both_clocks_are_shown_where_they_differ() -> None:
    event = make_event(starts_at=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    at_home = Actor()
    abroad = Actor(time_zone=BOSTON)

    with speaking("en"):
        assert get_shown(at_home, slug=event.slug).clocks.lines == [
            "Tue 1 December 2026 07:30–09:30 (Beijing time, UTC+8)"
        ]
        assert get_shown(abroad, slug=event.slug).clocks.lines == [
            "Tue 1 December 2026 07:30–09:30 (Beijing time, UTC+8)",
            "Mon 30 November 2026 18:30–20:30 (New York time, UTC−5)",
        ]
        assert get_shown(abroad, slug=event.slug).hours == "07:30–09:30 Beijing time"


def test_a_card_of_several_days_names_them() -> None:
    event = make_event(
        starts_at=datetime(2099, 1, 16, 10, 0, tzinfo=UTC),
        ends_at=datetime(2099, 1, 18, 4, 0, tzinfo=UTC),
    )

    with speaking("en"):
        assert get_shown(ANYONE, slug=event.slug).hours == "16 January 2099 – 18 January 2099"


def test_coming_events_come_in_their_order_and_past_ones_the_latest_first() -> None:
    for title, start in (
        ("late", 9 * DAY),
        ("soon", 2 * DAY),
        ("old", -9 * DAY),
        ("new", -2 * DAY),
    ):
        make_event(title_en=title, starts_at=now() + start)
    make_event(title_en="draft", status=EventStatus.DRAFT)

    def listed(wanted: EventFilter) -> list[str]:
        return [one.event.title_en for one in shown(OFFICE, events(OFFICE, wanted))]

    assert listed(EventFilter()) == ["soon", "late"]
    assert listed(EventFilter(is_past=True)) == ["new", "old"]


def test_events_of_one_chapter() -> None:
    chapter, other = make_chapter(), make_chapter()
    own = make_event(chapter)
    make_event(other)
    make_event(other, starts_at=now() - 9 * DAY)
    make_event()

    rows = shown(ANYONE, events(ANYONE, EventFilter(chapter_id=chapter.id)))

    assert [one.event.id for one in rows] == [own.id]
    coming = chapters_with_events(ANYONE, is_past=False)
    assert [one.id for one in coming] == [chapter.id, other.id]
    assert [one.id for one in chapters_with_events(ANYONE, is_past=True)] == [other.id]


def test_chapters_are_named_only_for_events_one_may_see() -> None:
    chapter = make_chapter()
    make_event(chapter, visibility=Visibility.CHAPTER)

    assert chapters_with_events(ANYONE, is_past=False) == []
    member = actor_of(make_member(chapter))
    assert [one.id for one in chapters_with_events(member, is_past=False)] == [chapter.id]


def test_for_the_front_page() -> None:
    chapter = make_chapter()
    first = make_event(chapter, starts_at=now() + DAY)
    make_event(starts_at=now() + 2 * DAY)
    make_event(starts_at=now() + DAY, status=EventStatus.CANCELLED)

    assert [one.event.id for one in coming_events(ANYONE, 1)] == [first.id]
    assert len(coming_events(ANYONE, 9)) == 2
    assert [one.event.id for one in coming_events(ANYONE, 9, chapter_id=chapter.id)] == [first.id]


def test_my_registrations_are_those_to_come_called_off_or_not() -> None:
    person = make_verified()
    sure, queued, off = make_event(), make_event(capacity=0), make_event()
    make_event()
    for event in (sure, queued, off):
        registered(event, person)
    with transaction():
        call_off(OFFICE, off)

    mine = my_registrations(actor_of(person))

    assert [(one.event.id, one.queue_place) for one in mine] == [
        (sure.id, None),
        (queued.id, 1),
        (off.id, None),
    ]
    assert my_registrations(OFFICE) == []


def test_the_office_sees_what_waits_for_it_first() -> None:
    make_event(title_en="published", starts_at=now() + 9 * DAY)
    make_event(title_en="waits", status=EventStatus.IN_REVIEW)

    titles = [one.event.title_en for one in shown(OFFICE, office_events(OFFICE))]
    waiting = shown(OFFICE, office_events(OFFICE, EventStatus.IN_REVIEW))

    assert titles == ["waits", "published"]
    assert [one.event.title_en for one in waiting] == ["waits"]
    assert events_to_review(OFFICE) == 1
    assert events_to_review(actor_of(make_verified())) == 0


def test_a_desk_lists_its_chapters_events_only() -> None:
    chapter = make_chapter()
    draft = make_event(chapter, status=EventStatus.DRAFT)
    make_event(make_chapter())

    assert [one.event.id for one in shown(OFFICE, desk_events(OFFICE, chapter))] == [draft.id]


def test_what_may_not_be_seen_is_not_there() -> None:
    chapter = make_chapter()
    event = make_event(chapter, status=EventStatus.DRAFT)
    registration = registered(make_event())

    with pytest.raises(NotFound):
        get_shown(ANYONE, slug=event.slug)
    with pytest.raises(NotFound):
        get_event(ANYONE, public_id=event.public_id)
    with pytest.raises(NotFound):
        get_shown(OFFICE, public_id=event.public_id, chapter=make_chapter())
    with pytest.raises(NotFound):
        get_registration(actor_of(make_verified()), registration.public_id)
    assert get_event(OFFICE, slug=event.slug).id == event.id


def test_attendees_are_numbered_in_their_state() -> None:
    event = make_event(capacity=2)
    people = [make_verified() for _ in range(4)]
    own = [registered(event, person) for person in people]

    listed = attendees(event, after=0, limit=9)

    assert [(one.person.id, one.registration.state, one.number) for one in listed] == [
        (people[0].id, RegistrationState.CONFIRMED, 1),
        (people[1].id, RegistrationState.CONFIRMED, 2),
        (people[2].id, RegistrationState.WAITING, 1),
        (people[3].id, RegistrationState.WAITING, 2),
    ]
    assert [place_in_queue(one) for one in own[2:]] == [1, 2]
    assert listed[0].name == people[0].name_zh
    part = attendees(event, after=1, limit=2)
    assert [(one.person.id, one.number) for one in part] == [(people[1].id, 2), (people[2].id, 1)]


@pytest.mark.parametrize("how_many", [1, 3])
def test_three_events_are_read_in_as_many_statements_as_one(
    how_many: int, queries: list[str]
) -> None:
    person = make_verified()
    for _ in range(how_many):
        registered(make_event(make_chapter(), capacity=1), person)
    actor = actor_of(person)
    queries.clear()

    listed = my_registrations(actor)

    assert [one.host for one in listed] != [""] * how_many
    assert len([query for query in queries if query.startswith("SELECT")]) == 1
