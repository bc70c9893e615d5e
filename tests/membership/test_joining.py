"""Joining in all ways, being added, leaving and coming back, and which chapter is the main one."""

import random
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
    Officer,
    OfficerRight,
)
from alumni.db import db, now, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.mailings.queries import audience, unmade_list
from alumni.membership.commands.joining import (
    Approved,
    approve,
    approve_all,
    choose_primary,
    join,
    leave,
    reject,
    take_back_leaving,
)
from alumni.membership.commands.members import Addition, add_member, end_membership
from alumni.membership.policy import may_decide, may_decide_in, may_join, may_leave
from alumni.membership.policy.joining import may_add, may_choose_primary, may_end
from alumni.membership.queries import suggested_chapter
from alumni.membership.queries.joining import findable, get_member
from alumni.membership.queries.mine import my_running, my_spells
from alumni.membership.queries.officers import officers_with
from alumni.outbox.models import Delivery
from alumni.people.commands.homes import Home, correct_home, decline_chapter, move_home
from alumni.people.models import Level, Person, PersonStatus, Residence
from alumni.people.policy import may_edit
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE}))

DEEDS = ("join", "leave", "choose", "end", "undo")

PREPARING = ("loaded_lists", "loaded_chapters", "made")


def spells(person: Person) -> list[ChapterMembership]:
    db.session.rollback()
    db.session.expire_all()
    mine = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return list(db.session.scalars(mine.order_by(ChapterMembership.id)))


def spell(person: Person) -> ChapterMembership:
    return spells(person)[-1]


def letters() -> list[tuple[str, int | None]]:
    queued = select(Delivery.kind, Delivery.person_id).order_by(Delivery.id)
    return [(kind, person_id) for kind, person_id in db.session.execute(queued)]


def verbs() -> list[str]:
    deeds = select(ChangeSet.verb).where(ChangeSet.verb.not_in(PREPARING)).order_by(ChangeSet.id)
    return list(db.session.scalars(deeds))


def waiting(chapter: Chapter, name: str = "") -> Person:
    return make_member(chapter, make_verified(name), state=MembershipState.PENDING, starts_on=None)


def readers(chapter: Chapter) -> list[int]:
    return [row.id for row in db.session.execute(audience(unmade_list(chapter)))]


# Joining


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


# Added and ended by others


def added(actor: Actor, chapter: Chapter, person: Person, since: date | None = None) -> None:
    with transaction():
        add_member(
            actor, chapter, Addition(person=person.public_id, since=since or date(2020, 5, 1))
        )


def test_adding_a_member_tells_them_how_to_leave() -> None:
    chapter = make_chapter(join_mode=JoinMode.INVITATION)
    officer = actor_of(make_officer(chapter))
    person = make_verified("曾国强", language="en")

    for _again in range(2):
        added(officer, chapter, person)

    membership = spell(person)
    assert (membership.state, membership.starts_on) == (MembershipState.ACTIVE, date(2020, 5, 1))
    assert membership.is_primary
    assert membership.decided_by_id == officer.account_id
    assert verbs() == ["added_member"]
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

    for actor, person in ((officer, hidden), (officer, known), (OFFICE, known)):
        with pytest.raises(Invalid) as raised:
            added(actor, chapter, person)
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
            added(actor, chapter, person)
        with refused(may_decide_in):
            findable(actor, chapter, "王")
    with refused(may_add):
        added(actor_of(leader), chapter, leader)

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


# Leaving, and the main one


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


# The chapter of the city


def test_a_suggestion_that_was_declined_comes_back_with_the_next_home() -> None:
    person = make_verified(city="鞍山市")
    actor = actor_of(person)

    def home() -> Residence:
        return db.session.scalars(select(Residence).where(Residence.is_current)).one()

    for _again in range(2):
        with transaction():
            decline_chapter(actor, db.session.get_one(Person, person.id), home())
    declined = suggested_chapter(actor)
    with refused(may_edit), transaction():
        decline_chapter(actor_of(make_verified()), person, home())
    with transaction():
        told = Home(city="鞍山市", visibility=Level.PUBLIC)
        correct_home(actor, db.session.get_one(Person, person.id), home(), told)
    still = suggested_chapter(actor)
    with transaction():
        told = Home(city="沈阳", visibility=Level.PUBLIC)
        correct_home(actor, db.session.get_one(Person, person.id), home(), told)
    corrected = suggested_chapter(actor)
    with transaction():
        told = Home(city="温哥华", visibility=Level.PUBLIC)
        move_home(actor, db.session.get_one(Person, person.id), told)
    moved = suggested_chapter(actor)

    assert (declined, still) == (None, None)
    assert corrected is not None
    assert moved is not None
    assert (corrected.slug, moved.slug) == ("shenyang", "north-america")
    assert verbs().count("declined_chapter") == 1


