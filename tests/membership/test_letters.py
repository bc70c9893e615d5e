"""The letters about what became of a term or of a chapter: one for each, in their language."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.authz import Actor, Capability
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    MembershipState,
    Position,
)
from alumni.chapters.models.governance import Handover
from alumni.db import db, today, transaction
from alumni.membership.commands.archiving import archive
from alumni.membership.commands.handovers import Plan, prepare, seat
from alumni.membership.commands.liaisons import LiaisonAppointment, appoint_liaison, end_liaison
from alumni.membership.commands.uniting import unite
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus
from alumni.people.models.classes import ClassLiaison
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.membership.test_liaisons import the_class

OFFICE = Actor(
    capabilities=frozenset(
        {Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE, Capability.EDIT_PEOPLE}
    )
)
DAY = timedelta(days=1)


def sent(kind: str) -> dict[int | None, str]:
    """The letters of this kind by person: subject and text."""
    letters = db.session.scalars(select(Delivery).where(Delivery.kind == kind)).all()
    assert len({letter.person_id for letter in letters}) == len(letters)
    return {letter.person_id: f"{letter.subject}\n{letter.text}" for letter in letters}


# Liaisons


def appointed(person: Person) -> ClassLiaison:
    with transaction():
        return appoint_liaison(
            OFFICE,
            LiaisonAppointment(
                person=person.public_id,
                roll=the_class(),
                starts_on=today(),
                ends_on=today() + 100 * DAY,
            ),
        )


def ended(liaison: ClassLiaison, days: int) -> None:
    with transaction():
        found = db.session.get_one(ClassLiaison, liaison.id)
        end_liaison(OFFICE, found, today() + days * DAY)


def test_a_new_liaison_gets_one_letter_in_their_language() -> None:
    english, chinese = make_verified(language="en"), make_verified()

    for person in (english, chinese, english):
        appointed(person)

    letters = sent("liaison_appointed")
    assert letters.keys() == {english.id, chinese.id}
    assert "You are the liaison of a class: " in letters[english.id]
    assert "1998届" in letters[chinese.id]
    assert "/classes" in letters[english.id]


def test_only_who_is_let_go_earlier_gets_a_letter() -> None:
    person = make_verified(language="en")
    liaison = appointed(person)

    ended(liaison, 200)
    before = sent("liaison_ended")
    for _again in range(2):
        ended(liaison, 10)

    assert before == {}
    assert "Your term as a liaison ends" in sent("liaison_ended")[person.id]


# Chapters that are no more


def archived(chapter: Chapter) -> None:
    with transaction():
        archive(OFFICE, db.session.get_one(Chapter, chapter.id), "nobody left")


def test_each_member_of_an_archived_chapter_learns_where_to_go() -> None:
    region = make_chapter(name_en="Northeast", name_zh="东北分会")
    chapter = make_chapter(parent_id=region.id)
    english, chinese = make_verified(language="en"), make_verified()
    for person in (english, chinese):
        make_member(chapter, person)
    officer = make_officer(chapter, person=make_member(chapter))
    waits = make_member(chapter, state=MembershipState.PENDING, starts_on=None)
    make_member(chapter, make_verified(contact_stopped_on=today()))
    make_member(chapter, make_person(email="known@example.org", status=PersonStatus.KNOWN))

    for _again in range(2):
        archived(chapter)

    letters = sent("chapter_archived_member")
    assert letters.keys() == {english.id, chinese.id}
    assert "Northeast" in letters[english.id]
    assert f"/chapters/{region.slug}" in letters[english.id]
    assert "东北分会" in letters[chinese.id]
    assert sent("chapter_archived").keys() == {officer.id}
    assert sent("membership_rejected").keys() == {waits.id}


def test_without_a_region_that_takes_members_all_chapters_are_named() -> None:
    chapter = make_chapter(parent_id=make_chapter(status=ChapterStatus.DORMANT).id)
    person = make_member(chapter, make_verified(language="en"))

    archived(chapter)

    letter = sent("chapter_archived_member")[person.id]
    assert "You are welcome here instead" not in letter
    assert letter.rstrip().endswith("/chapters")


def test_each_member_of_a_chapter_that_became_part_of_another_learns_what_they_are() -> None:
    gone, kept = make_chapter(), make_chapter()
    moves, both = make_verified(language="en"), make_verified(language="en")
    waits = make_verified(language="en")
    make_member(gone, moves)
    for chapter in (gone, kept):
        make_member(chapter, both)
    make_member(gone, waits, state=MembershipState.PENDING, starts_on=None)
    make_member(kept)
    officer = make_officer(gone, person=make_member(gone))

    with transaction():
        unite(OFFICE, gone, kept)

    letters = sent("chapters_united_member")
    assert {person_id: text.split("\n")[3] for person_id, text in letters.items()} == {
        moves.id: f"you are now a member of {kept.name_en}. Nothing else changes for you.",
        both.id: f"you were a member of both chapters and are now one of {kept.name_en}.",
        waits.id: f"your wish to join is now with {kept.name_en}."
        " You get a letter when it is decided.",
    }
    assert sent("chapters_united").keys() == {officer.id}
    spells = select(ChapterMembership.state).where(
        ChapterMembership.person_id == waits.id, ChapterMembership.chapter_id == kept.id
    )
    assert db.session.scalars(spells).all() == [MembershipState.PENDING]


# Handovers


def named(actor: Actor, chapter: Chapter, person: Person, position: str = "president") -> Handover:
    plan = Plan(effective_on=today() + 10 * DAY, ends_on=None, note="")
    with transaction():
        handover = prepare(actor, chapter, plan)
    number = db.session.scalars(select(Position.id).where(Position.code == position)).one()
    with transaction():
        seat(actor, handover, person.public_id, number)
    return handover


def test_the_office_learns_once_that_a_handover_is_ready_for_it() -> None:
    keeper = make_account(role="office", language="en")
    make_account()
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))
    member, other = make_member(chapter), make_member(chapter)

    named(leader, chapter, member, "treasurer")
    before = list(db.session.scalars(select(Delivery.kind)))
    for person in (member, other):
        named(leader, chapter, person)

    assert before == []
    letters = db.session.scalars(select(Delivery).where(Delivery.kind == "handover_waits")).all()
    assert [letter.email for letter in letters] == [keeper.email]
    assert f"/chapters/{chapter.slug}/desk/handover" in str(letters[0].text)


@pytest.mark.parametrize("suspended", [True, False])
def test_who_prepares_it_in_the_office_or_is_closed_gets_no_letter(*, suspended: bool) -> None:
    account = make_account(role="office")
    chapter = make_chapter()
    actor = actor_of(account)
    if suspended:
        account.suspended_at = account.created_at
        saved(account)
        actor = actor_of(make_officer(chapter))

    named(actor, chapter, make_member(chapter))

    assert sent("handover_waits") == {}
