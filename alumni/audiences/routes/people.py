"""The office's list of all people."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences.criteria import address, parameters
from alumni.audiences.forms.filters import BRIEF, FilterForm
from alumni.audiences.policy import may_export_people, may_list_people
from alumni.audiences.queries.choices import choices
from alumni.audiences.routes import blueprint
from alumni.audiences.routes.lists import listing, wanted
from alumni.audiences.routes.narrowing import narrowing
from alumni.authz import Capability, require
from alumni.web import acting, asked


@blueprint.get("/office/people")
def people() -> ResponseReturnValue:
    actor = acting()
    require(may_list_people, actor)
    found = listing(actor, url_for(".people"))
    export_url = address(url_for(".export"), found.query)
    return render_template(
        "audiences/people.html",
        **found.shown(url_for("membership.person", public_id="-").removesuffix("-")),
        filters=narrowing(actor, found.query, names=BRIEF),
        filter_url=address(url_for(".people_filter"), found.query),
        email_url=found.with_(email="yes"),
        export_url=export_url if may_export_people(actor) else None,
        may_import=actor.can(Capability.IMPORT_ROSTER),
    ), found.status


@blueprint.get("/office/people/filter")
def people_filter() -> ResponseReturnValue:
    """All that can be asked of people: too much to come with every page of the list."""
    actor = acting()
    require(may_list_people, actor)
    audience, status = wanted(actor, asked(parameters(actor)))
    query = audience.to_query()
    return render_template(
        "audiences/filter.html",
        filters=FilterForm(actor, query, choices(actor)),
        audience=audience,
        here=url_for(".people"),
        back_url=address(url_for(".people"), query),
    ), status
