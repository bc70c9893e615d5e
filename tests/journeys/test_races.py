"""Many people at the same moment, against several processes."""

import re

import pytest
from sqlalchemy import select

from alumni.db import db
from alumni.events.models import Event, Registration, RegistrationState
from alumni.outbox.models import Delivery
from tests.browser import Page, at_once
from tests.factories import make_event, make_verified
from tests.journeys.conftest import SignedIn
from tests.servers import Client, Installation

pytestmark = pytest.mark.slow

PLACES, PEOPLE = 10, 50
QUEUE = PEOPLE - PLACES


def test_the_last_places_are_given_once(installed: Installation, entered: SignedIn) -> None:
    everybody = [make_verified(email=f"racer{number}@example.org") for number in range(PEOPLE)]
    clients = {person.id: entered(person) for person in everybody}
    events = [make_event(capacity=PLACES) for _ in range(2)]
    running = installed.start("serve", "--processes", "3")

    for event, clicks in zip(events, (1, 2), strict=True):
        answers = _rush(event, clients, clicks)

        assert [answer.status for _, answer in answers] == [303] * PEOPLE * clicks, running.output
        db.session.rollback()
        kept = db.session.scalars(select(Registration).filter_by(event_id=event.id)).all()
        assert {(one.person_id, f"/r/{one.public_id}") for one in kept} == {
            (person_id, answer.location) for person_id, answer in answers
        }
        _check_places(list(kept), clients)

    letters = db.session.scalars(select(Delivery.kind).order_by(Delivery.kind)).all()
    expected = ["registration_confirmed"] * PLACES * 2 + ["registration_waiting"] * QUEUE * 2
    assert letters == expected
    assert running.terminate() == 0
    assert "Traceback" not in running.output


def _rush(event: Event, clients: dict[int, Client], clicks: int) -> list[tuple[int, Page]]:
    """Let everybody open the page, and then all press the button at once, this often each."""
    here, there = f"/events/{event.slug}", f"/events/{event.slug}/register"
    forms = {person_id: client.get(here).form(there) for person_id, client in clients.items()}
    answers: list[tuple[int, Page]] = []

    def press(person_id: int) -> None:
        answers.append((person_id, clients[person_id].post(there, **forms[person_id].values)))

    assert at_once(press, list(clients) * clicks) == []
    return answers


def _check_places(kept: list[Registration], clients: dict[int, Client]) -> None:
    """Each person has one registration, the queue has no gap, and everybody is told the place."""
    assert sorted(one.person_id for one in kept) == sorted(clients)
    waiting = [one for one in kept if one.state is RegistrationState.WAITING]
    assert sorted(one.wait_number or 0 for one in waiting) == list(range(1, QUEUE + 1))
    confirmed = [one for one in kept if one.state is RegistrationState.CONFIRMED]
    assert len(confirmed) == PLACES
    for one in kept:
        told = clients[one.person_id].get(f"/r/{one.public_id}").text
        number = re.search(r"Number (\d+) on the waiting list", told)
        assert (int(number[1]) if number else None) == one.wait_number
        assert ("You have a place." in told) == (one in confirmed)
