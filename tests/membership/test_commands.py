"""Joining, leaving, deciding, keeping chapters and appointing officers."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.accounts.models import Assignment
from alumni.accounts.policy import ROLES
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor, Capability, Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
    Officer,
    Position,
)
from alumni.db import db, today, transaction
from alumni.errors import Invalid, Refusal
from alumni.membership.commands.joining import approve, enter, join, leave, reject
from alumni.membership.commands.officers import Appointment, appoint, end_term
from alumni.membership.policy import (
    may_decide,
    may_decide_in,
    may_join,
    may_leave,
    may_manage_chapters,
)
from alumni.membership.queries import joiners_waiting
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus
from tests.browser import at_once
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused

PREPARING = ("loaded_lists", "loaded_chapters", "made")
"""What was done before the test began."""

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))


def spells(person: Person) -> list[ChapterMembership]:
    mine = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return list(db.session.scalars(mine.order_by(ChapterMembership.id)))


def letters() -> list[tuple[str, int | None]]:
    """Each letter's kind and reader."""
    queued = select(Delivery.kind, Delivery.person_id).order_by(Delivery.id)
    return [(kind, person_id) for kind, person_id in db.session.execute(queued)]


def verbs() -> list[str]:
    deeds = select(ChangeSet.verb).where(ChangeSet.verb.not_in(PREPARING)).order_by(ChangeSet.id)
    return list(db.session.scalars(deeds))


def asked(person: Person, chapter: Chapter, message: str = "") -> ChapterMembership:
    with transaction():
        return join(actor_of(person), chapter, message)


def position(code: str = "president") -> Position:
    return db.session.scalars(select(Position).where(Position.code == code)).one()


def test_asking_for_approval_waits_and_tells_each_approver_once() -> None:
    chapter = make_chapter(join_mode=JoinMode.APPROVAL)
    president = make_officer(chapter)
    make_officer(chapter, "secretary", president)
    make_officer(chapter, "treasurer")
    make_officer(chapter, ends_on=today() - timedelta(days=1))
    person = make_verified("曾国强")

    membership = asked(person, chapter, "鞍山中心医院")

    assert membership.state is MembershipState.PENDING
    assert membership.starts_on is None
    assert membership.message == "鞍山中心医院"
    assert letters() == [("membership_asked", president.id), ("membership_receipt", person.id)]
    assert verbs() == ["asked_to_join"]


def test_letters_are_in_the_language_of_their_reader() -> None:
    chapter = make_chapter(name_zh="丹东分会", name_en="Dandong Chapter")
    make_officer(chapter, person=make_member(chapter, make_verified(language="en")))
    person = make_verified("曾国强", language="zh")

    asked(person, chapter)

    subjects = dict(db.session.execute(select(Delivery.language, Delivery.subject)).all())
    assert subjects["en"] == "Zeng Guoqiang would like to join: Dandong Chapter"
    assert "丹东分会" in (subjects["zh"] or "")


def test_an_open_chapter_takes_at_once() -> None:
    chapter = make_chapter(join_mode=JoinMode.OPEN)
    person = make_verified()

    membership = asked(person, chapter)

    assert membership.state is MembershipState.ACTIVE
    assert membership.starts_on == today()
    assert membership.is_primary


def test_asking_twice_is_asking_once() -> None:
    chapter = make_chapter()
    person = make_verified()

    first = asked(person, chapter, "first")
    second = asked(person, chapter, "second")

    assert second.id == first.id
    assert [spell.message for spell in spells(person)] == ["first"]
    assert letters() == [("membership_receipt", person.id)]
    assert verbs() == ["asked_to_join"]


@pytest.mark.parametrize("mode", [JoinMode.OPEN, JoinMode.APPROVAL])
def test_asking_many_times_at_once_is_asking_once(app: Flask, mode: JoinMode) -> None:
    chapter = make_chapter(join_mode=mode)
    person = make_verified()
    actor, chapter_id = actor_of(person), chapter.id
    db.session.commit()

    def ask(_n: int) -> None:
        with app.app_context(), transaction():
            join(actor, db.session.get_one(Chapter, chapter_id))

    assert at_once(ask, range(4)) == []
    assert len(spells(person)) == 1
    assert letters() == [("membership_receipt", person.id)]


def test_joining_two_open_chapters_at_once_makes_one_primary(app: Flask) -> None:
    ids = [make_chapter(join_mode=JoinMode.OPEN).id for _ in range(3)]
    person = make_verified()
    actor = actor_of(person)
    db.session.commit()

    def ask(chapter_id: int) -> None:
        with app.app_context(), transaction():
            join(actor, db.session.get_one(Chapter, chapter_id))

    assert at_once(ask, ids) == []
    assert sorted(spell.is_primary for spell in spells(person)) == [False, False, True]


