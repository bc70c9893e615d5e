"""What is changed of an event, and who is told."""

from datetime import timedelta
from typing import Any

import pytest

from alumni.authz import Actor, Right
from alumni.db import transaction
from alumni.errors import Refusal
from alumni.events.commands import (
    call_off,
    edit,
    submit,
)
from alumni.events.models import EventStatus, Visibility
from alumni.events.policy import (
    may_edit,
)
from tests.events.made import (
    BOSTON,
    as_planned,
    attendee,
    created,
    edited,
    leader,
    letters,
    make_plan,
    method,
    registered,
    sequence,
    states,
    verbs,
)
from tests.factories import (
    make_chapter,
    make_event,
    make_verified,
)
from tests.refusals import refused


def test_a_leader_edits_the_own_chapters_events_only() -> None:
    chapter, other = make_chapter(), make_chapter()
    event = created(leader(chapter), chapter, make_plan())

    stranger = leader(other)

    with refused(may_edit), transaction():
        edit(stranger, event, make_plan(title_en="Mine"), version=event.version)
    with refused(may_edit), transaction():
        submit(stranger, event)

    edited(leader(chapter), event, title_en="Ours")
    assert event.title_en == "Ours"
    assert event.slug == "new-year-dinner"


@pytest.mark.parametrize(
    "values",
    [
        {"title_zh": "别的"},
        {"title_en": "Something else"},
        {"body_zh": "别的"},
        {"body_en": "Something else"},
        {"visibility": Visibility.MEMBERS},
    ],
    ids=str,
)
def test_what_an_event_was_published_as_is_changed_by_who_may_publish(
    values: dict[str, Any],
) -> None:
    chapter = make_chapter()
    event = make_event(chapter, body_en="One\nTwo", capacity=40)
    preparing, publishing = leader(chapter), leader(chapter, Right.EVENTS, Right.PUBLISH)

    with pytest.raises(Refusal) as raised, transaction():
        edit(preparing, event, as_planned(event, **values), version=event.version)

    assert raised.value.status == 409
    assert verbs(event) == []
    edited(publishing, event, **values)
    assert {name: getattr(event, name) for name in values} == values


def test_a_leader_changes_when_and_where_a_published_event_is() -> None:
    chapter = make_chapter()
    event = make_event(chapter, body_en="One\nTwo", capacity=40)
    later = event.starts_local + timedelta(hours=1)

    edited(
        leader(chapter),
        event,
        starts_local=later,
        venue_en="Hotel",
        address="Road 1",
        capacity=50,
        registration_closes_local=later,
        body_en="One\r\nTwo",  # as a browser sends it
    )

    assert (event.starts_local, event.venue_en, event.capacity) == (later, "Hotel", 50)


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.IN_REVIEW])
def test_before_it_is_published_a_leader_changes_all_of_it(status: EventStatus) -> None:
    chapter = make_chapter()
    event = make_event(chapter, status=status)

    edited(leader(chapter), event, title_en="Ours", visibility=Visibility.MEMBERS)

    assert (event.title_en, event.visibility) == ("Ours", Visibility.MEMBERS)


def test_of_two_editors_the_second_is_told(staff: Actor) -> None:
    event = created(staff, None, make_plan())
    seen = event.version
    edited(staff, event, title_en="First")

    with pytest.raises(Refusal) as raised, transaction():
        edit(staff, event, as_planned(event, title_en="Second"), version=seen)

    assert raised.value.status == 409
    assert event.title_en == "First"


def test_a_new_time_is_written_to_all_registrants(staff: Actor) -> None:
    event = make_event(make_chapter(), capacity=1)
    first, second = registered(event), registered(event)
    later = event.starts_local + timedelta(hours=1)

    edited(staff, event, starts_local=later)

    assert event.sequence == 1
    changed = letters("event_changed")
    assert [(letter.person_id, method(letter)) for letter in changed] == [
        (first.person_id, "REQUEST"),
        (second.person_id, None),
    ]
    assert sequence(changed[0]) == 1
    for letter in changed:
        assert f"{later:%H:%M}" in (letter.text or "")
        assert f"{later - timedelta(hours=1):%H:%M}" in (letter.text or "")


@pytest.mark.parametrize("how_many", [1, 4])
def test_four_are_told_in_as_many_statements_as_one(
    staff: Actor, queries: list[str], how_many: int
) -> None:
    event = make_event(make_chapter(), capacity=2)
    for _ in range(how_many):
        registered(event)
    queries.clear()

    with transaction():
        call_off(staff, event)

    asked = [query for query in queries if " delivery " in query or " person" in query]
    assert len([query for query in asked if query.startswith("SELECT")]) == 2
    assert len([query for query in asked if query.startswith("INSERT INTO delivery")]) == 1
    assert len(letters("event_called_off")) == how_many


def test_each_is_told_in_the_own_language_and_on_the_own_clock(staff: Actor) -> None:
    event = make_event(make_chapter(), capacity=3)
    people = [
        make_verified("曾国强", language="zh"),
        make_verified("欧阳明月", language="en", time_zone=BOSTON),
        make_verified("李华", language="zh"),
        make_verified("王芳", language="en"),
        make_verified("张伟", language="en"),
    ]
    own = [registered(event, person) for person in people]

    edited(staff, event, venue_en="Hotel")

    changed = letters("event_changed")
    assert [letter.language for letter in changed] == ["zh", "en", "zh", "en", "en"]
    assert ["New York time" in (letter.text or "") for letter in changed] == [
        person.time_zone == BOSTON for person in people
    ]
    assert [attendee(letter) for letter in changed] == [
        *(f"mailto:{letter.email}" for letter in changed[:3]),
        None,
        None,
    ]
    for letter, registration in zip(changed, own, strict=True):
        assert f"/r/{registration.public_id}" in (letter.text or "")
        assert letter.name in (letter.text or "")
    assert ["number 1 on" in (one.text or "") for one in changed] == [False] * 3 + [True, False]
    assert ["number 2 on" in (one.text or "") for one in changed] == [False] * 4 + [True]


def test_other_words_about_it_are_not_written_to_anybody(staff: Actor) -> None:
    event = make_event(capacity=5)
    registered(event)

    edited(staff, event, body_en="Bring your *family*.")

    assert event.sequence == 0
    assert letters("event_changed") == []


def test_a_change_of_what_is_over_is_not_written_to_anybody(staff: Actor) -> None:
    event = make_event(capacity=5)
    registered(event)
    hours = {"starts_local": event.starts_local, "ends_local": event.ends_local}
    past = {name: value - timedelta(days=60) for name, value in hours.items()}

    edited(staff, event, **past)

    assert letters("event_changed") == []


def test_more_places_go_to_those_who_wait_and_fit(staff: Actor) -> None:
    event = make_event(capacity=1)
    for _ in range(4):
        registered(event)

    edited(staff, event, capacity=3)

    assert states(event) == ["confirmed", "confirmed", "confirmed", "waiting"]
    assert len(letters("registration_promoted")) == 2

    edited(staff, event, capacity=None)

    assert states(event) == ["confirmed"] * 4


def test_places_that_are_given_are_not_taken_away(staff: Actor) -> None:
    event = make_event(capacity=3)
    for _ in range(2):
        registered(event)

    with pytest.raises(Refusal) as raised, transaction():
        edit(staff, event, as_planned(event, capacity=1), version=event.version)

    assert (raised.value.status, raised.value.field) == (409, "capacity")
    assert event.capacity == 3
    edited(staff, event, capacity=2)
    assert event.capacity == 2
