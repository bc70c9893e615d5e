"""Members whom the office adds, and whose membership somebody else ends."""

from dataclasses import replace
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import Actor
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.membership.commands.members import Addition, add_member, end_membership
from alumni.membership.policy import may_decide_in, may_manage_chapters
from alumni.membership.policy.joining import may_add, may_end
from alumni.membership.queries.joining import findable, get_member
from alumni.outbox.models import Delivery
from alumni.people.models import Level, Person, PersonStatus
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
)
from tests.membership.joining.made import OFFICE, letters, spell, spells, verbs, waiting
from tests.refusals import refused


def added(actor: Actor, chapter: Chapter, person: Person, since: date | None = None) -> None:
    with transaction():
        add_member(
            actor,
            chapter,
            Addition(person=person.public_id, since=since or date(2020, 5, 1), basis="On paper."),
        )


def test_adding_a_member_tells_them_how_to_leave() -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    office = actor_of(make_account(role="office"))
    person = make_verified("曾国强", language="en")

    for _again in range(2):
        added(office, chapter, person)

    membership = spell(person)
    assert (membership.state, membership.starts_on) == (MembershipState.ACTIVE, date(2020, 5, 1))
    assert membership.is_primary
    assert membership.decided_by_id == office.account_id
    assert verbs() == ["added_member"]
    assert db.session.scalars(
        select(ChangeSet.why).where(ChangeSet.verb == "added_member")
    ).all() == ["On paper."]
    assert letters() == [("membership_added", person.id)]
    text = db.session.scalars(select(Delivery.text)).one() or ""
    assert "2020" in text
    assert "/me/chapters" in text


def test_adding_who_has_asked_is_approving() -> None:
    chapter = make_chapter()
    person = waiting(chapter)

    added(OFFICE, chapter, person)

    assert [one.state for one in spells(person)] == [MembershipState.ACTIVE]
    assert spell(person).starts_on == today()
    assert verbs() == ["approved"]


@pytest.mark.parametrize(
    "since", [date(1899, 12, 31), date(2027, 1, 2)], ids=["before all", "tomorrow"]
)
@time_machine.travel("2027-01-01 12:00", tick=False)
def test_nobody_is_added_for_days_that_cannot_be(since: date) -> None:
    chapter, person = make_chapter(), make_verified()

    with pytest.raises(Invalid) as raised:
        added(OFFICE, chapter, person, since)

    assert raised.value.field == "since"
    assert spells(person) == []


def test_only_who_may_be_found_and_has_signed_up_is_added() -> None:
    chapter = make_chapter()
    officer = actor_of(make_officer(chapter))
    hidden = make_verified("安静", listed=Level.OFFICE)
    known = make_person("安静", status=PersonStatus.KNOWN)
    shown = make_verified("安静")

    with pytest.raises(Invalid) as raised:
        added(OFFICE, chapter, known)
    assert raised.value.field == "person"
    added(OFFICE, chapter, hidden)

    assert [one.who.public_id for one in findable(officer, chapter, "anjing")] == [
        hidden.public_id,  # found again as a member
        shown.public_id,
    ]
    assert [one.state for one in findable(officer, chapter, "安静")] == [
        MembershipState.ACTIVE,
        None,
    ]


def test_who_may_not_add() -> None:
    chapter, person = make_chapter(), make_verified()
    leader = make_officer(chapter, person=make_verified())

    for actor in (
        actor_of(make_officer(chapter, "treasurer")),
        actor_of(make_officer(make_chapter())),
        actor_of(make_member(chapter)),
    ):
        with refused(may_decide_in):
            findable(actor, chapter, "王")
    with refused(may_manage_chapters):
        added(actor_of(leader), chapter, person)
    with refused(may_add):
        added(replace(OFFICE, person_id=person.id), chapter, person)

    assert spells(person) == spells(leader) == []


@pytest.mark.parametrize("status", [ChapterStatus.PLANNED, ChapterStatus.ARCHIVED])
def test_nobody_is_added_where_there_is_no_chapter(status: ChapterStatus) -> None:
    with pytest.raises(Refusal):
        added(OFFICE, make_chapter(status=status), make_verified())


def test_ending_a_membership_tells_why_and_promotes_the_oldest_other() -> None:
    chapter, other = make_chapter(), make_chapter()
    person = make_member(chapter, make_verified(language="en"), is_primary=True)
    make_member(other, person)
    officer = actor_of(make_officer(chapter, person=make_verified()))

    for _again in range(2):
        with transaction():
            member = db.session.get_one(ChapterMembership, spells(person)[0].id)
            end_membership(officer, member, "Moved to Boston.")

    ended, goes_on = spells(person)
    assert (ended.state, ended.ends_on) == (MembershipState.LEFT, today())
    assert ended.reason == "Moved to Boston."
    assert (ended.is_primary, goes_on.is_primary) == (False, True)
    assert verbs() == ["ended_membership"]
    assert letters() == [("membership_ended", person.id)]
    assert "Moved to Boston." in (db.session.scalars(select(Delivery.text)).one() or "")


def test_who_may_not_end() -> None:
    chapter = make_chapter()
    leader, person = make_officer(chapter), make_member(chapter)

    for actor, whose in (
        (actor_of(leader), leader),
        (actor_of(make_officer(chapter, "treasurer")), person),
        (actor_of(make_officer(make_chapter())), person),
        (actor_of(person), person),
    ):
        with refused(may_end), transaction():
            end_membership(actor, spell(whose), "no")
    with pytest.raises(Refusal), transaction():
        end_membership(OFFICE, spell(waiting(chapter)), "no")

    assert spell(person).state is spell(leader).state is MembershipState.ACTIVE
    with pytest.raises(NotFound):
        get_member(OFFICE, make_chapter(), person.public_id)
