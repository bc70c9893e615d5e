"""What officers promise about members' data before they see any."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, Actor, Capability, Owed
from alumni.chapters.models import MembershipState
from alumni.chapters.models.governance import Acceptance, Agreement
from alumni.db import db, now, today, transaction
from alumni.errors import NotFound, Refusal
from alumni.membership.commands.agreements import (
    AgreementText,
    accept_agreement,
    publish_agreement,
)
from alumni.membership.forms.agreements import proposed
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_accept
from alumni.membership.queries.agreements import (
    get_version,
    list_agreements,
    my_acceptance,
    who_accepted,
    who_has_to,
)
from alumni.people.models import Person
from tests.browser import Browser, at_once
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
)
from tests.refusals import refused

SignIn = Callable[[Account | Person], Browser]

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))

DAY = timedelta(days=1)


def text(number: int = 1) -> AgreementText:
    return AgreementText(text_zh=f"承诺{number}", text_en=f"Promise {number}")


def published(number: int = 1) -> Agreement:
    with transaction():
        return publish_agreement(OFFICE, text(number))


def deeds() -> list[str]:
    done = select(ChangeSet.verb).where(ChangeSet.verb != "made").order_by(ChangeSet.id)
    return list(db.session.scalars(done))


def test_versions_count_up_and_the_same_text_is_published_once() -> None:
    versions = [published(number).version for number in (1, 1, 2, 1)]

    assert versions == [1, 1, 2, 3]
    assert [row.agreement.version for row in list_agreements(OFFICE)] == [3, 2, 1]
    assert deeds() == ["published_agreement"] * 3


def test_rights_wait_until_the_newest_version_is_accepted() -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    assert actor_of(leader).rights != {}

    published()
    waiting = actor_of(leader)
    with transaction():
        accept_agreement(waiting, 1)
    accepted = actor_of(leader)
    published(2)
    again = actor_of(leader)

    assert (waiting.owes, dict(waiting.rights)) == (Owed.AGREEMENT, {})
    assert accepted.owes is None
    assert chapter.id in accepted.rights
    assert again.owes is Owed.AGREEMENT


def test_accepting_keeps_the_version_and_the_time_once() -> None:
    leader = make_officer(make_chapter())
    published()
    noon = datetime(2027, 3, 1, 4, tzinfo=UTC)

    with time_machine.travel(noon, tick=False):
        for _again in range(2):
            with transaction():
                accept_agreement(actor_of(leader), 1)

    acceptance = db.session.scalars(select(Acceptance)).one()
    assert (acceptance.person_id, acceptance.accepted_at) == (leader.id, noon)
    assert deeds() == ["published_agreement", "accepted_agreement"]
    kept = my_acceptance(actor_of(leader))
    assert kept is not None
    assert (kept.version, kept.accepted_at) == (1, noon)


def test_nobody_accepts_what_they_have_not_read() -> None:
    leader = make_officer(make_chapter())
    published()
    published(2)

    with pytest.raises(Refusal), transaction():
        accept_agreement(actor_of(leader), 1)

    assert db.session.scalars(select(Acceptance)).all() == []


def test_only_who_holds_a_position_is_asked() -> None:
    chapter = make_chapter()
    coming = make_officer(chapter, starts_on=today() + DAY)
    former = make_officer(chapter, ends_on=today() - DAY)
    published()

    with transaction():
        accept_agreement(actor_of(coming), 1)
    for person in (former, make_member(chapter)):
        with pytest.raises(NotFound), transaction():
            accept_agreement(actor_of(person), 1)
    with refused(may_accept), transaction():
        accept_agreement(ANYONE, 1)


def test_only_the_office_publishes_and_sees_who_accepted() -> None:
    leader = actor_of(make_officer(make_chapter()))
    agreement = published()

    with refused(may_manage_chapters), transaction():
        publish_agreement(leader, text(2))
    for forbidden in (
        lambda: list_agreements(leader),
        lambda: get_version(leader, 1),
        lambda: who_accepted(leader, agreement),
        lambda: who_has_to(leader),
    ):
        with refused(may_manage_chapters):
            forbidden()
    with pytest.raises(NotFound):
        get_version(OFFICE, 2)


def test_who_accepted_and_who_still_has_to() -> None:
    chapter, other = make_chapter(name_en="Here"), make_chapter(name_en="There")
    done = make_officer(chapter, person=make_verified("曾国强"))
    twice = make_officer(chapter, person=make_verified("安心"))
    make_officer(other, "treasurer", person=twice)
    make_officer(other, starts_on=today() + DAY, person=make_verified("赵一"))
    make_officer(other, ends_on=today() - DAY, person=make_verified("钱二"))
    assert who_has_to(OFFICE) == []
    agreement = published()
    with transaction():
        accept_agreement(actor_of(done), 1)

    missing = {one.who.person_id: one.chapter for one in who_has_to(OFFICE)}

    assert [one.who.person_id for one in who_accepted(OFFICE, agreement)] == [done.id]
    assert len(missing) == 2
    assert missing[twice.id].split(" · ") == [chapter.name_zh, other.name_zh]
    assert list_agreements(OFFICE)[0].accepted == 1


def test_two_who_publish_at_once_publish_two_versions_or_one_is_told(app: Flask) -> None:
    def publish(number: int) -> None:
        with app.app_context(), transaction():
            publish_agreement(OFFICE, text(number))

    problems = at_once(publish, range(3))

    assert {type(problem) for problem in problems} <= {Refusal}
    versions = db.session.scalars(select(Agreement.version).order_by(Agreement.version)).all()
    assert versions == list(range(1, 4 - len(problems)))


def test_accepting_twice_at_once_is_once(app: Flask) -> None:
    leader = make_officer(make_chapter())
    published()
    actor = actor_of(leader)

    def accept(_n: int) -> None:
        with app.app_context(), transaction():
            accept_agreement(actor, 1)

    assert at_once(accept, range(3)) == []
    db.session.rollback()
    assert len(db.session.scalars(select(Acceptance)).all()) == 1


# -- pages -----------------------------------------------------------------------------------


def test_a_new_version_stands_before_the_desk_until_it_is_accepted(signed_in: SignIn) -> None:
    chapter = make_chapter()
    browser = signed_in(make_officer(chapter))
    desk = f"/chapters/{chapter.slug}/desk/members?q=zeng"
    assert browser.get(desk).status == 200
    assert browser.get("/agreement").status == 404
    published()

    stopped = browser.get(desk)
    asked = browser.follow(stopped)
    unread = browser.send(asked.form(), stopped.location)
    accepted = browser.send(asked.form(), stopped.location, agree="y")

    assert stopped.location.startswith("/agreement?next=")
    assert "Promise 1" in asked.text
    assert "承诺" not in asked.text
    assert unread.status == 422
    assert accepted.location == desk
    assert browser.get(desk).status == 200
    assert "You have accepted this version" in browser.get("/agreement").text


def test_a_version_published_while_one_reads_has_to_be_read(signed_in: SignIn) -> None:
    chapter = make_chapter()
    browser = signed_in(make_officer(chapter))
    desk = f"/chapters/{chapter.slug}/desk"
    published()
    stopped = browser.get(desk)
    asked = browser.follow(stopped)
    published(2)

    late = browser.send(asked.form(), stopped.location, agree="y")

    assert late.status == 409
    assert "Promise 2" in late.text
    assert late.form().values["version"] == "2"
    assert "agree" not in late.form().values
    assert browser.send(late.form(), stopped.location, agree="y").location == desk


def test_it_is_read_in_the_own_language_and_leads_nowhere_else(signed_in: SignIn) -> None:
    chapter = make_chapter()
    browser = signed_in(make_officer(chapter))
    with browser.client.session_transaction() as session:
        session["language"] = "zh"
    published()

    page = browser.get("/agreement?next=https://evil.example/")
    accepted = browser.send(page.form(), "/agreement", agree="y")

    assert "承诺1" in page.text
    assert "Promise" not in page.text
    assert accepted.location == "/me"


def test_what_was_typed_is_kept_while_the_agreement_waits(signed_in: SignIn) -> None:
    chapter = make_chapter()
    make_member(chapter, state=MembershipState.PENDING)
    browser = signed_in(make_officer(chapter))
    desk = browser.get(f"/chapters/{chapter.slug}/desk")
    link = next(one["href"] for one in desk.all("a") if one["href"].endswith("/reject"))
    form = browser.get(link)
    published()

    page = browser.send(form.form(), link, reason="请先补充毕业年份")

    assert page.status == 403
    assert "请先补充毕业年份" in page.text


def test_the_office_publishes_a_text_that_is_proposed(office: Browser, signed_in: SignIn) -> None:
    graduate = signed_in(make_verified())

    empty = office.get("/office/agreement")
    proposal = office.get("/office/agreement/new")
    missing = office.send(proposal.form(), "/office/agreement/new", text_en=" ")
    done = office.send(proposal.form(), "/office/agreement/new")
    again = office.send(proposal.form(), "/office/agreement/new")

    assert "No agreement yet" in empty.text
    assert proposal.form().values["text_zh"].startswith("校友把自己的信息交给校友会")
    assert (missing.status, done.status, again.status) == (422, 303, 303)
    kept = db.session.scalars(select(Agreement)).one()
    assert (kept.text_zh, kept.text_en) == (proposed("zh"), proposed("en"))
    assert kept.published_at <= now()
    for url in ("/office/agreement", "/office/agreement/new", "/office/agreement/1"):
        assert graduate.get(url).status == 403


def test_the_office_sees_who_accepted_and_who_has_to(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter(name_en="Testville Chapter")
    leader = signed_in(make_officer(chapter, person=make_verified("曾国强")))
    office.submit("/office/agreement/new")

    waiting = office.get("/office/agreement")
    leader.send(leader.get("/agreement").form(), "/agreement", agree="y")
    accepted = office.get("/office/agreement")
    version = office.get("/office/agreement/1")

    assert "Zeng Guoqiang" in waiting.text
    assert "Testville Chapter" in waiting.text
    assert "All officers have accepted it" in accepted.text
    assert "Zeng Guoqiang" in version.text
    assert "24 小时" in version.text
    assert "within 24 hours" in version.text
    assert office.get("/office/agreement/2").status == 404