@pytest.mark.parametrize(
    ("city", "slug"),
    [
        ("鞍山", "anshan"),
        ("鞍山市", "anshan"),
        ("Anshan", "anshan"),
        ("锦州", "jinzhou"),
        ("朝阳", "chaoyang"),
        ("北京", "beijing"),
        ("上海市", "shanghai"),
        ("广州", "guangzhou"),
        ("Boston", "north-america"),
        ("纽约", "north-america"),
        ("Vancouver", "north-america"),
        ("多伦多", "north-america"),
        ("深圳", None),
        ("香港", None),
        ("大连", None),
        ("Paris", None),
    ],
)
def test_the_chapter_of_a_city(city: str, slug: str | None) -> None:
    chapter = suggested_chapter(actor_of(make_verified(city=city)))

    assert (chapter.slug if chapter else None) == slug


def test_a_chapter_that_asks_for_nobody_is_not_suggested() -> None:
    anshan = the_chapter("anshan")
    actor = actor_of(make_verified(city="鞍山"))
    try:
        anshan.join_mode = JoinMode.INVITATION
        saved(anshan)
        assert suggested_chapter(actor) is None
    finally:
        anshan.join_mode = JoinMode.APPROVAL
        saved(anshan)


# Pages


def test_leaving_can_be_undone_from_the_next_page(signed_in: SignIn) -> None:
    first, second = make_chapter(), make_chapter()
    person = make_member(first, is_primary=True)
    make_member(second, person)
    browser = signed_in(person)
    action = f"/chapters/{first.slug}/leave"

    page = browser.follow(browser.press("/me/chapters", action))
    undo = f"/me/chapters/{spells(person)[0].id}/undo"
    back = browser.follow(browser.send(page.form(undo), page.url))

    assert page.url == "/me/chapters"
    assert page.texts("h2") == [second.name_en, "Where I was a member"]
    assert back.texts("h2") == [first.name_en, second.name_en]
    assert undo not in [form.action for form in back.forms]
    assert [one.is_primary for one in spells(person)] == [True, False]


def test_my_chapters_show_all_and_change_the_primary(signed_in: SignIn) -> None:
    first, second = make_chapter(), make_chapter()
    person = make_member(first, is_primary=True)
    make_member(second, person)
    waiting_for = make_chapter()
    make_member(waiting_for, person, state=MembershipState.PENDING, starts_on=None)
    old = make_chapter(status=ChapterStatus.ARCHIVED)
    make_member(
        old,
        person,
        state=MembershipState.LEFT,
        starts_on=date(2001, 2, 3),
        ends_on=date(2002, 3, 4),
    )
    browser, stranger = signed_in(person), signed_in(make_verified())
    action = f"/me/chapters/{spells(person)[1].id}/primary"

    before = browser.get("/me/chapters")
    after = browser.follow(browser.press("/me/chapters", action))
    foreign = stranger.send(before.form(action), "/me/chapters", csrf_token=token(stranger))

    assert before.texts("h2") == [
        first.name_en,
        second.name_en,
        waiting_for.name_en,
        "Where I was a member",
    ]
    assert before.texts("dt") == [old.name_en]
    assert "2001" in before.texts("dd")[0]
    assert after.texts("h2")[0] == second.name_en
    assert foreign.status == 404
    assert "You are in no chapter yet." in stranger.get("/me/chapters").text


def test_the_suggestion_is_put_away_on_my_page(signed_in: SignIn) -> None:
    browser = signed_in(make_verified(city="鞍山市"))

    shown = browser.get("/me")
    page = browser.follow(browser.press("/me", "/me/chapters/not-now"))

    assert "The chapter of your city" in shown.text
    assert "The chapter of your city" not in page.text
    nowhere = signed_in(make_verified())
    assert nowhere.post("/me/chapters/not-now", csrf_token=token(nowhere)).status == 404


def token(browser: Browser) -> str:
    return str(browser.get("/chapters").forms[0].values["csrf_token"])


def test_ticking_several_at_the_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter, person=make_verified())
    people = [waiting(chapter, name) for name in ("安心", "白云", "陈晨")]
    make_member(chapter, officer, state=MembershipState.PENDING, starts_on=None)
    browser = signed_in(officer)
    url = f"/chapters/{chapter.slug}/desk/joiners"
    chosen = [str(spell(person).id) for person in people[:2]]

    page = browser.get(url)
    nobody = browser.follow(browser.press(url, f"{url}/approve"))
    done = browser.follow(browser.press(url, f"{url}/approve", joiner=chosen))

    assert sorted(one["value"] for one in page.all("input", type="checkbox")) == sorted(
        str(spell(person).id) for person in people
    )
    assert nobody.texts("div", role="alert") == ["Choose at least one person."]
    assert done.texts("div", role="status") == ["2 people approved."]
    assert [spell(person).state for person in people] == [
        MembershipState.ACTIVE,
        MembershipState.ACTIVE,
        MembershipState.PENDING,
    ]


