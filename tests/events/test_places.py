"""Places taken, waited for and given back."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor, Right
from alumni.db import db, now, transaction
from alumni.errors import Refusal
from alumni.events.commands import (
    call_off,
)
from alumni.events.commands.places import cancel, register
from alumni.events.models import EventStatus, Registration, RegistrationState, Visibility
from alumni.events.policy import (
    may_cancel,
    may_register,
)
from alumni.events.queries.places import get_registration
from tests.browser import at_once
from tests.events.made import (
    BOSTON,
    cancelled,
    edited,
    leader,
    letters,
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
    make_member,
    make_person,
    make_verified,
)
from tests.refusals import refused


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


def uid(calendar: str | None) -> str:
    return next(line for line in (calendar or "").splitlines() if line.startswith("UID:"))
