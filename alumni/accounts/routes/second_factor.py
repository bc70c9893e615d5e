"""Setting the second factor up, its codes on paper, and doing without it."""

from flask import flash, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts import totp
from alumni.accounts.commands import second_factor as commands
from alumni.accounts.forms.security import CodeForm
from alumni.accounts.queries.security import own_account
from alumni.accounts.routes import OK, blueprint, go_on_as
from alumni.accounts.routes.security import guesses, present, stay_alone
from alumni.authz import Owed
from alumni.codes.queries import association
from alumni.db import transaction
from alumni.i18n import _
from alumni.web import acting, require_proof, safe_path, see_other

PENDING = "totp"
"""The secret that is being set up is kept by the browser, which shows it anyway: so an attempt that

nobody finishes leaves the account as it was.
"""


@blueprint.route("/me/second-factor", methods=["GET", "POST"])
@guesses
def second_factor() -> ResponseReturnValue:
    """Set one up, or another one instead."""
    account, sign_in = present()
    wanted = request.args.get("next", "")
    if account.has_second_factor and not sign_in.has_second_factor:
        return see_other(url_for(".prove", next=wanted or None))
    require_proof()
    form = CodeForm(next=wanted)
    secret = session.setdefault(PENDING, totp.new_secret())
    if form.submitted():
        with form.saving():
            account = own_account(acting())
            codes = commands.turn_on(acting(), account, secret, form.code.data)
            token = stay_alone(account, with_code=True)
        if form.status == OK:
            go_on_as(token)
            return _show_codes(codes, form.next.data)
    page = render_template(
        "accounts/second_factor.html",
        form=form,
        account=account,
        is_owed=acting().owes is Owed.SECOND_FACTOR,
        address=totp.address(secret, email=account.email, issuer=association().short_name),
        secret=totp.in_groups(secret),
    )
    return page, form.status


@blueprint.post("/me/second-factor/codes")
def renew_recovery_codes() -> ResponseReturnValue:
    require_proof()
    with transaction():
        codes = commands.renew_codes(acting(), own_account(acting()))
    return _show_codes(codes, "")


@blueprint.post("/me/second-factor/off")
def turn_off_second_factor() -> ResponseReturnValue:
    require_proof()
    with transaction():
        account = own_account(acting())
        commands.turn_off(acting(), account)
        token = stay_alone(account, with_code=False)
    go_on_as(token)
    flash(_("You sign in with your password alone now."), "ok")
    return see_other(url_for(".account_security"))


def _show_codes(codes: list[str], wanted: str | None) -> ResponseReturnValue:
    """The codes, this once: nobody keeps them, so there is no page to go to."""
    onward = safe_path(wanted, url_for(".account_security"))
    return render_template("accounts/recovery_codes.html", codes=codes, onward=onward)
