"""The office's editor of audiences."""

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences.commands import saved as commands
from alumni.audiences.criteria import Audience, parameters
from alumni.audiences.forms.editor import EditorForm
from alumni.audiences.policy import may_change, may_list_people
from alumni.audiences.queries import Window, people
from alumni.audiences.queries.choices import choices
from alumni.audiences.queries.saved import Kept, get_saved, saved_audience
from alumni.audiences.routes import blueprint
from alumni.audiences.routes.lists import Line, Listing
from alumni.authz import Actor, require
from alumni.i18n import _
from alumni.web import acting, asked, see_other

FIRST = 10
"""So many of the people are shown while somebody puts an audience together."""


@blueprint.route("/office/audiences/new", methods=["GET", "POST"])
def new_audience() -> ResponseReturnValue:
    """Begins with the conditions of a list, if its address is given."""
    actor = acting()
    require(may_list_people, actor)
    given = asked(parameters(actor))
    form = EditorForm(actor, choices(actor))
    if request.method == "GET":
        form.begin(Audience.from_query(actor, given))
    if not form.button and form.submitted() and form.audience is not None:
        with form.saving():
            saved = commands.save(actor, form.audience, form.naming())
            flash(_("Saved."), "ok")
            return see_other(url_for(".audience", public_id=saved.public_id))
    return _page(actor, form, None)


@blueprint.route("/office/audiences/<public_id>/edit", methods=["GET", "POST"])
def edit_audience(public_id: str) -> ResponseReturnValue:
    actor = acting()
    require(may_list_people, actor)
    require(may_change, actor, get_saved(actor, public_id))
    kept = saved_audience(actor, public_id)
    form = EditorForm(actor, choices(actor), kept)
    if request.method == "GET" and kept.audience is not None:
        form.begin(kept.audience)
    elif request.method == "GET":
        form.repair(kept.criteria, kept.problem)
    if not form.button and form.submitted() and form.audience is not None:
        with form.saving():
            commands.change(actor, public_id, form.naming(), form.audience)
            flash(_("Saved."), "ok")
            return see_other(url_for(".audience", public_id=public_id))
    return _page(actor, form, kept)


@blueprint.post("/office/audiences/preview")
def preview_audience() -> ResponseReturnValue:
    """How many people what stands in the editor means, and who comes first: a part of its page."""
    actor = acting()
    require(may_list_people, actor)
    form = EditorForm(actor, choices(actor))
    part = render_template("audiences/editor_preview.html", **_preview(actor, form))
    return Response(part, mimetype="text/plain")  # by itself it is no page


def _page(actor: Actor, form: EditorForm, kept: Kept | None) -> ResponseReturnValue:
    shown = _preview(actor, form)
    return render_template("audiences/editor.html", form=form, kept=kept, **shown), form.status


def _preview(actor: Actor, form: EditorForm) -> dict[str, object]:
    if form.audience is None:
        return {"audience": None, "page": None, "lines": [], "problem": form.problem, "unread": []}
    here = url_for(".people")
    page = people(actor, form.audience, Window())
    listing = Listing(here=here, audience=form.audience, page=page, status=200)
    person_url = url_for("membership.person", public_id="-").removesuffix("-")
    lines: list[Line] = listing.shown(person_url)["lines"]
    return {
        "audience": form.audience,
        "page": page,
        "lines": lines[:FIRST],
        "problem": "",
        "unread": form.unread(),
    }
