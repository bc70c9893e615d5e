"""Saying where a lost classmate may be reached, and what the reader of the letter answers."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.membership.commands import leads as commands
from alumni.membership.forms.leads import LeadAnswerForm, LeadForm, MissingLeadForm
from alumni.membership.queries import classmates
from alumni.membership.queries import leads as queries
from alumni.membership.routes import blueprint
from alumni.membership.routes.classes import OF_A_CLASS, roll_of
from alumni.people.models.classes import LeadState
from alumni.web import acting, asked, limiter, public, see_other

WISHES = {"no": LeadState.DECLINED, "not_me": LeadState.WRONG}


@blueprint.route("/classes/lead", methods=["GET", "POST"])
def give_lead() -> ResponseReturnValue:
    """For everybody of the class. Whatever the name, the answer is the same."""
    roll = roll_of(asked(OF_A_CLASS))
    found = classmates.get_class(acting(), roll)
    form = LeadForm()
    if form.submitted():
        with form.saving():
            commands.give_lead(acting(), roll, form.name.data, form.email.data)
            flash(
                _("Thank you. If we miss somebody of this name, one letter goes to the address."),
                "ok",
            )
            return see_other(url_for(".classmates", **found.query))
    page = render_template(
        "membership/give_lead.html", form=form, found=found, missing=None, left=_left()
    )
    return page, form.status


@blueprint.route("/classes/roll/<public_id>/lead", methods=["GET", "POST"])
def lead_to_missing(public_id: str) -> ResponseReturnValue:
    """For the liaison, of somebody on the roll."""
    roll = roll_of(asked(OF_A_CLASS))
    found = classmates.get_roll(acting(), roll)
    missing = classmates.get_missing(acting(), roll, public_id)
    form = MissingLeadForm()
    if form.submitted():
        with form.saving():
            commands.give_lead_to_missing(acting(), roll, public_id, form.email.data)
            flash(_("Thank you. One letter is on its way."), "ok")
            return see_other(url_for(".class_roll", **found.query))
    page = render_template(
        "membership/give_lead.html", form=form, found=found, missing=missing, left=_left()
    )
    return page, form.status


@blueprint.route("/lead/<token>", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def lead_answer(token: str) -> ResponseReturnValue:
    """Where the reader of a letter wants no more of them. A look changes nothing."""
    form = LeadAnswerForm()
    if form.submitted():
        with form.saving():
            if form.wish.data not in WISHES:
                raise BadRequest(_("This request could not be understood."))
            commands.answer_lead(queries.get_lead(token), WISHES[form.wish.data])
            return see_other(url_for(".lead_answer", token=token))
    is_answered = queries.get_lead(token).state in queries.ENDED
    page = render_template(
        "membership/lead_answer.html", form=form, token=token, is_answered=is_answered
    )
    return page, form.status


@blueprint.get("/office/classes/leads")
def lead_success() -> ResponseReturnValue:
    """What came of the leads, class by class."""
    asked(())
    rows = queries.success_by_class(acting())
    known = [row.roll for row in rows if row.roll is not None]
    words = dict(zip(known, classmates.names_of_rolls(known), strict=True))
    return render_template("membership/lead_success.html", rows=rows, words=words)


def _left() -> int:
    """How many more the reader may give today."""
    return max(0, queries.MOST_A_DAY - queries.given_lately(acting().person_id or 0))
