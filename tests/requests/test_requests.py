"""What is asked of the office, and what it answers."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, Actor, Capability
from alumni.codes.commands import change_settings
from alumni.db import db, transaction
from alumni.errors import NotFound, Refusal
from alumni.outbox.models import Delivery
from alumni.requests import commands
from alumni.requests.commands import Question
from alumni.requests.models import Request, RequestState
from alumni.requests.policy import may_handle_requests, may_settle_request
from alumni.requests.queries import counts, found, get_case, requests, requests_waiting
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import account_of, actor_of, make_account, make_verified
from tests.refusals import refused

TYPED = {
    "name": "Ann Smith",
    "email": "ann@example.org",
    "subject": "My diploma",
    "words": "Dear office,\nI lost it.",
}


def handler() -> Actor:
    return actor_of(make_account(role="office"))


def question(**values: Any) -> Question:
    return Question(**{**TYPED, "language": "en"} | values)


def asked(actor: Actor = ANYONE, **values: Any) -> Request:
    with transaction():
        return commands.ask(actor, question(**values))


def anew(request: Request) -> Request:
    db.session.rollback()
    return db.session.get_one(Request, request.id, populate_existing=True)


def letters(kind: str) -> list[Delivery]:
    db.session.rollback()
    found = select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)
    return list(db.session.scalars(found))


def verbs() -> list[str]:
    told = select(ChangeSet.verb).where(ChangeSet.subject_table == "request")
    return list(db.session.scalars(told.order_by(ChangeSet.id)))


def done(command: Any, actor: Actor, request: Request, *more: str) -> None:
    with transaction():
        command(actor, db.session.get_one(Request, request.id), *more)


def test_the_receipt_speaks_the_writers_language_and_repeats_nothing() -> None:
    asked(language="zh")
    asked(email="bob@example.org")

    zh, en = letters("request_received")
    assert [letter.language for letter in (zh, en)] == ["zh", "en"]
    assert en.subject == "The office has your message"
    for typed in TYPED.values():
        assert typed not in f"{en.subject} {en.text} {en.name}"


def test_nobody_sends_receipts_to_others_all_day() -> None:
    for _ in range(5):
        asked()
    assert len(letters("request_received")) == 3
    assert requests_waiting(handler()) == 5


def test_only_who_is_signed_in_is_known() -> None:
    person = make_verified(email="zeng@example.org")
    stranger = asked(email="zeng@example.org")
    own = asked(actor_of(person))

    assert (stranger.person_id, own.person_id) == (None, person.id)
    assert get_case(handler(), own.public_id).person == person.public_id


def test_the_answer_is_a_letter_that_can_be_answered() -> None:
    actor = handler()
    with transaction():
        change_settings(
            Actor(capabilities=frozenset(Capability)), {"contact_email": "office@example.org"}
        )
    request = asked(language="zh")

    done(commands.answer, actor, request, "请带上身份证明。")

    (letter,) = letters("request_answered")
    assert (letter.email, letter.name, letter.language, letter.reply_to) == (
        "ann@example.org",
        "Ann Smith",
        "zh",
        "office@example.org",
    )
    assert "请带上身份证明。" in (letter.text or "")
    assert "I lost it." in (letter.text or "")
    settled = anew(request)
    assert (settled.state, settled.settled_by_id, settled.answer) == (
        RequestState.ANSWERED,
        actor.account_id,
        "请带上身份证明。",
    )


def test_opened_again_it_can_be_answered_again() -> None:
    actor = handler()
    request = asked()
    done(commands.take, actor, request)
    done(commands.answer, actor, request, "Wait.")
    done(commands.reopen, actor, request)
    assert (anew(request).state, anew(request).settled_at) == (RequestState.OPEN, None)
    done(commands.answer, actor, request, "Come.")
    done(commands.reopen, actor, request)
    done(commands.close, actor, request, "came herself")

    assert [(letter.text or "").count("Come.") for letter in letters("request_answered")] == [0, 1]
    assert (anew(request).state, anew(request).taken_by_id) == (
        RequestState.CLOSED,
        actor.account_id,
    )
    assert verbs() == [
        "asked_office",
        "took_request",
        "answered_request",
        "reopened_request",
        "answered_request",
        "reopened_request",
        "closed_request",
    ]


def test_what_is_settled_is_not_settled_again() -> None:
    actor = handler()
    request = asked()
    with pytest.raises(Refusal):
        done(commands.reopen, actor, request)
    done(commands.close, actor, request, "spam")
    for command, more in ((commands.take, ()), (commands.answer, ("x",)), (commands.close, ("x",))):
        with pytest.raises(Refusal) as raised:
            done(command, actor, request, *more)
        assert raised.value.status == 409
    assert letters("request_answered") == []


def test_of_two_who_answer_at_once_one_does(app: Flask) -> None:
    one, other = handler(), handler()
    request = asked()

    def answer(actor: Actor) -> None:
        with app.app_context():
            done(commands.answer, actor, request, f"from {actor.account_id}")

    problems = at_once(answer, [one, other])

    assert [type(problem) for problem in problems] == [Refusal]
    assert len(letters("request_answered")) == 1


def test_only_who_handles_requests_sees_and_settles_them() -> None:
    request = asked()
    others = frozenset(Capability) - {Capability.HANDLE_REQUESTS}
    actor = Actor(account_id=make_account().id, capabilities=others)
    for look in (
        lambda: counts(actor),
        lambda: requests(actor, RequestState.OPEN, "", 1),
        lambda: found(actor, RequestState.OPEN, ""),
        lambda: get_case(actor, request.public_id),
        lambda: done(commands.take, actor, request),
    ):
        with refused(may_handle_requests):
            look()
    for command, more in (
        (commands.answer, ("x",)),
        (commands.close, ("x",)),
        (commands.reopen, ()),
    ):
        with refused(may_settle_request):
            done(command, actor, request, *more)


def test_nobody_answers_their_own() -> None:
    person = make_verified()
    actor = Actor(
        account_id=account_of(person).id,
        person_id=person.id,
        capabilities=frozenset({Capability.HANDLE_REQUESTS}),
    )
    request = asked(actor)
    with refused(may_settle_request):
        done(commands.answer, actor, request, "yes")


def test_the_queue_is_in_order_and_can_be_searched() -> None:
    actor = handler()
    first, second = asked(), asked(subject="100% of fees_", email="bob@example.org")
    closed = [asked(), asked()]
    for request in closed:
        done(commands.close, actor, request, "x")

    def ids(state: RequestState, text: str = "", page: int = 1) -> list[int]:
        return [case.request.id for case in requests(actor, state, text, page)]

    assert ids(RequestState.OPEN) == [first.id, second.id]
    assert ids(RequestState.CLOSED) == [closed[1].id, closed[0].id]
    assert ids(RequestState.OPEN, "LOST diploma") == [first.id]
    assert ids(RequestState.OPEN, "100%") == [second.id]
    assert ids(RequestState.OPEN, "fees_ bob") == [second.id]
    assert ids(RequestState.OPEN, "fees%") == []
    assert ids(RequestState.OPEN, page=2) == []
    assert found(actor, RequestState.OPEN, "bob") == 1
    assert counts(actor) == {
        RequestState.OPEN: 2,
        RequestState.ANSWERED: 0,
        RequestState.CLOSED: 2,
    }
    with pytest.raises(NotFound):
        get_case(actor, "nobody")


def test_anybody_writes_on_the_page(browser: Browser) -> None:
    page = browser.submit("/contact", **TYPED)

    assert (page.status, page.location) == (303, "/contact")
    assert "The office has your message" in browser.follow(page).text
    (request,) = db.session.scalars(select(Request))
    assert (request.name, request.email, request.subject, request.words, request.language) == (
        *TYPED.values(),
        "en",
    )


def test_who_is_signed_in_need_not_say_who_they_are(signed_in: SignIn) -> None:
    person = make_verified(name="曾国强", email="zeng@example.org")
    signed_in(person).submit("/contact", subject="s", words="w")

    (request,) = db.session.scalars(select(Request))
    assert (request.name, request.email, request.person_id) == (
        "曾国强",
        "zeng@example.org",
        person.id,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "a" * 61},
        {"email": "ann@"},
        {"subject": ""},
        {"words": ""},
        {"words": "a" * 4001},
        {"csrf_token": ""},
    ],
    ids=["no name", "long name", "email", "no subject", "no words", "long words", "token"],
)
def test_what_is_wrong_is_shown_and_not_counted(browser: Browser, wrong: dict[str, str]) -> None:
    for _ in range(11):
        page = browser.submit("/contact", **TYPED | wrong)
        assert page.status == 422
    assert db.session.scalars(select(Request)).all() == []


def test_a_program_that_fills_all_boxes_is_thanked_and_forgotten(browser: Browser) -> None:
    page = browser.submit("/contact", **TYPED, website="https://example.org")

    assert page.status == 303
    assert db.session.scalars(select(Request)).all() == []
    assert letters("request_received") == []


def test_ten_an_hour_from_one_network(browser: Browser) -> None:
    answers = [browser.submit("/contact", **TYPED).status for _ in range(10)]
    page = browser.submit("/contact", **TYPED)

    assert answers == [303] * 10
    assert page.status == 429
    assert 0 < int(page.headers["Retry-After"]) <= 3600
    assert browser.get("/contact").status == 200


def test_the_office_answers_on_its_pages(office: Browser) -> None:
    request = asked(words="First <b>line</b>\nsecond line")
    url = f"/office/requests/{request.public_id}"
    assert "My diploma" in office.get("/office/requests?q=diploma").text
    assert "Nothing found" in office.get("/office/requests?q=nobody").text
    assert "First <b>line</b>" in office.get(url).text

    assert office.press(url, f"{url}/take").location == url
    assert office.submit(f"{url}/answer", on=url, words=" ").status == 422
    assert office.submit(f"{url}/answer", on=url, words="Come.").status == 303
    assert "Come." in office.get(url).text
    assert office.press(url, f"{url}/reopen").location == url
    assert office.submit(f"{url}/close", on=url, why="came herself").status == 303
    assert "My diploma" in office.get("/office/requests?state=closed").text
    assert "No request is open" in office.get("/office/requests").text


@pytest.mark.parametrize("query", ["state=lost", "page=x", "page=99999", "other=1"])
def test_an_address_that_cannot_be_read(office: Browser, query: str) -> None:
    assert office.get(f"/office/requests?{query}").status == 400


def test_pages_are_closed_to_others(signed_in: SignIn) -> None:
    request = asked()
    for browser in (signed_in(make_verified()), signed_in(make_account(role="auditor"))):
        for path in ("", f"/{request.public_id}", f"/{request.public_id}/answer", "/nobody"):
            assert browser.get(f"/office/requests{path}").status == 403
