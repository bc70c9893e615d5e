"""The pages on which the office keeps officers, and their own."""

from datetime import timedelta

import time_machine
from sqlalchemy import select

from alumni.accounts.models import Assignment
from alumni.authz import Capability
from alumni.chapters.models.governance import Petition, PetitionState
from alumni.codes.models import Place
from alumni.db import db, now, today
from tests.browser import Browser
from tests.factories import (
    account_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.membership.officers.made import DAY, SignIn, term_of


def test_granting_and_taking_away_on_the_officers_page(office: Browser, signed_in: SignIn) -> None:
    chapter, elsewhere = make_chapter(), make_chapter()
    leader = make_officer(chapter)
    url = f"/office/chapters/{chapter.slug}/officers/{term_of(leader).id}"
    desk = signed_in(leader)

    offered = office.get(url)
    given = office.send(offered.form(), url, right="export", reason="年会通讯录")
    unreasoned = office.send(offered.form(), url, right="publish", reason="")
    brought = office.send(offered.form(), url, right="approve", reason="x")
    shown = office.get(url)
    mine = desk.get(f"/chapters/{chapter.slug}/desk/officers")

    assert [one["value"] for one in offered.all("option")][-2:] == ["publish", "export"]
    assert (given.status, unreasoned.status, brought.status) == (303, 422, 422)
    assert "年会通讯录" in shown.text
    assert "Export lists through" in " ".join(mine.text.split())
    assert "See the members until further notice" in mine.text
    action = next(f.action for f in shown.forms if f.action.endswith("/take-away"))
    assert office.press(url, action).status == 303
    assert desk.get(f"/chapters/{chapter.slug}/desk/export").status == 403
    assert office.get(url.replace(chapter.slug, elsewhere.slug)).status == 404
    foreign = action.replace(chapter.slug, elsewhere.slug)
    token = shown.form(action).values["csrf_token"]
    assert office.post(foreign, csrf_token=token).status == 404
    assert desk.get(url).status == 403


def test_the_office_sees_that_a_term_is_its_own_or_over(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    staff = make_officer(chapter)
    account = account_of(staff)
    for held in (Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE):
        saved(Assignment(account_id=account.id, capability=held, starts_on=today()))
    former = make_officer(chapter, starts_on=today() - 9 * DAY, ends_on=today() - DAY)
    base = f"/office/chapters/{chapter.slug}/officers"

    own = signed_in(account).get(f"{base}/{term_of(staff).id}")
    over = office.get(f"{base}/{term_of(former).id}")
    oneself = signed_in(account).get(f"{base}/new?q={staff.public_id}")

    assert "Somebody else of the alumni office grants rights to you" in own.text
    assert "The term is over" in over.text
    assert "Nobody appoints themselves" in oneself.text
    assert not oneself.all("input", type="radio")


def test_what_gives_or_ends_rights_asks_again_who_is_there(office: Browser) -> None:
    chapter = make_chapter()
    term = term_of(make_officer(chapter))
    petition = saved(
        Petition(
            place_id=db.session.scalars(select(Place.id).order_by(Place.id).limit(1)).one(),
            name_zh="小城",
            name_en="Town",
            reason="x",
            begun_by_id=term.person_id,
            state=PetitionState.SUBMITTED,
        )
    )
    found = f"/office/petitions/{petition.public_id}"
    token = office.get(found).forms[0].values["csrf_token"]

    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        for page in (
            f"/office/chapters/{chapter.slug}/officers/{term.id}/end",
            f"/office/chapters/{chapter.slug}/archive",
            f"/office/chapters/{chapter.slug}/unite",
            f"/office/positions/{term.position_id}",
        ):
            assert office.get(page).location == f"/me/prove?next={page}"
        stopped = office.post(found, csrf_token=token, ends_on=today().isoformat())

    assert (stopped.status, stopped.texts("h1")) == (403, ["Is it you?"])


def test_ending_the_last_term_on_the_page(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    url = f"/office/chapters/{chapter.slug}/officers/{term_of(leader).id}/end"
    yesterday = (today() - DAY).isoformat()

    first = office.get(url)
    stopped = office.submit(url, last_day=yesterday)
    meant = office.send(stopped.form(), url, leaving_nobody="y")

    assert not first.all("input", name="leaving_nobody")
    assert stopped.status == 409
    assert stopped.all("input", name="leaving_nobody")
    assert stopped.form().values["last_day"] == yesterday
    assert meant.status == 303
    db.session.rollback()
    assert signed_in(leader).get(f"/chapters/{chapter.slug}/desk").status == 403


def test_the_team_at_the_desk(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter, person=make_member(chapter, make_verified("曾国强")))
    make_officer(chapter, "secretary", starts_on=today() + 9 * DAY, person=make_verified("安心"))
    make_officer(
        chapter,
        "treasurer",
        person=make_verified("赵一"),
        starts_on=today() - 9 * DAY,
        ends_on=today() - DAY,
    )
    url = f"/chapters/{chapter.slug}/desk/officers"

    page, staff = signed_in(leader).get(url), office.get(url)

    assert "Zeng Guoqiang" in page.text
    assert "An Xin" in page.text
    assert "Zhao Yi" not in page.text
    assert "You work at this desk as the alumni office" in staff.text
    assert signed_in(make_officer(make_chapter())).get(url).status == 404
