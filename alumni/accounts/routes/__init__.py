"""Signing in and out, and passwords."""

from flask import Blueprint, Response, flash, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts import commands, passwords, queries
from alumni.accounts.commands.second_factor import ask_for_code, enter_with_code
from alumni.accounts.commands.sessions import seen
from alumni.accounts.devices import device_words
from alumni.accounts.forms import ForgotForm, PasswordForm, SignInForm
from alumni.accounts.forms.security import CodeForm
from alumni.accounts.models import Account, LinkPurpose, SignIn
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

HALF_WAY = "half_way"
"""What the browser keeps between the password and the code. It opens no page but that of the code:
nobody is signed in by it."""


def wrong(response: Response) -> bool:
    """Only what was wrong counts: a whole dinner may sign in from one hotel's network."""
    return response.status_code == 422  # noqa: PLR2004


def _asked_for() -> str:
    """The account that is knocked at, whoever knocks."""
    email = (request.form.get("email") or "").strip().lower()
    return "account:" + queries.token_hash(email)


def _waiting() -> str:
    """The account whose code is asked for."""
    return f"account:{waits_for_code(session.get(HALF_WAY, ''))}"


def find_visitor(token: str) -> Visitor | None:
    """Whose session this is. That they were here is noted from time to time."""
    found = queries.session_of(token)
    if found is None:
        return None
    seen(found[1])
    return visitor_of(found[0], found[1], token)


def visitor_of(account: Account, session: SignIn, token: str) -> Visitor:
    return Visitor(
        token=token,
        is_proved=session.has_second_factor or account.is_demonstration,
        proof_ends_at=None if account.is_demonstration else session.proof_ends_at,
        account_id=account.id,
        person_id=account.person_id,
        name=account.name,
        language=account.language,
        time_zone=account.time_zone,
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("30 per 10 minutes", methods=["POST"], deduct_when=wrong)
@limiter.limit(GUESSES, key_func=_asked_for, methods=["POST"], deduct_when=wrong)
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
@limiter.limit("30 per 10 minutes", methods=["POST"], deduct_when=wrong)
@limiter.shared_limit(
    GUESSES, scope="codes", key_func=_waiting, methods=["POST"], deduct_when=wrong
)
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
    return render_template("accounts/set_password.html", form=form), form.status


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
        token, sign_in = commands.begin_session(
            account,
            is_staff=is_staff(account),  # also who begins tomorrow
            has_second_factor=has_second_factor,
            device=device_words(request.user_agent.string),
        )
        visitor = visitor_of(account, sign_in, token)
    begin(visitor)
    desk = url_for("home.office") if works else url_for("home.me")
    return see_other(safe_path(wanted, desk))


from alumni.accounts.routes import (  # noqa: E402 - they add the pages
    rescuing,  # noqa: F401
    second_factor,  # noqa: F401
    security,  # noqa: F401
    staff,  # noqa: F401
)
