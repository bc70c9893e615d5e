"""Signing in and out, and passwords."""

from flask import Blueprint, flash, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from alumni.accounts import commands, passwords, queries
from alumni.accounts.commands.second_factor import ask_for_code, enter_with_code
from alumni.accounts.commands.sessions import seen
from alumni.accounts.devices import device_words
from alumni.accounts.forms import ForgotForm, PasswordForm, SignInForm
from alumni.accounts.forms.security import CodeForm
from alumni.accounts.models import Account, LinkPurpose
from alumni.accounts.queries.security import waits_for_code
from alumni.accounts.queries.staff import is_staff
from alumni.db import db, today, transaction
from alumni.errors import Gone, Invalid
from alumni.i18n import _
from alumni.web import (
    Visitor,
    acting,
    current_token,
    limiter,
    public,
    safe_path,
    see_other,
)
from alumni.web import (
    sign_in as begin,
)
from alumni.web import (
    sign_out as end,
)

blueprint = Blueprint("accounts", __name__)

OK = 200
GUESSES = "5 per 15 minutes"
"""Of one account, whoever makes them and from wherever."""

NEARBY = "30 per 10 minutes"
"""From one address, where a whole dinner may sign in from one hotel's network: only what is wrong
counts."""

HALF_WAY = "half_way"
"""What the browser keeps between the password and the code. It opens no page but that of the code:
nobody is signed in by it."""


def _asked_for() -> str:
    """The account that is knocked at, whoever knocks."""
    email = (request.form.get("email") or "").strip().lower()
    return "account:" + queries.token_hash(email)


def _waiting() -> str:
    """The account whose code is asked for."""
    return f"account:{waits_for_code(session.get(HALF_WAY, ''))}"


def find_visitor(token: str) -> Visitor | None:
    """Whose session this is. That they were here is noted from time to time."""
    session = queries.session_of(token)
    if session is None:
        return None
    seen(session)
    return Visitor(
        token=token,
        is_proved=session.has_second_factor or session.is_demonstration,
        proof_ends_at=None if session.is_demonstration else session.proof_ends_at,
        account_id=session.account_id,
        person_id=session.person_id,
        name=session.name,
        language=session.language,
        time_zone=session.time_zone,
    )


def go_on_as(token: str) -> None:
    """Go on with the session of this token, which has just begun or has a new one."""
    visitor = find_visitor(token)
    if visitor is not None:
        begin(visitor)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.guesses(NEARBY, scope="passwords nearby", of=get_remote_address)
@limiter.guesses(GUESSES, scope="passwords", of=_asked_for)
def sign_in() -> ResponseReturnValue:
    if current_token() and request.method == "GET":
        return see_other(safe_path(request.args.get("next"), url_for("home.me")))
    form = SignInForm(next=request.args.get("next", ""))
    if form.submitted():
        account = queries.account_of(form.email.data)
        if passwords.agrees(account.password_hash if account else None, form.password.data):
            return _enter(account, form.next.data)
        form.refuse(Invalid(_("The address or the password is not right."), field="password"))
    return render_template("accounts/sign_in.html", form=form), form.status


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
@limiter.guesses(NEARBY, scope="codes nearby", of=get_remote_address)
@limiter.guesses(GUESSES, scope="codes", of=_waiting)
def sign_in_code() -> ResponseReturnValue:
    """The second half of signing in, for the browser in which the password was right."""
    token = session.get(HALF_WAY, "")
    form = CodeForm(next=request.args.get("next", ""))
    if waits_for_code(token) is None:
        flash(_("Please begin again: the password is good for five minutes."), "wait")
        return see_other(url_for(".sign_in", next=form.next.data or None))
    if form.submitted():
        with form.saving():
            account = enter_with_code(token, form.code.data)
        if form.status == OK:
            return _begin(account, form.next.data, has_second_factor=True)
    on_paper = request.args.get("with") == "paper"
    return render_template("accounts/sign_in_code.html", form=form, on_paper=on_paper), form.status


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    token = current_token()
    if token:
        with transaction():
            commands.end_session(token)
    end()
    flash(_("You have signed out."), "ok")
    return see_other(url_for("home.index"))


@blueprint.route("/forgot", methods=["GET", "POST"])
@public
@limiter.limit("20 per hour", methods=["POST"])
def forgot() -> ResponseReturnValue:
    form = ForgotForm()
    if form.submitted():
        with form.saving():
            commands.forgot(form.email.data)
            return render_template("accounts/forgotten.html")
    return render_template("accounts/forgot.html", form=form), form.status


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30 per hour", methods=["POST"])
def set_password(token: str) -> ResponseReturnValue:
    try:
        queries.peek_link(LinkPurpose.SET_PASSWORD, token)
    except Gone as gone:
        return render_template("accounts/gone.html", message=str(gone)), gone.status
    form = PasswordForm()
    if form.submitted():
        with form.saving():
            account = commands.set_password(acting(), token, form.password.data)
        if form.status == OK:
            answer = _enter(account, "")
            flash(_("Your password is set."), "ok")
            return answer
    step = request.args.get("step", "")
    return render_template("accounts/set_password.html", form=form, step=step), form.status


def _enter(account: Account | None, wanted: str | None) -> ResponseReturnValue:
    """The password was right, or came with a link: begin the session, or ask for the code first."""
    if account is None or account.suspended_at is not None:
        raise Invalid(_("This account is closed. Please write to the office."))
    if not account.has_second_factor:
        return _begin(account, wanted)
    with transaction():
        session[HALF_WAY] = ask_for_code(account)
    return see_other(url_for(".sign_in_code", next=wanted or None))


def _begin(
    account: Account, wanted: str | None, *, has_second_factor: bool = False
) -> ResponseReturnValue:
    """Begin the account's session and go where it wanted to, or where its work is."""
    former = current_token()
    with transaction():
        if former:
            commands.end_session(former)
        account = db.session.get_one(Account, account.id)
        held = queries.capabilities_of(account.id, today())
        works = db.session.scalar(held.limit(1)) is not None
        token = commands.begin_session(
            account,
            is_staff=is_staff(account),  # also who begins tomorrow
            has_second_factor=has_second_factor,
            device=device_words(request.user_agent.string),
        )[0]
    go_on_as(token)
    desk = url_for("home.office") if works else url_for("home.me")
    return see_other(safe_path(wanted, desk))


from alumni.accounts.routes import (  # noqa: E402 - they add the pages
    rescuing,  # noqa: F401
    second_factor,  # noqa: F401
    security,  # noqa: F401
    staff,  # noqa: F401
)
