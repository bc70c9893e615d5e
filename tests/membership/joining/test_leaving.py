"""Leaving, coming back, and which chapter is the main one."""

import random
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from alumni.authz import Actor
from alumni.chapters.models import ChapterMembership, JoinMode, MembershipState
from alumni.db import db, now, transaction
from alumni.errors import Refusal
from alumni.membership.commands.joining import (
    approve,
    choose_primary,
    join,
    leave,
    reject,
    take_back_leaving,
)
from alumni.membership.commands.members import end_membership
from alumni.membership.policy import may_join, may_leave
from alumni.membership.policy.joining import may_choose_primary
from alumni.membership.queries.mine import my_running, my_spells
from alumni.people.models import PersonStatus
from tests.browser import at_once
from tests.factories import actor_of, make_chapter, make_member, make_officer, make_verified, saved
from tests.membership.joining.made import OFFICE, spell, spells, verbs, waiting
from tests.refusals import refused

DEEDS = ("join", "leave", "choose", "end", "undo")


def test_leaving_is_taken_back_as_if_it_had_not_been() -> None:
    first, second = make_chapter(), make_chapter()
    person = make_member(first, is_primary=True)
    make_member(second, person)
    since, actor = spells(person)[0].starts_on, actor_of(person)

    with transaction():
        leave(actor, spells(person)[0])
    for _again in range(2):
        with transaction():
            take_back_leaving(actor, spells(person)[0], is_primary=True)

    back, other = spells(person)
    assert (back.state, back.starts_on, back.ends_on) == (MembershipState.ACTIVE, since, None)
    assert (back.is_primary, other.is_primary) == (True, False)
    assert verbs() == ["left", "took_back_leaving"]


def test_who_left_the_association_does_not_come_back_into_a_chapter() -> None:
    chapter = make_chapter()
    person = make_member(chapter)
    with transaction():
        leave(actor_of(person), spell(person))
    person.status = PersonStatus.DEPARTED
    saved(person)

    with refused(may_join), transaction():
        take_back_leaving(actor_of(person), spell(person), is_primary=False)

    assert spell(person).state is MembershipState.LEFT


def test_what_cannot_be_taken_back() -> None:
    chapter = make_chapter(join_mode=JoinMode.OPEN)
    person, thrown_out, long_gone = (make_member(chapter) for _ in range(3))
    again = make_member(chapter)
    for one in (person, again):
        with transaction():
            leave(actor_of(one), spell(one))
    with transaction():
        end_membership(OFFICE, spell(thrown_out), "no")
    with transaction():
        join(actor_of(again), chapter)
    with time_machine.travel(now() - timedelta(days=3)), transaction():
        leave(actor_of(long_gone), spell(long_gone))
    withdrawn = waiting(chapter)
    with transaction():
        leave(actor_of(withdrawn), spell(withdrawn))

    for one in (thrown_out, long_gone, again, withdrawn):
        with pytest.raises(Refusal) as raised, transaction():
            take_back_leaving(actor_of(one), spells(one)[0], is_primary=False)
        assert raised.value.status == 409
    with refused(may_leave), transaction():
        take_back_leaving(actor_of(again), spell(person), is_primary=False)

    assert spell(person).state is MembershipState.LEFT


def test_choosing_the_primary_chapter_unsets_the_old_one() -> None:
    first, second = make_chapter(), make_chapter()
    person = make_member(first, is_primary=True)
    make_member(second, person)
    actor = actor_of(person)

    for _again in range(2):
        with transaction():
            choose_primary(actor, spells(person)[1])

    assert [one.is_primary for one in spells(person)] == [False, True]
    assert [one.chapter.id for one in my_running(actor)] == [second.id, first.id]
    assert verbs() == ["chose_primary"]
    with refused(may_choose_primary), transaction():
        choose_primary(actor_of(make_officer(first)), spells(person)[0])
    with pytest.raises(Refusal), transaction():
        choose_primary(
            actor_of(left := make_member(first, state=MembershipState.LEFT)), spell(left)
        )


def test_choosing_two_at_once_leaves_one_primary(app: Flask) -> None:
    person = make_member(make_chapter(), is_primary=True)
    for _ in range(2):
        make_member(make_chapter(), person)
    actor, ids = actor_of(person), [one.id for one in spells(person)]
    db.session.commit()

    def choose(membership_id: int) -> None:
        with app.app_context(), transaction():
            choose_primary(actor, db.session.get_one(ChapterMembership, membership_id))

    assert at_once(choose, ids) == []
    assert sum(one.is_primary for one in spells(person)) == 1


def test_whatever_happens_everybody_counts_once() -> None:
    """By the primary chapter, which each member has: never none and never two."""
    dice = random.Random(5)  # noqa: S311 - the same deeds each time
    chapters = [make_chapter(join_mode=mode) for mode in (JoinMode.OPEN, JoinMode.APPROVAL) * 2]
    person = make_verified()
    actor = actor_of(person)
    for _ in range(60):
        chapter, deed = dice.choice(chapters), dice.choice(DEEDS)
        there = [one for one in spells(person) if one.chapter_id == chapter.id]
        try:
            with transaction():
                if deed == "join":
                    approve(OFFICE, join(actor, chapter))
                elif there:
                    {
                        "leave": lambda one: leave(actor, one),
                        "choose": lambda one: choose_primary(actor, one),
                        "end": lambda one: end_membership(OFFICE, one, "x"),
                        "undo": lambda one: take_back_leaving(
                            actor, one, is_primary=dice.random() < 0.5
                        ),
                    }[deed](there[-1])
        except Refusal:
            pass
        running = [one for one in spells(person) if one.state is MembershipState.ACTIVE]
        assert sum(one.is_primary for one in running) == bool(running)

    counted = select(func.count()).where(ChapterMembership.is_primary)
    assert db.session.scalar(counted) == 1


def test_the_history_shows_all_spells() -> None:
    chapter = make_chapter(join_mode=JoinMode.OPEN)
    person = make_verified()
    actor = actor_of(person)
    with time_machine.travel("2024-03-01 12:00"), transaction():
        membership = join(actor, chapter)
    with time_machine.travel("2025-04-01 12:00"), transaction():
        leave(actor, membership)
    with time_machine.travel("2026-05-01 12:00"), transaction():
        join(actor, chapter)
    with transaction():
        reject(OFFICE, join(actor, make_chapter()), "no")

    mine = my_spells(actor)

    assert [one.starts_on for one in mine.current] == [date(2026, 5, 1)]
    assert [(one.starts_on, one.ends_on) for one in mine.former] == [
        (date(2024, 3, 1), date(2025, 4, 1))
    ]
    assert mine.waiting == []
    assert my_spells(OFFICE) == my_spells(Actor(account_id=1))
