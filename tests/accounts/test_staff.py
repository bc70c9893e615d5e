"""Accounts of the office: who gives what to whom, and what becomes of them in the end."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from alumni.accounts.commands import begin_session
from alumni.accounts.commands import staff as commands
from alumni.accounts.commands.staff import Grant, Invitation
from alumni.accounts.models import STAFF_SESSION, Account, Assignment, LinkPurpose
from alumni.accounts.models import SignIn as Session
from alumni.accounts.policy import (
    GRANTABLE,
    ROLES,
    may_make_staff,
    may_manage_staff,
)
from alumni.accounts.queries import peek_link
from alumni.accounts.queries.staff import get_assignment, get_member, held_by, staff
from alumni.audiences import succession as audience_succession
from alumni.audiences.models import SavedAudience, Sharing
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor, Capability
from alumni.db import db, now, today, transaction
from alumni.errors import Gone, Invalid, NotFound, Refusal
from alumni.mailings import succession as mailing_succession
from alumni.mailings.models import Mailing, MailingStatus
from alumni.requests import succession as request_succession
from alumni.requests.models import Request, RequestState
from tests.accounts.made import account_now, letters, sessions
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import (
    PASSWORD,
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_verified,
    saved,
)
from tests.mailings.factories import list_of
from tests.refusals import refused

PAGE = "/office/settings/staff"


@pytest.fixture
def admin() -> Account:
    return make_account(role="administrator", name="Wang")


def given(capability: Capability, *, first: int = 0, last: int | None = None) -> Grant:
    """From so many days after today until so many days after it."""
    ends = None if last is None else today() + timedelta(days=last)
    return Grant(
        capability=capability, starts_on=today() + timedelta(days=first), ends_on=ends, why="busy"
    )


def grant(actor: Actor, account: Account, what: Grant) -> None:
    with transaction():
        commands.grant(actor, db.session.get_one(Account, account.id), what)


def newest() -> ChangeSet:
    db.session.rollback()
    return db.session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def invitation(email: str = "li@example.org", role: str = "office") -> Invitation:
    return Invitation(email=email, name="Li Na", role=role, language="en")


def test_an_invitation_opens_the_account_and_writes_where_to_set_the_password(
    admin: Account,
) -> None:
    with transaction():
        account = commands.invite(actor_of(admin), invitation())

    assert (account.name, account.language) == ("Li Na", "en")
    assert actor_of(account).capabilities == frozenset(ROLES["office"])
    (letter,) = letters("staff_invitation")
    assert (letter.email, letter.language) == ("li@example.org", "en")
    token = (letter.text or "").partition("/password/")[2].split()[0]
    link = peek_link(LinkPurpose.SET_PASSWORD, token)
    assert link.account_id == account.id
    assert link.ends_at > now() + timedelta(days=2)


def test_a_graduate_who_is_invited_keeps_the_account_and_its_sessions_end(admin: Account) -> None:
    person = make_verified(email="zeng@example.org")
    begin_session(account_of(person), is_staff=False)
    db.session.commit()

    with transaction():
        account = commands.invite(actor_of(admin), invitation("Zeng@example.org", "auditor"))

    assert account.person_id == person.id
    assert account.name == person.name_zh
    assert sessions() == []
    (letter,) = letters("staff_invitation")
    assert "/password/" not in (letter.text or "")
    assert "/sign-in" in (letter.text or "")


def test_an_invitation_can_be_sent_again_until_there_is_a_password(admin: Account) -> None:
    with transaction():
        account = commands.invite(actor_of(admin), invitation())
    with transaction():
        commands.invite_again(actor_of(admin), db.session.get_one(Account, account.id))

    first, second = letters("staff_invitation")
    for letter, works in ((first, False), (second, True)):
        token = (letter.text or "").partition("/password/")[2].split()[0]
        if works:
            peek_link(LinkPurpose.SET_PASSWORD, token)
        else:
            with pytest.raises(Gone):
                peek_link(LinkPurpose.SET_PASSWORD, token)

    ready = make_account(role="office")
    with pytest.raises(Refusal), transaction():
        commands.invite_again(actor_of(admin), ready)


def test_nobody_decides_about_the_own_account(admin: Account) -> None:
    actor = actor_of(admin)
    other = make_account(role="administrator")
    for deed in (
        lambda own: commands.grant(actor, own, given(Capability.VIEW_PEOPLE)),
        lambda own: commands.take(actor, own, held_by(own)[0]),
        lambda own: commands.suspend(actor, own, "tired"),
        lambda own: commands.unsuspend(actor, own),
        lambda own: commands.close(actor, own, other, "leaves"),
        lambda own: commands.invite(actor, invitation(own.email)),
        lambda own: commands.invite_again(actor, own),
    ):
        with refused(may_manage_staff), transaction():
            deed(db.session.get_one(Account, admin.id))
    assert actor_of(admin).capabilities == frozenset(ROLES["administrator"])


def test_only_who_manages_accounts_sees_and_changes_them() -> None:
    office = actor_of(make_account(role="office"))
    other = make_account(role="auditor")
    with refused(may_manage_staff), transaction():
        commands.grant(office, other, given(Capability.VIEW_PEOPLE))
    with refused(may_make_staff), transaction():
        commands.invite(office, invitation())
    with refused(may_make_staff):
        staff(office)
    with refused(may_make_staff):
        get_member(office, other.public_id)
    assert db.session.scalar(select(Account).where(Account.email == "li@example.org")) is None


def test_what_is_given_holds_on_its_days_and_ends_the_sessions(admin: Account) -> None:
    account = make_account(role="auditor")
    begin_session(account, is_staff=True)
    db.session.commit()
    grant(actor_of(admin), account, given(Capability.EXPORT_PEOPLE, first=1, last=2))

    assert sessions() == []
    held = []
    for days in (0, 1, 2, 3):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            held.append(actor_of(account).can(Capability.EXPORT_PEOPLE))
    assert held == [False, True, True, False]
    deed = newest()
    assert (deed.verb, deed.account_id, deed.subject_id, deed.why) == (
        "granted_capability",
        admin.id,
        account.id,
        "busy",
    )


def test_an_administrator_gives_what_they_do_not_hold_themselves(admin: Account) -> None:
    account = make_account()
    assert frozenset(Capability) == GRANTABLE
    for capability in Capability:
        grant(actor_of(admin), account, given(capability))

    assert actor_of(account).capabilities == frozenset(Capability)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first": -1}, "starts_on"),
        ({"first": 3, "last": 2}, "ends_on"),
        ({}, "capability"),
        ({"first": 1, "last": 9}, "capability"),
    ],
    ids=str,
)
def test_what_cannot_be_given(admin: Account, wrong: dict[str, int], field: str) -> None:
    account = make_account(role="auditor")
    with pytest.raises(Refusal) as raised:
        grant(actor_of(admin), account, given(Capability.VIEW_AUDIT, **wrong))
    assert raised.value.field == field


def test_after_its_end_it_can_be_given_again(admin: Account) -> None:
    account = make_account()
    grant(actor_of(admin), account, given(Capability.VIEW_AUDIT, last=2))
    grant(actor_of(admin), account, given(Capability.VIEW_AUDIT, first=3))

    assert len(held_by(account)) == 2


def test_what_is_taken_ends_at_once_and_was_held(admin: Account) -> None:
    account = make_account(role="auditor")
    grant(actor_of(admin), account, given(Capability.VIEW_PEOPLE, first=5))
    ids = [one.id for one in held_by(account)]
    for assignment_id in ids:
        with transaction():
            own = db.session.get_one(Account, account.id)
            commands.take(actor_of(admin), own, get_assignment(own, assignment_id))

    assert actor_of(account).capabilities == frozenset()
    # What had not begun is gone; what was held, be it for an hour, stays known.
    (kept,) = db.session.scalars(select(Assignment).where(Assignment.account_id == account.id))
    assert (kept.capability, kept.ends_on) == (
        Capability.VIEW_AUDIT,
        today() - timedelta(days=1),
    )
    with pytest.raises(NotFound):
        get_assignment(account, kept.id)


def test_what_another_account_holds_is_not_found() -> None:
    one, other = make_account(role="auditor"), make_account(role="auditor")
    with pytest.raises(NotFound):
        get_assignment(one, held_by(other)[0].id)


def test_a_suspended_account_has_no_session_and_no_link(admin: Account, signed_in: SignIn) -> None:
    with transaction():
        account = commands.invite(actor_of(admin), invitation())
    browser = signed_in(account)
    with transaction():
        commands.suspend(
            actor_of(admin), db.session.get_one(Account, account.id), "left the office open"
        )

    assert browser.get("/me").location.startswith("/sign-in")
    token = (letters("staff_invitation")[0].text or "").partition("/password/")[2].split()[0]
    with pytest.raises(Gone):
        peek_link(LinkPurpose.SET_PASSWORD, token)
    with pytest.raises(Refusal), transaction():
        commands.grant(actor_of(admin), account_now(account), given(Capability.MANAGE_ACCOUNTS))
    with pytest.raises(Refusal), transaction():
        commands.invite(actor_of(admin), invitation())

    with transaction():
        commands.unsuspend(actor_of(admin), db.session.get_one(Account, account.id))
    assert account_now(account).suspended_at is None


def test_the_last_administrator_stays() -> None:
    last, office = make_account(role="administrator"), make_account(role="office")
    make_account(role="administrator", suspended_at=now())
    manages = next(one for one in held_by(last) if one.capability is Capability.MANAGE_ACCOUNTS)
    for deed in (
        lambda own: commands.take(SYSTEM, own, db.session.get_one(Assignment, manages.id)),
        lambda own: commands.suspend(SYSTEM, own, "x"),
        lambda own: commands.close(SYSTEM, own, db.session.get_one(Account, office.id), "x"),
    ):
        with pytest.raises(Refusal) as raised, transaction():
            deed(db.session.get_one(Account, last.id))
        assert raised.value.status == 409
    assert actor_of(last).can(Capability.MANAGE_ACCOUNTS)


def test_of_two_who_close_each_other_one_stays(app: Flask) -> None:
    one, other = make_account(role="administrator"), make_account(role="administrator")
    office = make_account(role="office")
    pairs = [(actor_of(one), other.id), (actor_of(other), one.id)]

    def close(pair: tuple[Actor, int]) -> None:
        actor, account_id = pair
        with app.app_context(), transaction():
            commands.close(
                actor,
                db.session.get_one(Account, account_id),
                db.session.get_one(Account, office.id),
                "x",
            )

    problems = at_once(close, pairs)

    assert [type(problem) for problem in problems] == [Refusal]
    db.session.rollback()
    left = [actor_of(account_now(account)) for account in (one, other)]
    assert sorted(actor.can(Capability.MANAGE_ACCOUNTS) for actor in left) == [False, True]


def test_closing_passes_on_what_is_of_the_office(admin: Account) -> None:
    for slice_ in (audience_succession, mailing_succession, request_succession):
        slice_.register()
    leaver, heir = make_account(role="office"), make_account(role="office")
    chapter = make_chapter()
    audience = saved(SavedAudience(account_id=leaver.id, name_zh="大连", criteria={}))
    circle = saved(
        SavedAudience(
            account_id=leaver.id,
            name_zh="分会",
            criteria={},
            sharing=Sharing.CHAPTER,
            chapter_id=chapter.id,
        )
    )
    letters_ = [
        saved(Mailing(mail_list_id=list_of(of).id, author_id=leaver.id, status=status))
        for of in (None, chapter)
        for status in (MailingStatus.DRAFT, MailingStatus.PREPARING, MailingStatus.SENT)
    ]
    asked = saved(
        Request(name="A", email="a@example.org", subject="s", words="w", taken_by_id=leaver.id),
        Request(
            name="B",
            email="b@example.org",
            subject="s",
            words="w",
            taken_by_id=leaver.id,
            state=RequestState.CLOSED,
            settled_at=now(),
        ),
    )
    begin_session(leaver, is_staff=True)
    db.session.commit()

    with transaction():
        passed_on = commands.close(
            actor_of(admin),
            db.session.get_one(Account, leaver.id),
            db.session.get_one(Account, heir.id),
            "retires",
        )

    assert passed_on == {"audience": 1, "mailing": 4, "request": 1}
    db.session.expire_all()
    assert (audience.account_id, circle.account_id) == (heir.id, leaver.id)
    assert [one.author_id == heir.id for one in letters_] == [True, True, False] * 2
    assert asked.taken_by_id == heir.id
    closed = account_now(leaver)
    assert (closed.successor_id, closed.suspended_at is None) == (heir.id, False)
    assert sessions() == []
    assert actor_of(closed).capabilities == frozenset()
    deed = newest()
    assert (deed.verb, deed.why, deed.facts["passed_on"]) == (
        "closed_staff_account",
        "retires",
        passed_on,
    )


def test_a_draft_to_a_chapter_goes_to_nobody_who_would_show_it_there(admin: Account) -> None:
    """By its author it is known as the office's, which the chapter does not read."""
    mailing_succession.register()
    leaver, auditor = make_account(role="office"), make_account(role="auditor")
    mailing = saved(Mailing(mail_list_id=list_of(make_chapter()).id, author_id=leaver.id))
    with transaction():
        commands.close(
            actor_of(admin),
            db.session.get_one(Account, leaver.id),
            db.session.get_one(Account, auditor.id),
            "retires",
        )

    db.session.expire_all()
    assert mailing.author_id == leaver.id


