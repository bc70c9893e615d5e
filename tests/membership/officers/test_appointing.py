"""Giving somebody a position, and ending the term."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import ChapterStatus, Officer, OfficerRight, Position
from alumni.db import db, today, transaction
from alumni.errors import Refusal
from alumni.membership.commands.archiving import archive
from alumni.membership.commands.officers import Appointment, appoint, end_term
from alumni.membership.policy.officers import may_appoint
from alumni.membership.queries.officers import is_led_on
from alumni.people.models import PersonStatus
from tests.browser import at_once
from tests.factories import actor_of, make_chapter, make_officer, make_verified, saved
from tests.membership.officers.made import DAY, OFFICE, SignIn, deeds, term_of
from tests.refusals import refused


def test_nobody_appoints_themselves() -> None:
    person = make_verified()
    position = db.session.scalars(select(Position.id).where(Position.code == "president")).one()
    staff = Actor(person_id=person.id, capabilities=frozenset({Capability.MANAGE_CHAPTERS}))
    wanted = Appointment(
        person=person.public_id, position_id=position, starts_on=today(), ends_on=None
    )

    with refused(may_appoint), transaction():
        appoint(staff, make_chapter(), wanted)

    assert actor_of(person).rights == {}


def test_nobody_makes_the_own_term_longer(signed_in: SignIn) -> None:
    chapter = make_chapter()
    make_officer(chapter)
    person = make_officer(chapter, "treasurer", ends_on=today() - DAY)
    staff = Actor(person_id=person.id, capabilities=OFFICE.capabilities)

    for last_day in (today(), today() + 300 * DAY):
        with refused(may_appoint), transaction():
            end_term(staff, term_of(person), last_day)
    with transaction():
        end_term(staff, term_of(person), today() - 2 * DAY)

    assert actor_of(person).rights == {}
    assert term_of(person).ends_on == today() - 2 * DAY


def test_an_archived_chapter_gives_nobody_rights() -> None:
    region = make_chapter()
    chapter = make_chapter(parent_id=region.id)
    leader, above = make_officer(chapter), make_officer(region)
    reaching = db.session.scalars(select(Position).where(Position.code == "president")).one()
    treasurer = make_officer(chapter, "treasurer")
    saved(
        OfficerRight(
            officer_id=term_of(treasurer).id,
            right=Right.EXPORT,
            starts_on=today(),
            ends_on=today() + DAY,
        )
    )
    assert reaching.id == term_of(above).position_id

    with transaction():
        archive(OFFICE, chapter, "two members are left")

    assert (actor_of(leader).rights, actor_of(treasurer).rights) == ({}, {})
    assert chapter.id not in actor_of(above).leads
    successor = Appointment(
        person=make_verified().public_id,
        position_id=reaching.id,
        starts_on=today(),
        ends_on=None,
    )
    with pytest.raises(Refusal), transaction():
        appoint(OFFICE, chapter, successor)


def test_the_last_who_may_decide_is_not_let_go_by_accident() -> None:
    chapter = make_chapter()
    leader, treasurer = make_officer(chapter), make_officer(chapter, "treasurer")

    with transaction():
        end_term(OFFICE, term_of(treasurer), today() - DAY)
    for last_day in (today() - DAY, today(), today() + 30 * DAY):
        with pytest.raises(Refusal) as raised, transaction():
            end_term(OFFICE, term_of(leader), last_day)
        assert raised.value.status == 409
    assert actor_of(leader).may_in(Right.APPROVE, chapter.id)

    with transaction():
        end_term(OFFICE, term_of(leader), today() - DAY, leaving_nobody=True)
    assert actor_of(leader).rights == {}
    assert deeds() == ["ended_term", "ended_term"]


@pytest.mark.parametrize(
    ("successor", "may_end"),
    [
        ({"starts_on": timedelta(1)}, True),
        ({"starts_on": timedelta(-5)}, True),
        ({"starts_on": timedelta(2)}, False),  # a day between them
        ({"starts_on": timedelta(-5), "ends_on": timedelta(0)}, False),
        ({"starts_on": timedelta(-5), "position": "vice_president"}, False),
        ({"starts_on": timedelta(-5), "status": PersonStatus.KNOWN}, False),
        ({"starts_on": timedelta(-5), "elsewhere": True}, False),
    ],
    ids=str,
)
def test_who_counts_as_a_successor(successor: dict[str, object], may_end: bool) -> None:  # noqa: FBT001 - a column of the table
    chapter = make_chapter()
    leader = make_officer(chapter)
    days = {
        name: today() + days
        for name, days in successor.items()
        if name.endswith("_on") and isinstance(days, timedelta)
    }
    place = make_chapter() if successor.get("elsewhere") else chapter
    position = str(successor.get("position", "secretary"))
    other = make_officer(place, position, None, **days)
    if "status" in successor:
        other.status = PersonStatus.KNOWN
        saved(other)

    try:
        with transaction():
            end_term(OFFICE, term_of(leader), today())
        ended = True
    except Refusal:
        ended = False

    assert ended is may_end


def test_a_longer_term_and_an_archived_chapter_need_no_successor() -> None:
    chapter, archived = make_chapter(), make_chapter(status=ChapterStatus.ARCHIVED)
    leader = make_officer(chapter, ends_on=today() + DAY)
    other = make_officer(archived)

    with transaction():
        end_term(OFFICE, term_of(leader), today() + 300 * DAY)
    with transaction():
        end_term(OFFICE, term_of(other), today())

    assert term_of(leader).ends_on == today() + 300 * DAY
    assert term_of(other).ends_on == today()


def test_of_two_whose_terms_end_at_once_one_stays(app: Flask) -> None:
    chapter = make_chapter()
    terms = [term_of(make_officer(chapter, who)).id for who in ("president", "secretary")]

    def end(officer_id: int) -> None:
        with app.app_context(), transaction():
            end_term(OFFICE, db.session.get_one(Officer, officer_id), today() - DAY)

    problems = at_once(end, terms)

    assert [type(problem) for problem in problems] == [Refusal]
    db.session.rollback()
    assert is_led_on(chapter.id, today())
