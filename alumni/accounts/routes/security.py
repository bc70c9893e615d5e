"""What somebody can see and do about the own account: sessions, the password, being asked again."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts import passwords, queries
from alumni.accounts.commands import sessions
from alumni.accounts.commands.password import change_password
from alumni.accounts.commands.second_factor import check_code
from alumni.accounts.forms.security import ChangePasswordForm, CodeForm, ProofForm
from alumni.accounts.models import Account, SignIn
from alumni.accounts.policy import may_do_without
from alumni.accounts.queries.security import codes_left, own_account, own_sessions
from alumni.accounts.routes import GUESSES, OK, blueprint, go_on_as
from alumni.db import transaction
from alumni.errors import Invalid, NotFound
from alumni.i18n import _, ngettext
from alumni.web import acting, current_token, limiter, safe_path, see_other


def _own() -> str:
    """The account that is signed in: whoever sits at it may be somebody else."""
    return f"account:{acting().account_id}"


guesses = limiter.guesses(GUESSES, scope="codes", of=_own)
"""Wrong codes and passwords of one account are counted together, on whatever page."""


def present() -> tuple[Account, SignIn]:
    """The account and the session that ask for this page."""
    found = queries.account_and_sign_in(current_token() or "")
    if found is None:
        raise NotFound
    return found[0], found[1]


def stay_alone(account: Account, *, with_code: bool) -> str:
    """End the account's other sessions, since how to sign in has changed. Return the new token."""
    sessions.end_other_sessions(account, current_token() or "")
    return sessions.prove(current_token() or "", with_code=with_code)


@blueprint.get("/me/security")
def account_security() -> ResponseReturnValue:
    actor = acting()
    account, sign_in = present()
    return render_template(
        "accounts/account_security.html",
        account=account,
        sessions=own_sessions(actor),
        present=sign_in,
        codes_left=codes_left(account),
        may_do_without=may_do_without(actor, account),
    )


@blueprint.post("/me/security/sessions/<int:session_id>/end")
def end_my_session(session_id: int) -> ResponseReturnValue:
    with transaction():
        sessions.end_own_session(acting(), session_id)
    flash(_("That device is signed out."), "ok")
    return see_other(url_for(".account_security"))


@blueprint.post("/me/security/sessions/end-others")
def end_my_other_sessions() -> ResponseReturnValue:
    with transaction():
        ended = sessions.end_other_sessions(own_account(acting()), current_token() or "")
    flash(
        ngettext(
            "%(num)s other device is signed out.", "%(num)s other devices are signed out.", ended
        ),
        "ok",
    )
    return see_other(url_for(".account_security"))


@blueprint.route("/me/security/password", methods=["GET", "POST"])
@guesses
def change_my_password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    if form.submitted():
        if not passwords.agrees(own_account(acting()).password_hash, form.present.data):
            form.refuse(Invalid(_("This is not your present password."), field="present"))
        else:
            with form.saving():
                account = own_account(acting())
                change_password(acting(), account, form.password.data)
                token = stay_alone(account, with_code=False)
            if form.status == OK:
                go_on_as(token)
                flash(_("Your password is changed. All other devices are signed out."), "ok")
                return see_other(url_for(".account_security"))
    return render_template("accounts/change_my_password.html", form=form), form.status


@blueprint.route("/me/prove", methods=["GET", "POST"])
@guesses
def prove() -> ResponseReturnValue:
    """Ask who is there before something grave, and go back to it."""
    account, sign_in = present()
    by_password = not account.has_second_factor or (
        sign_in.has_second_factor and request.args.get("with") == "password"
    )
    wanted = request.args.get("next", "")
    form: ProofForm | CodeForm = ProofForm(next=wanted) if by_password else CodeForm(next=wanted)
    if form.submitted() and _shows(account, form):
        with form.saving():
            if isinstance(form, CodeForm):
                check_code(own_account(acting()), form.code.data)
            token = sessions.prove(current_token() or "", with_code=not by_password)
        if form.status == OK:
            go_on_as(token)
            return see_other(safe_path(form.next.data, url_for(".account_security")))
    page = render_template(
        "accounts/prove.html",
        form=form,
        by_password=by_password,
        may_use_password=sign_in.has_second_factor and not by_password,
    )
    return page, form.status


def _shows(account: Account, form: ProofForm | CodeForm) -> bool:
    """Whether a password that was asked for is right. It is looked at outside of a transaction,

    since that takes long; a code is looked at inside.
    """
    if isinstance(form, CodeForm) or passwords.agrees(account.password_hash, form.password.data):
        return True
    form.refuse(Invalid(_("This is not your password."), field="password"))
    return False
