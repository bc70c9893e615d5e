"""The office appoints the liaisons of classes."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.errors import BadRequest
from alumni.forms import tidy
from alumni.i18n import _
from alumni.membership.commands import liaisons as commands
from alumni.membership.forms.liaisons import AppointLiaisonForm, EndLiaisonForm
from alumni.membership.policy.classes import may_appoint_liaisons
from alumni.membership.queries import liaisons as queries
from alumni.membership.routes import blueprint
from alumni.membership.routes.classes import OF_A_CLASS
from alumni.web import acting, asked, require_proof, see_other


@blueprint.get("/office/classes/liaisons")
def class_liaisons() -> ResponseReturnValue:
    which = asked({"state"}).get("state", ["now"])[-1]
    if which not in ("now", "over"):
        raise BadRequest(_("There is no state “%(name)s”.", name=which[:20]))
    return render_template(
        "membership/class_liaisons.html",
        is_over=which == "over",
        terms=queries.liaison_terms(acting(), over=which == "over"),
        may_appoint=may_appoint_liaisons(acting()),
    )


@blueprint.route("/office/classes/liaisons/new", methods=["GET", "POST"])
def appoint_liaison() -> ResponseReturnValue:
    """Two steps on one address: find the graduate (``?q=``), then say which class and when."""
    given = {name: values[-1] for name, values in asked(("q", *OF_A_CLASS)).items()}
    require(may_appoint_liaisons, acting())
    require_proof()
    text = tidy(given.pop("q", "")) or ""
    found = queries.possible_liaisons(acting(), text) if text else []
    form = AppointLiaisonForm(
        found,
        graduation_year=given.get("year"),
        college_id=given.get("college"),
        major_id=given.get("major"),
        label=given.get("class"),
    )
    if form.submitted():
        with form.saving():
            commands.appoint_liaison(acting(), form.appointment())
            flash(_("Appointed. What they are told begins and ends with the term."), "ok")
            return see_other(url_for(".class_liaisons"))
    page = render_template(
        "membership/appoint_liaison.html", form=form, text=text, found=found, given=given
    )
    return page, form.status


@blueprint.route("/office/classes/liaisons/<int:liaison_id>/end", methods=["GET", "POST"])
def end_liaison(liaison_id: int) -> ResponseReturnValue:
    term = queries.get_liaison(acting(), liaison_id)
    require_proof()  # it can be made longer, too
    form = EndLiaisonForm(term.liaison.ends_on)
    if form.submitted():
        with form.saving():
            term = queries.get_liaison(acting(), liaison_id)
            commands.end_liaison(acting(), term.liaison, form.last_day.data)
            flash(_("The last day of the term is set."), "ok")
            return see_other(url_for(".class_liaisons"))
    if form.errors:
        term = queries.get_liaison(acting(), liaison_id)
    return render_template("membership/end_liaison.html", form=form, term=term), form.status
