"""What makes two records one, or one two, asks again who is there."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine

from alumni.db import db, now
from alumni.people.models import PersonStatus
from alumni.roster.models import ApplicationState, Merge
from tests.browser import Browser, Page
from tests.factories import make_person
from tests.roster.made_merges import merged
from tests.roster.test_applications import confirmed

Later = Callable[[], object]


@pytest.fixture
def later() -> Iterator[Later]:
    """Let so much time pass that what was given at the beginning does not count any more."""
    with time_machine.travel(now(), tick=False) as clock:
        yield lambda: clock.shift(timedelta(minutes=11))


def asks_again(page: Page) -> bool:
    return (page.status, page.texts("h1")) == (403, ["Is it you?"])


def test_a_merge(office: Browser, later: Later) -> None:
    one, other = make_person(), make_person()
    address = f"/office/people/{one.public_id}/merge/{other.public_id}"
    form = office.get(address).form()
    later()

    assert office.get(address).location == f"/me/prove?next={address}"
    assert asks_again(office.send(form, address))
    db.session.rollback()
    assert db.session.query(Merge).all() == []


def test_taking_a_merge_back(office: Browser, later: Later) -> None:
    done = merged(kept := make_person(), gone := make_person())
    address = f"/office/merges/{done.public_id}"
    form = office.get(address).form(f"{address}/undo")
    later()

    assert asks_again(office.send(form, address))
    db.session.rollback()
    assert (kept.status, gone.status) == (PersonStatus.KNOWN, PersonStatus.MERGED)
    assert office.get(address).status == 200


def test_approving_into_a_record(office: Browser, later: Later) -> None:
    application, known = confirmed(), make_person("曾国强")
    address = f"/office/applications/{application.public_id}/into/{known.public_id}"
    form = office.get(address).form()
    later()

    assert office.get(address).location == f"/me/prove?next={address}"
    assert asks_again(office.send(form, address))
    db.session.rollback()
    assert (application.state, known.status) == (ApplicationState.WAITING, PersonStatus.KNOWN)


def test_approving_several_and_not_declining_them(office: Browser, later: Later) -> None:
    application, queue = confirmed(), "/office/applications"
    form = office.get(queue).form(queue)
    later()
    ticked = {"application": application.public_id, "reason": "x"}

    assert asks_again(office.send(form, queue, deed="approve", **ticked))
    assert office.get(queue).status == 200
    assert office.send(form, queue, deed="reject", **ticked).status == 200
    db.session.rollback()
    assert application.state is ApplicationState.REJECTED
