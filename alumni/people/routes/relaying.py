"""Writing to others without their address, answering for such a letter, and complaints."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.people.commands import relaying as commands
from alumni.people.forms.relaying import LetterForm, ReceivedForm, SettleForm
from alumni.people.queries import display_name
from alumni.people.queries import relaying as queries
from alumni.people.queries.profile import own_public_id
from alumni.people.routes import blueprint
from alumni.web import acting, asked, limiter, public, see_other

WISHES = frozenset({"block", "unblock", "report"})


@blueprint.route("/people/<public_id>/write", methods=["GET", "POST"])
def write_to(public_id: str) -> ResponseReturnValue:
    actor = acting()
    if actor.person_id is not None and own_public_id(actor) == public_id:
        return see_other(url_for(".profile", public_id=public_id))
    name = display_name(queries.get_recipient(actor, public_id))
    form = LetterForm()
    if form.submitted():
        with form.saving():
            commands.write_to(actor, public_id, form.letter())
            flash(_("Your letter is on its way."), "ok")
            return see_other(url_for(".write_to", public_id=public_id))
    page = render_template(
        "people/write_to.html",
        form=form,
        public_id=public_id,
        name=name,
        left=max(0, queries.MOST_A_DAY - queries.sent_lately(actor.person_id or 0)),
        is_stopped=queries.stands_still(actor),
    )
    return page, form.status


@blueprint.route("/relay/<token>", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def relayed(token: str) -> ResponseReturnValue:
    """Where the reader of a letter blocks its sender, or complains. A look changes nothing."""
    form = ReceivedForm()
    if form.submitted():
        with form.saving():
            _answer(token, form)
            flash(_("Noted."), "ok")
            return see_other(url_for(".relayed", token=token))
    received = queries.get_received(token)
    page = render_template("people/relayed.html", form=form, received=received, token=token)
    return page, form.status


def _answer(token: str, form: ReceivedForm) -> None:
    if form.wish.data not in WISHES:
        raise BadRequest(_("This request could not be understood."))
    received = queries.get_received(token)
    if form.wish.data == "report":
        commands.report(acting(), received, form.complaint.data)
    elif form.wish.data == "block":
        commands.block(acting(), received)
    elif received.block is not None:
        commands.unblock(acting(), received.block)


@blueprint.post("/me/profile/blocked/<public_id>/lift")
def unblock(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.unblock(acting(), queries.get_block(acting(), public_id))
    flash(_("You take letters of this person again."), "ok")
    return see_other(url_for(".edit_privacy", _anchor="blocked"))


@blueprint.get("/office/relayed")
def complaints() -> ResponseReturnValue:
    state = asked({"state"}).get("state", ["waiting"])[-1]
    if state not in ("waiting", "settled"):
        raise BadRequest(_("There is no state “%(name)s”.", name=state))
    is_settled = state == "settled"
    return render_template(
        "people/complaints.html",
        is_settled=is_settled,
        waiting=queries.complaints_waiting(acting()),
        complaints=queries.complaints(acting(), settled=is_settled),
    )


@blueprint.route("/office/relayed/<public_id>", methods=["GET", "POST"])
def complaint(public_id: str) -> ResponseReturnValue:
    form = SettleForm()
    if form.submitted():
        with form.saving():
            found = queries.get_complaint(acting(), public_id)
            commands.settle_complaint(
                acting(), found.message, form.why.data, stops_sender=form.stops_sender.data
            )
            flash(_("Settled."), "ok")
            return see_other(url_for(".complaints"))
    found = queries.get_complaint(acting(), public_id)
    return render_template("people/complaint.html", form=form, complaint=found), form.status
