"""What organisers type, and what comes of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from alumni.db import now
from alumni.events.forms import EventForm
from alumni.events.models import Visibility
from alumni.i18n import speaking
from tests.events.made import BOSTON
from tests.factories import make_chapter, make_event

TYPED = {
    "title_zh": " 新年聚餐　",
    "title_en": "",
    "time_zone": BOSTON,
    "starts_local": "2027-01-16T18:30",
    "ends_local": "2027-01-16T21:00",
    "visibility": "members",
    "capacity": "４０",
    "registration_closes_local": "",
    "cancel_closes_local": "2027-01-14T20:00",
    "version": "3",
}


def form_with(app: Flask, typed: dict[str, Any], **options: Any) -> EventForm:
    with app.test_request_context(method="POST", data=typed), speaking("en"):
        form = EventForm(**options)
        form.validate()
        return form


def test_the_plan_is_what_was_typed(app: Flask) -> None:
    plan = form_with(app, TYPED).plan()

    assert (plan.title_zh, plan.title_en) == ("新年聚餐", "")
    assert plan.time_zone == BOSTON
    assert plan.starts_local == datetime(2027, 1, 16, 18, 30)  # noqa: DTZ001 - a clock on a wall
    assert plan.visibility is Visibility.MEMBERS
    assert plan.capacity == 40
    assert plan.registration_closes_local is None
    assert plan.cancel_closes_local == datetime(2027, 1, 14, 20, 0)  # noqa: DTZ001 - a clock on a wall


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_zh": " "}, "title_en"),
        ({"title_zh": "x" * 121}, "title_zh"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"starts_local": ""}, "starts_local"),
        ({"starts_local": "tomorrow"}, "starts_local"),
        ({"starts_local": "0026-01-16T18:30"}, "starts_local"),
        ({"ends_local": "2027-01-16T18:30"}, "ends_local"),
        ({"capacity": "-1"}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"capacity": "99999999999"}, "capacity"),
        ({"visibility": "chapter"}, "visibility"),
        ({"visibility": "nobody"}, "visibility"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_said_at_its_field(
    app: Flask, wrong: dict[str, str], field: str
) -> None:
    form = form_with(app, TYPED | wrong)

    assert set(form.errors) - {"csrf_token"} == {field}


@pytest.mark.parametrize(
    ("version", "seen"), [("3", 3), ("", -1), ("x", -1), ("-4", -1), ("9" * 5000, -1)]
)
def test_a_version_that_was_tampered_with_is_none(app: Flask, version: str, seen: int) -> None:
    assert form_with(app, TYPED | {"version": version}).seen_version() == seen


def test_the_office_chooses_the_host(app: Flask) -> None:
    chapter = make_chapter()
    typed = TYPED | {"visibility": "chapter"}

    without = form_with(app, typed, hosts=[chapter])
    chosen = form_with(app, typed | {"host": chapter.slug}, hosts=[chapter])
    unknown = form_with(app, typed | {"host": "nowhere"}, hosts=[chapter])

    assert without.chosen_host() is None
    assert set(without.errors) - {"csrf_token"} == {"visibility"}
    assert chosen.chosen_host() is chapter
    assert set(chosen.errors) - {"csrf_token"} == set()
    assert set(unknown.errors) - {"csrf_token"} == {"host"}


def test_an_hour_that_comes_twice_is_named(app: Flask) -> None:
    typed = TYPED | {"starts_local": "2027-11-07T01:30", "ends_local": "2027-11-07T05:00"}

    assert form_with(app, typed).twice() == ["starts_local"]
    assert form_with(app, typed | {"time_zone": "Mars/Olympus"}).twice() == []
    assert form_with(app, TYPED).twice() == []


def test_the_form_shows_the_event_as_it_is(app: Flask) -> None:
    closes = now().replace(second=0, microsecond=0) + timedelta(days=20)
    event = make_event(make_chapter(), capacity=0, registration_closes_at=closes)

    with app.test_request_context():
        form = EventForm(event=event, of_chapter=True)

    assert form.host is None
    assert form.capacity.data == 0
    assert form.starts_local.data == event.starts_local
    assert form.registration_closes_local.data == (closes + timedelta(hours=8)).replace(tzinfo=None)
    assert form.cancel_closes_local.data is None
    assert form.visibility.data == "public"
    assert form.seen_version() == event.version
