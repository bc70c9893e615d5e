"""Signing in and out, and passwords."""

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts import commands, passwords, queries
from alumni.accounts.forms import ForgotForm, PasswordForm, SignInForm
from alumni.accounts.models import Account, LinkPurpose, SignIn
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


def _failed(response: Response) -> bool:
    """Only what was wrong counts: a whole dinner may sign in from one hotel's network."""
    return response.status_code == 422  # noqa: PLR2004


def _asked_for() -> str:
    """The account that is knocked at, whoever knocks."""
    email = (request.form.get("email") or "").strip().lower()
    return "account:" + queries.token_hash(email)


def find_visitor(token: str) -> Visitor | None:
    """Whose session this is."""
    found = queries.session_of(token)
    return visitor_of(found[0], found[1], token) if found else None


def visitor_of(account: Account, session: SignIn, token: str) -> Visitor:
    return Visitor(
        token=token,
        is_proved=session.has_second_factor or account.is_demonstration,
        account_id=account.id,
        person_id=account.person_id,
        name=account.name,
        language=account.language,
        time_zone=account.time_zone,
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("30 per 10 minutes", methods=["POST"], deduct_when=_failed)
@limiter.limit("10 per 15 minutes", key_func=_asked_for, methods=["POST"], deduct_when=_failed)
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
        if form.status == 200:  # noqa: PLR2004
            flash(_("Your password is set, and you are signed in."), "ok")
            return _enter(account, "")
    return render_template("accounts/set_password.html", form=form), form.status


def _enter(account: Account | None, wanted: str | None) -> ResponseReturnValue:
    """Begin the account's session and go where it wanted to, or where its work is."""
    if account is None or account.suspended_at is not None:
        raise Invalid(_("This account is closed. Please write to the office."))
    former = current_token()
    with transaction():
        if former:
            commands.end_session(former)
        account = db.session.get_one(Account, account.id)
        held = queries.capabilities_of(account.id, today())
        is_staff = db.session.scalar(held.limit(1)) is not None
        token, session = commands.begin_session(account, is_staff=is_staff)
        visitor = visitor_of(account, session, token)
    begin(visitor)
    desk = url_for("home.office") if is_staff else url_for("home.me")
    return see_other(safe_path(wanted, desk))
