"""The dead mailbox: the office lets somebody sign in again, after a check of who they are."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts.commands.rescuing import change_address
from alumni.accounts.commands.second_factor import take_away
from alumni.accounts.forms.staff import RescueForm
from alumni.accounts.policy import may_rescue
from alumni.accounts.queries.staff import InNeed, get_in_need
from alumni.accounts.routes import blueprint
from alumni.authz import Actor, require
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.web import acting, require_proof, see_other


@blueprint.route("/office/accounts/<public_id>/sign-in", methods=["GET", "POST"])
def rescue(public_id: str) -> ResponseReturnValue:
    form = RescueForm()
    if form.submitted():
        with form.saving():
            found = _found(acting(), public_id)
            _rescue(acting(), found, form)
            flash(_("Changed. The person is told by letter."), "ok")
            return see_other(_back(found))
    found = _found(acting(), public_id)
    page = render_template(
        "accounts/rescue.html", form=form, account=found.account, back_url=_back(found)
    )
    return page, form.status


def _found(actor: Actor, public_id: str) -> InNeed:
    found = get_in_need(actor, public_id)
    require(may_rescue, actor, found.account, of_staff=found.of_staff)
    require_proof()
    return found


def _rescue(actor: Actor, found: InNeed, form: RescueForm) -> None:
    if form.takes_second_factor.data:
        if not found.account.has_second_factor:
            raise Invalid(_("No second factor is set up."), field="takes_second_factor")
        take_away(actor, found.account, why=form.how.data)
    if form.email.data:
        change_address(actor, found.account, form.email.data, why=form.how.data)


def _back(found: InNeed) -> str:
    if found.person:
        return url_for("membership.person", public_id=found.person)
    return url_for(".staff_member", public_id=found.account.public_id)
