"""Leads to lost classmates: one letter, no oracle, and an end whenever its reader wants one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from alumni.audit.models import ChangeSet
from alumni.db import changed, db, now, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import speaking
from alumni.membership.commands.leads import (
    TooManyLeads,
    answer_lead,
    give_lead,
    give_lead_to_missing,
)
from alumni.membership.policy.classes import may_see_classes, may_see_cohorts, may_see_missing
from alumni.membership.queries.classmates import get_missing, missing, studied
from alumni.membership.queries.leads import (
    MOST_A_DAY,
    QUIET,
    Success,
    get_lead,
    success_by_class,
    success_in,
)
from alumni.membership.silence import SILENT
from alumni.outbox.models import Delivery, Suppression, SuppressionScope
from alumni.people.models import ContactKind, ContactPoint, Person, PersonStatus
from alumni.people.models.classes import Lead, LeadState
from alumni.roster.models import Activation
from alumni.roster.silence import register_silence
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified, saved
from tests.membership.test_liaisons import make_liaison, mate, of_class, query, the_class
from tests.refusals import refused

ADDRESS = "lost@163.com"


@pytest.fixture(autouse=True)
def _in_english(_clean: None) -> Iterator[None]:
    with speaking("en"):
        yield


def give(giver: Person, name: str, email: str = ADDRESS) -> None:
    with transaction():
        give_lead(actor_of(giver), the_class(), name, email)


def lead_to(giver: Person, lost: Person, email: str = ADDRESS) -> None:
    with transaction():
        give_lead_to_missing(actor_of(giver), the_class(), lost.public_id, email)


def letters() -> list[Delivery]:
    db.session.rollback()
    return list(
        db.session.scalars(select(Delivery).where(Delivery.kind == "lead").order_by(Delivery.id))
    )


def leads() -> list[Lead]:
    db.session.rollback()
    return list(db.session.scalars(select(Lead).order_by(Lead.id)))


def token_in(letter: Delivery) -> str:
    return str(letter.text).rpartition("/lead/")[2].split()[0]


def answer(state: LeadState) -> None:
    with transaction():
        answer_lead(get_lead(token_in(letters()[-1])), state)


def test_a_lead_causes_one_letter_that_opens_nothing() -> None:
    giver = mate("李雷")
    lost = of_class("曾国强", email="old@163.com", phone="+8613800000000", city="鞍山")
    give(giver, "曾国强")

    (letter,) = letters()
    assert (letter.email, letter.name, letter.language) == (ADDRESS, "曾国强", "en")
    assert letter.person_id is None
    assert letter.subject == "Li Lei and your classmates are looking for you"
    text = str(letter.text)
    assert "/join\n" in text
    for secret in ("old@163.com", "13800000000", "鞍山", "Anshan", "1998", "3班", lost.public_id):
        assert secret not in text
    (lead,) = leads()
    assert (lead.person_id, lead.given_by_id, lead.state) == (lost.id, giver.id, LeadState.SENT)
    assert ADDRESS not in str(vars(lead))
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "gave_lead")).one()
    assert (deed.subject_table, deed.subject_id) == ("lead", lead.id)


def test_the_letter_is_in_the_language_of_whoever_gives_the_address() -> None:
    of_class("曾国强")
    with speaking("zh"):
        give(mate("李雷"), "曾国强")
    (letter,) = letters()
    assert letter.language == "zh"
    assert "李雷" in str(letter.subject)


@pytest.mark.parametrize(
    "name", ["曾国强", "曾國強", " 曾 国 强 ", "Zeng Guoqiang", "guoqiang ZENG"]
)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    of_class("曾国强")
    give(mate(), name)
    assert len(letters()) == 1


def test_the_answer_is_the_same_whether_or_not_somebody_is_missing(
    signed_in: SignIn, queries: list[str]
) -> None:
    """The same page and the same work, for who is missing, registered, dead, and unknown."""
    of_class("曾国强")
    mate("单雪")
    of_class("已故", status=PersonStatus.DECEASED)
    browser = signed_in(mate("李雷"))
    answers = []
    for number, name in enumerate(("曾国强", "单雪", "已故", "无此人")):
        path = f"/classes/lead?{query()}"
        form = browser.get(path).form()
        queries.clear()
        page = browser.send(form, path, name=name, email=f"a{number}@163.com")
        asked = [one.split()[0].replace("RELEASE", "ROLLBACK") for one in queries]
        said = browser.follow(page).texts("div", role="status")
        answers.append((page.status, page.location, said, asked))
    assert answers == 4 * [answers[0]]
    assert [letter.name for letter in letters()] == ["曾国强"]
    assert [lead.state for lead in leads()] == [LeadState.SENT] + 3 * [LeadState.UNSENT]
    assert [lead.person_id is None for lead in leads()] == [False, True, True, True]


def test_a_second_letter_waits_thirty_days() -> None:
    lost = of_class("曾国强")
    give(mate(), "曾国强")
    with pytest.raises(Refusal):
        lead_to(make_liaison(), lost, "other@163.com")
    give(mate(), "曾国强", "other@163.com")  # says nothing, and does nothing
    assert len(letters()) == 1
    with time_machine.travel(now() + QUIET + timedelta(minutes=1), tick=False):
        lead_to(make_liaison(), lost, "other@163.com")
    assert [letter.email for letter in letters()] == [ADDRESS, "other@163.com"]


def test_an_address_gets_no_second_letter_for_thirty_days() -> None:
    of_class("曾国强")
    other = of_class("单雪")
    give(mate(), "曾国强")
    give(mate(), "单雪")
    with pytest.raises(Refusal) as refusal:
        lead_to(make_liaison(), other, ADDRESS.upper())
    assert refusal.value.field == "email"
    assert len(letters()) == 1
    with time_machine.travel(now() + QUIET + timedelta(minutes=1), tick=False):
        lead_to(make_liaison(), other)
    assert [letter.name for letter in letters()] == ["曾国强", "Shan Xue"]


def test_who_gave_an_address_is_told_so_whatever_came_of_it() -> None:
    giver = mate()
    give(giver, "无此人")
    with pytest.raises(Refusal) as refusal:
        give(giver, "曾国强")
    assert (refusal.value.status, refusal.value.field) == (409, "email")


def test_nobody_looks_for_others_at_the_own_address() -> None:
    """They would read there whether a letter went out."""
    lost, giver = of_class("曾国强"), mate(email="mine@163.com")
    saved(
        ContactPoint(
            person_id=giver.id, kind=ContactKind.EMAIL, value="M2@qq.com", normal="m2@qq.com"
        )
    )
    for address in ("mine@163.com", "m2@qq.com"):
        with pytest.raises(Invalid):
            give(giver, "曾国强", address)
    liaison = make_liaison(giver)
    with pytest.raises(Invalid):
        lead_to(liaison, lost, "mine@163.com")
    assert leads() == []


def test_five_a_day_those_in_vain_included(signed_in: SignIn) -> None:
    giver = mate()
    for number in range(MOST_A_DAY):
        give(giver, "无此人", f"a{number}@163.com")
    with pytest.raises(TooManyLeads) as refusal:
        give(giver, "无此人", "b@163.com")
    assert refusal.value.status == 429
    assert "enough for today" in signed_in(giver).get(f"/classes/lead?{query()}").text
    with time_machine.travel(now() + timedelta(days=1, minutes=1), tick=False):
        give(giver, "无此人", "b@163.com")


def test_of_two_of_one_name_the_one_nobody_looked_for() -> None:
    first, second = of_class("王伟"), of_class("王伟")
    give(mate(), "王伟", "a@163.com")
    give(mate(), "王伟", "b@163.com")
    assert {lead.person_id for lead in leads()} == {first.id, second.id}
    assert len(letters()) == 2


def test_one_press_and_the_address_gets_no_such_letter_again(browser: Browser) -> None:
    lost, other = of_class("曾国强"), of_class("单雪")
    give(mate(), "曾国强")
    path = f"/lead/{token_in(letters()[0])}"
    browser.get(path)
    assert leads()[0].state is LeadState.SENT
    pressed = browser.press(path, path)
    assert "no such letter again" in browser.follow(pressed).text
    (lead,) = leads()
    assert (lead.state, lead.answered_at is not None) == (LeadState.DECLINED, True)

    liaison = make_liaison()
    assert [one.person_id for one in missing(actor_of(liaison), the_class())] == [other.id]
    with pytest.raises(NotFound):
        lead_to(liaison, lost, "new@163.com")
    with time_machine.travel(now() + 2 * QUIET, tick=False):
        with pytest.raises(Refusal):
            lead_to(liaison, other)
        give(mate(), "单雪")
    assert len(letters()) == 1


def test_somebody_else_at_the_address_says_nothing_of_the_person() -> None:
    lost = of_class("曾国强")
    give(mate(), "曾国强")
    answer(LeadState.WRONG)
    answer(LeadState.DECLINED)  # once is enough
    assert [lead.state for lead in leads()] == [LeadState.WRONG]
    with time_machine.travel(now() + 2 * QUIET, tick=False):
        with pytest.raises(Refusal):
            lead_to(make_liaison(), lost)
        lead_to(make_liaison(), lost, "new@163.com")
    verbs = select(ChangeSet.verb).where(ChangeSet.verb.like("%_lead")).order_by(ChangeSet.id)
    assert db.session.scalars(verbs).all() == ["gave_lead", "wrong_lead", "gave_lead"]


def test_a_wrong_link_or_wish(browser: Browser) -> None:
    assert browser.get("/lead/x").status == 404
    of_class("曾国强")
    give(mate(), "曾国强")
    path = f"/lead/{token_in(letters()[0])}"
    assert browser.press(path, path, wish="all").status == 422
    assert browser.post(path, wish="no").status == 422
    assert leads()[0].state is LeadState.SENT


def test_an_address_that_takes_no_letters() -> None:
    lost = of_class("曾国强")
    saved(Suppression(email=ADDRESS, scope=SuppressionScope.ALL, reason="unsubscribed"))
    give(mate(), "曾国强")
    with pytest.raises(Refusal):
        lead_to(make_liaison(), lost)
    assert letters() == []


def test_who_declined_the_own_record_is_not_looked_for() -> None:
    register_silence()
    register_silence()
    assert len(SILENT) == 1
    lost = of_class("曾国强")
    saved(Activation(person_id=lost.id, ends_on=today(), declined_at=now()))
    give(mate(), "曾国强")
    assert letters() == []
    assert missing(actor_of(make_liaison()), the_class()) == []


def test_who_may_give_a_lead() -> None:
    lost = of_class("曾国强")
    known = of_class("单雪")
    make_account(person=known)
    with refused(may_see_classes):
        give_lead(actor_of(known), the_class(), "曾国强", ADDRESS)
    with refused(may_see_missing):
        lead_to(mate(), lost)
    stranger = make_verified()
    with pytest.raises(NotFound):
        give(stranger, "曾国强")
    liaison = actor_of(make_liaison())
    with pytest.raises(NotFound):
        get_missing(liaison, the_class(), of_class(label="4班").public_id)


def test_the_liaison_gives_an_address_on_a_page(signed_in: SignIn) -> None:
    lost = of_class("曾国强")
    browser = signed_in(make_liaison())
    roll = f"/classes/roll?{query()}"
    way = next(a["href"] for a in browser.get(roll).all("a") if "/lead" in (a.get("href") or ""))
    assert browser.submit(way, email="not an address").status == 422
    page = browser.submit(way, email=" Lost@163.com ")
    assert page.status == 303
    assert "One letter is on its way" in browser.follow(page).text
    assert "Sent on" in browser.get(roll).text
    assert [letter.email for letter in letters()] == [ADDRESS]
    again = browser.submit(way, email="b@163.com")
    assert again.status == 409
    assert lost.public_id not in browser.get(f"/classes/mates?{query()}").text


def test_what_came_of_it_by_class(signed_in: SignIn, office: Browser) -> None:
    first, second, third = (of_class(name) for name in ("曾国强", "单雪", "丁一"))
    for number, lost in enumerate((first, second, third)):
        lead_to(make_liaison(), lost, f"a{number}@163.com")
    answer(LeadState.DECLINED)
    give(mate(), "无此人")
    with transaction():
        changed(update(Person).where(Person.id == first.id).values(status=PersonStatus.VERIFIED))
    expected = Success(given=3, signed_up=1, declined=1, wrong=0)
    assert success_in(studied(the_class())) == expected
    assert success_in(studied(the_class("4班"))) == Success()

    unknown = make_person()
    saved(Lead(person_id=unknown.id, given_by_id=first.id, address_hash="x", token_hash="x"))
    actor = actor_of(make_account(role="office"))
    rows = {row.roll: row.success for row in success_by_class(actor)}
    assert rows == {the_class(): expected, None: Success(given=1)}
    assert "Class not known" in office.get("/office/classes/leads").text
    with refused(may_see_cohorts):
        success_by_class(actor_of(mate()))
    assert signed_in(mate()).get("/office/classes/leads").status == 403


def test_no_lead_yet(office: Browser) -> None:
    assert "No address was given yet" in office.get("/office/classes/leads").text


def test_nobody_lists_who_is_lost_without_signing_in(browser: Browser) -> None:
    lost = of_class("曾国强")
    for path in ("lead", f"roll/{lost.public_id}/lead"):
        assert browser.get(f"/classes/{path}?{query()}").location.startswith("/sign-in")


def test_a_class_of_another_year_is_another() -> None:
    of_class("曾国强", year=1999)
    give(mate(), "曾国强")
    assert letters() == []
