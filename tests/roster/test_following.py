"""Invitations into a chapter: by name, and by a link that a graduate follows."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter, ChapterMembership, JoinMode, MembershipState
from alumni.db import db, now, transaction
from alumni.errors import Gone, Invalid, Refusal
from alumni.membership.commands.joining import join, leave
from alumni.membership.commands.transferring import transfer
from alumni.membership.policy import may_decide_in, may_join
from alumni.membership.policy.joining import may_ask
from alumni.outbox.models import Delivery
from alumni.people.models import Level, Person, PersonStatus
from alumni.roster.commands.following import decline, follow, invite_person
from alumni.roster.commands.inviting import Invited, invite, revoke
from alumni.roster.commands.merging import merge
from alumni.roster.models import Application, ApplicationState, Invitation
from alumni.roster.queries.following import followed, my_invitations
from tests.browser import Browser, at_once
from tests.conftest import SignIn
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
from tests.refusals import refused

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE}))


def link(chapter: Chapter, places: int = 2) -> Invitation:
    """A link into the chapter, for many."""
    told = Invited(chapter_id=chapter.id, most_uses=places, lasts=timedelta(days=30))
    with transaction():
        return invite(actor_of(make_officer(chapter)), told)


def by_name(chapter: Chapter, person: Person) -> Invitation:
    with transaction():
        return invite_person(OFFICE, chapter, person.public_id)


def came(person: Person, invitation: Invitation) -> ChapterMembership:
    """The person follows the link, if it leads them in."""
    actor = actor_of(person)
    with transaction():
        return follow(actor, followed(actor, invitation.token).Invitation)


def spells(person: Person) -> list[ChapterMembership]:
    db.session.rollback()
    db.session.expire_all()
    mine = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return list(db.session.scalars(mine.order_by(ChapterMembership.id)))


def uses(invitation: Invitation) -> int:
    db.session.rollback()
    return db.session.scalars(select(Invitation.uses).where(Invitation.id == invitation.id)).one()


def letters(kind: str) -> list[int | None]:
    return list(db.session.scalars(select(Delivery.person_id).where(Delivery.kind == kind)))


def test_a_link_takes_a_graduate_into_a_chapter_that_only_invites() -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    one, person = link(chapter), make_verified()

    with pytest.raises(Refusal), transaction():
        join(actor_of(person), chapter)
    for _again in range(2):
        assert came(person, one).state is MembershipState.ACTIVE

    assert uses(one) == 1
    assert len(spells(person)) == 1
    assert letters("membership_receipt") == [person.id]
    deed = db.session.scalars(select(ChangeSet.verb).where(ChangeSet.verb.like("accept%"))).all()
    assert deed == ["accepted_invitation"]


def test_a_link_for_many_only_asks_a_chapter_that_decides() -> None:
    one, person = link(make_chapter()), make_verified()

    assert came(person, one).state is MembershipState.PENDING


def test_who_came_to_the_association_by_the_link_has_a_place_already() -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    one, person = link(chapter, places=1), make_verified()
    saved(
        Application(
            email="a@example.org",
            name="王",
            student_number="S1",
            city="鞍山",
            language="zh",
            notice_version="1",
            person_id=person.id,
            invitation_id=one.id,
            state=ApplicationState.APPROVED,
        )
    )
    db.session.execute(update(Invitation).values(uses=1, ends_at=now() - timedelta(days=1)))
    db.session.commit()
    actor = actor_of(person)

    shown = [row.Chapter.id for row in my_invitations(actor)]
    came(person, one)
    while_there = my_invitations(actor)
    with transaction():
        leave(actor, spells(person)[0])

    assert (shown, while_there) == ([chapter.id], [])
    assert my_invitations(actor) == []
    with pytest.raises(Gone):
        came(person, one)
    with pytest.raises(Gone):
        came(make_verified(), one)


def test_the_last_place_is_taken_once(app: Flask) -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    token = link(chapter, places=1).token
    actors = [actor_of(make_verified()) for _ in range(3)]
    db.session.commit()

    def come(actor: Actor) -> None:
        with app.app_context(), transaction():
            follow(actor, followed(actor, token).Invitation)

    problems = at_once(come, actors)

    assert [type(problem) for problem in problems] == [Gone, Gone]
    members = select(ChapterMembership).where(
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.person_id.in_([actor.person_id for actor in actors]),
    )
    assert len(db.session.scalars(members).all()) == 1


@pytest.mark.parametrize("mode", list(JoinMode))
def test_who_is_invited_by_name_is_a_member_at_a_word(mode: JoinMode) -> None:
    chapter, person = make_chapter(join_mode=mode), make_verified("曾国强", language="en")

    one = by_name(chapter, person)
    same = by_name(chapter, person)
    shown = [row.Invitation.id for row in my_invitations(actor_of(person))]

    assert one.id == same.id
    assert shown == [one.id]
    assert letters("chapter_invitation") == [person.id]
    text = db.session.scalars(select(Delivery.text)).one() or ""
    assert f"/i/{one.token}/join" in text
    assert came(person, one).state is MembershipState.ACTIVE
    assert my_invitations(actor_of(person)) == []


def test_an_invitation_by_name_is_for_nobody_else(signed_in: SignIn) -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    person, other = make_verified(), make_verified()
    one = by_name(chapter, person)
    url = f"/i/{one.token}/join"

    with pytest.raises(Gone):
        came(other, one)
    assert my_invitations(actor_of(other)) == []
    assert signed_in(other).get(url).status == 410
    assert signed_in(make_account(role="office")).get(url).status == 403
    assert spells(other) == []


def test_who_has_asked_already_is_taken_in_with_the_move() -> None:
    left, chapter = make_chapter(), make_chapter()
    person = make_member(left, is_primary=True)
    one = by_name(chapter, person)
    with transaction():
        transfer(actor_of(person), spells(person)[0], chapter)

    came(person, one)

    assert [spell.state for spell in spells(person)] == [
        MembershipState.LEFT,
        MembershipState.ACTIVE,
    ]
    assert spells(person)[1].decided_by_id is None


def test_what_has_ended_leads_nowhere() -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    person = make_verified()
    officer = actor_of(make_officer(chapter))
    with transaction():
        one = invite_person(officer, chapter, person.public_id)
    with transaction():
        revoke(officer, db.session.get_one(Invitation, one.id))

    with pytest.raises(Gone):
        came(person, one)
    again = by_name(chapter, person)

    assert again.id != one.id
    assert my_invitations(actor_of(person))[0].Invitation.id == again.id


def test_whom_one_cannot_invite() -> None:
    chapter = make_chapter()
    member, asking = make_member(chapter), make_member(chapter, state=MembershipState.PENDING)
    hidden = make_verified(listed=Level.OFFICE)
    known = make_person(status=PersonStatus.KNOWN)
    leader = make_officer(chapter, person=make_verified())

    for person in (member, asking):
        with pytest.raises(Refusal) as raised:
            by_name(chapter, person)
        assert raised.value.status == 409
    for actor, person in ((actor_of(leader), hidden), (OFFICE, known)):
        with pytest.raises(Invalid), transaction():
            invite_person(actor, chapter, person.public_id)
    with refused(may_ask), transaction():
        invite_person(actor_of(leader), chapter, leader.public_id)
    with refused(may_decide_in), transaction():
        invite_person(actor_of(make_officer(make_chapter())), chapter, member.public_id)

    assert db.session.scalars(select(Invitation)).all() == []


def test_whoever_says_no_is_asked_no_more() -> None:
    chapter, person = make_chapter(), make_verified()
    one = by_name(chapter, person)

    for ending in (None, Gone):
        with transaction() if ending is None else pytest.raises(ending):
            decline(one.token)

    assert my_invitations(actor_of(person)) == []
    with pytest.raises(Gone):
        came(person, one)
    with pytest.raises(Refusal, match="谢绝"):
        by_name(chapter, person)
    assert spells(person) == []
    said = select(ChangeSet.verb).where(ChangeSet.subject_table == "invitation")
    assert list(db.session.scalars(said.order_by(ChangeSet.id))) == [
        "invited_person",
        "declined_invitation",
    ]
    with transaction():
        join(actor_of(person), chapter)  # nothing keeps them from asking themselves
    assert [spell.state for spell in spells(person)] == [MembershipState.PENDING]


def test_asking_again_and_again_writes_one_letter_a_month() -> None:
    chapter, person = make_chapter(), make_verified()
    first = by_name(chapter, person)
    for days, letters in ((0, 1), (31, 2)):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            with transaction():
                revoke(OFFICE, db.session.get_one(Invitation, first.id))
            first = by_name(chapter, person)
            asked = select(func.count(Delivery.id)).where(Delivery.kind == "chapter_invitation")
            assert db.session.scalar(asked) == letters
            assert [one.Invitation.token for one in my_invitations(actor_of(person))] == [
                first.token
            ]


def test_a_link_for_many_is_not_declined() -> None:
    with pytest.raises(Gone), transaction():
        decline(link(make_chapter()).token)


def test_saying_yes_and_no_at_once_is_one_of_the_two(app: Flask) -> None:
    chapter, person = make_chapter(), make_verified()
    one = by_name(chapter, person)
    actor, told, number = actor_of(person), one.token, one.id
    db.session.commit()

    def answer(how: str) -> None:
        with app.app_context(), transaction():
            if how == "no":
                decline(told)
            else:
                follow(actor, followed(actor, told).Invitation)

    problems = at_once(answer, ["yes", "no"])

    assert [type(problem) for problem in problems] == [Gone]
    after = db.session.get_one(Invitation, number, populate_existing=True)
    declined = after.declined_at is not None
    assert len(spells(person)) == (0 if declined else 1)


def test_the_desk_sees_who_has_not_answered_yet(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    waits, declines = make_verified("曾国强"), make_verified("曾志伟")
    url, desk = f"/chapters/{chapter.slug}/desk/invite?q=zeng", f"/chapters/{chapter.slug}/desk"
    for person in (waits, declines):
        assert leader.submit(url, person=person.public_id).status == 303
    with transaction():
        decline(db.session.scalars(select(Invitation.token).order_by(Invitation.id)).all()[-1])

    found, joiners, listed = (
        leader.get(url),
        leader.get(f"{desk}/joiners"),
        leader.get(f"{desk}/invitations"),
    )

    assert not found.all("input", type="radio")
    assert [text.rsplit("·", 1)[1].strip() for text in found.texts("p", class_="muted")] == [
        "asked, not answered yet",
        "has said no",
    ]
    assert "Zeng Guoqiang" in joiners.text
    assert "Zeng Zhiwei" not in joiners.text
    states = [cell["text"] for cell in listed.all("td", data_label="State")]
    assert states == ["Has said no", "Asked, not answered yet"]
    assert spells(waits) == []


def test_declining_is_one_press_without_signing_in(browser: Browser) -> None:
    one = by_name(make_chapter(), make_verified())
    letter = db.session.scalars(select(Delivery).where(Delivery.kind == "chapter_invitation")).one()
    assert f"/i/{one.token}/decline" in str(letter.text)

    opened = browser.get(f"/i/{one.token}/decline")
    done = browser.send(opened.form(), opened.url)

    assert (opened.status, done.status, done.url) == (200, 303, f"/i/{one.token}/decline")
    assert browser.get(f"/i/{one.token}/decline").status == 410
    db.session.rollback()
    assert db.session.get_one(Invitation, one.id, populate_existing=True).declined_at is not None


def test_on_my_page_an_invitation_is_declined(signed_in: SignIn) -> None:
    person = make_verified()
    one = by_name(make_chapter(), person)
    browser = signed_in(person)

    page = browser.follow(browser.press("/me", f"/i/{one.token}/decline"))

    assert page.url == "/me"
    assert f"/i/{one.token}/decline" not in [form.action for form in page.forms]


def test_only_graduates_follow() -> None:
    one = link(make_chapter(join_mode=JoinMode.INVITATION))
    applicant = make_account(person=make_person(status=PersonStatus.APPLICANT))

    with refused(may_join), transaction():
        follow(actor_of(applicant), one)


def test_from_the_desk_to_the_letter_to_the_chapter(signed_in: SignIn) -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    person = make_verified("曾国强", year=1998)
    desk = signed_in(make_officer(chapter, person=make_verified()))
    url = f"/chapters/{chapter.slug}/desk/invite?q=zengguo"
    own = signed_in(person)

    nobody = desk.submit(url)
    sent = desk.submit(url, person=person.public_id)
    listed = desk.follow(sent)
    mine = own.get("/me")
    one = db.session.scalars(select(Invitation)).one()
    followed_link = own.get(f"/i/{one.token}")
    joined = own.submit(f"/i/{one.token}/join", message="你好")
    again = own.get(f"/i/{one.token}/join")

    assert (nobody.status, sent.status) == (422, 303)
    assert "Zeng Guoqiang" in listed.text
    assert f"You are invited: {chapter.name_en}" in mine.texts("h2")
    assert followed_link.location == f"/i/{one.token}/join"
    assert (joined.status, joined.location) == (303, f"/chapters/{chapter.slug}")
    assert (again.status, again.location) == (303, f"/chapters/{chapter.slug}")
    assert [(spell.state, spell.message) for spell in spells(person)] == [
        (MembershipState.ACTIVE, "你好")
    ]


def test_a_link_for_many_leads_a_graduate_in_and_others_to_sign_up(signed_in: SignIn) -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    one = link(chapter)
    own = signed_in(make_verified())

    at = own.get(f"/i/{one.token}")

    assert at.location == f"/i/{one.token}/join"
    assert own.submit(at.location).status == 303
    assert own.get("/i/nothing/join").status == 410


def test_two_records_with_a_move_between_them_become_one() -> None:
    left, chapter = make_chapter(), make_chapter()
    kept = make_member(left, is_primary=True)
    gone = make_member(left, make_person(status=PersonStatus.KNOWN))
    wish = saved(
        ChapterMembership(
            person_id=gone.id,
            chapter_id=chapter.id,
            state=MembershipState.PENDING,
            replaces_id=spells(gone)[0].id,
        )
    )
    clerk = actor_of(make_account(role="office"))

    with transaction():
        merge(clerk, kept, gone, {})

    first, second = spells(kept)
    assert (second.id, second.replaces_id) == (wish.id, first.id)