def test_adding_and_ending_at_the_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    person = make_verified("曾国强", year=1998)
    browser = signed_in(make_officer(chapter, person=make_verified()))
    url = f"/chapters/{chapter.slug}/desk/members"

    found = browser.get(f"{url}/add", query_string={"q": "zengguo"})
    form = found.form()
    missing = browser.send(form, f"{url}/add?q=zengguo", since="x")
    done = browser.send(form, f"{url}/add?q=zengguo", person=person.public_id, since="2020-05-01")
    member = browser.get(f"{url}/add", query_string={"q": "zengguo"})
    no_reason = browser.submit(f"{url}/{person.public_id}/end", reason=" ")
    ended = browser.submit(f"{url}/{person.public_id}/end", reason="请加入沈阳分会")

    assert found.texts("label", for_="person-0") == ["Zeng Guoqiang · Class of 1998"]
    assert (missing.status, done.status, no_reason.status, ended.status) == (422, 303, 422, 303)
    assert not member.all("input", type="radio")
    assert "Zeng Guoqiang" in member.text
    assert "Nobody found" in browser.get(f"{url}/add", query_string={"q": "赵"}).text
    assert spell(person).reason == "请加入沈阳分会"
    assert browser.get(f"{url}/{person.public_id}/end").status == 404


PAGES = (
    ("GET", "joiners"),
    ("POST", "joiners/approve"),
    ("GET", "members/add?q=a"),
    ("POST", "members/add?q=a"),
    ("GET", "members/{person}/end"),
    ("POST", "members/{person}/end"),
    ("GET", "former"),
    ("GET", "invite?q=a"),
    ("POST", "invite?q=a"),
)


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_these_pages_of_a_foreign_desk_do_not_exist(
    signed_in: SignIn, method: str, path: str
) -> None:
    chapter = make_chapter()
    person = make_member(chapter)
    url = f"/chapters/{chapter.slug}/desk/{path.format(person=person.public_id)}"

    for stranger in (make_officer(make_chapter()), make_member(chapter)):
        browser = signed_in(stranger)
        assert browser.open(method, url, **sent(browser, method)).status == 404
    once = signed_in(make_officer(chapter, ends_on=today() - timedelta(days=1)))
    assert once.open(method, url, **sent(once, method)).status == 403

    assert spell(person).state is MembershipState.ACTIVE


def sent(browser: Browser, method: str) -> dict[str, object]:
    return {} if method == "GET" else {"data": {"csrf_token": token(browser), "reason": "x"}}


def test_a_treasurer_looks_at_who_waits_and_who_left_and_does_no_more(signed_in: SignIn) -> None:
    chapter = make_chapter()
    waiting(chapter)
    browser = signed_in(make_officer(chapter, "treasurer"))
    url = f"/chapters/{chapter.slug}/desk"

    page = browser.get(f"{url}/joiners")

    assert page.status == browser.get(f"{url}/former").status == 200
    assert not page.all("input", type="checkbox")
    member = make_member(chapter)
    for path in ("members/add", f"members/{member.public_id}/end", "invite"):
        assert browser.get(f"{url}/{path}").status == 403


@pytest.mark.parametrize("how_many", [1, 3])
def test_these_pages_ask_as_often_for_three_as_for_one(
    signed_in: SignIn, queries: list[str], how_many: int
) -> None:
    chapter = make_chapter()
    person = make_member(chapter, make_verified(city="鞍山"), is_primary=True)
    make_officer(chapter, person=person)
    for _ in range(how_many):
        waiting(chapter)
        make_member(make_chapter(), person)
        make_member(chapter, state=MembershipState.LEFT, ends_on=today())
        make_member(chapter, make_verified("安心", year=1998), state=MembershipState.REJECTED)
    browser = signed_in(person)
    browser.get("/chapters")
    asked = {}
    desk = f"/chapters/{chapter.slug}/desk"
    for url in (
        "/me/chapters",
        "/chapters/anshan/transfer",
        f"{desk}/joiners",
        f"{desk}/former",
        f"{desk}/former?q=an",
        f"{desk}/members/add?q=an",
        f"{desk}/invite?q=an",
    ):
        queries.clear()
        assert browser.get(url).status == 200
        asked[url.replace(desk, "")] = (
            sum(query.lstrip("( ").startswith(("SELECT", "WITH")) for query in queries) - 2
        )

    assert asked == {
        "/me/chapters": 4,
        "/chapters/anshan/transfer": 3,
        "/joiners": 3,
        "/former": 2,
        "/former?q=an": 2,
        "/members/add?q=an": 3,
        "/invite?q=an": 3,
    }
