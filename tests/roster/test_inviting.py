"""Links to join with: limits, ends, and who came by them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from alumni.authz import ANYONE, Actor
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, now, transaction
from alumni.errors import Gone, Invalid, NotFound, Refusal
from alumni.i18n import speaking
from alumni.outbox.models import Delivery
from alumni.roster.commands.applications import apply_to_join, confirm_application
from alumni.roster.commands.inviting import MOST_USES, Invited, invite, revoke
from alumni.roster.models import Application, ApplicationState, Invitation
from alumni.roster.policy import may_invite, may_revoke
from alumni.roster.queries.inviting import (
    AT_A_TIME,
    came_by,
    get_invitation,
    invitations,
    invited_text,
    is_open,
    open_invitation,
)
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_officer,
    make_verified,
)
from tests.refusals import refused
from tests.roster.test_applications import ZENG

MONTH = timedelta(days=30)


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def link(**values: Any) -> Invitation:
    """A link for the class of 1998, unless said otherwise."""
    told: dict[str, Any] = {"graduation_year": 1998, "most_uses": 2, "lasts": MONTH, **values}
    actor = told.pop("actor", None) or the_office()
    with transaction():
        return invite(actor, Invited(**told))


def confirmed(email: str, invitation: Invitation, **values: Any) -> Application:
    """Somebody who signs up by the link and confirms the address."""
    token = applied(email, invitation, **values)
    with transaction():
        confirm_application(ANYONE, token)
    mine = select(Application).where(Application.email == email)
    return db.session.scalars(mine.order_by(Application.id.desc())).one()


def applied(email: str, invitation: Invitation, **values: Any) -> str:
    """The token of the letter to who signs up by the link."""
    with transaction():
        told = replace(ZENG, email=email, **values)
        apply_to_join(ANYONE, told, db.session.get_one(Invitation, invitation.id))
    sent = select(Delivery.text).where(Delivery.email == email).order_by(Delivery.id.desc())
    return str(db.session.scalars(sent).first()).split("/join/")[1].split()[0]


def uses(invitation: Invitation) -> int:
    db.session.rollback()
    return db.session.get_one(Invitation, invitation.id).uses


def test_a_link_lets_in_as_many_as_it_was_made_for() -> None:
    one = link(most_uses=2)
    tokens = [applied(f"a{n}@example.org", one) for n in range(3)]
    assert uses(one) == 0
    for token in tokens:
        with transaction():
            confirm_application(ANYONE, token)
    came_late = select(Application.email).where(Application.invitation_id.is_(None))
    assert db.session.scalars(came_late).all() == ["a2@example.org"]
    assert uses(one) == 2
    with pytest.raises(Gone):
        open_invitation(one.token)


def test_what_a_link_has_left_tells_nothing_of_an_address() -> None:
    make_verified(email="member@example.org")
    one = link(most_uses=2)
    for email in ("member@example.org", "unknown@example.org"):
        with transaction():
            known = db.session.get_one(Invitation, one.id)
            apply_to_join(ANYONE, replace(ZENG, email=email), known)
        assert (uses(one), came_by(one)) == (0, {})
    applied("unknown@example.org", one)
    assert (uses(one), came_by(one)) == (0, {})


def test_who_applies_again_is_counted_once() -> None:
    one = link()
    applied("a@example.org", one)
    confirmed("a@example.org", one)
    assert (uses(one), came_by(one)) == (1, {ApplicationState.WAITING: 1})


def test_the_last_place_is_given_once(app: Flask) -> None:
    one = link(most_uses=1)
    tokens = [applied(f"a{n}@example.org", one, student_number=str(n)) for n in range(4)]
    db.session.rollback()

    def come(token: str) -> None:
        with app.app_context(), transaction():
            confirm_application(ANYONE, token)

    assert at_once(come, tokens) == []
    db.session.expire_all()
    assert uses(one) == 1
    by_it = select(Application.id).where(Application.invitation_id == one.id)
    assert len(db.session.scalars(by_it).all()) == 1


def test_a_link_ends_with_its_time_and_by_hand() -> None:
    late, ended = link(), link()
    with transaction():
        db.session.execute(
            update(Invitation)
            .where(Invitation.id == late.id)
            .values(ends_at=now() - timedelta(seconds=1))
        )
    with transaction():
        revoke(the_office(), db.session.get_one(Invitation, ended.id))
    for one in (late, ended):
        assert confirmed(f"a{one.id}@example.org", one).invitation_id is None
        assert not is_open(db.session.get_one(Invitation, one.id))
        with pytest.raises(Gone):
            open_invitation(one.token)
    with pytest.raises(Refusal, match="ended already"), speaking("en"), transaction():
        revoke(the_office(), db.session.get_one(Invitation, ended.id))


@pytest.mark.parametrize(
    "wrong",
    [
        {"most_uses": 0},
        {"most_uses": MOST_USES + 1},
        {"lasts": timedelta()},
        {"lasts": timedelta(days=400)},
    ],
)
def test_what_a_link_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        link(**wrong)


def test_whom_a_link_is_for_in_words() -> None:
    college = code_named(CodeKind.COLLEGE, "口腔医学院")
    assert college is not None
    class_link = link(college_id=college.id, class_label="3班")
    chapter_link = link(graduation_year=None, chapter_id=make_chapter(name_zh="鞍山").id)
    office = the_office()
    rows = [get_invitation(office, one.public_id) for one in (class_link, chapter_link)]
    with speaking("zh"):
        assert [invited_text(row) for row in rows] == ["1998届 口腔医学院 3班", "鞍山"]


def test_an_officer_invites_for_the_own_chapter_and_sees_no_other() -> None:
    chapter, other = make_chapter(), make_chapter()
    officer = actor_of(make_officer(chapter))
    mine = link(actor=officer, graduation_year=None, chapter_id=chapter.id)
    theirs = link(graduation_year=None, chapter_id=other.id)

    listed = db.session.execute(invitations(officer, chapter.id)).all()
    assert [row[0].id for row in listed] == [mine.id]
    with pytest.raises(NotFound):
        get_invitation(officer, theirs.public_id)
    with refused(may_invite):
        link(actor=officer, graduation_year=None, chapter_id=other.id)
    with refused(may_invite):
        link(actor=officer)
    with refused(may_invite):
        invitations(officer)
    with refused(may_revoke):
        revoke(officer, theirs)


def test_a_member_invites_nobody() -> None:
    member = actor_of(make_verified())
    with refused(may_invite):
        link(actor=member)
    with pytest.raises(NotFound):
        get_invitation(member, link().public_id)


# Pages


def test_the_office_makes_a_link_and_gets_its_code(office: Browser, browser: Browser) -> None:
    page = office.follow(
        office.submit("/office/invitations", graduation_year="１９９８", most_uses="2", days="30")
    )
    one = db.session.scalars(select(Invitation)).one()
    assert page.url == f"/invitations/{one.public_id}"
    assert len(page.all("svg", class_="qr")) == 1
    assert f"/i/{one.token}" in page.text
    shown = browser.get(f"/i/{one.token}")
    assert "Class of 1998" in shown.texts("h1")[0]
    assert shown.all("a", href=f"/join?invitation={one.token}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("graduation_year", ""),
        ("graduation_year", "98级"),
        ("most_uses", "0"),
        ("days", "x"),
        ("class_label", "3班"),
    ],
)
def test_a_wrong_answer_is_said_beside_its_question(
    office: Browser, field: str, value: str
) -> None:
    told: dict[str, Any] = {"graduation_year": "1998", "most_uses": "2", "days": "30"}
    page = office.submit("/office/invitations", **(told | {field: value}))
    assert page.status == 422
    assert page.all("a", href=f"#{field}")
    assert db.session.scalars(select(Invitation)).all() == []


def test_an_officer_makes_a_link_at_the_desk(signed_in: SignIn) -> None:
    chapter = make_chapter(name_zh="鞍山", name_en="Anshan", slug="ansteel")
    leader = signed_in(make_officer(chapter))
    page = leader.follow(
        leader.submit("/chapters/ansteel/desk/invitations", most_uses="5", days="7", note="聚会")
    )
    assert "聚会" in page.text
    assert page.texts("h1") == ["Anshan"]
    listed = leader.get("/chapters/ansteel/desk/invitations")
    assert "聚会" in listed.text
    ended = leader.follow(leader.press(page.url, f"{page.url}/revoke"))
    assert "Ended by hand" in ended.text


def test_a_link_that_is_over_says_so(office: Browser, browser: Browser) -> None:
    one = link()
    with transaction():
        db.session.execute(update(Invitation).values(revoked_at=now()))
    gone = browser.get(f"/i/{one.token}")
    assert gone.status == 410
    assert gone.texts("h1") == ["This invitation is over"]
    assert browser.get("/i/nothing").status == 410
    assert office.get("/invitations/nothing").status == 404


def test_members_go_where_the_link_means(signed_in: SignIn) -> None:
    chapter = make_chapter(name_zh="鞍山", name_en="Anshan", slug="ansteel")
    to_chapter = link(graduation_year=None, chapter_id=chapter.id)
    member = signed_in(make_verified())
    assert member.get(f"/i/{to_chapter.token}").location == "/chapters/ansteel"
    assert member.get(f"/i/{link().token}").location == "/me"


def test_a_member_finds_no_page_of_links(signed_in: SignIn) -> None:
    make_chapter(name_zh="鞍山", name_en="Anshan", slug="ansteel")
    member = signed_in(make_verified())
    assert member.get("/office/invitations").status == 403
    assert member.get("/chapters/ansteel/desk/invitations").status == 404


def test_the_links_beyond_the_first_page_are_reached(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    officer = make_officer(chapter)
    for n in range(AT_A_TIME + 1):
        link(graduation_year=None, chapter_id=chapter.id, note=f"note {n}.")
    desk = f"/chapters/{chapter.slug}/desk/invitations"
    for reader, address in ((office, "/office/invitations"), (signed_in(officer), desk)):
        page = reader.get(address)
        assert "note 0." not in page.text
        (older,) = [a["href"] for a in page.all("a", rel="next")]
        last = reader.get(older)
        assert [text for text in last.texts("small") if "note 0." in text] != []
        assert "note 1." not in last.text
        assert [a["href"] for a in last.all("a", rel="prev")] == [address]
    assert office.get("/office/invitations?before=x").status == 400