def test_a_graduate_who_leaves_the_office_is_still_a_graduate(
    admin: Account, signed_in: SignIn
) -> None:
    person = make_verified()
    account = account_of(person)
    grant(actor_of(admin), account, given(Capability.VIEW_PEOPLE))
    with transaction():
        commands.close(
            actor_of(admin),
            db.session.get_one(Account, account.id),
            db.session.get_one(Account, admin.id),
            "retires",
        )

    assert account_now(account).suspended_at is None
    assert signed_in(account).get("/me").status == 200


def test_a_successor_works_in_the_office(admin: Account) -> None:
    leaver, stranger = make_account(role="office"), make_account()
    for successor in (stranger.id, leaver.id):
        with pytest.raises(Invalid) as raised, transaction():
            commands.close(
                actor_of(admin),
                db.session.get_one(Account, leaver.id),
                db.session.get_one(Account, successor),
                "x",
            )
        assert raised.value.field == "successor"
    with pytest.raises(Refusal), transaction():
        commands.close(
            actor_of(admin),
            db.session.get_one(Account, stranger.id),
            db.session.get_one(Account, admin.id),
            "x",
        )


def test_the_list_says_who_holds_what_and_was_seen_when(admin: Account) -> None:
    office = make_account(role="auditor", name="Bai")
    begin_session(office, is_staff=True)
    db.session.commit()
    make_account()

    bai, wang = staff(actor_of(admin))

    assert [bai.account.id, wang.account.id] == [office.id, admin.id]
    assert [one.capability for one in bai.held] == [Capability.VIEW_AUDIT]
    assert bai.seen_at is not None
    assert wang.seen_at is None
    assert staff(actor_of(admin), former=True) == []


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_asks_as_often_for_three_as_for_one(
    admin: Account, queries: list[str], how_many: int
) -> None:
    for _ in range(how_many):
        make_account(role="office")
    actor = actor_of(admin)
    db.session.rollback()
    queries.clear()

    staff(actor)

    assert len([one for one in queries if one.startswith("SELECT")]) == 4


