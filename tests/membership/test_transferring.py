"""Moving from one chapter to another in one step."""

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, Capability
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.db import db, today, transaction
from alumni.errors import Refusal
from alumni.membership.commands.joining import approve, join, leave, reject
from alumni.membership.commands.transferring import transfer
from alumni.membership.policy import may_join, may_leave
from alumni.membership.queries.joining import movers
from alumni.membership.queries.mine import my_running, suggestion
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus
from tests.browser import at_once
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    the_chapter,
)
from tests.refusals import refused

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))

PREPARING = ("loaded_lists", "loaded_chapters", "made")


def spells(person: Person) -> list[ChapterMembership]:
    db.session.rollback()
    db.session.expire_all()
    mine = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return list(db.session.scalars(mine.order_by(ChapterMembership.id)))


def told(person: Person) -> list[tuple[int, MembershipState, bool]]:
    return [(one.chapter_id, one.state, one.is_primary) for one in spells(person)]


def letters() -> list[tuple[str, int | None]]:
    queued = select(Delivery.kind, Delivery.person_id).order_by(Delivery.kind, Delivery.person_id)
    return [(kind, person_id) for kind, person_id in db.session.execute(queued)]


def verbs() -> list[str]:
    deeds = select(ChangeSet.verb).where(ChangeSet.verb.not_in(PREPARING)).order_by(ChangeSet.id)
    return list(db.session.scalars(deeds))


def moved(person: Person, chapter: Chapter, message: str = "") -> None:
    """The person moves from the primary chapter to this one."""
    actor = actor_of(person)
    with transaction():
        transfer(actor, my_running(actor)[0], chapter, message)


def test_a_transfer_closes_one_and_opens_the_other_on_one_day_with_one_deed() -> None:
    left, joined = make_chapter(), make_chapter(join_mode=JoinMode.OPEN)
    leaders = [make_officer(chapter, person=make_verified()) for chapter in (left, joined)]
    make_officer(left, "treasurer")
    person = make_member(left, make_verified("曾国强", language="en"), is_primary=True)

    moved(person, joined)

    before, after = spells(person)
    assert (before.state, before.ends_on) == (MembershipState.LEFT, today())
    assert (after.state, after.starts_on, after.ends_on) == (
        MembershipState.ACTIVE,
        today(),
        None,
    )
    assert (before.is_primary, after.is_primary) == (False, True)
    assert verbs() == ["transferred"]
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "transferred")).one()
    changed = select(Change.row_id).where(Change.change_set_id == deed.id)
    assert set(db.session.scalars(changed)) == {before.id, after.id}
    assert letters() == [
        *(("membership_transfer_told", leader.id) for leader in leaders),
        ("membership_transferred", person.id),
    ]
    text = db.session.scalars(
        select(Delivery.text).where(Delivery.kind == "membership_transferred")
    ).one()
    assert left.name_en in (text or "")
    assert joined.name_en in (text or "")


def test_where_the_chapter_decides_the_old_one_goes_on_until_it_has() -> None:
    left, joined = make_chapter(), make_chapter()
    leaders = [make_officer(chapter, person=make_verified()) for chapter in (left, joined)]
    person = make_member(left, is_primary=True)

    moved(person, joined, "搬到这里了")
    while_waiting, asked = told(person), letters()
    wish = spells(person)[1]
    shown = {number: chapter.id for number, chapter in movers(joined).items()}
    with transaction():
        approve(actor_of(leaders[1]), wish)

    assert while_waiting == [
        (left.id, MembershipState.ACTIVE, True),
        (joined.id, MembershipState.PENDING, False),
    ]
    assert wish.message == "搬到这里了"
    assert shown == {wish.id: left.id}
    assert asked == [
        ("membership_asked", leaders[1].id),
        ("membership_receipt", person.id),
    ]
    assert told(person) == [
        (left.id, MembershipState.LEFT, False),
        (joined.id, MembershipState.ACTIVE, True),
    ]
    before, after = spells(person)
    assert before.ends_on == after.starts_on == today()
    assert verbs() == ["asked_to_transfer", "transferred"]
    assert letters() == sorted(
        [
            *asked,
            *(("membership_transfer_told", leader.id) for leader in leaders),
            ("membership_transferred", person.id),
        ]
    )
    assert movers(joined) == {}


