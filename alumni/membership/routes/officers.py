"""Officers and their terms."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.forms import tidy
from alumni.i18n import _
from alumni.membership.commands import officers as officer_commands
from alumni.membership.forms.officers import AppointForm, EndTermForm
from alumni.membership.queries.office import get_managed_chapter, get_term
from alumni.membership.queries.persons import candidates
from alumni.membership.routes import blueprint
from alumni.web import acting, see_other


@blueprint.route("/office/chapters/<slug>/officers/new", methods=["GET", "POST"])
def appoint(slug: str) -> ResponseReturnValue:
    """Two steps on one address: find the person (``?q=``), then say what and when."""
    managed = get_managed_chapter(acting(), slug)
    text = tidy(request.args.get("q", "")) or ""
    found = candidates(acting(), text) if text else []
    form = AppointForm(found)
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            officer_commands.appoint(acting(), managed, form.appointment())
            flash(_("Appointed. The rights begin and end with the term."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    return (
        render_template(
            "membership/appoint.html", form=form, chapter=managed, text=text, found=found
        ),
        form.status,
    )


@blueprint.route("/office/chapters/<slug>/officers/<int:officer_id>/end", methods=["GET", "POST"])
def end_term(slug: str, officer_id: int) -> ResponseReturnValue:
    managed = get_managed_chapter(acting(), slug)
    form = EndTermForm(get_term(acting(), managed, officer_id).officer.ends_on)
    if form.submitted():
        with form.saving():
            term = get_term(acting(), managed, officer_id)
            officer_commands.end_term(acting(), term.officer, form.last_day.data)
            flash(_("The last day of the term is set."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    return (
        render_template(
            "membership/end_term.html",
            form=form,
            chapter=managed,
            term=get_term(acting(), managed, officer_id),
        ),
        form.status,
    )