def test_pages_from_the_invitation_to_the_end(admin: Account, signed_in: SignIn) -> None:
    browser = signed_in(admin)
    page = browser.submit(
        f"{PAGE}/invite", email="li@example.org", name="Li Na", role="auditor", language="en"
    )
    member_url = page.location
    page = browser.follow(page)
    assert (page.status, page.texts("h1")) == (200, ["Li Na"])
    assert "Read the history" in page.text

    account = db.session.scalars(select(Account).where(Account.email == "li@example.org")).one()
    browser.follow(
        browser.submit(
            f"{member_url}/grant",
            capability="people.view",
            starts_on=today().isoformat(),
            ends_on=(today() + timedelta(days=9)).isoformat(),
            why="a busy month",
        )
    )
    db.session.rollback()
    (first, _second) = held_by(account)
    taken = browser.press(member_url, f"{member_url}/held/{first.id}/take")
    assert taken.status == 303
    browser.press(member_url, f"{member_url}/invite-again")
    browser.submit(f"{member_url}/suspend", why="on leave")
    assert "Suspended" in browser.get(member_url).text
    browser.press(member_url, f"{member_url}/unsuspend")
    page = browser.submit(f"{member_url}/close", successor=admin.public_id, why="left")
    assert (page.status, page.location) == (303, member_url)
    assert "Li Na" in browser.get(f"{PAGE}?state=former").text
    assert "Li Na" not in browser.get(PAGE).text
    assert "Suspend" not in browser.get(f"{PAGE}/{admin.public_id}").texts("a")


