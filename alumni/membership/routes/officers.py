"""Officers, their terms, and what they may do."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter
from alumni.db import transaction
from alumni.forms import tidy
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import officers as officer_commands
from alumni.membership.forms.officers import AppointForm, EndTermForm, GrantForm
from alumni.membership.forms.positions import words_of_rights
from alumni.membership.policy import may_manage_chapters, may_view_people
from alumni.membership.policy.officers import may_grant, may_prepare
from alumni.membership.queries.agreements import my_acceptance
from alumni.membership.queries.office import get_managed_chapter
from alumni.membership.queries.officers import (
    Term,
    get_granted,
    get_term,
    granted_to,
    my_standing,
    rights_of_position,
    terms,
)
from alumni.membership.queries.overview import without_agreement
from alumni.membership.queries.persons import candidates
from alumni.membership.routes import blueprint
from alumni.web import acting, require_proof, see_other


@blueprint.route("/office/chapters/<slug>/officers/new", methods=["GET", "POST"])
def appoint(slug: str) -> ResponseReturnValue:
    """Two steps on one address: find the person (``?q=``), then say what and when."""
    managed = get_managed_chapter(acting(), slug)
    require(may_view_people, acting())  # here one looks for somebody among all of them
    require_proof()
    text = tidy(request.args.get("q", "")) or ""
    found = candidates(acting(), text) if text else []
    others = [one for one in found if one.person_id != acting().person_id]
    form = AppointForm(others)
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            officer_commands.appoint(acting(), managed, form.appointment())
            flash(_("Appointed. The rights begin and end with the term."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    return (
        render_template(
            "membership/appoint.html",
            form=form,
            chapter=managed,
            text=text,
            found=others,
            is_only_self=bool(found) and not others,
        ),
        form.status,
    )


@blueprint.route("/office/chapters/<slug>/officers/<int:officer_id>", methods=["GET", "POST"])
def officer(slug: str, officer_id: int) -> ResponseReturnValue:
    """What the officer may do, and granting more of it for some time."""
    managed, term = _term(slug, officer_id)
    require_proof()
    brought = rights_of_position(term.officer.position_id)
    form = GrantForm(brought)
    if form.submitted():
        with form.saving():
            managed, term = _term(slug, officer_id)
            officer_commands.grant_right(acting(), term.officer, form.grant())
            flash(_("Granted. It holds from the first day through the last, by itself."), "ok")
            return see_other(url_for(".officer", slug=slug, officer_id=officer_id))
    if form.errors:
        managed, term = _term(slug, officer_id)
    return (
        render_template(
            "membership/officer.html",
            form=form,
            chapter=managed,
            term=term,
            brought=brought,
            granted=granted_to([term.officer]).get(term.officer.id, []),
            words=words_of_rights(),
            may_grant=may_grant(acting(), term.officer),
        ),
        form.status,
    )


@blueprint.post(
    "/office/chapters/<slug>/officers/<int:officer_id>/rights/<int:granted_id>/take-away"
)
def take_right_away(slug: str, officer_id: int, granted_id: int) -> ResponseReturnValue:
    with transaction():
        holder = _term(slug, officer_id)[1].officer
        given = get_granted(holder, granted_id)
        officer_commands.take_right_away(acting(), holder, given)
    flash(_("Taken away. It ends with the officer’s next page."), "ok")
    return see_other(url_for(".officer", slug=slug, officer_id=officer_id))


@blueprint.route("/office/chapters/<slug>/officers/<int:officer_id>/end", methods=["GET", "POST"])
def end_term(slug: str, officer_id: int) -> ResponseReturnValue:
    managed, term = _term(slug, officer_id)
    require_proof()  # it can be made longer, too
    form = EndTermForm(term.officer.ends_on)
    if form.submitted():
        with form.saving():
            managed, term = _term(slug, officer_id)
            officer_commands.end_term(
                acting(),
                term.officer,
                form.last_day.data,
                leaving_nobody=form.leaving_nobody.data,
            )
            flash(_("The last day of the term is set."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    if form.errors:
        managed, term = _term(slug, officer_id)
    return (
        render_template("membership/end_term.html", form=form, chapter=managed, term=term),
        form.status,
    )


@blueprint.get("/chapters/<slug>/desk/officers")
def desk_officers(slug: str) -> ResponseReturnValue:
    """The team, and what the reader may do here and until when."""
    led = queries.get_desk(acting(), slug)
    return render_template(
        "membership/desk_officers.html",
        chapter=led,
        terms=[term for term in terms(acting(), led) if term.state != "over"],
        standing=my_standing(acting(), led),
        accepted=my_acceptance(acting()),
        unsigned=without_agreement(led),
        words=words_of_rights(),
        may_prepare=may_prepare(acting(), led.id),
        may_manage=may_manage_chapters(acting()),
    )


def _term(slug: str, officer_id: int) -> tuple[Chapter, Term]:
    managed = get_managed_chapter(acting(), slug)
    return managed, get_term(acting(), managed, officer_id)
