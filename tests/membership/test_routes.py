"""The pages of chapters, desks, and the office's chapters and people."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.authz import Right
from alumni.chapters.models import (
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
    Officer,
    Position,
    PositionRight,
)
from alumni.db import db, today
from alumni.people.models import ConsentPurpose, Person, PersonStatus
from tests.browser import Browser, Page
from tests.factories import (
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)

SignIn = Callable[[Account | Person], Browser]

FOR_THE_ACTOR = 2
"""Statements of every page: the session, and what the account holds."""

DESK = (
    ("GET", "/chapters/{slug}/desk"),
    ("GET", "/chapters/{slug}/desk/members"),
    ("POST", "/chapters/{slug}/desk/joiners/{id}/approve"),
    ("GET", "/chapters/{slug}/desk/joiners/{id}/reject"),
    ("POST", "/chapters/{slug}/desk/joiners/{id}/reject"),
)

OFFICE = (
    ("GET", "/office/chapters"),
    ("GET", "/office/chapters/{slug}"),
    ("POST", "/office/chapters/{slug}"),
    ("POST", "/office/chapters/{slug}/open"),
    ("GET", "/office/chapters/{slug}/officers/new"),
    ("POST", "/office/chapters/{slug}/officers/new"),
    ("GET", "/office/chapters/{slug}/officers/{id}/end"),
    ("POST", "/office/chapters/{slug}/officers/{id}/end"),
    ("GET", "/office/people/{person}"),
)


def spell_of(person: Person) -> ChapterMembership:
    """The person's newest spell as it is now, whatever this test has read before."""
    db.session.rollback()
    newest = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    newest = newest.order_by(ChapterMembership.id.desc()).limit(1)
    return db.session.scalars(newest.execution_options(populate_existing=True)).one()


def opened(browser: Browser, method: str, url: str) -> Page:
    """Open the address, with a token of this browser's where something is sent."""
    if method == "GET":
        return browser.get(url)
    token = browser.get("/chapters").forms[0].values["csrf_token"]
    return browser.post(url, csrf_token=token, reason="no")


def asked_by(queries: list[str]) -> int:
    return sum(query.lstrip("( ").upper().startswith(("SELECT", "WITH")) for query in queries)


def test_the_public_list_in_both_languages(browser: Browser) -> None:
    member = make_member(make_chapter(name_en="Testville Chapter"))

    page = browser.get("/chapters")
    chinese = browser.get("/chapters", headers={"Accept-Language": "zh-CN"})

    assert page.status == 200
    assert page.texts("h2") == ["Liaoning", "Elsewhere in China", "Overseas"]
    assert "Testville Chapter" in page.text
    assert "1 member" not in page.text
    assert (member.name_zh or "") not in page.text
    assert "大连分会" in chinese.text
    assert [text for text in page.texts("a", href="/chapters/dalian") if text] == [
        "Dalian Chapter Served by the alumni office Planned"
    ]


def test_graduates_see_how_many_belong_and_where_they_stand(signed_in: SignIn) -> None:
    chapter = make_chapter()
    person = make_member(chapter)

    page = signed_in(person).get("/chapters")

    tile = page.texts("a", href=f"/chapters/{chapter.slug}")
    assert tile == [f"{chapter.name_en} 1 member Member"]