def test_who_begins_tomorrow_has_a_session_of_staff_already(browser: Browser) -> None:
    account = make_account()
    tomorrow = today() + timedelta(days=1)
    saved(
        Assignment(account_id=account.id, capability=Capability.MANAGE_EVENTS, starts_on=tomorrow)
    )

    page = browser.submit("/sign-in", email=account.email, password=PASSWORD)

    assert (page.status, page.location) == (303, "/me")
    db.session.rollback()
    session = db.session.scalars(select(Session)).one()
    assert session.ends_at - session.created_at <= STAFF_SESSION


def test_pages_ask_again_who_is_there(admin: Account, signed_in: SignIn) -> None:
    office = make_account(role="office")
    browser = signed_in(admin)
    url = f"{PAGE}/{office.public_id}"
    with time_machine.travel(now() + timedelta(minutes=20), tick=False):
        for path in ("/grant", "/suspend", "/close"):
            page = browser.get(url + path)
            assert (page.status, page.location.partition("?")[0]) == (303, "/me/prove")
        assert browser.get(f"{PAGE}/invite").location.startswith("/me/prove")
        assert browser.press(url, f"{url}/held/{held_by(office)[0].id}/take").status == 403
        assert browser.get(url).status == 200
    assert actor_of(office).capabilities == frozenset(ROLES["office"])


def test_pages_are_closed_to_the_rest_of_the_office(signed_in: SignIn) -> None:
    other = make_account(role="auditor")
    browser = signed_in(make_account(role="office"))
    for path in ("", "/invite", f"/{other.public_id}", f"/{other.public_id}/grant", "/nobody"):
        assert browser.get(PAGE + path).status == 403, path


def test_who_never_worked_in_the_office_is_not_found(admin: Account, signed_in: SignIn) -> None:
    browser = signed_in(admin)
    graduate = account_of(make_verified())
    for public_id in (graduate.public_id, "nobody"):
        for path in ("", "/grant", "/close", "/suspend"):
            assert browser.get(f"{PAGE}/{public_id}{path}").status == 404
    assert browser.get(f"{PAGE}/{admin.public_id}/close").status == 403
