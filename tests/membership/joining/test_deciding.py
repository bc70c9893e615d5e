"""Deciding about who asks to join, one by one and together."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.authz import Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    MembershipState,
    Officer,
    OfficerRight,
)
from alumni.db import db, today, transaction
from alumni.errors import NotFound, Refusal
from alumni.mailings.queries import audience, unmade_list
from alumni.membership.commands.joining import Approved, approve, approve_all, join, leave
from alumni.membership.policy import may_decide
from alumni.membership.queries.officers import officers_with
from tests.browser import at_once
from tests.factories import actor_of, make_chapter, make_member, make_officer, make_verified, saved
from tests.membership.joining.made import OFFICE, letters, spell, verbs, waiting
from tests.refusals import refused


def readers(chapter: Chapter) -> list[int]:
    return [row.id for row in db.session.execute(audience(unmade_list(chapter)))]


def test_who_is_approved_reads_the_chapters_letters_and_who_leaves_does_not() -> None:
    chapter = make_chapter()
    person = make_verified()
    with transaction():
        membership = join(actor_of(person), chapter)

    while_waiting = readers(chapter)
    with transaction():
        approve(OFFICE, membership)
    as_member = readers(chapter)
    with transaction():
        leave(actor_of(person), membership)

    assert (while_waiting, as_member, readers(chapter)) == ([], [person.id], [])


def test_letters_go_to_who_may_approve_by_position_or_as_granted() -> None:
    chapter = make_chapter()
    president = make_officer(chapter)
    granted, lapsed = make_officer(chapter, "treasurer"), make_officer(chapter, "treasurer")
    make_officer(make_chapter())
    for person, last in ((granted, today()), (lapsed, today() - timedelta(days=1))):
        officer = db.session.scalars(select(Officer).where(Officer.person_id == person.id)).one()
        first = today() - timedelta(days=9)
        saved(
            OfficerRight(officer_id=officer.id, right=Right.APPROVE, starts_on=first, ends_on=last)
        )

    holding = officers_with(Right.APPROVE, [chapter.id])
    assert holding == [(chapter.id, president.id), (chapter.id, granted.id)]


def test_approving_several_is_approving_each() -> None:
    chapter = make_chapter()
    officer = actor_of(make_officer(chapter))
    people = [waiting(chapter) for _ in range(3)]
    left = make_member(chapter, state=MembershipState.LEFT, ends_on=today())
    chosen = [spell(person).id for person in (*people[:2], left)]

    with transaction():
        done = approve_all(officer, chapter, chosen)
    with transaction():
        again = approve_all(officer, chapter, chosen)

    assert done == Approved(number=2, too_late=1)
    assert again == Approved(number=0, too_late=1)
    assert [spell(person).state for person in (*people, left)] == [
        MembershipState.ACTIVE,
        MembershipState.ACTIVE,
        MembershipState.PENDING,
        MembershipState.LEFT,
    ]
    assert verbs() == ["approved", "approved"]
    assert letters() == [("membership_approved", person.id) for person in people[:2]]


def test_several_with_one_of_another_chapter_are_none() -> None:
    chapter = make_chapter()
    here, elsewhere = waiting(chapter), waiting(make_chapter())
    officer = actor_of(make_officer(chapter))

    with pytest.raises(NotFound), transaction():
        approve_all(officer, chapter, [spell(here).id, spell(elsewhere).id])

    assert spell(here).state is spell(elsewhere).state is MembershipState.PENDING


def test_several_with_the_own_wish_are_none() -> None:
    chapter = make_chapter()
    person, other = make_officer(chapter, person=make_verified()), waiting(chapter)
    make_member(chapter, person, state=MembershipState.PENDING, starts_on=None)

    with refused(may_decide), transaction():
        approve_all(actor_of(person), chapter, [spell(other).id, spell(person).id])

    assert spell(other).state is spell(person).state is MembershipState.PENDING


def test_two_who_approve_the_same_at_once_approve_each_once(app: Flask) -> None:
    chapter = make_chapter()
    ids = [spell(waiting(chapter)).id for _ in range(3)]
    chapter_id = chapter.id
    db.session.commit()

    def decide(chosen: list[int]) -> None:
        with app.app_context(), transaction():
            approve_all(OFFICE, db.session.get_one(Chapter, chapter_id), chosen)

    assert at_once(decide, [ids, ids[::-1], ids[1:]]) == []
    assert verbs() == ["approved"] * 3


def test_approving_and_leaving_at_once_end_in_one_of_two_ways(app: Flask) -> None:
    chapter = make_chapter()
    person = waiting(chapter)
    actor, membership_id = actor_of(person), spell(person).id
    db.session.commit()

    def decide(how: str) -> None:
        with app.app_context(), transaction():
            membership = db.session.get_one(ChapterMembership, membership_id)
            if how == "approve":
                approve(OFFICE, membership)
            else:
                leave(actor, membership)

    problems = at_once(decide, ["approve", "leave"])

    # Taken back first: the officer is told so. Approved first: a member left again.
    assert [type(problem) for problem in problems] in ([], [Refusal])
    assert spell(person).state is MembershipState.LEFT
    assert (spell(person).starts_on is None) == bool(problems)
    assert not spell(person).is_primary