def test_a_transfer_that_is_declined_or_taken_back_changes_nothing() -> None:
    left, joined = make_chapter(), make_chapter()
    people = [make_member(left, is_primary=True) for _ in range(2)]
    for person in people:
        moved(person, joined)

    with transaction():
        reject(OFFICE, spells(people[0])[1], "no")
    with transaction():
        leave(actor_of(people[1]), spells(people[1])[1])

    assert [told(person)[0] for person in people] == [(left.id, MembershipState.ACTIVE, True)] * 2
    assert [told(person)[1][1] for person in people] == [
        MembershipState.REJECTED,
        MembershipState.LEFT,
    ]


def test_who_left_meanwhile_just_joins() -> None:
    left, joined = make_chapter(), make_chapter()
    person = make_member(left, is_primary=True)
    moved(person, joined)

    with transaction():
        leave(actor_of(person), spells(person)[0])
    with transaction():
        approve(OFFICE, spells(person)[1])

    assert told(person)[1] == (joined.id, MembershipState.ACTIVE, True)
    assert verbs() == ["asked_to_transfer", "left", "approved"]


def test_a_wish_to_join_becomes_one_to_transfer() -> None:
    left, joined = make_chapter(), make_chapter()
    person = make_member(left, is_primary=True)
    with transaction():
        join(actor_of(person), joined, "first")

    moved(person, joined)
    with transaction():
        approve(OFFICE, spells(person)[1])

    assert [one.message for one in spells(person)] == ["", "first"]
    assert [state for _chapter, state, _primary in told(person)] == [
        MembershipState.LEFT,
        MembershipState.ACTIVE,
    ]


def test_leaving_one_that_is_not_primary_keeps_the_primary() -> None:
    first, second = make_chapter(), make_chapter()
    joined = make_chapter(join_mode=JoinMode.OPEN)
    person = make_member(first, is_primary=True)
    make_member(second, person)

    with transaction():
        transfer(actor_of(person), spells(person)[1], joined)

    assert told(person) == [
        (first.id, MembershipState.ACTIVE, True),
        (second.id, MembershipState.LEFT, False),
        (joined.id, MembershipState.ACTIVE, False),
    ]


@pytest.mark.parametrize("mode", [JoinMode.OPEN, JoinMode.APPROVAL])
def test_transferring_twice_is_once(mode: JoinMode) -> None:
    left, joined = make_chapter(), make_chapter(join_mode=mode)
    person = make_member(left, is_primary=True)
    actor = actor_of(person)

    for _again in range(2):
        with transaction():
            transfer(actor, spells(person)[0], joined)

    assert len(spells(person)) == 2
    assert len(verbs()) == 1


@pytest.mark.parametrize("mode", [JoinMode.OPEN, JoinMode.APPROVAL])
def test_transferring_twice_at_once_is_once(app: Flask, mode: JoinMode) -> None:
    left, joined = make_chapter(), make_chapter(join_mode=mode)
    person = make_member(left, is_primary=True)
    actor, before_id, joined_id = actor_of(person), spells(person)[0].id, joined.id
    db.session.commit()

    def move(_n: int) -> None:
        with app.app_context(), transaction():
            before = db.session.get_one(ChapterMembership, before_id)
            transfer(actor, before, db.session.get_one(Chapter, joined_id))

    assert at_once(move, range(4)) == []
    assert len(spells(person)) == 2
    assert len(verbs()) == 1


def test_transferring_to_two_at_once_keeps_one_of_them(app: Flask) -> None:
    left = make_chapter()
    ids = [make_chapter(join_mode=JoinMode.OPEN).id for _ in range(2)]
    person = make_member(left, is_primary=True)
    actor, before_id = actor_of(person), spells(person)[0].id
    db.session.commit()

    def move(chapter_id: int) -> None:
        with app.app_context(), transaction():
            before = db.session.get_one(ChapterMembership, before_id)
            transfer(actor, before, db.session.get_one(Chapter, chapter_id))

    problems = at_once(move, ids)

    assert [type(problem) for problem in problems] == [Refusal]
    assert [state for _chapter, state, _primary in told(person)] == [
        MembershipState.LEFT,
        MembershipState.ACTIVE,
    ]