@pytest.mark.parametrize(
    "values",
    [
        {"join_mode": JoinMode.INVITATION},
        {"status": ChapterStatus.PLANNED},
        {"status": ChapterStatus.DORMANT},
    ],
    ids=str,
)
def test_some_chapters_take_nobody(values: dict[str, object]) -> None:
    chapter = make_chapter(**values)
    person = make_verified()

    with pytest.raises(Refusal) as raised:
        asked(person, chapter)

    assert raised.value.status == 409
    assert spells(person) == []


def test_only_verified_graduates_join() -> None:
    chapter = make_chapter()
    person = make_person(status=PersonStatus.APPLICANT)
    account = make_account(person=person)

    with refused(may_join), transaction():
        join(actor_of(account), chapter)
    with refused(may_join), transaction():
        join(OFFICE, chapter)

    assert spells(person) == []


def test_who_has_no_address_gets_no_letter() -> None:
    chapter = make_chapter()
    make_officer(chapter, person=make_person())
    person = make_person()

    with transaction():
        enter(OFFICE, person.id, chapter)

    assert [spell.state for spell in spells(person)] == [MembershipState.PENDING]
    assert letters() == []


def test_leaving_and_coming_back_are_two_spells() -> None:
    chapter = make_chapter(join_mode=JoinMode.OPEN)
    person = make_member(chapter, is_primary=True)
    joined = spells(person)[0].starts_on
    actor = actor_of(person)

    with transaction():
        leave(actor, spells(person)[0])
    with transaction():
        leave(actor, spells(person)[0])
    with transaction():
        join(actor, chapter)

    assert [(spell.state, spell.starts_on, spell.ends_on) for spell in spells(person)] == [
        (MembershipState.LEFT, joined, today()),
        (MembershipState.ACTIVE, today(), None),
    ]
    assert [spell.is_primary for spell in spells(person)] == [False, True]
    assert verbs() == ["left", "asked_to_join"]


def test_leaving_the_primary_chapter_makes_the_oldest_other_primary() -> None:
    first, second, third = make_chapter(), make_chapter(), make_chapter()
    person = make_member(first, is_primary=True)
    make_member(second, person, starts_on=today() - timedelta(days=3))
    make_member(third, person, starts_on=today() - timedelta(days=9))

    with transaction():
        leave(actor_of(person), spells(person)[0])

    assert {spell.chapter_id: spell.is_primary for spell in spells(person)} == {
        first.id: False,
        second.id: False,
        third.id: True,
    }


def test_taking_back_a_wish_to_join() -> None:
    chapter = make_chapter()
    person = make_verified()
    membership = asked(person, chapter)

    with transaction():
        leave(actor_of(person), membership)

    assert membership.state is MembershipState.LEFT
    assert membership.starts_on is None


def test_nobody_leaves_for_another() -> None:
    chapter = make_chapter()
    membership = spells(make_member(chapter))[0]

    with refused(may_leave), transaction():
        leave(actor_of(make_officer(chapter)), membership)
    with refused(may_leave), transaction():
        leave(OFFICE, membership)

    assert membership.state is MembershipState.ACTIVE


def test_an_officer_approves_once() -> None:
    chapter = make_chapter()
    officer = actor_of(make_officer(chapter))
    person = make_verified(language="en")
    membership = asked(person, chapter)

    for _again in range(2):
        with transaction():
            approve(officer, membership)

    assert membership.state is MembershipState.ACTIVE
    assert membership.starts_on == today()
    assert membership.is_primary
    assert membership.decided_by_id == officer.account_id
    assert verbs() == ["asked_to_join", "approved"]
    assert letters().count(("membership_approved", person.id)) == 1


def test_approving_at_once_tells_once(app: Flask) -> None:
    chapter = make_chapter()
    person = make_verified()
    membership_id = asked(person, chapter).id
    db.session.commit()

    def decide(_n: int) -> None:
        with app.app_context(), transaction():
            approve(OFFICE, db.session.get_one(ChapterMembership, membership_id))

    assert at_once(decide, range(4)) == []
    assert verbs() == ["asked_to_join", "approved"]


def test_a_second_chapter_is_not_primary() -> None:
    person = make_member(make_chapter(), is_primary=True)
    membership = asked(person, make_chapter())

    with transaction():
        approve(OFFICE, membership)

    assert not membership.is_primary


def test_declining_tells_the_reason_in_the_joiners_language() -> None:
    chapter = make_chapter()
    person = make_verified(language="en")
    membership = asked(person, chapter)

    for _again in range(2):
        with transaction():
            reject(OFFICE, membership, "Please join Boston.")

    assert membership.state is MembershipState.REJECTED
    assert membership.reason == "Please join Boston."
    letter = db.session.scalars(
        select(Delivery).where(Delivery.kind == "membership_rejected")
    ).one()
    assert letter.language == "en"
    assert "Please join Boston." in (letter.text or "")


