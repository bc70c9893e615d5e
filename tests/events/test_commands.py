"""Events from draft to called off; places taken, waited for and given back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor, Capability, Right
from alumni.chapters.models import Chapter
from alumni.db import db, now, transaction
from alumni.errors import Invalid, Refusal
from alumni.events.commands import (
    Plan,
    call_off,
    create,
    edit,
    publish,
    send_back,
    submit,
)
from alumni.events.commands.places import cancel, register
from alumni.events.models import Event, EventStatus, Registration, RegistrationState, Visibility
from alumni.events.policy import (
    may_call_off,
    may_cancel,
    may_create,
    may_edit,
    may_manage,
    may_publish,
    may_register,
)
from alumni.events.queries.places import get_registration
from tests.browser import at_once
from tests.events.made import (
    BOSTON,
    as_planned,
    attendee,
    cancelled,
    letters,
    make_plan,
    method,
    registered,
    sequence,
    states,
)
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_person,
    make_verified,
)
from tests.refusals import refused


@pytest.fixture
def staff(app: Flask) -> Actor:
    account = make_account(role="office")
    return Actor(account_id=account.id, capabilities=frozenset({Capability.MANAGE_EVENTS}))


def leader(chapter: Chapter, *rights: Right) -> Actor:
    """An officer of the chapter who holds these rights; without any, those to prepare events."""
    person = make_member(chapter)
    return Actor(
        account_id=account_of(person).id,
        person_id=person.id,
        is_verified=True,
        rights={chapter.id: frozenset(rights or (Right.VIEW, Right.EVENTS))},
    )


def created(actor: Actor, chapter: Chapter | None, plan: Plan) -> Event:
    with transaction():
        return create(actor, chapter, plan)


def edited(actor: Actor, event: Event, **values: Any) -> Event:
    with transaction():
        return edit(actor, event, as_planned(event, **values), version=event.version)


# From draft to called off


def test_a_leader_creates_a_draft_of_the_own_chapter() -> None:
    chapter = make_chapter()
    author = leader(chapter)

    event = created(author, chapter, make_plan(time_zone=BOSTON, title_en="Boston Dinner"))

    assert event.status is EventStatus.DRAFT
    assert event.chapter_id == chapter.id
    assert event.created_by_id == author.account_id
    assert event.slug == "boston-dinner"
    offset = event.starts_local.replace(tzinfo=UTC) - event.starts_at
    assert offset in (timedelta(hours=-5), timedelta(hours=-4))
    assert verbs(event) == ["created"]


def test_a_leader_creates_nothing_elsewhere() -> None:
    author, elsewhere = leader(make_chapter()), make_chapter()

    for chapter in (elsewhere, None):
        with refused(may_create), transaction():
            create(author, chapter, make_plan())

    assert db.session.scalars(select(Event)).all() == []


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("New Year’s Dinner & Dance", "new-years-dinner-dance"),
        ("Café in Zürich", "cafe-in-zurich"),
        ("", "{chapter}-{day}"),
        ("聚餐", "{chapter}-{day}"),
        ("x" * 100, "x" * 60),
    ],
)
def test_the_address_is_made_from_the_title_or_the_day(staff: Actor, title: str, slug: str) -> None:
    chapter = make_chapter()
    plan = make_plan(title_en=title)

    event = created(staff, chapter, plan)

    assert event.slug == slug.format(chapter=chapter.slug, day=f"{plan.starts_local:%Y%m%d}")


def test_events_of_one_name_have_addresses_of_their_own(staff: Actor) -> None:
    actor = staff

    slugs = [created(actor, None, make_plan(title_en="Dinner")).slug for _ in range(3)]

    assert slugs == ["dinner", "dinner-2", "dinner-3"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        # In Boston the clocks jump from 2:00 to 3:00 on 14 March 2027.
        ({"starts_local": datetime(2027, 3, 14, 2, 30)}, "starts_local"),  # noqa: DTZ001
        ({"ends_local": datetime(2027, 3, 14, 2, 30)}, "ends_local"),  # noqa: DTZ001
        ({"ends_local": datetime(2027, 3, 13, 22, 0)}, "ends_local"),  # noqa: DTZ001
        ({"cancel_closes_local": datetime(2027, 3, 14, 2, 1)}, "cancel_closes_local"),  # noqa: DTZ001
        (
            {"registration_closes_local": datetime(2027, 3, 15, 0, 0)},  # noqa: DTZ001
            "registration_closes_local",
        ),
    ],
)
def test_a_time_that_cannot_be_is_refused_at_its_field(
    staff: Actor, values: dict[str, Any], field: str
) -> None:
    right: dict[str, Any] = {
        "time_zone": BOSTON,
        "starts_local": datetime(2027, 3, 13, 23, 0),  # noqa: DTZ001
        "ends_local": datetime(2027, 3, 14, 4, 0),  # noqa: DTZ001
    }

    with pytest.raises(Invalid) as raised, transaction():
        create(staff, None, make_plan(**right | values))

    assert raised.value.field == field
    assert db.session.scalars(select(Event)).all() == []


def test_of_an_hour_that_comes_twice_the_first_is_meant(staff: Actor) -> None:
    event = created(
        staff,
        None,
        make_plan(
            time_zone=BOSTON,
            starts_local=datetime(2027, 11, 7, 1, 30),  # noqa: DTZ001
            ends_local=datetime(2027, 11, 7, 4, 0),  # noqa: DTZ001
        ),
    )

    assert event.starts_at == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    assert event.ends_at == datetime(2027, 11, 7, 9, 0, tzinfo=UTC)


def test_an_event_is_handed_in_and_published(staff: Actor) -> None:
    chapter = make_chapter()
    author = leader(chapter)
    event = created(author, chapter, make_plan())

    for _ in range(2):
        with transaction():
            submit(author, event)
    assert [event.status] == [EventStatus.IN_REVIEW]
    for _ in range(2):
        with transaction():
            publish(staff, event, version=event.version)

    assert [event.status] == [EventStatus.PUBLISHED]
    assert verbs(event) == ["created", "submitted", "published"]
    assert [(letter.kind, letter.email) for letter in letters()] == [
        ("event_published", address_of_actor(author))
    ]


def test_what_the_office_publishes_is_what_it_has_seen(staff: Actor) -> None:
    chapter = make_chapter()
    author = leader(chapter)
    event = created(author, chapter, make_plan())
    with transaction():
        submit(author, event)
    seen = event.version
    edited(author, event, title_en="Something else")

    with pytest.raises(Refusal) as raised, transaction():
        publish(staff, event, version=seen)

    assert raised.value.status == 409
    assert event.status is EventStatus.IN_REVIEW


def test_a_leader_publishes_only_with_the_right() -> None:
    chapter = make_chapter()
    event = created(leader(chapter), chapter, make_plan())

    preparing, publishing = leader(chapter), leader(chapter, Right.PUBLISH)

    with refused(may_publish), transaction():
        publish(preparing, event, version=event.version)
    with transaction():
        publish(publishing, event, version=event.version)

    assert event.status is EventStatus.PUBLISHED


def test_sending_back_writes_the_note_to_the_author(staff: Actor) -> None:
    chapter = make_chapter()
    author = leader(chapter)
    event = created(author, chapter, make_plan())
    with transaction():
        submit(author, event)

    with transaction():
        send_back(staff, event, "Please name the room.")
    with pytest.raises(Refusal), transaction():
        send_back(staff, event, "Please name the room.")

    assert event.status is EventStatus.DRAFT
    assert event.review_note == "Please name the room."
    [letter] = letters("event_sent_back")
    assert letter.email == address_of_actor(author)
    assert "Please name the room." in (letter.text or "")


def test_only_the_office_sends_back() -> None:
    chapter = make_chapter()
    event = make_event(chapter, status=EventStatus.IN_REVIEW)

    author = leader(chapter, *Right)

    with refused(may_manage), transaction():
        send_back(author, event, "No")


@pytest.mark.parametrize("deed", ["submit", "publish"])
def test_what_lies_in_the_past_is_not_announced(staff: Actor, deed: str) -> None:
    event = make_event(
        status=EventStatus.DRAFT,
        starts_at=now() - timedelta(hours=3),
        ends_at=now() + timedelta(hours=1),
    )

    deeds: dict[str, Callable[[], object]] = {
        "submit": lambda: submit(staff, event),
        "publish": lambda: publish(staff, event, version=event.version),
    }

    with pytest.raises(Refusal), transaction():
        deeds[deed]()

    assert event.status is EventStatus.DRAFT


@pytest.mark.parametrize("status", [EventStatus.PUBLISHED, EventStatus.CANCELLED])
def test_only_a_draft_is_handed_in(staff: Actor, status: EventStatus) -> None:
    event = make_event(status=status)

    with pytest.raises(Refusal), transaction():
        submit(staff, event)

    assert event.status is status


def test_calling_off_tells_each_registrant_once(staff: Actor) -> None:
    event = make_event(make_chapter(), capacity=1)
    first, second = registered(event), registered(event)

    with transaction():
        told = call_off(staff, event)
    with transaction():
        again = call_off(staff, event)

    assert (told, again) == (2, 0)
    assert event.status is EventStatus.CANCELLED
    assert event.sequence == 1
    assert states(event) == ["confirmed", "waiting"]
    called_off = letters("event_called_off")
    assert [(letter.person_id, method(letter)) for letter in called_off] == [
        (first.person_id, "CANCEL"),
        (second.person_id, None),
    ]
    assert sequence(called_off[0]) == 1


def test_a_leader_calls_nothing_off_without_the_right() -> None:
    chapter = make_chapter()
    event = make_event(chapter)

    preparing, publishing = leader(chapter), leader(chapter, Right.PUBLISH)

    with refused(may_call_off), transaction():
        call_off(preparing, event)
    with transaction():
        call_off(publishing, event)

    assert event.status is EventStatus.CANCELLED


@pytest.mark.parametrize(
    "values",
    [
        {"status": EventStatus.DRAFT},
        {"starts_at": now() - timedelta(hours=9), "ends_at": now() - timedelta(hours=8)},
    ],
    ids=["draft", "over"],
)
def test_a_draft_or_what_is_over_is_not_called_off(staff: Actor, values: dict[str, Any]) -> None:
    event = make_event(**values)

    with pytest.raises(Refusal), transaction():
        call_off(staff, event)

    assert event.status is not EventStatus.CANCELLED


@pytest.mark.parametrize("deed", ["publish", "edit", "register"])
def test_nothing_more_happens_to_what_is_called_off(staff: Actor, deed: str) -> None:
    event = make_event(status=EventStatus.CANCELLED)
    person, plan = actor_of(make_verified()), as_planned(event, title_en="New")

    deeds: dict[str, Callable[[], object]] = {
        "publish": lambda: publish(staff, event, version=event.version),
        "edit": lambda: edit(staff, event, plan, version=event.version),
        "register": lambda: register(person, event),
    }

    with pytest.raises(Refusal) as raised, transaction():
        deeds[deed]()

    assert raised.value.status == 409


# Changes


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


# Places


def test_registering_gives_a_place_and_a_letter_with_the_calendar() -> None:
    event = make_event(make_chapter(), capacity=1)
    person = make_verified(language="en", time_zone=BOSTON)

    registration = registered(event, person)

    assert registration.state is RegistrationState.CONFIRMED
    assert registration.wait_number is None
    [letter] = letters()
    assert letter.kind == "registration_confirmed"
    assert method(letter) == "REQUEST"
    assert f"/r/{registration.public_id}" in (letter.text or "")
    assert "Beijing time" in (letter.text or "")
    assert "New York time" in (letter.text or "")
    assert verbs(registration) == ["registered"]


def test_registering_twice_is_registering_once() -> None:
    event, person = make_event(capacity=5), make_verified()

    first, second = registered(event, person), registered(event, person)

    assert first.id == second.id
    assert states(event) == ["confirmed"]
    assert len(letters()) == 1


def test_when_all_places_are_taken_one_waits_and_is_told_so() -> None:
    event = make_event(capacity=1)
    registered(event)

    second, third = registered(event), registered(event, make_verified(language="en"))

    assert [second.state, third.state] == [RegistrationState.WAITING] * 2
    assert [second.wait_number, third.wait_number] == [1, 2]
    told = letters("registration_waiting")
    assert [method(letter) for letter in told] == [None, None]
    assert "number 2 on the waiting list" in (told[1].text or "")


@pytest.mark.parametrize(
    ("capacity", "expected"), [(0, ["waiting"] * 2), (None, ["confirmed"] * 2)], ids=str
)
def test_no_limit_and_no_place(capacity: int | None, expected: list[str]) -> None:
    event = make_event(capacity=capacity)

    for _ in range(2):
        registered(event)

    assert states(event) == expected


def test_waiting_is_no_new_version_for_those_who_edit() -> None:
    event = make_event(capacity=0)
    before = event.version

    registered(event)

    db.session.refresh(event)
    assert (event.version, event.wait_count) == (before, 1)


@pytest.mark.parametrize("who", ["not recognised", "of another chapter", "office"])
def test_who_may_not_register(staff: Actor, who: str) -> None:
    chapter = make_chapter()
    event = make_event(chapter, visibility=Visibility.CHAPTER)
    unknown = make_person()
    actor = {
        "not recognised": Actor(account_id=1, person_id=unknown.id),
        "of another chapter": actor_of(make_member(make_chapter())),
        "office": staff,
    }[who]

    with refused(may_register), transaction():
        register(actor, event)

    assert states(event) == []


def test_after_the_close_nobody_registers_and_the_page_says_when_it_was() -> None:
    event = make_event(registration_closes_at=datetime(2026, 1, 5, 4, 0, tzinfo=UTC))
    person = make_verified()
    actor = Actor(account_id=1, person_id=person.id, is_verified=True, time_zone=BOSTON)

    with pytest.raises(Refusal) as raised, transaction():
        register(actor, event)

    assert raised.value.status == 409
    assert "12:00" in str(raised.value)
    assert "23:00" in str(raised.value)
    assert states(event) == []


def test_registration_closes_at_the_start_unless_it_is_said() -> None:
    event = make_event(starts_at=now() - timedelta(minutes=1), ends_at=now() + timedelta(hours=2))
    actor = actor_of(make_verified())

    with pytest.raises(Refusal), transaction():
        register(actor, event)

    assert states(event) == []


def test_nobody_registers_for_a_draft() -> None:
    chapter = make_chapter()
    event = make_event(chapter, status=EventStatus.DRAFT)

    author = leader(chapter)

    with pytest.raises(Refusal), transaction():
        register(author, event)

    assert states(event) == []


def test_a_place_given_back_goes_to_the_first_who_waits() -> None:
    event = make_event(capacity=1)
    person = make_verified()
    first, second, third = registered(event, person), registered(event), registered(event)

    for _ in range(2):
        cancelled(first, actor_of(person))

    assert states(event) == ["cancelled", "confirmed", "waiting"]
    [gone], [promoted] = letters("registration_cancelled"), letters("registration_promoted")
    assert (gone.person_id, method(gone)) == (first.person_id, "CANCEL")
    assert (promoted.person_id, method(promoted)) == (second.person_id, "REQUEST")
    assert verbs(first) == ["registered", "cancelled"]
    assert verbs(second) == ["registered", "promoted"]
    assert third.wait_number == 2


def test_a_party_that_does_not_fit_is_passed_by_and_keeps_its_place() -> None:
    event = make_event(capacity=2)
    person = make_verified()
    own = registered(event, person)
    registered(event)
    party, single = registered(event), registered(event)
    with transaction():
        party.seats = 2
        record(SYSTEM, "changed by the test", party)

    cancelled(own, actor_of(person))

    db.session.refresh(party)
    db.session.refresh(single)
    assert (party.state, single.state) == (RegistrationState.WAITING, RegistrationState.CONFIRMED)
    assert party.wait_number == 1


def test_who_leaves_the_queue_frees_no_place() -> None:
    event = make_event(capacity=1)
    person = make_verified()
    registered(event)
    second = registered(event, person)
    registered(event)

    cancelled(second, actor_of(person))

    assert states(event) == ["confirmed", "cancelled", "waiting"]
    [letter] = letters("registration_cancelled")
    assert method(letter) is None


def test_who_comes_back_gets_a_newer_entry_in_the_calendar() -> None:
    event = make_event(capacity=1)
    person = make_verified()
    first = registered(event, person)
    cancelled(first, actor_of(person))

    second = registered(event, person)

    assert second.id != first.id
    assert states(event) == ["cancelled", "confirmed"]
    asked, gone, asked_again = letters()
    assert [sequence(asked), sequence(gone), sequence(asked_again)] == [0, 1, 1]
    assert uid(asked.calendar) == uid(gone.calendar) == uid(asked_again.calendar)


def test_after_the_deadline_only_those_who_run_it_take_a_place_back(staff: Actor) -> None:
    chapter = make_chapter(contact="tel. 0412-1234567")
    person = make_verified()
    event = make_event(chapter, cancel_closes_at=now() + timedelta(days=1))
    registration = registered(event, person)
    edited(staff, event)
    with transaction():
        event.cancel_closes_at = now() - timedelta(minutes=1)
        record(SYSTEM, "changed by the test", event)

    with pytest.raises(Refusal) as raised:
        cancelled(registration, actor_of(person))
    assert raised.value.status == 409
    assert "tel. 0412-1234567" in str(raised.value)

    cancelled(registration, leader(chapter))
    assert states(event) == ["cancelled"]


def test_after_the_deadline_without_a_chapter_the_office_is_named() -> None:
    person = make_verified()
    event = make_event(cancel_closes_at=now() - timedelta(minutes=1))
    registration = registered(event, person)

    with pytest.raises(Refusal) as raised:
        cancelled(registration, actor_of(person))

    assert "office" in str(raised.value) or "办公室" in str(raised.value)


def test_nobody_gives_back_anothers_place() -> None:
    chapter = make_chapter()
    registration = registered(make_event(chapter))

    for other in (actor_of(make_verified()), leader(chapter, Right.VIEW), leader(make_chapter())):
        with refused(may_cancel):
            cancelled(registration, other)

    assert registration.state is RegistrationState.CONFIRMED


def test_there_is_nothing_to_give_back_when_it_is_called_off(staff: Actor) -> None:
    event, person = make_event(), make_verified()
    registration = registered(event, person)
    with transaction():
        call_off(staff, event)

    with pytest.raises(Refusal):
        cancelled(registration, actor_of(person))

    assert states(event) == ["confirmed"]


def test_nobody_is_promoted_once_it_has_begun(staff: Actor) -> None:
    event = make_event(capacity=1)
    person = make_verified()
    first = registered(event, person)
    registered(event)
    with transaction():
        event.starts_at = now() - timedelta(minutes=5)
        record(SYSTEM, "changed by the test", event)

    cancelled(first, staff)

    assert states(event) == ["cancelled", "waiting"]
    assert letters("registration_promoted") == []


def test_who_has_no_address_gets_a_place_without_a_letter() -> None:
    event, person = make_event(), make_person()

    with transaction():
        register(Actor(account_id=None, person_id=person.id, is_verified=True), event)

    assert states(event) == ["confirmed"]
    assert letters() == []


def test_ten_places_and_thirty_who_register_at_once(app: Flask) -> None:
    event = make_event(capacity=10)
    actors = [actor_of(make_verified()) for _ in range(30)]
    db.session.commit()

    def take(actor: Actor) -> None:
        with app.app_context(), transaction():
            register(actor, event)

    problems = at_once(take, actors)

    assert problems == []
    assert sorted(states(event)) == ["confirmed"] * 10 + ["waiting"] * 20
    numbers = select(Registration.wait_number).where(Registration.wait_number.is_not(None))
    assert {*db.session.scalars(numbers)} == {*range(1, 21)}
    assert len(letters("registration_confirmed")) == 10
    assert len(letters("registration_waiting")) == 20


def test_one_who_clicks_twelve_times_at_once_registers_once(app: Flask) -> None:
    event, actor = make_event(capacity=10), actor_of(make_verified())
    db.session.commit()

    def take(_n: int) -> None:
        with app.app_context(), transaction():
            register(actor, event)

    assert at_once(take, range(12)) == []

    assert states(event) == ["confirmed"]
    assert len(letters()) == 1


def test_whoever_cancels_at_once_hands_on_as_many_places(app: Flask) -> None:
    event = make_event(capacity=4)
    people = [make_verified() for _ in range(12)]
    mine = {person.id: registered(event, person).public_id for person in people}
    actors = [actor_of(person) for person in people[:4]]
    db.session.commit()

    def give_back(actor: Actor) -> None:
        with app.app_context(), transaction():
            own = get_registration(actor, mine[actor.person_id or 0])
            cancel(actor, own)

    assert at_once(give_back, actors) == []

    db.session.rollback()
    assert states(event) == ["cancelled"] * 4 + ["confirmed"] * 4 + ["waiting"] * 4
    assert len(letters("registration_promoted")) == 4


def verbs(thing: Event | Registration) -> list[str]:
    """What was done to the thing, in order."""
    deeds = select(ChangeSet.verb).where(
        ChangeSet.subject_table == thing.__tablename__, ChangeSet.subject_id == thing.id
    )
    told = deeds.where(ChangeSet.verb != "made").order_by(ChangeSet.id)
    return list(db.session.scalars(told))


def address_of_actor(actor: Actor) -> str | None:
    return db.session.scalar(select(Account.email).where(Account.id == actor.account_id))


def uid(calendar: str | None) -> str:
    return next(line for line in (calendar or "").splitlines() if line.startswith("UID:"))
