"""The second factor: setting it up, signing in with it, and its codes on paper."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from time_machine import Traveller as Clock

from alumni.accounts.commands import make_link
from alumni.accounts.commands.password import change_password
from alumni.accounts.commands.second_factor import (
    ask_for_code,
    check_code,
    enter_with_code,
    renew_codes,
    take_away,
    turn_off,
    turn_on,
)
from alumni.accounts.models import Account, LinkPurpose, RecoveryCode
from alumni.accounts.policy import ROLES, may_do_without, may_rescue, may_secure
from alumni.accounts.queries.security import codes_left
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM, Actor, Owed, without_rights
from alumni.db import db, now, transaction
from alumni.errors import Gone, Invalid, Refusal
from tests.accounts.made import SECRET, account_now, letters, sessions, shown, with_second_factor
from tests.browser import Browser, Page, at_once
from tests.conftest import SignIn
from tests.factories import (
    PASSWORD,
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_officer,
    make_verified,
)
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("clock")

SETUP = "/me/second-factor"
CODE = "/sign-in/code"


def password_given(app: Flask, account: Account, next_: str = "") -> Browser:
    """A browser between the password and the code."""
    browser = Browser(app)
    page = browser.submit("/sign-in", email=account.email, password=PASSWORD, next=next_)
    assert (page.status, page.location.partition("?")[0]) == (303, CODE)
    return browser


def secret_on(page: Page) -> str:
    """What the page lets a telephone read."""
    (found,) = [a["href"] for a in page.all("a") if str(a["href"]).startswith("otpauth:")]
    return str(found).partition("secret=")[2].partition("&")[0]


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status == 200


def test_staff_set_it_up_before_their_work_is_theirs(browser: Browser) -> None:
    account = make_account(role="office")
    browser.submit("/sign-in", email=account.email, password=PASSWORD)
    assert browser.get("/me").status == 200
    away = browser.get("/office/people?q=x")
    assert away.location == f"{SETUP}?next=/office/people?q%3Dx"

    page = browser.follow(away)
    assert "Your work needs it" in page.text
    wrong = browser.send(page.form(), page.url, code="000000")
    assert (wrong.status, secret_on(wrong)) == (422, secret_on(page))
    done = browser.send(wrong.form(), page.url, code=shown(secret_on(page)))

    codes = done.texts("code")
    assert (done.status, len(codes), len(set(codes))) == (200, 10, 10)
    assert {len(code) for code in codes} == {19}
    assert done.all("a", class_="button main", href="/office/people?q=x")
    assert browser.get("/office/people?q=x").status == 200
    assert account_now(account).totp_secret == secret_on(page)
    assert [letter.email for letter in letters("second_factor_on")] == [account.email]
    assert codes[0] not in str(db.session.scalars(select(RecoveryCode.code_hash)).all())


def test_officers_set_it_up_and_members_need_not(app: Flask) -> None:
    chapter = make_chapter()
    leader, member = make_officer(chapter), make_verified()
    desk = f"/chapters/{chapter.slug}/desk"
    for person, way in ((leader, f"{SETUP}?next={desk}"), (member, "")):
        browser = Browser(app)
        browser.submit("/sign-in", email=account_of(person).email, password=PASSWORD)
        assert browser.get(desk).location == way


def test_demonstration_accounts_need_none(browser: Browser) -> None:
    account = make_account(role="office", is_demonstration=True)
    browser.submit("/sign-in", email=account.email, password=PASSWORD)
    assert browser.get("/office/audit").status == 200


def test_after_the_password_the_code(app: Flask) -> None:
    account = make_account(role="office")
    with_second_factor(account)
    browser = password_given(app, account, next_="/office/audit?verb=made")

    assert not is_in(browser)
    assert sessions() == []
    page = browser.get(f"{CODE}?next=/office/audit?verb%3Dmade")
    field = page.all("input", name="code")[0]
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    done = browser.send(page.form(), page.url, code=shown(later=1))

    assert done.location == "/office/audit?verb=made"
    assert browser.follow(done).texts("h1") == ["History"]
    (session,) = sessions()
    assert session.has_second_factor
    assert session.ends_at - now() == timedelta(hours=12)


def test_a_code_is_taken_once(app: Flask) -> None:
    account = make_account()
    with_second_factor(account)
    first, second = password_given(app, account), password_given(app, account)
    code = shown(later=1)

    assert first.submit(CODE, code=shown()).status == 422, "it set the factor up"
    assert first.submit(CODE, code=code).status == 303
    again = second.submit(CODE, code=code)

    assert again.status == 422
    assert "was used already" in again.text
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_code_is_taken_once_at_the_same_moment(app: Flask) -> None:
    account = make_account()
    with_second_factor(account)
    browsers = [password_given(app, account) for _ in range(4)]
    pages = [browser.get(CODE) for browser in browsers]
    code = shown(later=1)
    answers: list[int] = []

    def enter(index: int) -> None:
        done = browsers[index].send(pages[index].form(), CODE, code=code)
        answers.append(done.status)

    assert at_once(enter, range(4)) == []
    assert sorted(answers) == [303, 422, 422, 422]


def test_the_password_is_good_for_five_minutes(app: Flask, clock: Clock) -> None:
    account = make_account()
    with_second_factor(account)
    browser = password_given(app, account, next_="/events")
    page = browser.get(f"{CODE}?next=/events")
    clock.shift(timedelta(minutes=5))

    late = browser.send(page.form(), page.url, code=shown())

    assert late.location == "/sign-in?next=/events"
    assert "begin again" in browser.follow(late).text
    assert not is_in(browser)


def test_half_way_is_the_browsers_own(app: Flask, browser: Browser) -> None:
    account = make_account()
    with_second_factor(account)
    first = password_given(app, account)
    cookie = first.client.get_cookie("alumni")
    token = browser.get("/sign-in").form().values["csrf_token"]
    assert browser.post(CODE, csrf_token=token, code=shown(later=1)).location == "/sign-in"
    assert first.submit(CODE, code=shown(later=1)).status == 303

    assert cookie
    browser.client.set_cookie("alumni", cookie.value)

    assert browser.get(CODE).location == "/sign-in", "it was used"


def test_half_way_leads_on_once() -> None:
    account = make_account()
    codes = with_second_factor(account)
    with transaction():
        token = ask_for_code(db.session.get_one(Account, account.id))
    with pytest.raises(Invalid), transaction():
        enter_with_code(token, "000000")
    with transaction():
        assert enter_with_code(token, codes[0]).id == account.id
    with pytest.raises(Gone), transaction():
        enter_with_code(token, codes[1])
    assert codes_left(account) == 9


@pytest.mark.parametrize("how", ["closed", "password", "factor"])
def test_half_way_ends_with_what_changes_meanwhile(app: Flask, how: str) -> None:
    account = make_account()
    with_second_factor(account)
    browser = password_given(app, account)
    page = browser.get(CODE)
    with transaction():
        own, actor = db.session.get_one(Account, account.id), Actor(account_id=account.id)
        if how == "closed":
            own.suspended_at = now()
            db.session.flush()
            db.session.info.pop("changes", None)
        elif how == "password":
            change_password(actor, own, "something else entirely 5")
        else:
            turn_on(actor, own, SECRET, shown())

    browser.send(page.form(), CODE, code=shown(later=1))

    assert not is_in(browser)
    assert sessions() == []


def test_wrong_codes_are_slowed_down(app: Flask, signed_in: SignIn) -> None:
    account, other = make_account(), make_account()
    with_second_factor(account)
    with_second_factor(other)
    inside, browser = signed_in(account), password_given(app, account)
    wrong = [browser.submit(CODE, code="000000").status for _ in range(5)]

    page = browser.submit(CODE, code=shown(later=1))

    assert wrong == [422] * 5
    assert page.status == 429
    assert 0 < int(page.headers["Retry-After"]) <= 900
    assert password_given(app, account).get(CODE).status == 200, "not the page, but the guess"
    assert inside.submit("/me/prove", code=shown(later=1)).status == 429
    assert password_given(app, other).submit(CODE, code=shown(later=1)).status == 303


def test_a_recovery_code_lets_in_once(app: Flask) -> None:
    account = make_account()
    codes = with_second_factor(account)
    browser = password_given(app, account)
    page = browser.get(f"{CODE}?with=paper")
    assert "inputmode" not in page.all("input", name="code")[0]

    typed = codes[3].lower().replace(" ", "-")
    done = browser.send(page.form(), page.url, code=f" {typed} ")

    assert done.location == "/me"
    (letter,) = letters("recovery_code_used")
    assert letter.email == account.email
    assert "9 are left" in (letter.text or "")
    assert codes_left(account) == 9
    assert [session.has_second_factor for session in sessions()] == [True]
    assert password_given(app, account).submit(CODE, code=codes[3]).status == 422
    assert password_given(app, account).submit(CODE, code=codes[4]).status == 303


def test_a_password_link_does_not_go_around_it(browser: Browser) -> None:
    account = make_account(role="office")
    with_second_factor(account)
    with transaction():
        token = make_link(LinkPurpose.SET_PASSWORD, timedelta(hours=1), account=account)

    page = browser.submit(f"/password/{token}", password="another long sentence 9")

    assert page.location == CODE
    assert not is_in(browser)
    asked = browser.follow(page)
    assert "Your password is set." in asked.text
    assert browser.send(asked.form(), CODE, code=shown(later=1)).location == "/office"


def test_another_telephone_and_new_codes(signed_in: SignIn) -> None:
    account = make_account(role="office")
    old = with_second_factor(account)
    browser, elsewhere = signed_in(account), signed_in(account)
    page = browser.get(SETUP)
    assert account_now(account).totp_secret == SECRET, "until the new one is confirmed"
    secret = secret_on(page)
    assert secret != SECRET

    codes = browser.send(page.form(), page.url, code=shown(secret)).texts("code")

    assert account_now(account).totp_secret == secret
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    renewed = browser.press("/me/security", f"{SETUP}/codes").texts("code")
    assert len({*old, *codes, *renewed}) == 30
    assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 10
    assert len(letters("recovery_codes_made")) == 1
    with pytest.raises(Invalid), transaction():
        check_code(db.session.get_one(Account, account.id), codes[0])
    assert f"{SETUP}/off" not in [form.action for form in browser.get("/me/security").forms]


def test_members_may_do_without_it(signed_in: SignIn) -> None:
    account = account_of(make_verified())
    with_second_factor(account)
    browser, elsewhere = signed_in(account), signed_in(account)

    page = browser.press("/me/security", f"{SETUP}/off")

    assert page.location == "/me/security"
    assert "Not set up" in browser.follow(page).text
    assert not is_in(elsewhere)
    assert [session.has_second_factor for session in sessions()] == [False]
    assert len(letters("second_factor_off")) == 1
    entered = Browser(browser.app).submit("/sign-in", email=account.email, password=PASSWORD)
    assert entered.location == "/me"


def test_who_works_with_data_may_not_do_without_it(signed_in: SignIn) -> None:
    staff, leader = make_account(role="auditor"), make_officer(make_chapter())
    owing = without_rights(Actor(account_id=1), Owed.AGREEMENT)
    for account in (staff, account_of(leader)):
        with_second_factor(account)
        browser = signed_in(account)
        token = browser.get("/me/security").forms[0].values["csrf_token"]
        assert browser.post(f"{SETUP}/off", csrf_token=token).status == 403
        with refused(may_do_without), transaction():
            turn_off(actor_of(account), db.session.get_one(Account, account.id))
        assert account_now(account).has_second_factor
    assert may_do_without(owing, make_account()) is False
    assert may_do_without(owing, make_account(is_demonstration=True)) is True


def test_nobody_changes_how_somebody_else_signs_in() -> None:
    account = make_account()
    others = Actor(account_id=make_account().id, capabilities=frozenset(ROLES["administrator"]))
    for change in (
        lambda own: turn_on(others, own, SECRET, shown()),
        lambda own: turn_off(others, own),
        lambda own: renew_codes(others, own),
        lambda own: change_password(others, own, "something else entirely 5"),
    ):
        with refused(may_secure), transaction():
            change(db.session.get_one(Account, account.id))
    kept = account_now(account)
    assert (kept.has_second_factor, kept.password_hash) == (False, account.password_hash)


def test_nobody_takes_their_own_away_without_a_code() -> None:
    account = make_account()
    with_second_factor(account)
    office = Actor(account_id=account.id, capabilities=frozenset(ROLES["office"]))
    with refused(may_rescue), transaction():
        take_away(office, db.session.get_one(Account, account.id))
    with transaction():
        take_away(SYSTEM, db.session.get_one(Account, account.id), why="known by voice")
    assert not account_now(account).has_second_factor


def test_codes_on_paper_need_a_second_factor() -> None:
    account = make_account()
    with pytest.raises(Refusal), transaction():
        renew_codes(Actor(account_id=account.id), db.session.get_one(Account, account.id))


def test_history_tells_that_and_no_secret() -> None:
    account = make_account()
    with_second_factor(account)
    with transaction():
        renew_codes(Actor(account_id=account.id), db.session.get_one(Account, account.id))
    deeds = select(ChangeSet.verb).where(ChangeSet.verb != "made").order_by(ChangeSet.id)
    assert db.session.scalars(deeds).all() == ["turned_on_second_factor", "made_recovery_codes"]
    told = str([(one.before, one.after) for one in db.session.scalars(select(Change))])
    assert "totp_secret" in told
    assert SECRET not in told


def test_a_session_from_before_shows_the_code(signed_in: SignIn, app: Flask) -> None:
    """It was set up on the telephone; the computer's session did not end, as with a new office."""
    account = make_account(role="office")
    browser = Browser(app)
    browser.submit("/sign-in", email=account.email, password=PASSWORD)
    with_second_factor(account)

    away = browser.follow(browser.get("/office"))
    assert away.location == "/me/prove?next=/office"
    page = browser.get("/me/prove?next=/office&with=password")
    assert not page.all("input", name="password"), "the password was given already"
    done = browser.send(page.form(), page.url, code=shown(later=1))

    assert done.location == "/office"
    assert browser.get("/office").status == 200
