"""The office's accounts: who works there, and what they hold."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts.commands import staff as commands
from alumni.accounts.forms.staff import (
    CloseForm,
    GrantForm,
    InviteForm,
    SuspendForm,
    capability_words,
)
from alumni.accounts.models import Account
from alumni.accounts.policy import may_make_staff, may_manage_staff
from alumni.accounts.queries import staff as queries
from alumni.accounts.routes import blueprint
from alumni.authz import Actor, require
from alumni.db import today, transaction
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.web import acting, asked, require_proof, see_other


@blueprint.get("/office/settings/staff")
def staff() -> ResponseReturnValue:
    state = asked({"state"}).get("state", ["present"])[-1]
    if state not in ("present", "former"):
        raise BadRequest(_("There is no state “%(name)s”.", name=state))
    return render_template(
        "accounts/staff.html",
        members=queries.staff(acting(), former=state == "former"),
        is_former=state == "former",
        words=capability_words(),
        today=today(),
    )


@blueprint.route("/office/settings/staff/invite", methods=["GET", "POST"])
def invite_staff() -> ResponseReturnValue:
    require(may_make_staff, acting())
    require_proof()
    form = InviteForm()
    if form.submitted():
        with form.saving():
            account = commands.invite(acting(), form.invitation())
            flash(_("Invited. The letter with the link is on its way."), "ok")
            return see_other(url_for(".staff_member", public_id=account.public_id))
    return render_template("accounts/staff_invite.html", form=form), form.status


@blueprint.get("/office/settings/staff/<public_id>")
def staff_member(public_id: str) -> ResponseReturnValue:
    member = queries.get_member(acting(), public_id)
    return render_template(
        "accounts/staff_member.html",
        member=member,
        words=capability_words(),
        today=today(),
        may_manage=may_manage_staff(acting(), member.account),
    )


@blueprint.route("/office/settings/staff/<public_id>/grant", methods=["GET", "POST"])
def grant_capability(public_id: str) -> ResponseReturnValue:
    form = GrantForm()
    if form.submitted():
        with form.saving():
            commands.grant(acting(), _managed(public_id), form.grant())
            flash(_("Given. They sign in again to use it."), "ok")
            return see_other(url_for(".staff_member", public_id=public_id))
    account = _managed(public_id)
    return render_template("accounts/staff_grant.html", form=form, account=account), form.status


@blueprint.post("/office/settings/staff/<public_id>/held/<int:assignment_id>/take")
def take_capability(public_id: str, assignment_id: int) -> ResponseReturnValue:
    with transaction():
        account = _managed(public_id)
        commands.take(acting(), account, queries.get_assignment(account, assignment_id))
    flash(_("Taken. It ends at once."), "ok")
    return see_other(url_for(".staff_member", public_id=public_id))


@blueprint.post("/office/settings/staff/<public_id>/invite-again")
def invite_staff_again(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.invite_again(acting(), _managed(public_id))
    flash(_("Invited. The letter with the link is on its way."), "ok")
    return see_other(url_for(".staff_member", public_id=public_id))


@blueprint.route("/office/settings/staff/<public_id>/suspend", methods=["GET", "POST"])
def suspend_staff(public_id: str) -> ResponseReturnValue:
    form = SuspendForm()
    if form.submitted():
        with form.saving():
            commands.suspend(acting(), _managed(public_id), form.why.data)
            flash(_("Suspended. All its sessions have ended."), "ok")
            return see_other(url_for(".staff_member", public_id=public_id))
    account = _managed(public_id)
    return render_template("accounts/staff_suspend.html", form=form, account=account), form.status


@blueprint.post("/office/settings/staff/<public_id>/unsuspend")
def unsuspend_staff(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.unsuspend(acting(), _managed(public_id))
    flash(_("The account can sign in again."), "ok")
    return see_other(url_for(".staff_member", public_id=public_id))


@blueprint.route("/office/settings/staff/<public_id>/close", methods=["GET", "POST"])
def close_staff(public_id: str) -> ResponseReturnValue:
    form = CloseForm(queries.successors(_managed(public_id)))
    if form.submitted():
        with form.saving():
            _close(acting(), public_id, form)
            return see_other(url_for(".staff_member", public_id=public_id))
    account = _managed(public_id)
    page = render_template("accounts/staff_close.html", form=form, account=account)
    return page, form.status


def _close(actor: Actor, public_id: str, form: CloseForm) -> None:
    successor = queries.get_member(actor, form.successor.data).account
    commands.close(actor, _managed(public_id), successor, form.why.data)
    flash(_("Closed. %(name)s has what it left.", name=successor.name), "ok")


def _managed(public_id: str) -> Account:
    """The account of somebody else, for who has lately shown who they are."""
    account = queries.get_member(acting(), public_id).account
    require(may_manage_staff, acting(), account)
    require_proof()
    return account
