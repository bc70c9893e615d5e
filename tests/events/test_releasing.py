"""The places of somebody who has died go to others."""

from datetime import timedelta

from alumni.authz import SYSTEM
from alumni.db import db, now, today, transaction
from alumni.events.models import Registration, RegistrationState
from alumni.people.commands.statuses import Said, declare, take_back
from alumni.people.models import Person, PersonStatus
from tests.events.made import letters, registered, states, verbs
from tests.factories import make_event, make_verified, saved

S = RegistrationState


def die(person: Person, status: PersonStatus = PersonStatus.DECEASED) -> None:
    with transaction():
        found = db.session.get_one(Person, person.id)
        declare(SYSTEM, found, status, Said(day=today(), why="told by the family"))


def now_of(*registrations: Registration) -> list[RegistrationState]:
    db.session.rollback()
    db.session.expire_all()
    return [db.session.get_one(Registration, one.id).state for one in registrations]


def test_the_places_of_who_died_go_to_those_who_wait() -> None:
    full, other = make_event(capacity=1), make_event(capacity=1)
    person, waits = make_verified(), make_verified()
    mine, theirs = registered(full, person), registered(full, waits)
    registered(other)
    queued, after = registered(other, person), registered(other)
    before = len(letters())

    die(person)

    assert now_of(mine, theirs, queued, after) == [S.CANCELLED, S.CONFIRMED, S.CANCELLED, S.WAITING]
    assert [(one.kind, one.person_id) for one in letters()[before:]] == [
        ("registration_promoted", waits.id)
    ]
    assert verbs(mine) == ["registered", "released_place"]


def test_what_is_over_stays_as_it_was() -> None:
    event, person = make_event(capacity=1), make_verified()
    registered(event, person)
    event.starts_at = now() - timedelta(days=1)
    event.ends_at = now() - timedelta(hours=20)
    saved(event)

    die(person)

    assert states(event) == ["confirmed"]


def test_who_only_left_keeps_the_place() -> None:
    event, person = make_event(capacity=1), make_verified()
    registered(event, person)

    die(person, PersonStatus.DEPARTED)

    assert states(event) == ["confirmed"]


def test_a_place_that_went_to_another_stays_theirs_if_it_was_an_error() -> None:
    event, person = make_event(capacity=1), make_verified()
    mine, theirs = registered(event, person), registered(event)

    die(person)
    with transaction():
        take_back(SYSTEM, db.session.get_one(Person, person.id), "another of that name")

    assert now_of(mine, theirs) == [S.CANCELLED, S.CONFIRMED]
