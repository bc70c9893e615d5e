"""A person as the office knows them."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.membership.policy import (
    may_manage_chapters,
)
from alumni.membership.queries.person import get_known
from alumni.membership.routes import blueprint
from alumni.people.forms.statuses import standings_of
from alumni.people.queries import display_name
from alumni.people.queries.merged import successor
from alumni.web import acting, see_other


@blueprint.get("/office/people/<public_id>")
def person(public_id: str) -> ResponseReturnValue:
    known = get_known(acting(), public_id)
    if known.person.merged_into_id is not None:
        kept = successor(acting(), public_id)
        if kept is not None:
            return see_other(url_for(".person", public_id=kept))
    return render_template(
        "membership/person.html",
        known=known,
        name=display_name(known.person),
        may_manage=may_manage_chapters(acting()),
        marks=standings_of(known.person),
    )
