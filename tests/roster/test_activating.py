"""Asking known people to take up their record: one letter each, a code, and what they answer."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from alumni.accounts.models import Account
from alumni.audiences.criteria import Audience
from alumni.authz import ANYONE, SYSTEM, Actor
from alumni.db import db, now, today, transaction
from alumni.errors import Gone, NotFound, Refusal
from alumni.i18n import speaking
from alumni.outbox.models import Delivery, DeliveryState, Suppression, SuppressionScope
from alumni.people.models import Consent, ConsentPurpose, ContactPoint, Person, PersonStatus
from alumni.roster.commands.activating import activate, decline, opened
from alumni.roster.commands.claiming import MOST_CLAIMS, claim, make_code
from alumni.roster.commands.letters import ask_again
from alumni.roster.commands.waves import ask, ask_part, stop_asking
from alumni.roster.jobs import ask_waiting
from alumni.roster.models import Activation, ActivationWave
from alumni.roster.policy import may_activate
from alumni.roster.queries.activating import (
    AT_A_TIME,
    Outcome,
    Prospect,
    activation_of,
    get_activation,
    get_person,
    get_wave,
    open_activation,
    outcomes,
    prospect,
)
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified, saved
from tests.refusals import refused

PASSWORD = "the sea at Xinghai square 9"


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def asked(**query: str) -> ActivationWave:
    """Ask everybody whom the query means, to the end."""
    actor = the_office()
    with transaction():
        wave = ask(actor, Audience.from_query(actor, {key: [query[key]] for key in query}))
    while wave_part(wave.id):
        pass
    db.session.rollback()
    return db.session.get_one(ActivationWave, wave.id)


def wave_part(wave_id: int, *, at_most: int = 1000) -> int:
    with transaction():
        return ask_part(wave_id, at_most=at_most)


def letters(kind: str = "activation") -> list[Delivery]:
    db.session.rollback()
    found = select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)
    return list(db.session.scalars(found))


def token_in(letter: Delivery) -> str:
    return str(letter.text).split("/activate/")[1].split()[0]


def with_code(person: Person) -> str:
    actor = the_office()
    with transaction():
        return make_code(actor, db.session.get_one(Person, person.id))


def state_of(person: Person) -> tuple[PersonStatus, str | None]:
    db.session.rollback()
    mine = db.session.scalar(select(Account.email).where(Account.person_id == person.id))
    return db.session.get_one(Person, person.id).status, mine


def test_each_known_person_with_an_address_gets_one_letter() -> None:
    zeng = make_person("曾国强", email="zeng@example.org")
    smith = make_person("John Smith", email="smith@example.org", language="en")
    make_person("李雷")
    make_verified("王伟")

    wave = asked()

    assert [(one.email, one.name, one.language) for one in letters()] == [
        ("zeng@example.org", "曾国强", "zh"),
        ("smith@example.org", "John Smith", "en"),
    ]
    assert (wave.people, wave.total, wave.done_at is not None) == (2, 2, True)
    assert {one.person_id for one in db.session.scalars(select(Activation))} == {zeng.id, smith.id}


def test_a_letter_holds_the_name_and_nothing_else_that_is_known() -> None:
    make_person(
        "曾国强", email="zeng@example.org", year=1998, student_number="19930001", city="鞍山"
    )
    asked()
    text = f"{letters()[0].subject} {letters()[0].text}"
    assert "曾国强" in text
    assert not [told for told in ("1998", "19930001", "鞍山") if told in text]


def test_nobody_is_asked_twice() -> None:
    make_person("曾国强", email="zeng@example.org")
    asked()
    again = asked()
    assert (again.people, len(letters())) == (0, 1)


def test_a_killed_wave_goes_on_where_it_was() -> None:
    for n in range(5):
        make_person(email=f"someone{n}@example.org")
    actor = the_office()
    with transaction():
        wave = ask(actor, Audience.from_query(actor, {}))
    assert wave_part(wave.id, at_most=2) == 2
    with pytest.raises(ZeroDivisionError):
        _fails_after(wave.id)
    while wave_part(wave.id, at_most=2):
        pass
    assert sorted(one.email for one in letters()) == [f"someone{n}@example.org" for n in range(5)]
    db.session.rollback()
    assert db.session.get_one(ActivationWave, wave.id).people == 5


def _fails_after(wave_id: int) -> None:
    with transaction():
        ask_part(wave_id, at_most=2)
        raise ZeroDivisionError


def test_a_wave_that_is_stopped_writes_to_nobody_else() -> None:
    for n in range(5):
        make_person(email=f"someone{n}@example.org")
    actor = the_office()
    with transaction():
        wave = ask(actor, Audience.from_query(actor, {}))
    wave_part(wave.id, at_most=2)

    with transaction():
        stop_asking(actor, db.session.get_one(ActivationWave, wave.id))

    assert wave_part(wave.id) == 0
    assert len(letters()) == 2
    with pytest.raises(Refusal, match="written already"), speaking("en"), transaction():
        stop_asking(actor, db.session.get_one(ActivationWave, wave.id))


def test_a_code_and_a_letter_at_the_same_moment_are_both_good(app: Flask) -> None:
    people = [make_person(email=f"someone{n}@example.org").id for n in range(4)]
    actor = the_office()
    with transaction():
        wave_id = ask(actor, Audience.from_query(actor, {})).id
    codes: list[str] = []

    def act(which: int) -> None:
        with app.app_context(), transaction():
            if which == 0:
                ask_part(wave_id)
            else:
                person = db.session.get_one(Person, people[which - 1])
                codes.append(make_code(actor, person))

    db.session.rollback()
    assert at_once(act, range(5)) == []
    db.session.rollback()
    asked_for = db.session.scalars(select(Activation)).all()
    assert len(codes) == 4
    assert [(one.letters, one.code_hash is None, one.token_hash is None) for one in asked_for] == [
        (1, False, False)
    ] * 4


def test_the_waves_beyond_the_first_page_are_reached(office: Browser) -> None:
    for n in range(AT_A_TIME + 1):
        saved(ActivationWave(sentence=f"Wave {n}.", done_at=now()))
    page = office.get("/office/activation")
    assert "Wave 1." in page.text
    assert "Wave 0." not in page.text
    (older,) = [a["href"] for a in page.all("a", rel="next")]
    last = office.get(older)
    assert "Wave 0." in last.text
    assert "Wave 1." not in last.text
    assert last.all("a", rel="next") == []
    assert [a["href"] for a in last.all("a", rel="prev")] == ["/office/activation"]
    assert office.get("/office/activation?before=x").status == 400
    assert "There are no older ones" in office.get("/office/activation?before=1").text


def test_the_office_stops_a_wave_on_its_page(office: Browser) -> None:
    make_person(email="someone@example.org")
    actor = the_office()
    with transaction():
        wave = ask(actor, Audience.from_query(actor, {}))
    here = f"/office/activation/{wave.public_id}"

    page = office.follow(office.press(here, f"{here}/stop"))

    assert page.all("progress") == []
    assert wave_part(wave.id) == 0
    assert letters() == []


def test_why_somebody_gets_no_letter_is_counted_once() -> None:
    make_person("曾国强", email="zeng@example.org")
    make_person("李雷")
    suppressed = make_person("韩梅", email="no@example.org")
    saved(
        Suppression(
            email="no@example.org", scope=SuppressionScope.ALL, list_id=0, reason="complaint"
        )
    )
    make_verified("王伟", email="wang@example.org")
    make_person("王伟妻", email="wang@example.org")
    make_person("刘洋", email="liu@example.org")
    asked(q="刘洋")
    make_person("刘洋妻", email="liu@example.org")
    actor = the_office()

    assert prospect(actor, Audience.from_query(actor, {})) == Prospect(
        people=7, askable=1, members=1, asked=1, unreachable=2, shared=2
    )
    assert asked().people == 1
    assert activation_of(suppressed.id) is None


def test_of_two_at_one_address_one_is_asked() -> None:
    first = make_person("曾国强", email="zeng@example.org")
    make_person("李雷", email="zeng@example.org")
    asked()
    assert [one.person_id for one in letters()] == [first.id]


def test_the_link_opens_an_account_with_the_consents_that_were_given() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    token = token_in(letters()[0])
    with transaction():
        activate(token, agrees_to_mailings=True, language="en")
    assert state_of(person) == (PersonStatus.VERIFIED, "zeng@example.org")
    given = select(Consent.purpose).where(Consent.person_id == person.id)
    assert set(db.session.scalars(given)) == {ConsentPurpose.MEMBERSHIP, ConsentPurpose.MAILINGS}
    point = db.session.scalars(
        select(ContactPoint).where(ContactPoint.person_id == person.id)
    ).one()
    assert point.verified_at is not None
    with pytest.raises(Gone):
        open_activation(token)


def test_without_consent_to_letters_none_is_noted() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    with transaction():
        activate(token_in(letters()[0]), agrees_to_mailings=False, language="zh")
    given = select(Consent.purpose).where(Consent.person_id == person.id)
    assert list(db.session.scalars(given)) == [ConsentPurpose.MEMBERSHIP]


def test_who_declines_is_not_asked_again_and_has_no_account() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    token = token_in(letters()[0])
    with transaction():
        decline(token)
    assert state_of(person) == (PersonStatus.KNOWN, None)
    assert asked().people == 0
    with pytest.raises(Gone):
        open_activation(token)
    with pytest.raises(Refusal, match="asked not to be"), speaking("en"):
        with_code(person)


def test_a_link_ends_with_its_day() -> None:
    make_person("曾国强", email="zeng@example.org")
    asked()
    token = token_in(letters()[0])
    with transaction():
        db.session.execute(update(Activation).values(ends_on=today() - timedelta(days=1)))
    with pytest.raises(Gone):
        open_activation(token)


def test_two_who_press_at_once_become_one_account(app: Flask) -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    token = token_in(letters()[0])

    def press(_which: int) -> None:
        with app.app_context(), transaction():
            activate(token, agrees_to_mailings=False, language="zh")

    db.session.rollback()
    problems = at_once(press, range(2))
    assert [isinstance(one, Refusal) for one in problems] == [True]
    mine = select(func.count()).select_from(Account).where(Account.person_id == person.id)
    assert db.session.scalar(mine) == 1


def test_the_letter_goes_out_again_with_a_new_link() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    former = token_in(letters()[0])
    actor = the_office()
    with pytest.raises(Refusal, match="less than a week"), speaking("en"), transaction():
        ask_again(actor, db.session.scalars(select(Activation)).one())
    for _n in range(2):
        with transaction():
            db.session.execute(update(Activation).values(queued_at=now() - timedelta(days=8)))
        with transaction():
            ask_again(actor, db.session.scalars(select(Activation)).one())
    with transaction():
        db.session.execute(update(Activation).values(queued_at=now() - timedelta(days=8)))
    with pytest.raises(Refusal, match="Three letters"), speaking("en"), transaction():
        ask_again(actor, db.session.scalars(select(Activation)).one())

    assert len(letters()) == 3
    with pytest.raises(Gone):
        open_activation(former)
    assert open_activation(token_in(letters()[2])).person_id == person.id


def test_what_came_of_a_wave() -> None:
    for n in range(4):
        make_person(email=f"someone{n}@example.org")
    wave = asked()
    tokens = [token_in(one) for one in letters()]
    with transaction():
        db.session.execute(
            update(Delivery).where(Delivery.id == letters()[0].id).values(state=DeliveryState.SENT)
        )
    with transaction():
        opened(tokens[0])
        opened(tokens[1])
    with transaction():
        activate(tokens[1], agrees_to_mailings=False, language="zh")
    with transaction():
        decline(tokens[2])
    assert outcomes([wave]) == {
        wave.id: Outcome(asked=4, sent=1, opened=2, activated=1, declined=1)
    }


def test_the_figures_of_a_wave_lead_to_the_people_they_count(office: Browser) -> None:
    zeng = make_person("曾国强", email="zeng@example.org")
    make_person("李雷", email="li@example.org")
    here = f"/office/activation/{asked().public_id}"
    with transaction():
        opened(token_in(letters()[0]))

    page = office.get(here)
    assert [(one["href"], one["text"]) for one in page.all("a", class_="figure")] == [
        (here, "2asked"),
        (f"{here}?result=opened", "1opened"),
    ]
    page = office.get(f"{here}?result=opened")
    assert [one["href"] for one in page.all("a", class_="who")] == [
        f"/office/people/{zeng.public_id}"
    ]
    assert office.get(f"{here}?result=declined").texts("h2")[-1] == "Nobody yet"
    assert office.get(f"{here}?result=lost").status == 400


def test_a_code_leads_a_person_without_an_address_to_their_record() -> None:
    person = make_person("曾国强", phone="13800000000")
    code = with_code(person)

    with transaction():
        claim("Zeng Guoqiang", code.lower().replace("-", " "), "new@example.org", "en")
    token = token_in(letters("activation_claimed")[0])
    with transaction():
        activate(token, agrees_to_mailings=False, language="en")

    assert state_of(person) == (PersonStatus.VERIFIED, "new@example.org")


@pytest.mark.parametrize(("name", "is_code_right"), [("李雷", True), ("曾国强", False)])
def test_a_code_or_a_name_that_does_not_fit_opens_nothing(
    name: str, *, is_code_right: bool
) -> None:
    code = with_code(make_person("曾国强"))
    with transaction():
        claim(name, code if is_code_right else "7K3QXM2P9A", "other@example.org", "en")
    assert letters("activation_claimed") == []
    assert [one.email for one in letters("claim_unknown")] == ["other@example.org"]


def test_a_new_code_ends_the_former() -> None:
    person = make_person("曾国强")
    former, code = with_code(person), with_code(person)
    with transaction():
        claim("曾国强", former, "a@example.org", "zh")
    with transaction():
        claim("曾国强", code, "b@example.org", "zh")
    assert [one.email for one in letters("activation_claimed")] == ["b@example.org"]


def test_whoever_types_codes_does_not_flood_an_address() -> None:
    for _n in range(MOST_CLAIMS + 2):
        with transaction():
            claim("曾国强", "7K3QXM2P9A", "other@example.org", "zh")
    assert len(letters("claim_unknown")) == MOST_CLAIMS


def test_no_code_for_who_signs_in_already() -> None:
    with pytest.raises(Refusal, match="signs in"), speaking("en"):
        with_code(make_verified("曾国强"))


def test_only_the_office_asks() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    wave = asked()
    member = actor_of(make_verified("李雷"))
    activation = db.session.scalars(select(Activation)).one()
    for actor in (member, ANYONE):
        with refused(may_activate):
            ask(actor, Audience())
        with refused(may_activate):
            ask_again(actor, activation)
        with refused(may_activate):
            make_code(actor, person)
        with refused(may_activate):
            stop_asking(actor, wave)
        with refused(may_activate):
            prospect(actor, Audience())
        with refused(may_activate):
            get_wave(actor, "x")
        with refused(may_activate):
            get_activation(actor, "x")
        with refused(may_activate):
            get_person(actor, "x")


def test_there_is_no_such_wave_letter_or_person() -> None:
    actor = the_office()
    for look in (get_wave, get_activation, get_person):
        with pytest.raises(NotFound):
            look(actor, "nothing")


# Pages


def test_from_the_list_to_the_own_page(office: Browser, browser: Browser) -> None:
    make_person("曾国强", email="zeng@example.org")
    make_person("李雷")
    page = office.get("/office/activation/new?status=known")
    assert [page.texts("dd")[n] for n in range(2)] == ["2", "1"]
    wave_page = office.follow(office.submit("/office/activation/new?status=known"))
    wave = db.session.scalars(select(ActivationWave)).one()
    assert wave_page.url == f"/office/activation/{wave.public_id}"
    while wave_part(wave.id):
        pass
    assert "Zeng Guoqiang" in office.get(wave_page.url).text

    token = token_in(letters()[0])
    shown = browser.get(f"/activate/{token}")
    assert "zeng@example.org" in shown.text
    refused_page = browser.submit(f"/activate/{token}")
    assert refused_page.status == 422
    password = browser.follow(browser.submit(f"/activate/{token}", consent="y"))
    mine = browser.follow(browser.submit(password.url, password=PASSWORD))
    assert mine.url == "/me"
    assert browser.get(f"/activate/{token}").status == 410
    done = office.get(wave_page.url)
    assert "Taken up" in done.text


def test_declining_takes_one_press(browser: Browser) -> None:
    make_person("曾国强", email="zeng@example.org")
    asked()
    token = token_in(letters()[0])
    page = browser.submit(f"/activate/{token}/decline")
    assert page.texts("h1") == ["We do not ask you again"]
    assert browser.get(f"/activate/{token}/decline").status == 410
    db.session.rollback()
    assert db.session.scalars(select(Activation.declined_at)).one() is not None


def test_opening_the_page_to_decline_declines_nothing(browser: Browser) -> None:
    make_person("曾国强", email="zeng@example.org")
    asked()
    browser.get(f"/activate/{token_in(letters()[0])}/decline")
    db.session.rollback()
    assert db.session.scalars(select(Activation.declined_at)).one() is None


def test_the_page_of_codes_looks_the_same_whatever_was_typed(browser: Browser) -> None:
    code = with_code(make_person("曾国强"))
    told: dict[str, Any] = {"name": "曾国强", "email": "a@example.org"}
    right = browser.submit("/claim", code=code, **told)
    wrong = browser.submit("/claim", code="7K3QX-M2P9A", **told)
    assert (right.status, right.location) == (wrong.status, wrong.location) == (303, "/join/sent")
    assert browser.submit("/claim", code="7K3", **told).status == 422


def test_a_program_that_fills_in_everything_claims_nothing(browser: Browser) -> None:
    code = with_code(make_person("曾国强"))
    page = browser.submit(
        "/claim", code=code, name="曾国强", email="a@example.org", website="http://x"
    )
    assert page.location == "/join/sent"
    assert letters("activation_claimed") == []


def test_a_code_is_shown_once_with_its_drawing(office: Browser) -> None:
    person = make_person("曾国强")
    page = office.press(
        f"/office/people/{person.public_id}", f"/office/people/{person.public_id}/code"
    )
    assert page.status == 200
    assert len(page.all("svg", class_="qr")) == 1
    code = page.texts("strong")[0]
    assert len(code) == 11
    with transaction():
        claim("曾国强", code, "a@example.org", "zh")
    assert len(letters("activation_claimed")) == 1


def test_members_see_none_of_the_offices_pages(signed_in: SignIn) -> None:
    wave = asked()
    person = make_person("曾国强")
    member = signed_in(make_verified("李雷"))
    for address in (
        "/office/activation",
        "/office/activation/new",
        f"/office/activation/{wave.public_id}",
    ):
        assert member.get(address).status in (403, 404)
    with refused(may_activate):
        make_code(actor_of(make_verified()), person)


def test_the_program_itself_may_ask() -> None:
    assert may_activate(SYSTEM)


def test_who_has_a_code_may_be_written_to_and_keeps_it() -> None:
    coded = make_person("曾国强", email="zeng@example.org")
    code = with_code(coded)
    make_person("李雷", email="li@example.org")

    wave = asked()

    assert sorted(one.email for one in letters()) == ["li@example.org", "zeng@example.org"]
    assert (wave.people, wave.total) == (2, 2)
    assert open_activation(token_in(letters()[0])).person_id == coded.id
    with transaction():
        claim("曾国强", code, "new@example.org", "zh")
    assert len(letters("activation_claimed")) == 1


def test_of_two_at_one_address_one_is_counted() -> None:
    make_person("曾国强", email="zeng@example.org")
    make_person("李雷", email="zeng@example.org")
    actor = the_office()

    assert prospect(actor, Audience.from_query(actor, {})) == Prospect(
        people=2, askable=1, members=0, asked=0, unreachable=0, shared=1
    )
    wave = asked()
    assert (wave.total, wave.people) == (1, 1)


def test_a_wave_whose_list_is_not_there_any_more_keeps_no_other_waiting() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    actor = the_office()
    with transaction():
        lost = ask(actor, Audience.from_query(actor, {}))
        db.session.execute(update(ActivationWave).values(wish={"kind": "gone"}))
    with transaction():
        ask(actor, Audience.from_query(actor, {}))
    while ask_waiting():
        pass
    while ask_waiting():
        pass

    db.session.rollback()
    assert db.session.get_one(ActivationWave, lost.id).done_at is not None
    assert [one.person_id for one in letters()] == [person.id]


def test_the_letter_goes_again_to_where_the_person_is_reached_by_now() -> None:
    person = make_person("曾国强", email="wrong@example.org")
    asked()
    actor = the_office()
    with transaction():
        db.session.execute(update(Activation).values(queued_at=now() - timedelta(days=8)))
        db.session.execute(
            update(ContactPoint)
            .where(ContactPoint.person_id == person.id)
            .values(value="right@example.org", normal="right@example.org")
        )
    with transaction():
        ask_again(actor, db.session.scalars(select(Activation)).one())
    assert [one.email for one in letters()] == ["wrong@example.org", "right@example.org"]
    with transaction():
        activate(token_in(letters()[1]), agrees_to_mailings=False, language="zh")
    assert state_of(person) == (PersonStatus.VERIFIED, "right@example.org")


def test_whose_address_takes_no_letters_is_not_written_to_again() -> None:
    make_person("曾国强", email="zeng@example.org")
    asked()
    actor = the_office()
    saved(
        Suppression(
            email="zeng@example.org", scope=SuppressionScope.ALL, list_id=0, reason="complaint"
        )
    )
    with transaction():
        db.session.execute(update(Activation).values(queued_at=now() - timedelta(days=8)))
    with pytest.raises(Refusal, match="No e-mail address"), speaking("en"), transaction():
        ask_again(actor, db.session.scalars(select(Activation)).one())


def test_a_suspended_account_takes_up_no_record() -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    make_account(email="zeng@example.org", suspended_at=now())
    with pytest.raises(Gone), transaction():
        activate(token_in(letters()[0]), agrees_to_mailings=False, language="zh")
    assert state_of(person) == (PersonStatus.KNOWN, None)


def test_an_address_that_signs_in_somebody_else_since_is_said(browser: Browser) -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    token = token_in(letters()[0])
    make_verified("李雷", email="zeng@example.org")
    page = browser.submit(f"/activate/{token}", consent="y")
    assert page.status == 409
    assert "belongs to somebody else" in page.text
    assert state_of(person) == (PersonStatus.KNOWN, None)


def test_sending_again_leads_to_no_other_host(office: Browser) -> None:
    make_person("曾国强", email="zeng@example.org")
    wave = asked()
    with transaction():
        db.session.execute(update(Activation).values(queued_at=now() - timedelta(days=8)))
    activation = db.session.scalars(select(Activation)).one()
    page = office.press(
        f"/office/activation/{wave.public_id}",
        f"/office/activation/letters/{activation.public_id}",
        next="//evil.example/",
    )
    assert (page.status, page.location) == (303, "/office/activation")


def test_the_record_of_somebody_who_died_is_not_taken_up(browser: Browser) -> None:
    person = make_person("曾国强", email="zeng@example.org")
    asked()
    with transaction():
        db.session.execute(update(Person).values(status=PersonStatus.DECEASED))
    page = browser.submit(f"/activate/{token_in(letters()[0])}", consent="y")
    assert page.status == 410
    assert "This link has done its work" in page.texts("h1")
    assert page.all("input", type="checkbox") == []
    assert "signs in as this person" not in page.text
    assert state_of(person) == (PersonStatus.DECEASED, None)
