"""Events from draft to called off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.authz import Actor, Right
from alumni.db import db, now, transaction
from alumni.errors import Invalid, Refusal
from alumni.events.commands import (
    call_off,
    create,
    edit,
    publish,
    send_back,
    submit,
)
from alumni.events.commands.places import register
from alumni.events.models import Event, EventStatus
from alumni.events.policy import (
    may_call_off,
    may_create,
    may_manage,
    may_publish,
)
from tests.events.made import (
    BOSTON,
    as_planned,
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
    actor_of,
    make_chapter,
    make_event,
    make_verified,
)
from tests.refusals import refused


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


def address_of_actor(actor: Actor) -> str | None:
    return db.session.scalar(select(Account.email).where(Account.id == actor.account_id))
