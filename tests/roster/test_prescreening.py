"""Officers say whom of the applicants they know; the office decides."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from alumni.authz import Actor, Right
from alumni.db import db, transaction
from alumni.errors import NotFound, Refusal
from alumni.roster.commands.deciding import approve_into, discard, recommend, reject
from alumni.roster.models import Application, ApplicationState
from alumni.roster.policy import may_decide_application, may_prescreen, may_recommend
from alumni.roster.queries.prescreening import (
    AT_A_TIME,
    applicants,
    get_applicant,
    get_prescreened,
)
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused
from tests.roster.test_applications import ZENG, applied, confirmed, kinds, the_office, verbs


def leader(slug: str = "anshan") -> Actor:
    return actor_of(make_officer(the_chapter(slug)))


def of(slug: str = "anshan", **values: Any) -> Application:
    return confirmed(**{"chapter_id": the_chapter(slug).id, "graduation_year": 1998, **values})


def test_only_those_who_chose_the_chapter() -> None:
    mine = of()
    of("shenyang", email="b@example.org", student_number="2")
    confirmed(email="c@example.org", student_number="3")
    applied(email="d@example.org", student_number="4", chapter_id=the_chapter("anshan").id)
    gone = of(email="e@example.org", student_number="5")
    with transaction():
        discard(the_office(), gone)
    chapter = the_chapter("anshan")

    (one,) = applicants(leader(), chapter)
    assert (one.public_id, one.name, one.graduation_year, one.city) == (
        mine.public_id,
        "曾国强",
        1998,
        "鞍山",
    )
    assert not one.is_recommended
    with pytest.raises(NotFound):
        get_applicant(leader(), chapter, gone.public_id)


def test_who_may_see_them() -> None:
    application, chapter = of(), the_chapter("anshan")
    nobody_there = (actor_of(make_member(chapter)), leader("shenyang"), Actor())
    for actor in nobody_there:
        with pytest.raises(NotFound):
            get_prescreened(actor, "anshan")
        with refused(may_prescreen):
            applicants(actor, chapter)
        with refused(may_recommend), transaction():
            recommend(actor, application, "I know her.")
    viewer = replace(leader(), rights={chapter.id: frozenset({Right.VIEW})})
    with refused(may_prescreen):
        get_prescreened(viewer, "anshan")


def test_recommending_is_not_approving() -> None:
    application, actor = of(), leader()
    person = make_person("曾国强", year=1998)
    with transaction():
        recommend(actor, application, "We work in one hospital.")

    assert application.state is ApplicationState.WAITING
    assert application.recommended_by_id == actor.account_id
    assert application.recommendation == "We work in one hospital."
    assert verbs()[-1] == "recommended_applicant"
    assert kinds()[-1] == "application_waiting"
    with refused(may_decide_application), transaction():
        approve_into(actor, application, person)
    with transaction():
        reject(the_office(), application, "No.")
    with pytest.raises(Refusal) as refusal, transaction():
        recommend(actor, application, "But I know her.")
    assert refusal.value.status == 409


def test_nobody_recommends_themselves() -> None:
    person = make_officer(the_chapter("anshan"), person=make_verified(email="chief@example.org"))
    application = saved(
        Application(
            name="曾国强",
            email="chief@example.org",
            student_number="1",
            city="鞍山",
            chapter_id=the_chapter("anshan").id,
            language="zh",
            notice_version="1",
            state=ApplicationState.WAITING,
        )
    )

    with refused(may_recommend), transaction():
        recommend(actor_of(person), application, "I am great.")


def test_the_desk_shows_no_address_and_the_office_sees_the_word(
    signed_in: SignIn, office: Browser
) -> None:
    application = of(phone="138 0000 1234", birth_year=1975)
    other = of("shenyang", email="b@example.org", name="李四", student_number="2")
    browser = signed_in(make_officer(the_chapter("anshan")))

    assert browser.get("/chapters/anshan/desk").all("a", href="/chapters/anshan/desk/applicants")
    listed = browser.get("/chapters/anshan/desk/applicants")
    assert "曾国强" in listed.text
    url = f"/chapters/anshan/desk/applicants/{application.public_id}"
    page = browser.get(url)
    for shown in (listed, page):
        assert "Class of 1998" in shown.text
        assert "鞍山" in shown.text
        for never in (ZENG.email, "19930001", "138 0000 1234", "1975", "李四"):
            assert never not in shown.text
    assert browser.get(f"/chapters/anshan/desk/applicants/{other.public_id}").status == 404
    assert browser.get("/chapters/shenyang/desk/applicants").status == 404
    assert browser.submit(url, note=" ").status == 422
    assert browser.submit(url, note="We work together.").status == 303
    assert "Recommended" in browser.get("/chapters/anshan/desk/applicants").text
    token = page.forms[0].values["csrf_token"]
    refusal = browser.post(
        f"/office/applications/{application.public_id}/approve", csrf_token=token
    )
    assert refusal.status == 403
    assert browser.get(f"/office/applications/{application.public_id}").status == 403

    assert "Recommended by the chapter" in office.get("/office/applications").text
    assert "We work together." in office.get(f"/office/applications/{application.public_id}").text
    db.session.rollback()
    assert [one.state for one in db.session.scalars(select(Application))] == [
        ApplicationState.WAITING
    ] * 2


def test_the_applicants_beyond_the_first_page_are_reached(signed_in: SignIn) -> None:
    chapter = the_chapter("anshan")
    for n in range(AT_A_TIME + 1):
        saved(
            Application(
                name=f"Applicant {n}.",
                email=f"a{n}@example.org",
                student_number=str(n),
                city="鞍山",
                chapter_id=chapter.id,
                language="zh",
                notice_version="1",
                state=ApplicationState.WAITING,
            )
        )
    browser = signed_in(make_officer(chapter))
    desk = "/chapters/anshan/desk/applicants"

    page = browser.get(desk)
    assert "Applicant 0." in page.text
    assert f"Applicant {AT_A_TIME}." not in page.text
    (later,) = [a["href"] for a in page.all("a", rel="next")]
    last = browser.get(later)
    assert f"Applicant {AT_A_TIME}." in last.text
    assert "Applicant 99." not in last.text
    assert last.all("a", rel="next") == []
    assert [a["href"] for a in last.all("a", rel="prev")] == [desk]
    assert browser.get(f"{desk}?after=x").status == 400
    assert "There are no more" in browser.get(f"{desk}?after=2000000000").text


def test_an_empty_desk_says_so(signed_in: SignIn) -> None:
    browser = signed_in(make_officer(the_chapter("anshan")))

    assert "Nobody waits" in browser.get("/chapters/anshan/desk/applicants").text