def test_who_was_declined_may_ask_again() -> None:
    chapter = make_chapter()
    person = make_verified()
    with transaction():
        reject(OFFICE, join(actor_of(person), chapter), "Not now.")

    asked(person, chapter)

    assert [spell.state for spell in spells(person)] == [
        MembershipState.REJECTED,
        MembershipState.PENDING,
    ]


@pytest.mark.parametrize("state", [MembershipState.LEFT, MembershipState.REJECTED])
def test_a_request_that_is_over_is_not_approved(state: MembershipState) -> None:
    membership = spells(make_member(make_chapter(), state=state))[0]

    with pytest.raises(Refusal) as raised, transaction():
        approve(OFFICE, membership)

    assert raised.value.status == 409
    assert membership.state is state


def test_a_member_is_not_declined_afterwards() -> None:
    membership = spells(make_member(make_chapter()))[0]

    with pytest.raises(Refusal), transaction():
        reject(OFFICE, membership, "Too late.")

    assert membership.state is MembershipState.ACTIVE


def test_who_may_not_decide() -> None:
    chapter = make_chapter()
    membership = asked(make_verified(), chapter)
    others = (
        actor_of(make_officer(make_chapter())),
        actor_of(make_officer(chapter, "treasurer")),
        actor_of(make_officer(chapter, ends_on=today() - timedelta(days=1))),
        actor_of(make_officer(chapter, starts_on=today() + timedelta(days=1))),
        actor_of(make_member(chapter)),
    )

    for actor in others:
        with refused(may_decide), transaction():
            approve(actor, membership)
        with refused(may_decide), transaction():
            reject(actor, membership, "no")

    assert membership.state is MembershipState.PENDING


@pytest.mark.parametrize("role", [None, "office"])
def test_nobody_decides_about_the_own_wish_to_join(role: str | None) -> None:
    chapter = make_chapter()
    person = make_verified()
    make_officer(chapter, person=person)
    for capability in ROLES[role] if role else ():
        account = account_of(person)
        saved(Assignment(account_id=account.id, capability=capability, starts_on=today()))
    membership = asked(person, chapter)
    actor = actor_of(person)

    assert may_decide_in(actor, chapter.id)
    assert joiners_waiting(actor) == 0
    with refused(may_decide), transaction():
        approve(actor, membership)
    with refused(may_decide), transaction():
        reject(actor, membership, "no")

    assert membership.state is MembershipState.PENDING


def test_rights_end_with_the_term_and_no_job() -> None:
    chapter = make_chapter()

    running = actor_of(make_officer(chapter, ends_on=today()))
    over = actor_of(make_officer(chapter, ends_on=today() - timedelta(days=1)))
    coming = actor_of(make_officer(chapter, starts_on=today() + timedelta(days=1)))

    assert running.may_in(Right.VIEW, chapter.id)
    assert over.rights == {}
    assert coming.rights == {}


def appointment(who: Person, **values: object) -> Appointment:
    invented = {
        "person": who.public_id,
        "position_id": position().id,
        "starts_on": today(),
        "ends_on": None,
    }
    return Appointment(**(invented | values))  # type: ignore[arg-type]


def test_appointing_gives_rights_and_twice_is_once() -> None:
    chapter = make_chapter()
    person = make_verified()

    for _again in range(2):
        with transaction():
            appoint(OFFICE, chapter, appointment(person))

    assert len(db.session.scalars(select(Officer)).all()) == 1
    assert actor_of(person).may_in(Right.APPROVE, chapter.id)
    assert verbs() == ["appointed"]


def test_what_an_appointment_may_not_be() -> None:
    chapter = make_chapter()
    person = make_verified()
    erased = make_person(status=PersonStatus.ERASED)
    wrong = [
        (appointment(person, ends_on=today() - timedelta(days=1)), "ends_on"),
        (appointment(person, person="nobody"), "person"),
        (appointment(erased), "person"),
    ]

    for one, field in wrong:
        with pytest.raises(Invalid) as raised, transaction():
            appoint(OFFICE, chapter, one)
        assert raised.value.field == field
    with refused(may_manage_chapters), transaction():
        appoint(actor_of(make_officer(chapter)), chapter, appointment(person))

    assert actor_of(person).rights == {}


def test_ending_a_term_ends_the_rights() -> None:
    chapter = make_chapter()
    person = make_officer(chapter)
    officer = db.session.scalars(select(Officer)).one()

    with refused(may_manage_chapters), transaction():
        end_term(actor_of(person), officer, today())
    with pytest.raises(Invalid), transaction():
        end_term(OFFICE, officer, officer.starts_on - timedelta(days=1))
    with transaction():
        end_term(SYSTEM, officer, today() - timedelta(days=1), leaving_nobody=True)

    assert actor_of(person).rights == {}
    assert verbs() == ["ended_term"]
