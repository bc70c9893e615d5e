"""Who sees which event, and who may do what with it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.authz import ANYONE, Actor, Capability, Right, require
from alumni.chapters.models import MembershipState
from alumni.db import db, now
from alumni.events.models import Event, EventStatus, Registration, RegistrationState, Visibility
from alumni.events.policy import (
    may_call_off,
    may_cancel,
    may_create,
    may_edit,
    may_manage,
    may_publish,
    may_register,
    may_see_attendees,
    meant_for,
    visible,
    visible_registrations,
)
from tests.factories import (
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused

OFFICE = Actor(account_id=1, capabilities=frozenset({Capability.MANAGE_EVENTS}))
ALL_RIGHTS = frozenset(Right)


def titles(actor: Actor) -> set[str]:
    return set(db.session.scalars(select(Event.title_en).where(visible(actor))))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("office", {"public", "members", "chapter", "off", "draft", "review", "elsewhere"}),
        ("officer", {"public", "members", "chapter", "off", "draft", "review"}),
        ("member", {"public", "members", "chapter", "off"}),
        ("waiting to be let in", {"public", "members"}),
        ("graduate", {"public", "members"}),
        ("registrant who left", {"public", "members", "chapter"}),
        ("not recognised", {"public"}),
        ("anyone", {"public"}),
    ],
)
def test_visible(who: str, seen: set[str]) -> None:
    chapter, other = make_chapter(), make_chapter()
    make_event(chapter, title_en="public")
    make_event(other, title_en="members", visibility=Visibility.MEMBERS)
    closed = make_event(chapter, title_en="chapter", visibility=Visibility.CHAPTER)
    make_event(chapter, title_en="off", visibility=Visibility.CHAPTER, status=EventStatus.CANCELLED)
    make_event(chapter, title_en="draft", status=EventStatus.DRAFT)
    make_event(chapter, title_en="review", status=EventStatus.IN_REVIEW)
    make_event(other, title_en="elsewhere", visibility=Visibility.CHAPTER)
    left = make_member(chapter, state=MembershipState.LEFT)
    place(closed, left.id)
    asking = make_member(chapter, state=MembershipState.PENDING)
    actor = {
        "office": OFFICE,
        "officer": Actor(is_verified=True, rights={chapter.id: frozenset({Right.VIEW})}),
        "member": Actor(account_id=1, person_id=make_member(chapter).id, is_verified=True),
        "waiting to be let in": Actor(account_id=1, person_id=asking.id, is_verified=True),
        "graduate": Actor(account_id=1, person_id=make_verified().id, is_verified=True),
        "registrant who left": Actor(account_id=1, person_id=left.id, is_verified=True),
        "not recognised": Actor(account_id=1, person_id=make_person().id),
        "anyone": ANYONE,
    }[who]

    assert titles(actor) == seen


@pytest.mark.parametrize(
    ("who", "meant"),
    [
        ("member", True),
        ("officer", True),
        ("graduate", False),
        ("office", False),
        ("anyone", False),
    ],
)
def test_a_chapters_own_event_is_meant_for_its_people(who: str, meant: bool) -> None:  # noqa: FBT001 - a table
    chapter = make_chapter()
    event = make_event(chapter, visibility=Visibility.CHAPTER)
    outsider = make_verified().id
    actor = {
        "member": Actor(person_id=make_member(chapter).id, is_verified=True),
        "officer": Actor(person_id=outsider, is_verified=True, rights={chapter.id: ALL_RIGHTS}),
        "graduate": Actor(person_id=outsider, is_verified=True),
        "office": OFFICE,
        "anyone": ANYONE,
    }[who]

    found = db.session.scalar(select(Event.id).where(meant_for(actor), Event.id == event.id))

    assert (found is not None) is meant


@pytest.mark.parametrize(
    ("who", "seen"),
    [("office", 2), ("officer", 1), ("officer without the view", 0), ("own", 1), ("anyone", 0)],
)
def test_visible_registrations(who: str, seen: int) -> None:
    chapter = make_chapter()
    own = place(make_event(chapter), make_verified().id)
    place(make_event(), make_verified().id)
    actor = {
        "office": OFFICE,
        "officer": Actor(rights={chapter.id: frozenset({Right.VIEW})}),
        "officer without the view": Actor(rights={chapter.id: frozenset({Right.EVENTS})}),
        "own": Actor(person_id=own.person_id, is_verified=True),
        "anyone": ANYONE,
    }[who]

    rows = select(Registration.id).join(Registration.event).where(visible_registrations(actor))

    assert len(db.session.scalars(rows).all()) == seen


def officer(*rights: Right, chapter_id: int = 7) -> Actor:
    return Actor(
        account_id=2, person_id=20, is_verified=True, rights={chapter_id: frozenset(rights)}
    )


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (OFFICE, "create edit publish call_off attendees manage"),
        (officer(Right.EVENTS), "create edit"),
        (officer(Right.PUBLISH), "publish call_off"),
        (officer(Right.VIEW), "attendees"),
        (officer(*Right, chapter_id=8), ""),
        (Actor(account_id=3, person_id=30, is_verified=True), ""),
        (ANYONE, ""),
    ],
)
def test_who_may_do_what_with_a_chapters_event(actor: Actor, allowed: str) -> None:
    event = Event(chapter_id=7)
    rules = {
        "create": may_create(actor, 7),
        "edit": may_edit(actor, event),
        "publish": may_publish(actor, event),
        "call_off": may_call_off(actor, event),
        "attendees": may_see_attendees(actor, event),
        "manage": may_manage(actor),
    }

    assert {name for name, may in rules.items() if may} == set(allowed.split())


def test_the_associations_own_event_is_the_offices() -> None:
    event = Event(chapter_id=None)
    leader = officer(*Right)

    assert may_edit(OFFICE, event)
    assert not may_edit(leader, event)
    assert not may_publish(leader, event)
    assert not may_create(leader, None)


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (Actor(person_id=20, is_verified=True), True),
        (officer(Right.EVENTS), True),
        (OFFICE, True),
        (Actor(person_id=21, is_verified=True), False),
        (officer(Right.VIEW), False),
        (ANYONE, False),
    ],
)
def test_who_may_give_a_place_back(actor: Actor, allowed: bool) -> None:  # noqa: FBT001 - a table
    owner = 20 if actor.person_id == 20 and not actor.rights else 99
    registration = Registration(person_id=owner, event=Event(chapter_id=7))

    assert may_cancel(actor, registration) is allowed


def test_only_recognised_graduates_register() -> None:
    event = Event()

    assert may_register(Actor(person_id=1, is_verified=True), event, meant=True)
    assert not may_register(Actor(person_id=1, is_verified=True), event, meant=False)
    assert not may_register(Actor(person_id=1), event, meant=True)
    assert not may_register(OFFICE, event, meant=True)


def place(event: Event, person_id: int) -> Registration:
    return saved(
        Registration(
            event_id=event.id,
            person_id=person_id,
            state=RegistrationState.CONFIRMED,
            confirmed_at=now() - timedelta(hours=1),
        )
    )


def test_only_who_runs_the_event_sees_who_comes() -> None:
    event = make_event(make_chapter())
    with refused(may_see_attendees):
        require(may_see_attendees, actor_of(make_verified()), event)
