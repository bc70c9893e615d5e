"""Letters between graduates through us: whom they reach, what they show, how they are stopped."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from alumni.accounts.models import Assignment
from alumni.authz import SYSTEM, Actor, Capability
from alumni.db import changed, db, now, today, transaction
from alumni.errors import NotFound, Refusal
from alumni.i18n import speaking
from alumni.outbox.message import as_bytes
from alumni.outbox.models import Delivery
from alumni.outbox.writing import letter_of
from alumni.people.commands.relaying import (
    Letter,
    Stopped,
    TooOften,
    allow_relaying,
    block,
    report,
    settle_complaint,
    write_to,
)
from alumni.people.commands.statuses import Said, declare, stop_contact
from alumni.people.models import Level, Person, PersonStatus
from alumni.people.models.asking import Block, RelayedMessage
from alumni.people.policy import (
    may_relay,
    may_see_complaints,
    may_set_status,
    may_settle_complaint,
)
from alumni.people.queries.profile import get_profile
from alumni.people.queries.relaying import (
    NoGraduate,
    complaints,
    complaints_waiting,
    get_complaint,
    get_received,
    get_recipient,
)
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import account_of, actor_of, make_account, make_person, make_verified, saved
from tests.refusals import refused


@pytest.fixture(autouse=True)
def _in_english(_clean: None) -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def handler() -> Actor:
    """Of the office, who looks at complaints."""
    return actor_of(_handler())


def _handler() -> Any:
    account = make_account(role="office")
    saved(
        Assignment(account_id=account.id, capability=Capability.HANDLE_REQUESTS, starts_on=today())
    )
    return account


def write(
    sender: Person, to: Person, text: str = "你好！", *, open_: bool = False
) -> RelayedMessage:
    with transaction():
        letter = Letter(text=text, shows_address=open_)
        return write_to(actor_of(sender), to.public_id, letter)


def letters() -> list[Delivery]:
    db.session.rollback()
    sent = select(Delivery).where(Delivery.kind == "relayed").order_by(Delivery.id)
    return list(db.session.scalars(sent))


def token_in(letter: Delivery) -> str:
    return str(letter.text).rpartition("/relay/")[2].split()[0]


def headers(letter: Delivery) -> bytes:
    return as_bytes(letter_of(letter, None)).partition(b"\r\n\r\n")[0]


def change(person: Person, **values: Any) -> None:
    with transaction():
        changed(update(Person).where(Person.id == person.id).values(**values))
    db.session.expire_all()


def complained(sender: Person, to: Person) -> RelayedMessage:
    message = write(sender, to, "Buy now")
    with transaction():
        report(actor_of(to), get_received(token_in(letters()[-1])), "advertising")
    return message


def can_write(actor: Actor, to: Person) -> bool:
    try:
        get_recipient(actor, to.public_id)
    except NotFound:
        return False
    return True


def test_a_letter_shows_an_address_only_if_its_sender_wants_it() -> None:
    sender, to = make_verified("曾国强", language="en"), make_verified("单雪", language="en")
    write(sender, to, "Do you remember me?")
    write(sender, to, "Write to me", open_=True)

    closed, opened = letters()
    mine, theirs = account_of(sender).email, account_of(to).email
    assert (closed.email, closed.person_id, closed.reply_to) == (theirs, to.id, None)
    assert opened.reply_to == mine
    assert b"Reply-To" not in headers(closed)
    assert f"Reply-To: <{mine}>".encode() in headers(opened)
    for letter in (closed, opened):
        assert mine not in str(letter.text)
        assert theirs not in str(letter.text)
        assert letter.html is None
    assert closed.subject == "A letter from Zeng Guoqiang"
    assert "Do you remember me?" in str(closed.text)
    assert f"/people/{sender.public_id}/write" in str(closed.text)


def test_a_letter_is_in_the_language_of_its_reader() -> None:
    sender = make_verified("曾国强", language="en")
    write(sender, make_verified("单雪", language="zh"))
    [letter] = letters()
    assert letter.language == "zh"
    assert "曾国强" in str(letter.subject)


@pytest.mark.parametrize(
    "text",
    [
        "Hello\r\nBcc: everybody@example.org\r\n\r\nBuy now",
        "\nSubject: another\n\n.\r\nQUIT",
        "{{ to.email }} {% for x in y %} %(name)s {{name}}",
        "<a href='https://evil.example'>here</a>",
        "-- \nhttps://evil.example/relay/x",
    ],
)
def test_whatever_is_written_stays_text(text: str) -> None:
    sender, to = make_verified("曾国强", language="en"), make_verified(language="en")
    write(sender, to, text)
    [letter] = letters()
    names = [line.partition(b":")[0] for line in headers(letter).split(b"\r\n") if line[:1] != b" "]
    assert b"Bcc" not in names
    assert names.count(b"Subject") == 1
    assert letter.subject == "A letter from Zeng Guoqiang"
    assert text.replace("\r\n", "\n") in str(letter.text)
    assert get_received(token_in(letter)).sender == "Zeng Guoqiang"
    assert b"text/html" not in as_bytes(letter_of(letter, None))


def test_a_name_with_a_line_end_adds_no_header() -> None:
    sender = make_verified(language="en")
    change(sender, name_latin="Zeng\r\nBcc: x@example.org", name_zh=None, name_en=None)
    write(sender, make_verified(language="en"))
    [letter] = letters()
    assert b"\r\nBcc" not in headers(letter)


@pytest.mark.parametrize("is_blocked", [False, True])
def test_ten_letters_a_day_and_no_eleventh(is_blocked: bool) -> None:  # noqa: FBT001 - a parameter
    sender, to = make_verified(), make_verified()
    if is_blocked:
        saved(Block(person_id=to.id, blocked_id=sender.id))
    for _one in range(10):
        write(sender, to)
    with pytest.raises(TooOften) as raised:
        write(sender, make_verified())
    assert raised.value.status == 429
    assert len(letters()) == (0 if is_blocked else 10)

    with transaction():
        changed(update(RelayedMessage).values(sent_at=now() - timedelta(hours=25)))
    write(sender, make_verified())


def test_two_windows_send_one_tenth_letter(app: Flask) -> None:
    sender, to = make_verified(), make_verified()
    for _one in range(9):
        write(sender, to)
    actor, whom = actor_of(sender), to.public_id
    db.session.rollback()

    def work(number: int) -> None:
        with app.app_context(), transaction():
            write_to(actor, whom, Letter(text=f"{number}", shows_address=False))

    problems = at_once(work, [1, 2])

    assert [type(problem) for problem in problems] == [TooOften]
    assert len(letters()) == 10


def test_whom_one_may_write_to() -> None:
    sender = make_verified("曾国强")
    actor = actor_of(sender)
    willing, unwilling, hidden, stopped = (make_verified() for _ in range(4))
    change(unwilling, takes_relay=False)
    change(hidden, listed=Level.OFFICE)
    with transaction():
        stop_contact(SYSTEM, db.session.get_one(Person, stopped.id), Said(day=today(), why="x"))
    dead = make_verified()
    with transaction():
        person = db.session.get_one(Person, dead.id)
        declare(SYSTEM, person, PersonStatus.DECEASED, Said(day=today(), why="x"))
    unreachable = make_person(status=PersonStatus.VERIFIED)
    known = make_person(email="known@example.org")

    others = (willing, unwilling, hidden, stopped, dead, unreachable, known, sender)
    assert [can_write(actor, one) for one in others] == [True] + [False] * 7
    stranger = actor_of(make_account(person=make_person(status=PersonStatus.APPLICANT)))
    assert not can_write(stranger, willing)
    with pytest.raises(NoGraduate):
        can_write(actor_of(make_account(role="office")), willing)
    with pytest.raises(NotFound):
        write(sender, unwilling)
    assert letters() == []


def test_who_writes_can_be_answered() -> None:
    """Even by whom they do not let find them, and who take no letters of others."""
    sender, to = make_verified(), make_verified()
    change(sender, listed=Level.OFFICE, takes_relay=False)
    assert not can_write(actor_of(to), sender)
    write(sender, to)
    assert can_write(actor_of(to), sender)
    write(to, sender)
    assert [letter.person_id for letter in letters()] == [to.id, sender.id]


def test_a_blocked_sender_sees_no_difference(signed_in: SignIn) -> None:
    sender, to, other = (make_verified() for _ in range(3))
    write(sender, to)
    with transaction():
        block(actor_of(to), get_received(token_in(letters()[0])))
        block(actor_of(to), get_received(token_in(letters()[0])))
    browser = signed_in(sender)

    told = []
    for person in (to, other):
        here = f"/people/{person.public_id}/write"
        page = browser.submit(here, text="Hello")
        after = browser.follow(page)
        told.append((page.status, after.status, "Your letter is on its way." in after.text))

    assert told == [(303, 200, True)] * 2
    assert [letter.person_id for letter in letters()] == [to.id, other.id]
    assert db.session.scalar(select(func.count(RelayedMessage.id))) == 3
    page = browser.get(f"/people/{to.public_id}")
    assert f"/people/{to.public_id}/write" in [a["href"] for a in page.all("a")]


def test_the_eleventh_is_429_and_keeps_what_was_typed(signed_in: SignIn) -> None:
    sender, to = make_verified(), make_verified()
    browser = signed_in(sender)
    here = f"/people/{to.public_id}/write"
    assert "10 more letters" in browser.get(here).text
    for _one in range(10):
        write(sender, to)
    page = browser.submit(here, text="The eleventh")
    assert page.status == 429
    assert page.form().values["text"] == "The eleventh"


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\x00b", "a\u202eb"])
def test_what_is_no_letter_is_not_sent(signed_in: SignIn, text: str) -> None:
    sender, to = make_verified(), make_verified()
    page = signed_in(sender).submit(f"/people/{to.public_id}/write", text=text)
    assert page.status == 422
    assert letters() == []


def test_who_may_not_find_somebody_gets_404(signed_in: SignIn, browser: Browser) -> None:
    sender, to = make_verified(), make_verified()
    change(to, takes_relay=False)
    assert signed_in(sender).get(f"/people/{to.public_id}/write").status == 404
    assert signed_in(sender).get("/people/nobody/write").status == 404
    assert browser.get(f"/people/{to.public_id}/write").status == 303
    own = signed_in(sender).get(f"/people/{sender.public_id}/write")
    assert own.location == f"/people/{sender.public_id}"


def test_the_profile_offers_it_to_graduates_alone(signed_in: SignIn) -> None:
    to = make_verified()
    assert get_profile(actor_of(make_verified()), to.public_id).takes_relay
    assert not get_profile(actor_of(to), to.public_id).takes_relay
    assert not get_profile(SYSTEM, to.public_id).takes_relay
    browser = signed_in(to)
    browser.submit("/me/profile/privacy", takes_relay=None)
    db.session.expire_all()
    assert not db.session.get_one(Person, to.id).takes_relay
    assert not get_profile(actor_of(make_verified()), to.public_id).takes_relay
    page = browser.submit("/me/profile/privacy", takes_relay="y")
    assert page.status == 303
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Person, to.id).takes_relay


def test_the_link_in_a_letter_blocks_and_reports_without_signing_in(
    browser: Browser, signed_in: SignIn
) -> None:
    sender, to = make_verified("曾国强"), make_verified(language="en")
    write(sender, to, "Buy now")
    here = f"/relay/{token_in(letters()[0])}"

    page = browser.get(here)
    assert "Zeng Guoqiang" in page.text
    assert "Buy now" not in page.text
    assert account_of(to).email not in page.content.decode()
    assert db.session.scalars(select(Block)).all() == []

    block_form = next(form for form in page.forms if form.values.get("wish") == "block")
    browser.send(block_form, here)
    assert "You take no more letters" in browser.get(here).text
    db.session.rollback()
    blocked = db.session.scalars(select(Block)).one()
    assert (blocked.person_id, blocked.blocked_id) == (to.id, sender.id)
    page = browser.submit(here, wish="report", complaint="")
    assert page.status == 422
    assert browser.submit(here, wish="nonsense").status == 422


def test_what_is_told_through_the_link_is_kept(browser: Browser, signed_in: SignIn) -> None:
    sender, to = make_verified("曾国强"), make_verified(language="en")
    write(sender, to, "Buy now")
    here = f"/relay/{token_in(letters()[0])}"
    saved(Block(person_id=to.id, blocked_id=sender.id))
    browser.submit(here, wish="report", complaint="advertising", action=here)
    assert "The office knows of this letter." in browser.get(here).text

    db.session.expire_all()
    message = db.session.scalars(select(RelayedMessage)).one()
    assert message.complaint == "advertising"
    assert message.reported_at is not None

    own = signed_in(to)
    assert "Zeng Guoqiang" in own.get("/me/profile/privacy").text
    own.press("/me/profile/privacy", f"/me/profile/blocked/{sender.public_id}/lift")
    db.session.rollback()
    assert db.session.scalars(select(Block)).all() == []


def test_a_token_that_nobody_gave_opens_nothing(browser: Browser, signed_in: SignIn) -> None:
    sender, to = make_verified(), make_verified()
    saved(Block(person_id=to.id, blocked_id=sender.id))
    assert browser.get("/relay/abc").status == 404
    assert browser.get(f"/relay/{'x' * 200}").status == 404
    stranger = signed_in(make_verified())
    form = next(form for form in stranger.get("/me/profile").forms if form.action == "/language")
    lift = f"/me/profile/blocked/{sender.public_id}/lift"
    assert stranger.post(lift, csrf_token=form.values["csrf_token"]).status == 404
    assert db.session.scalar(select(func.count(Block.id))) == 1


def test_a_letter_is_complained_of_once() -> None:
    sender, to = make_verified(), make_verified()
    complained(sender, to)
    with pytest.raises(Refusal), transaction():
        report(actor_of(to), get_received(token_in(letters()[0])), "again")


def test_the_office_reads_what_was_complained_of_and_nothing_else(handler: Actor) -> None:
    sender, to = make_verified("曾国强"), make_verified("单雪", language="en")
    write(sender, to, "Private")
    message = complained(sender, to)
    silent = db.session.scalars(
        select(RelayedMessage).where(RelayedMessage.reported_at.is_(None))
    ).one()

    [row] = complaints(handler, settled=False)
    found = get_complaint(handler, message.public_id)
    assert (row.sender_name, row.recipient_name, row.number) == ("Zeng Guoqiang", "Shan Xue", 1)
    assert found.text.endswith("Buy now\n")
    assert "/relay/" not in found.text
    with pytest.raises(NotFound):
        get_complaint(handler, silent.public_id)


def test_who_sees_letters_does_not_read_those_between_graduates(
    office: Browser,
) -> None:
    write(make_verified(), make_verified(), "Between us alone")
    [letter] = letters()

    page = office.get(f"/office/letters/{letter.id}")

    assert page.texts("pre") == ["•••"]


def test_staff_are_told_that_only_graduates_write_and_of_nobody_they_may_not_see(
    signed_in: SignIn,
) -> None:
    person = make_verified()
    gone = make_person(status=PersonStatus.MERGED, merged_into_id=person.id)
    here, nowhere = f"/people/{person.public_id}/write", f"/people/{gone.public_id}/write"
    clerk, auditor = (signed_in(make_account(role=role)) for role in ("office", "auditor"))

    page = clerk.get(here)

    assert (page.status, page.texts("h1")) == (403, ["Not allowed"])
    assert "Only graduates write to each other here." in page.text
    assert clerk.get(nowhere).status == 404
    assert [auditor.get(one).status for one in (here, nowhere)] == [404, 404]


def test_who_handles_complaints_learns_of_none_of_the_own_letters() -> None:
    sender, to = make_verified(), make_verified()
    message = complained(sender, to)
    for person in (sender, to):
        saved(
            Assignment(
                account_id=account_of(person).id,
                capability=Capability.HANDLE_REQUESTS,
                starts_on=today(),
            )
        )

    assert complaints(actor_of(sender), settled=False) == []
    assert complaints_waiting(actor_of(sender)) == 0
    with pytest.raises(NotFound):
        get_complaint(actor_of(sender), message.public_id)
    assert complaints_waiting(actor_of(to)) == 1


def test_the_office_stops_a_sender_and_lets_them_write_again(handler: Actor) -> None:
    sender, to = make_verified(), make_verified()
    message = complained(sender, to)
    assert complaints_waiting(handler) == 1
    with transaction():
        settle_complaint(handler, message, "twice warned", stops_sender=True)
    assert complaints_waiting(handler) == 0
    assert [row.message.id for row in complaints(handler, settled=True)] == [message.id]
    with pytest.raises(Stopped) as raised:
        write(sender, to)
    assert raised.value.status == 403
    with pytest.raises(Refusal), transaction():
        settle_complaint(handler, message, "again", stops_sender=False)

    with transaction():
        allow_relaying(handler, db.session.get_one(Person, sender.id), "a talk")
    write(sender, to)
    assert len(letters()) == 2


def test_the_rules(handler: Actor) -> None:
    sender, to = make_verified(), make_verified()
    message = complained(sender, to)
    office = actor_of(make_account(role="auditor"))
    with refused(may_see_complaints):
        complaints(office, settled=False)
    with refused(may_see_complaints):
        complaints_waiting(office)
    with refused(may_see_complaints):
        get_complaint(office, message.public_id)
    for person in (sender, to):
        saved(
            Assignment(
                account_id=account_of(person).id,
                capability=Capability.HANDLE_REQUESTS,
                starts_on=today(),
            )
        )
        with refused(may_settle_complaint), transaction():
            settle_complaint(actor_of(person), message, "mine", stops_sender=False)
    with refused(may_settle_complaint), transaction():
        settle_complaint(office, message, "x", stops_sender=True)
    with refused(may_relay), transaction():
        write_to(office, to.public_id, Letter(text="x", shows_address=False))
    with refused(may_set_status), transaction():
        allow_relaying(office, db.session.get_one(Person, sender.id), "x")


def test_the_pages_of_the_office(signed_in: SignIn) -> None:
    sender, to = make_verified("曾国强"), make_verified()
    browser = signed_in(_handler())
    assert "Nobody complains" in browser.get("/office/relayed").text
    message = complained(sender, to)
    here = f"/office/relayed/{message.public_id}"

    assert "advertising" in browser.get("/office/relayed").text
    assert browser.get("/office/relayed?state=x").status == 400
    assert "Buy now" in browser.get(here).text
    assert browser.submit(here, why="").status == 422
    browser.submit(here, why="warned", stops_sender="y")
    assert "May not write to others" in browser.get(here).text
    assert "May not write to others" in browser.get(f"/office/people/{sender.public_id}").text
    assert "Zeng Guoqiang" in browser.get("/office/relayed?state=settled").text

    page = signed_in(sender).get(f"/people/{to.public_id}/write")
    assert "The office has stopped your letters to others." in page.text
    assert page.all("textarea") == []
    assert signed_in(to).get("/office/relayed").status == 403
    assert signed_in(to).get(here).status == 403