def test_a_chapters_page_shows_the_public_no_people(browser: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter(intro_zh="**欢迎**\n\n校友们", intro_en="", contact="town@example.org")
    officer = make_officer(chapter, person=make_member(chapter, make_verified("曾国强")))

    public = browser.get(f"/chapters/{chapter.slug}")
    known = signed_in(officer).get(f"/chapters/{chapter.slug}")

    assert public.status == 200
    assert public.texts("dt") == ["President"]
    assert public.texts("strong").count("欢迎") == 1
    assert "Only in Chinese" in public.text
    assert "town@example.org" in public.text
    assert "1 member" not in public.text
    assert "1 member" in known.text
    for secret in ("曾国强", "Guoqiang", officer.public_id):
        assert secret not in public.content.decode()
    assert known.texts("dd") == ["Zeng Guoqiang"]
    assert [a["href"] for a in public.all("a") if "chapter=" in (a.get("href") or "")] == [
        f"/events?chapter={chapter.slug}"
    ]


def test_no_such_chapter(browser: Browser) -> None:
    archived = make_chapter(status=ChapterStatus.ARCHIVED)

    assert browser.get("/chapters/atlantis").status == 404
    assert browser.get(f"/chapters/{archived.slug}").status == 404


def test_joining_waiting_approved_leaving_and_coming_back(signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer, person = make_officer(chapter), make_verified()
    url = f"/chapters/{chapter.slug}"
    own, desk = signed_in(person), signed_in(officer)

    sent = own.submit(f"{url}/join", message="你好")
    waiting = own.follow(sent)
    approved = desk.press(f"{url}/desk", f"{url}/desk/joiners/{spell_of(person).id}/approve")
    member = own.get(url)
    left = own.follow(own.press(url, f"{url}/leave"))
    again = own.submit(f"{url}/join")

    assert "Waiting for a decision" in waiting.text
    assert desk.follow(approved).texts("div", role="status") == ["Approved. We have told them."]
    assert "Member since" in member.text
    assert "Former member" in left.text
    assert again.status == 303
    assert spell_of(person).state is MembershipState.PENDING


def test_joining_an_open_chapter_twice(signed_in: SignIn) -> None:
    chapter = make_chapter(join_mode=JoinMode.OPEN)
    person = make_verified()
    browser = signed_in(person)

    first = browser.submit(f"/chapters/{chapter.slug}/join")
    second = browser.submit(f"/chapters/{chapter.slug}/join")

    assert (first.status, second.status) == (303, 303)
    assert "Welcome: you are a member of this chapter." in browser.follow(second).text
    assert len(db.session.scalars(select(ChapterMembership)).all()) == 1


def test_who_cannot_join(browser: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    closed = make_chapter(join_mode=JoinMode.INVITATION)
    applicant = make_person(status=PersonStatus.APPLICANT)
    waiting = signed_in(make_account(person=applicant))
    url = f"/chapters/{chapter.slug}/join"

    assert browser.get(url).status == 303
    assert waiting.get(url).status == 403
    assert opened(waiting, "POST", url).status == 403
    refused = opened(signed_in(make_verified()), "POST", f"/chapters/{closed.slug}/join")
    assert refused.status == 409
    assert "by invitation only" in refused.text
    assert db.session.scalars(select(ChapterMembership)).all() == []


def test_a_message_that_is_too_long_comes_back(signed_in: SignIn) -> None:
    chapter = make_chapter()

    page = signed_in(make_verified()).submit(f"/chapters/{chapter.slug}/join", message="好" * 501)

    assert page.status == 422
    assert page.texts("textarea") == ["好" * 501]
    assert db.session.scalars(select(ChapterMembership)).all() == []


def test_leaving_where_one_never_was(signed_in: SignIn) -> None:
    chapter = make_chapter()
    other = make_member(chapter)

    page = opened(signed_in(make_verified()), "POST", f"/chapters/{chapter.slug}/leave")

    assert page.status == 404
    assert spell_of(other).state is MembershipState.ACTIVE


@pytest.mark.parametrize(("method", "url"), DESK)
def test_a_foreign_desk_does_not_exist(signed_in: SignIn, method: str, url: str) -> None:
    chapter = make_chapter()
    joiner = make_member(chapter, state=MembershipState.PENDING)
    address = url.format(slug=chapter.slug, id=spell_of(joiner).id)
    strangers = (make_officer(make_chapter()), make_member(chapter))
    in_no_term = (
        make_officer(chapter, ends_on=today() - timedelta(days=1)),
        make_officer(chapter, starts_on=today() + timedelta(days=1)),
    )

    for person in strangers:
        assert opened(signed_in(person), method, address).status == 404
    for person in in_no_term:
        assert opened(signed_in(person), method, address).status == 403

    assert spell_of(joiner).state is MembershipState.PENDING


def test_a_joiner_of_another_chapter_is_not_found_at_the_own_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    joiner = make_member(make_chapter(), state=MembershipState.PENDING)
    browser = signed_in(make_officer(chapter))

    for method, url in DESK[2:]:
        address = url.format(slug=chapter.slug, id=spell_of(joiner).id)
        assert opened(browser, method, address).status == 404

    assert spell_of(joiner).state is MembershipState.PENDING


def test_a_treasurer_looks_and_does_not_decide(signed_in: SignIn) -> None:
    chapter = make_chapter()
    joiner = make_member(chapter, state=MembershipState.PENDING)
    browser = signed_in(make_officer(chapter, "treasurer"))
    url = f"/chapters/{chapter.slug}/desk"

    page = browser.get(url)

    assert page.status == 200
    assert page.texts("button").count("Approve") == 0
    for method, action in (("POST", "approve"), ("POST", "reject"), ("GET", "reject")):
        address = f"{url}/joiners/{spell_of(joiner).id}/{action}"
        assert opened(browser, method, address).status == 403
    assert spell_of(joiner).state is MembershipState.PENDING


def test_two_of_one_name_wait_at_the_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    for year, city in ((1998, "鞍山"), (2003, "沈阳")):
        person = make_verified("王伟", year=year, city=city)
        make_member(chapter, person, state=MembershipState.PENDING, message=f"{year}届")

    page = signed_in(make_officer(chapter)).get(f"/chapters/{chapter.slug}/desk")

    assert page.texts("td", data_label="City")[:2] == ["Anshan", "Shenyang"]
    assert page.texts("td", data_label="Message") == ["1998届", "2003届"]
    assert page.text.count("Class of 1998") == 1
    assert page.texts("button").count("Approve") == 2


def test_approving_twice_is_harmless_and_too_late_is_refused(signed_in: SignIn) -> None:
    chapter = make_chapter()
    joiner = make_member(chapter, state=MembershipState.PENDING)
    left = make_member(chapter, state=MembershipState.LEFT)
    browser = signed_in(make_officer(chapter))
    url = f"/chapters/{chapter.slug}/desk/joiners"

    statuses = [
        opened(browser, "POST", f"{url}/{spell_of(person).id}/approve").status
        for person in (joiner, joiner, left)
    ]

    assert statuses == [303, 303, 409]
    assert spell_of(joiner).state is MembershipState.ACTIVE
    assert spell_of(left).state is MembershipState.LEFT


def test_an_officer_has_no_buttons_for_the_own_wish(signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter, person=make_verified())
    make_member(chapter, officer, state=MembershipState.PENDING)
    browser = signed_in(officer)
    url = f"/chapters/{chapter.slug}/desk"

    page = browser.get(url)

    assert page.texts("td", data_label="Decision") == [
        "Another officer or the alumni office decides about your own wish."
    ]
    assert browser.get(f"{url}/joiners/{spell_of(officer).id}/reject").status == 403


@pytest.mark.parametrize(
    "state", [MembershipState.ACTIVE, MembershipState.LEFT, MembershipState.REJECTED]
)
def test_who_does_not_wait_cannot_be_looked_at(signed_in: SignIn, state: MembershipState) -> None:
    chapter = make_chapter()
    other = make_member(chapter, make_verified("曾国强"), state=state)
    browser = signed_in(make_officer(chapter))

    page = browser.get(f"/chapters/{chapter.slug}/desk/joiners/{spell_of(other).id}/reject")

    assert page.status == 404
    assert "Guoqiang" not in page.text


def test_who_may_not_join_is_not_asked_to(browser: Browser, signed_in: SignIn) -> None:
    url = f"/chapters/{make_chapter().slug}"
    applicant = make_account(person=make_person(status=PersonStatus.APPLICANT))
    staff = make_account(role="office")

    shown = [
        "Join this chapter" in one.get(url).texts("a", class_="button main")
        for one in (browser, signed_in(make_verified()), signed_in(staff), signed_in(applicant))
    ]

    assert shown == [True, True, False, False]


def test_declining_needs_a_reason(signed_in: SignIn) -> None:
    chapter = make_chapter()
    joiner = make_member(chapter, state=MembershipState.PENDING)
    browser = signed_in(make_officer(chapter))
    url = f"/chapters/{chapter.slug}/desk/joiners/{spell_of(joiner).id}/reject"

    without = browser.submit(url, reason=" ")
    with_one = browser.submit(url, reason="请加入沈阳分会")

    assert without.status == 422
    assert with_one.status == 303
    assert spell_of(joiner).state is MembershipState.REJECTED
    assert spell_of(joiner).reason == "请加入沈阳分会"


def test_an_empty_desk_says_what_to_do(signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter, person=make_verified())
    browser = signed_in(officer)

    assert "Nobody waits" in browser.get(f"/chapters/{chapter.slug}/desk").text
    assert "No members yet" in browser.get(f"/chapters/{chapter.slug}/desk/members").text


def test_searching_and_contacts_on_the_members_page(signed_in: SignIn) -> None:
    chapter = make_chapter()
    make_member(
        chapter,
        make_verified("安心", phone="13800000001", consents=(ConsentPurpose.CHAPTER_SHARING,)),
    )
    make_member(chapter, make_verified("白云", phone="13800000002"))
    browser = signed_in(make_officer(chapter, person=make_verified()))
    url = f"/chapters/{chapter.slug}/desk/members"

    everybody, one = browser.get(url), browser.get(url, query_string={"q": "bai"})

    shared, hidden = everybody.texts("td", data_label="Contacts")
    assert shared.startswith("E-mail: alumna")
    assert shared.endswith("Telephone: 13800000001")
    assert hidden == "Not shared"
    assert "13800000002" not in everybody.text
    heads = ["Joined on", "Contacts", "Membership"]
    assert everybody.texts("th", scope="col")[-3:] == heads
    assert one.texts("td", data_label="City") == ["–"]
    assert one.texts("th", scope="col")[-2:] == ["Joined on", "Membership"]
    assert "Nobody found" in browser.get(url, query_string={"q": "赵"}).text
    assert browser.get(url, query_string={"sort": "phone"}).status == 400


def test_the_members_page_leads_on(signed_in: SignIn) -> None:
    chapter = make_chapter()
    member = make_member(chapter, make_verified("安心", name_en="Kevin An"))
    officer = make_officer(chapter, person=make_verified())
    desk = f"/chapters/{chapter.slug}/desk"
    page = signed_in(officer).get(f"{desk}/members")

    assert page.all("a", href=f"/people/{member.public_id}")
    assert "An Xin" in page.text  # as the directory writes it, not by the English name
    assert "Kevin" not in page.text
    assert not page.all("a", href=f"{desk}/export")

    position = db.session.scalars(select(Officer.position_id)).one()
    saved(PositionRight(position_id=position, right=Right.EXPORT))
    assert signed_in(officer).get(f"{desk}/members").all("a", href=f"{desk}/export")


@pytest.mark.parametrize(("method", "url"), OFFICE)
def test_the_offices_pages_are_the_offices(
    browser: Browser, signed_in: SignIn, method: str, url: str
) -> None:
    chapter = make_chapter(status=ChapterStatus.PLANNED)
    leader = make_officer(chapter)
    officer = db.session.scalars(select(Officer)).one()
    address = url.format(slug=chapter.slug, id=officer.id, person=leader.public_id)

    assert opened(signed_in(leader), method, address).status == 403
    assert opened(browser, method, address).status == (303 if method == "GET" else 401)

    db.session.rollback()
    db.session.refresh(chapter)
    assert chapter.status is ChapterStatus.PLANNED
    assert db.session.scalars(select(Officer)).one().ends_on is None


def test_the_office_opens_a_planned_chapter_in_one_click(office: Browser) -> None:
    chapter = make_chapter(status=ChapterStatus.PLANNED)

    page = office.press("/office/chapters", f"/office/chapters/{chapter.slug}/open")

    assert page.status == 303
    assert "takes members" in office.follow(page).text
    db.session.rollback()
    db.session.refresh(chapter)
    assert chapter.status is ChapterStatus.ACTIVE


def test_the_office_changes_a_chapter(office: Browser) -> None:
    chapter = make_chapter()
    url = f"/office/chapters/{chapter.slug}"

    saved = office.submit(url, name_en="Better Chapter", join_mode="open", intro_zh="介绍")
    wrong = office.submit(url, name_zh="")

    assert saved.status == 303
    db.session.rollback()
    db.session.refresh(chapter)
    assert (chapter.name_en, chapter.join_mode) == ("Better Chapter", JoinMode.OPEN)
    assert (chapter.intro_zh, chapter.status) == ("介绍", ChapterStatus.ACTIVE)
    assert wrong.status == 422
    assert office.get("/office/chapters/atlantis").status == 404


def test_appointing_one_of_two_with_the_same_name(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    older, younger = make_verified("王伟", year=1998), make_verified("王伟", year=2003)
    url = f"/office/chapters/{chapter.slug}/officers/new"
    president = db.session.scalars(select(Position).where(Position.code == "president")).one()

    found = office.get(url, query_string={"q": "wangwei"})
    choice = office.send(
        found.form(),
        f"{url}?q=wangwei",
        person=younger.public_id,
        position_id=str(president.id),
        ends_on=(today() + timedelta(days=365)).isoformat(),
    )
    nobody = office.get(url, query_string={"q": "赵"})
    unchosen = office.submit(f"{url}?q=wangwei")

    assert [label for label in found.texts("label") if "王伟" in label or "Wang" in label] == [
        "Wang Wei · Class of 1998",
        "Wang Wei · Class of 2003",
    ]
    assert [one["value"] for one in found.all("input", type="radio")] == [
        older.public_id,
        younger.public_id,
    ]
    assert choice.status == 303
    db.session.rollback()
    officer = db.session.scalars(select(Officer)).one()
    assert (officer.person_id, officer.starts_on) == (younger.id, today())
    assert signed_in(younger).get(f"/chapters/{chapter.slug}/desk").status == 200
    assert "Nobody found" in nobody.text
    assert unchosen.status == 422


def test_ending_a_term(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader, elsewhere = signed_in(make_officer(chapter)), make_chapter()
    officer = db.session.scalars(select(Officer)).one()
    make_officer(chapter, "secretary")  # the last one would not be let go so easily
    url = f"/office/chapters/{chapter.slug}/officers/{officer.id}/end"
    yesterday = (today() - timedelta(days=1)).isoformat()

    before = leader.get(f"/chapters/{chapter.slug}/desk").status
    too_early = office.submit(url, last_day="2001-01-01")
    ended = office.submit(url, last_day=yesterday)

    assert (before, too_early.status, ended.status) == (200, 422, 303)
    assert leader.get(f"/chapters/{chapter.slug}/desk").status == 403
    foreign = url.replace(chapter.slug, elsewhere.slug)
    assert office.get(foreign).status == 404


def test_all_of_a_person_on_one_page(office: Browser) -> None:
    chapter = make_chapter()
    person = make_verified(
        "曾国强",
        year=1998,
        city="鞍山",
        employer="鞍山市中心医院",
        phone="13800000001",
        student_number="S199801",
        language="zh",
    )
    make_officer(chapter, person=person)
    make_member(chapter, person)

    page = office.get(f"/office/people/{person.public_id}")

    assert page.status == 200
    assert page.texts("h1") == ["Zeng Guoqiang"]
    for shown in ("曾国强", "Class of 1998", "S199801", "鞍山市中心医院", "Anshan", "13800000001"):
        assert shown in page.text
    for shown in (chapter.name_en, "President", "Can sign in", "Receiving letters", "Given"):
        assert shown in page.text
    assert office.get("/office/people/nobody").status == 404


def test_a_person_of_whom_little_is_known(office: Browser) -> None:
    page = office.get(f"/office/people/{make_person('李四').public_id}")

    assert page.status == 200
    assert "Has not signed up" in page.text
    assert "In no chapter" in page.text


@pytest.mark.parametrize("how_many", [1, 3])
def test_pages_ask_as_often_for_three_as_for_one(
    office: Browser, queries: list[str], how_many: int
) -> None:
    chapter = make_chapter()
    person = make_verified(year=1998, city="鞍山", employer="x", phone="13800000009")
    for _n in range(how_many):
        other = make_chapter()
        make_officer(chapter, person=make_verified(year=1998, city="鞍山"))
        make_member(chapter, make_verified(consents=(ConsentPurpose.CHAPTER_SHARING,)))
        make_member(chapter, state=MembershipState.PENDING)
        make_officer(other, person=make_member(other, person))
    office.get("/chapters")
    asked = {}
    for url in (
        "/chapters",
        f"/chapters/{chapter.slug}",
        f"/chapters/{chapter.slug}/desk",
        f"/chapters/{chapter.slug}/desk/members",
        f"/chapters/{chapter.slug}/desk/members?q=wang",
        "/office/chapters",
        f"/office/chapters/{chapter.slug}",
        f"/office/chapters/{chapter.slug}/officers/new?q=wang",
        f"/office/people/{person.public_id}",
    ):
        queries.clear()
        assert office.get(url).status == 200
        asked[url.replace(chapter.slug, "x").replace(person.public_id, "y")] = (
            asked_by(queries) - FOR_THE_ACTOR
        )

    assert asked == {
        "/chapters": 2,
        "/chapters/x": 8,
        "/chapters/x/desk": 14,
        "/chapters/x/desk/members": 4,
        "/chapters/x/desk/members?q=wang": 4,
        "/office/chapters": 8,
        "/office/chapters/x": 5,
        "/office/chapters/x/officers/new?q=wang": 3,
        "/office/people/y": 16,
    }
