"""The pages of joining: the own one, and those at the desk."""

from datetime import date, timedelta

import pytest

from alumni.chapters.models import ChapterStatus, MembershipState
from alumni.db import today
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import make_chapter, make_member, make_officer, make_verified
from tests.membership.joining.made import spell, spells, waiting


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
    assert "No chapter yet" in stranger.get("/me/chapters").text


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
    nobody = browser.press(url, f"{url}/approve")
    done = browser.follow(browser.press(url, f"{url}/approve", joiner=chosen))

    assert sorted(one["value"] for one in page.all("input", type="checkbox")) == sorted(
        str(spell(person).id) for person in people
    )
    assert nobody.status == 422
    assert nobody.texts("div", role="alert") == ["Choose at least one person."]
    assert done.texts("div", role="status") == ["2 people approved."]
    assert [spell(person).state for person in people] == [
        MembershipState.ACTIVE,
        MembershipState.ACTIVE,
        MembershipState.PENDING,
    ]


def test_the_office_adds_and_ends_at_the_desk(office: Browser) -> None:
    chapter = make_chapter()
    person = make_verified("曾国强", year=1998)
    browser = office
    url = f"/chapters/{chapter.slug}/desk/members"

    found = browser.get(f"{url}/add", query_string={"q": "zengguo"})
    form = found.form()
    right = {"person": person.public_id, "since": "2020-05-01", "basis": "Paper form."}
    missing = [
        browser.send(form, f"{url}/add?q=zengguo", **right | wrong).status
        for wrong in ({"since": "x"}, {"basis": " "})
    ]
    done = browser.send(form, f"{url}/add?q=zengguo", **right)
    member = browser.get(f"{url}/add", query_string={"q": "zengguo"})
    no_reason = browser.submit(f"{url}/{person.public_id}/end", reason=" ")
    ended = browser.submit(f"{url}/{person.public_id}/end", reason="请加入沈阳分会")

    assert found.texts("label", for_="person-0") == ["Zeng Guoqiang · Class of 1998"]
    assert missing == [422, 422]
    assert (done.status, no_reason.status, ended.status) == (303, 422, 303)
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
        "/joiners": 4,
        "/former": 2,
        "/former?q=an": 2,
        "/invite?q=an": 4,
    }


def test_who_waits_is_told_so_and_can_take_the_wish_back(signed_in: SignIn) -> None:
    chapter = make_chapter()
    person = waiting(chapter, "安心")
    browser = signed_in(person)
    url = f"/chapters/{chapter.slug}/join"

    page = browser.get(url)
    browser.press(url, f"/chapters/{chapter.slug}/leave")

    assert "Your wish to join is with the chapter." in page.text
    assert not page.all("textarea")
    assert len(browser.get(url).all("textarea")) == 1
