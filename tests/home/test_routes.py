"""The front page, my page, the office's desk, settings and health."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.audit.policy import may_read_history
from alumni.authz import ANYONE, SYSTEM, Actor, Right, require
from alumni.chapters.models import MembershipState, Position, PositionRight
from alumni.chapters.models.governance import Handover, HandoverSeat
from alumni.codes.models import Setting
from alumni.codes.queries import DEMONSTRATION, forget_settings
from alumni.db import db, now, today, transaction
from alumni.exports.models import FileState, KeptFile
from alumni.home.policy import may_see_office
from alumni.home.queries import my_page
from alumni.membership.queries.network import chapters_asleep
from alumni.migrations import schema
from alumni.outbox.models import Heartbeat
from alumni.people.models import PersonStatus
from alumni.people.queries.profile import MANY_VIEWS
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused


def test_the_front_page_shows_events_and_all_chapters(browser: Browser) -> None:
    make_event(title_en="New Year dinner")

    page = browser.get("/")

    assert "New Year dinner" in page.text
    assert len([a for a in page.all("a") if (a.get("href") or "").startswith("/chapters/")]) == 18


def test_my_page_suggests_the_chapter_of_my_city(signed_in: SignIn) -> None:
    page = signed_in(make_verified(city="鞍山市")).get("/me")

    assert "Anshan Chapter" in page.text
    assert "/chapters/anshan/join" in [a.get("href") for a in page.all("a")]


def test_my_page_shows_where_i_am_a_member_and_lead(signed_in: SignIn) -> None:
    anshan = the_chapter("anshan")
    leader = make_officer(anshan)

    page = signed_in(leader).get("/me")

    assert "Your desk: Anshan Chapter" in page.text
    assert "Member since" in page.text
    assert "/chapters/anshan/desk" in [a.get("href") for a in page.all("a")]


def test_my_page_says_that_the_office_is_checking(browser: Browser, signed_in: SignIn) -> None:
    account = make_account()
    page = signed_in(account).get("/me")
    assert "This account belongs to no graduate" in page.text


@pytest.mark.parametrize("how_many", [1, 3])
def test_my_page_asks_as_often_for_three_as_for_one(
    signed_in: SignIn, queries: list[str], how_many: int
) -> None:
    person = make_verified(city="鞍山市")
    for _ in range(how_many):
        chapter = the_chapter(("anshan", "beijing", "shanghai")[_])
        make_member(chapter, person)
        make_event(chapter)
    browser = signed_in(person)
    browser.get("/me")
    queries.clear()

    browser.get("/me")

    assert len([query for query in queries if query.startswith(("SELECT", "WITH"))]) == 12


def test_the_office_sees_what_waits(office: Browser) -> None:
    make_person(status=PersonStatus.KNOWN)
    make_verified()

    page = office.get("/office")

    assert "No worker is running" in page.text
    assert "Applications" in page.text
    assert {"/office/people", "/office/people?status=verified"} <= {
        a.get("href") for a in page.all("a")
    }


def test_the_office_sees_who_was_stopped_and_which_files_are_ready(office: Browser) -> None:
    account = db.session.scalars(select(Account)).one()
    for state, digest in ((FileState.READY, "0" * 64), (FileState.WAITING, None)):
        saved(
            KeptFile(
                account_id=account.id,
                purpose="x",
                name="x.csv",
                mimetype="text/csv",
                language="zh",
                kind="people",
                wish={},
                state=state,
                sha256=digest,
                expires_at=now() + timedelta(days=1),
            )
        )
    with transaction():
        record(Actor(account_id=account.id), MANY_VIEWS, None)

    page = office.get("/office")

    assert page.texts("a", href="/files") == ["Files that are ready for you 1"]
    assert page.texts("a", href=f"/office/audit?verb={MANY_VIEWS}") == [
        "Stopped after reading very many profiles 1"
    ]


def test_the_office_sees_what_waits_of_chapters(office: Browser) -> None:
    chapter = make_chapter()
    make_member(chapter, state=MembershipState.PENDING)
    handover = saved(Handover(chapter_id=chapter.id, effective_on=today()))
    seat = HandoverSeat(
        handover_id=handover.id,
        person_id=make_member(chapter).id,
        position_id=db.session.scalars(select(Position.id)).first(),
    )
    saved(seat)
    asleep = chapters_asleep(SYSTEM)

    page = office.get("/office")
    told = {a["href"]: page.texts("a", href=a["href"])[0] for a in page.all("a")}

    assert told["/office/chapters?waits=1"] == "Joining a chapter 1"
    assert told["/office/chapters?sign=any"] == f"Chapters with a sign of sleep {asleep}"
    assert told["/office/handovers"] == "Handovers to confirm 1"
    assert told["/office/petitions?state=submitted"] == "Petitions for new chapters 0"
    for url in (
        *("/office/requests", "/office/changes", "/office/relayed"),
        *("/office/annual-reports?state=submitted", "/office/annual-reports?state=overdue"),
        *("/office/events?status=in_review", "/office/mailings?status=submitted"),
    ):
        assert url in told
    nodes = [
        a for a in office.get("/office/chapters?sign=any").all("a") if "/desk/members" in a["href"]
    ]
    assert len(nodes) == asleep > 0


def test_my_page_counts_joiners_for_those_who_may_see_them(signed_in: SignIn) -> None:
    chapter = make_chapter()
    make_member(chapter, state=MembershipState.PENDING)
    position = saved(Position(code="helper", name_zh="干事", name_en="Helper"))
    right = saved(PositionRight(position_id=position.id, right=Right.EVENTS))
    helper = make_officer(chapter, "helper", person=make_verified())
    me = my_page(actor_of(helper))
    right.right = Right.APPROVE
    saved(right)

    assert [(led.id, number) for led, number in me.desks] == [(chapter.id, 0)]
    assert [number for _led, number in my_page(actor_of(helper)).desks] == [1]
    assert signed_in(helper).get("/me").all("a", href=f"/chapters/{chapter.slug}/desk")


@pytest.mark.parametrize(
    ("role", "status", "menu"),
    [
        (None, PersonStatus.VERIFIED, ["Home", "Directory", "Chapters", "Events", "My page"]),
        ("office", PersonStatus.VERIFIED, ["Directory", "Chapters", "Events", "Office", "My page"]),
        ("office", PersonStatus.APPLICANT, ["Home", "Chapters", "Events", "Office", "My page"]),
        (None, PersonStatus.APPLICANT, ["Home", "Chapters", "Events", "My page"]),
    ],
)
def test_the_dock_of_a_phone_has_room_for_the_whole_menu(
    signed_in: SignIn, role: str | None, status: PersonStatus, menu: list[str]
) -> None:
    account = make_account(role=role, person=make_person(status=status))
    page = signed_in(account).get("/events")

    assert page.texts("nav", class_="dock") == [" ".join(menu)]


def test_my_page_leads_to_my_profile_and_searches(signed_in: SignIn) -> None:
    links = {a.get("href") for a in signed_in(make_verified()).get("/me").all("a")}
    waiting = make_account(person=make_person(status=PersonStatus.APPLICANT))
    fewer = {a.get("href") for a in signed_in(waiting).get("/me").all("a")}

    own = {"/me/profile", "/me/profile/as/alumni", "/people/saved", "/people"}
    assert own <= links
    assert own & fewer == {"/me/profile"}


def test_a_graduate_does_not_see_the_office(signed_in: SignIn) -> None:
    assert signed_in(make_verified()).get("/office").status == 403
    with refused(may_see_office):
        require(may_see_office, ANYONE)
    with refused(may_read_history):
        require(may_read_history, ANYONE)


def test_staff_see_only_what_is_theirs(signed_in: SignIn) -> None:
    page = signed_in(make_account(role="auditor")).get("/office")
    assert page.status == 200
    assert "Applications" not in page.text
    assert "/office/people" not in [a.get("href") for a in page.all("a")]


def test_the_office_says_what_the_association_is(office: Browser, browser: Browser) -> None:
    answer = office.submit(
        "/office/settings",
        name_en="Seaside Alumni",
        icp="辽ICP备00000000号-1",
        contact_email="Office@Example.org",
        accent="accent-wine",
    )

    assert answer.status == 303
    page = browser.get("/contact")
    assert "Seaside Alumni" in page.text
    assert "辽ICP备00000000号-1" in page.text
    assert page.all("a", href="mailto:office@example.org")
    assert page.all("html")[0]["class"].strip() == "accent-wine"


def test_a_wrong_setting_comes_back(office: Browser) -> None:
    page = office.submit("/office/settings", name_en="", contact_email="office@", icp="x")
    assert page.status == 422
    assert page.form().values["contact_email"] == "office@"
    assert db.session.scalars(select(Setting)).all() == []


def test_settings_are_the_offices(signed_in: SignIn) -> None:
    assert signed_in(make_verified()).get("/office/settings").status == 403


@pytest.mark.parametrize("path", ["/privacy", "/contact", "/help"])
def test_plain_pages(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 200


def test_patterns_are_for_the_demonstration(browser: Browser) -> None:
    assert browser.get("/patterns").status == 404
    with transaction():
        db.session.add(Setting(key=DEMONSTRATION, value=True))
        record(SYSTEM, "made", None)
    forget_settings()

    page = browser.get("/patterns")

    assert page.status == 200
    assert "Demonstration: all people here are invented." in page.text
    assert page.all("input", **{"aria-invalid": "true"})


def test_readiness_with_a_worker(browser: Browser) -> None:
    with transaction():
        db.session.add(Heartbeat(worker="w", at=now()))
    page = browser.get("/readyz")
    assert page.status == 200
    assert b'"problems":[]' in page.content
    assert schema.head().encode() in page.content


def test_who_comes_home_is_greeted_as_the_language_writes_the_name(signed_in: SignIn) -> None:
    browser = signed_in(make_verified("曾国强"))

    assert browser.get("/me").texts("h1") == ["Hello, Zeng Guoqiang"]


def test_chapters_where_somebody_waits_are_the_whole_list_behind_their_number(
    office: Browser,
) -> None:
    chapter = make_chapter()
    make_chapter()
    make_member(chapter, state=MembershipState.PENDING)

    page = office.get("/office/chapters?waits=1")

    named = [a["href"] for a in page.all("a") if a["href"].startswith("/office/chapters/")]
    assert [url for url in named if url != "/office/chapters/new"] == [
        f"/office/chapters/{chapter.slug}"
    ]