def test_what_is_no_transfer() -> None:
    left = make_chapter()
    person = make_member(left, is_primary=True)
    both = make_chapter(join_mode=JoinMode.OPEN)
    make_member(both, person)
    actor = actor_of(person)

    for chapter in (
        left,
        both,
        make_chapter(join_mode=JoinMode.INVITATION),
        make_chapter(status=ChapterStatus.DORMANT),
    ):
        with pytest.raises(Refusal) as raised:
            moved(person, chapter)
        assert raised.value.status == 409

    with transaction():
        leave(actor, spells(person)[0])
    with pytest.raises(Refusal), transaction():
        transfer(actor, spells(person)[0], make_chapter(join_mode=JoinMode.OPEN))
    assert len(spells(person)) == 2


def test_nobody_moves_another_and_no_applicant_moves() -> None:
    left, joined = make_chapter(), make_chapter(join_mode=JoinMode.OPEN)
    person = make_member(left)
    applicant = make_account(person=make_person(status=PersonStatus.APPLICANT))

    with refused(may_leave), transaction():
        transfer(actor_of(make_officer(left)), spells(person)[0], joined)
    with refused(may_join), transaction():
        transfer(actor_of(applicant), spells(person)[0], joined)
    with refused(may_join), transaction():
        transfer(OFFICE, spells(person)[0], joined)

    assert [state for _chapter, state, _primary in told(person)] == [MembershipState.ACTIVE]


@pytest.mark.parametrize(("city", "slug"), [("鞍山", "anshan"), ("温哥华", "north-america")])
def test_who_moved_is_asked_and_transfers(signed_in: SignIn, city: str, slug: str) -> None:
    beijing = the_chapter("beijing")
    person = make_member(beijing, make_verified(city="北京"), is_primary=True)
    browser = signed_in(person)

    at_home = browser.get("/me")
    saved = browser.follow(browser.submit("/me/profile/homes/new", city=city))
    asked = browser.get("/me")
    page = browser.submit(f"/chapters/{slug}/transfer", message="你好")
    after = browser.follow(page)

    assert "You moved?" not in at_home.text
    assert "There is a chapter where you live now" in saved.texts("div", role="status")[1]
    assert "/me/chapters" in [a.get("href") for a in saved.all("a")]
    assert "You moved?" in asked.text
    assert f"/chapters/{slug}/transfer" in [a.get("href") for a in asked.all("a")]
    assert page.status == 303
    assert "Until it is decided you stay a member" in after.text
    wish = spells(person)[1]
    assert (wish.state, wish.replaces_id) == (MembershipState.PENDING, spells(person)[0].id)
    assert "You moved?" not in browser.get("/me").text
    again = browser.follow(browser.submit("/me/profile/homes/new", city=f"{city} "))
    assert again.texts("div", role="status") == ["Saved."]


def test_who_is_in_no_chapter_is_only_asked_to_join(signed_in: SignIn) -> None:
    person = make_verified(city="鞍山")
    page = signed_in(person).get("/me")

    assert "You moved?" not in page.text
    assert "The chapter of your city" in page.text
    assert signed_in(person).get("/chapters/anshan/transfer").location.endswith("/anshan/join")
    assert suggestion(None, []) is None


def test_only_the_own_spells_can_be_left(signed_in: SignIn) -> None:
    joined = make_chapter(join_mode=JoinMode.OPEN)
    person, other = make_member(make_chapter()), make_member(make_chapter())
    browser = signed_in(person)
    url = f"/chapters/{joined.slug}/transfer"

    wrong = browser.submit(url, leaving=str(spells(other)[0].id))
    right = browser.submit(url)
    again = browser.get(url)

    assert wrong.status == 422
    assert (right.status, right.location) == (303, "/me/chapters")
    assert again.status == 303
    assert [state for _chapter, state, _primary in told(other)] == [MembershipState.ACTIVE]
    assert signed_in(make_account(role="office")).get(url).status == 403
