"""What the pages about chapters and people ask of the database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import ANYONE, SYSTEM, Actor, Capability
from alumni.chapters.models import ChapterStatus, MembershipState
from alumni.db import db, today, transaction
from alumni.errors import NotFound
from alumni.i18n import speaking
from alumni.membership.commands.joining import approve, join
from alumni.membership.policy import may_manage_chapters, may_see_desk, may_view_people
from alumni.membership.queries import (
    get_desk,
    joiners_waiting,
    members_of,
    my_chapters,
    my_desks,
    suggested_chapter,
)
from alumni.membership.queries.desk import (
    AT_A_TIME,
    figures,
    joiners,
    member_page,
)
from alumni.membership.queries.narrowing import MemberFilter
from alumni.membership.queries.office import get_managed_chapter, list_chapters
from alumni.membership.queries.officers import terms
from alumni.membership.queries.person import get_known
from alumni.membership.queries.persons import candidates
from alumni.membership.queries.public import grouped_chapters, member_counts, officers_in_term
from alumni.people.models import (
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Level,
    PersonStatus,
    Study,
)
from alumni.people.queries.facts import class_text
from tests.factories import (
    actor_of,
    make_account,
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


def test_groups_of_chapters() -> None:
    groups = grouped_chapters()

    assert len(groups.liaoning) == 14
    assert [chapter.slug for chapter in groups.china] == ["beijing", "shanghai", "guangzhou"]
    assert [chapter.slug for chapter in groups.overseas] == ["north-america"]


def test_only_graduates_and_staff_know_how_many_belong() -> None:
    chapter = make_chapter()
    member = make_member(chapter)
    make_member(chapter, state=MembershipState.PENDING)

    assert member_counts(actor_of(member)) == {chapter.id: 1}
    assert member_counts(OFFICE) == {chapter.id: 1}
    assert member_counts(ANYONE) == {}
    assert member_counts(actor_of(make_account())) == {}


def test_the_public_learns_positions_and_no_names() -> None:
    chapter = make_chapter()
    officer = make_officer(chapter, person=make_verified("曾国强", language="zh"))
    make_officer(chapter, ends_on=today() - timedelta(days=1))

    to_all = officers_in_term(ANYONE, chapter)
    to_graduates = officers_in_term(actor_of(officer), chapter)

    assert [(held.officer.position.code, held.name) for held in to_all] == [("president", "")]
    assert [held.name for held in to_graduates] == ["曾国强"]


def test_suggesting_the_chapter_of_the_city() -> None:
    person = make_verified(city="鞍山市")
    actor = actor_of(person)

    suggested = suggested_chapter(actor)
    with transaction():
        membership = join(actor, the_chapter("anshan"))
    while_waiting = suggested_chapter(actor)
    with transaction():
        approve(OFFICE, membership)

    assert suggested is not None
    assert suggested.slug == "anshan"
    assert while_waiting is None
    assert suggested_chapter(actor) is None


@pytest.mark.parametrize(
    ("city", "slug"),
    [("Vancouver", "north-america"), ("大连", None), ("Atlantis", None), ("", None)],
)
def test_suggestions(city: str, slug: str | None) -> None:
    chapter = suggested_chapter(actor_of(make_verified(city=city)))

    assert (chapter.slug if chapter else None) == slug


def test_a_chapter_that_was_left_is_suggested_again() -> None:
    person = make_verified(city="鞍山")
    make_member(the_chapter("anshan"), person, state=MembershipState.LEFT, ends_on=today())

    assert suggested_chapter(actor_of(person)) is not None


def test_my_chapters_and_desks() -> None:
    first, second, led = make_chapter(), make_chapter(), make_chapter()
    person = make_member(first)
    make_member(second, person, is_primary=True)
    make_member(make_chapter(), person, state=MembershipState.LEFT)
    make_officer(led, person=person)
    make_officer(make_chapter(), person=person, ends_on=today() - timedelta(days=1))
    actor = actor_of(person)

    assert [spell.chapter.id for spell in my_chapters(actor)] == [second.id, first.id]
    assert [chapter.id for chapter in my_desks(actor)] == [led.id]
    assert my_chapters(ANYONE) == []
    assert my_desks(ANYONE) == []


def test_how_many_wait() -> None:
    chapter, other = make_chapter(), make_chapter()
    for place in (chapter, chapter, other):
        make_member(place, state=MembershipState.PENDING)
    make_member(chapter)

    assert joiners_waiting(actor_of(make_officer(chapter))) == 2
    assert joiners_waiting(actor_of(make_officer(chapter, "treasurer"))) == 0
    assert joiners_waiting(OFFICE) == 3
    assert joiners_waiting(ANYONE) == 0


def test_members_of() -> None:
    chapter = make_chapter()
    member = make_member(chapter)
    for state in (MembershipState.PENDING, MembershipState.LEFT, MembershipState.REJECTED):
        make_member(chapter, state=state)
    make_member(make_chapter())

    assert list(db.session.scalars(members_of(chapter.id))) == [member.id]


def test_whose_desk_it_is() -> None:
    chapter = make_chapter()

    for actor in (OFFICE, actor_of(make_officer(chapter, "treasurer"))):
        assert get_desk(actor, chapter.slug).id == chapter.id
    for actor in (
        ANYONE,
        actor_of(make_member(chapter)),
        actor_of(make_officer(make_chapter())),
    ):
        with pytest.raises(NotFound):
            get_desk(actor, chapter.slug)
    once = make_officer(chapter, ends_on=today() - timedelta(days=1))
    soon = make_officer(chapter, starts_on=today() + timedelta(days=1))
    for person in (once, soon):
        with refused(may_see_desk):
            get_desk(actor_of(person), chapter.slug)


def test_two_of_one_name_are_told_apart() -> None:
    chapter = make_chapter()
    for year, label, city in ((1998, "3班", "鞍山"), (2003, "1班", "沈阳")):
        person = make_verified("王伟", year=year, class_label=label, city=city)
        make_member(chapter, person, state=MembershipState.PENDING, message="你好")
    actor = actor_of(make_officer(chapter))

    waiting = joiners(actor, chapter)

    assert [joiner.message for joiner in waiting] == ["你好", "你好"]
    assert len({joiner.who.said for joiner in waiting}) == 2
    assert ["1998" in joiner.who.class_text for joiner in waiting] == [True, False]


def test_an_officer_sees_no_study_that_is_hidden_from_chapters() -> None:
    chapter = make_chapter()
    person = make_member(chapter, make_verified(year=1998))
    study = db.session.scalars(select(Study).where(Study.person_id == person.id)).one()
    study.visibility = Level.CLASS
    officer = actor_of(make_officer(chapter, person=make_verified()))  # in no class of theirs

    seen = [
        member_page(actor, chapter, MemberFilter()).rows[0].who.class_text
        for actor in (officer, OFFICE)
    ]

    assert seen[0] == ""
    assert "1998" in seen[1]


def test_figures() -> None:
    chapter = make_chapter()
    make_member(chapter, starts_on=today())
    make_member(chapter, starts_on=today().replace(day=1) - timedelta(days=1))
    make_member(chapter, state=MembershipState.PENDING)
    make_member(make_chapter())

    counted = figures(chapter)

    assert (counted.members, counted.waiting, counted.joined_this_month) == (2, 1, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("王", ["王建国", "王伟"]),
        ("王伟", ["王伟"]),
        ("wangjian", ["王建国"]),
        ("Wang Jianguo", ["王建国"]),
        ("wang wei", ["王伟"]),
        ("lyu", ["吕芳"]),
        ("Smith", ["Smith Jones"]),
        ("smith j", ["Smith Jones"]),
        ("jianguo", []),
        ("%", []),
        ("赵", []),
    ],
)
def test_searching_members(text: str, found: list[str]) -> None:
    chapter = make_chapter()
    for name in ("王建国", "王伟", "吕芳", "Smith Jones"):
        make_member(chapter, make_verified(name, language="zh"))
    make_member(make_chapter(), make_verified("王军"))

    page = member_page(OFFICE, chapter, MemberFilter(text=text))

    assert [member.who.name for member in page.rows] == found
    assert page.total == len(found)


def test_paging_through_members() -> None:
    chapter = make_chapter()
    people = [make_person("王伟") for _n in range(AT_A_TIME * 2 + 1)]
    for person in people:
        make_member(chapter, person)

    first = member_page(OFFICE, chapter, MemberFilter())
    second = member_page(OFFICE, chapter, MemberFilter(after=first.older or ""))
    third = member_page(OFFICE, chapter, MemberFilter(after=second.older or ""))
    back = member_page(OFFICE, chapter, MemberFilter(before=third.newer or ""))

    shown = [member.who.person_id for page in (first, second, third) for member in page.rows]
    assert shown == [person.id for person in people]
    assert [(page.first, page.last, page.total) for page in (first, second, third)] == [
        (1, 50, 101),
        (51, 100, 101),
        (101, 101, 101),
    ]
    assert (first.newer, third.older) == (None, None)
    assert back == second


def test_contacts_are_shown_of_those_who_agreed() -> None:
    chapter = make_chapter()
    shares = make_verified(
        "安心",
        email="an@example.org",
        phone="13800000001",
        consents=(ConsentPurpose.CHAPTER_SHARING,),
    )
    make_member(chapter, shares)
    make_member(chapter, make_verified("白云", phone="13800000002"))

    page = member_page(actor_of(make_officer(chapter, person=shares)), chapter, MemberFilter())

    assert [member.contacts for member in page.rows] == [
        [(ContactKind.EMAIL, "an@example.org"), (ContactKind.PHONE, "13800000001")],
        [],
    ]
    assert page.shares_contacts


def test_an_officer_sees_no_contacts_without_consent_and_the_office_sees_them() -> None:
    chapter = make_chapter()
    make_member(chapter, make_verified(phone="13800000002"))
    officer = actor_of(make_officer(chapter, person=make_verified()))

    assert not member_page(officer, chapter, MemberFilter()).shares_contacts
    assert member_page(OFFICE, chapter, MemberFilter()).shares_contacts


def test_an_officer_sees_contacts_that_are_shown_to_the_chapter() -> None:
    chapter = make_chapter()
    person = make_member(chapter, make_verified(phone="13800000002"))
    points = select(ContactPoint).where(ContactPoint.person_id == person.id)
    phone = db.session.scalars(points.where(ContactPoint.kind == ContactKind.PHONE)).one()
    phone.visibility = Level.CHAPTERS
    saved(phone)
    officer = actor_of(make_officer(chapter, person=make_verified()))

    (member,) = member_page(officer, chapter, MemberFilter()).rows
    assert member.contacts == [(ContactKind.PHONE, "13800000002")]


def test_the_offices_list_counts() -> None:
    chapter = make_chapter(status=ChapterStatus.ARCHIVED)
    make_officer(chapter)
    make_officer(chapter, "secretary", ends_on=today() - timedelta(days=1))
    make_member(chapter, state=MembershipState.PENDING)

    rows = {row.chapter.id: row for row in list_chapters(OFFICE)}

    assert (rows[chapter.id].members, rows[chapter.id].waiting) == (2, 1)
    assert rows[chapter.id].officers == 1


def test_only_the_office_manages_chapters() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))

    with refused(may_manage_chapters):
        list_chapters(leader)
    with refused(may_manage_chapters):
        get_managed_chapter(leader, chapter.slug)
    with refused(may_manage_chapters):
        candidates(leader, "王")


def test_terms_of_today_come_first() -> None:
    chapter = make_chapter()
    yesterday, tomorrow = today() - timedelta(days=1), today() + timedelta(days=1)
    make_officer(chapter, ends_on=yesterday)
    make_officer(chapter, starts_on=tomorrow)
    make_officer(chapter, "secretary")
    make_officer(chapter, "president")

    listed = terms(OFFICE, chapter)

    assert [(term.state, term.officer.position.code) for term in listed] == [
        ("running", "president"),
        ("running", "secretary"),
        ("coming", "president"),
        ("over", "president"),
    ]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ((1998, 1993, "Medicine", "3班"), "Class of 1998, Medicine, Class 3"),
        ((None, 1993, "", None), "Entered in 1993"),
        ((None, None, "", "3班"), "Class 3"),
        ((None, None, "", "英文班"), "英文班"),
        ((None, None, "", None), ""),
    ],
)
def test_what_a_class_is_called(
    known: tuple[int | None, int | None, str, str | None], said: str
) -> None:
    with speaking("en"):
        assert class_text(*known) == said


def test_a_class_in_chinese() -> None:
    with speaking("zh"):
        assert class_text(1998, None, "临床医学", "3班").endswith(" 临床医学 3班")


def test_candidates() -> None:
    wang = make_verified("王伟", email="wang@example.org", student_number="S1998", city="鞍山")
    other = make_person("王伟", email="other@example.org")
    make_person("王伟", status=PersonStatus.DECEASED)

    for text in ("wang@example.org", "WANG@example.org", "S1998", wang.public_id):
        assert [found.person_id for found in candidates(OFFICE, text)] == [wang.id]
    for text in ("王伟", "wangwei", "Wang Wei"):
        assert [found.person_id for found in candidates(OFFICE, text)] == [wang.id, other.id]
    assert candidates(OFFICE, "other@example.org")[0].person_id == other.id
    for text in ("nobody@example.org", "9" * 300, "王" * 300, "wang" * 100, f"{'x' * 300}@y.org"):
        assert candidates(OFFICE, text) == []


def test_all_the_office_knows_of_a_person() -> None:
    chapter = make_chapter()
    person = make_verified("曾国强", year=1998, city="鞍山", employer="鞍山市中心医院")
    make_officer(chapter, person=person, ends_on=today() - timedelta(days=1))
    with transaction():
        join(actor_of(person), chapter, "你好")

    known = get_known(OFFICE, person.public_id)

    assert known.person.id == person.id
    assert known.account is not None
    assert [spell.state for spell in known.memberships] == [MembershipState.PENDING]
    assert [term.position.code for term in known.terms] == ["president"]
    assert {consent.purpose for consent in known.consents} == {
        ConsentPurpose.MEMBERSHIP,
        ConsentPurpose.MAILINGS,
    }
    newest = known.history[0]
    assert newest.verb == "asked_to_join"
    assert newest.by == known.account.name
    told = {(one.column, one.before, one.after) for one in newest.differences}
    assert ("message", None, "你好") in told
    assert ("state", None, "pending") in told


def test_history_is_the_newest_twenty_and_before_and_after() -> None:
    person = make_person("曾国强")
    for n in range(25):
        with transaction():
            db.session.refresh(person)
            person.name_en = f"Kevin {n}"
            record(SYSTEM, "changed", person)

    history = get_known(OFFICE, person.public_id).history

    assert len(history) == 20
    assert [(one.before, one.after) for one in history[0].differences] == [("Kevin 23", "Kevin 24")]


def test_only_the_office_looks_at_a_person() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))

    with refused(may_view_people):
        get_known(leader, make_person().public_id)
    with pytest.raises(NotFound):
        get_known(OFFICE, "nobody")
