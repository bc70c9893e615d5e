"""Entering a person by hand, after a look at those whom it might be already."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.i18n import _
from alumni.people.policy import may_edit_people
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.roster.commands.newcomers import enter_by_hand
from alumni.roster.forms.newcomers import NewcomerForm
from alumni.roster.queries.recognising import Told, known_people, people_like
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, see_other

MOST_ALIKE = 10


@blueprint.route("/office/people/new", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    asked(())
    require(may_edit_people, acting())
    form = NewcomerForm()
    alike: list[dict[str, str]] = []
    if form.submitted():
        alike = [] if form.seen.data == form.looked_at() else _alike(form)
        if alike:
            form.seen.data, form.status = form.looked_at(), 409
        else:
            with form.saving():
                person = enter_by_hand(acting(), form.told(), form.contacts())
                flash(_("Entered. Add what else is known, or make a code for them."), "ok")
                return see_other(url_for("membership.person", public_id=person.public_id))
    return render_template("roster/enter.html", form=form, alike=alike), form.status


def _alike(form: NewcomerForm) -> list[dict[str, str]]:
    """Those of the name, as far as the year agrees or is not known."""
    told = form.told()
    meant = people_like(Told(name=told.name, graduation_year=told.graduation_year))
    people = [person for _known, person in known_people(meant)][:MOST_ALIKE]
    apart = told_apart(acting(), [person.id for person in people])
    return [
        {
            "public_id": person.public_id,
            "name": display_name(person),
            "apart": apart.get(person.id, ""),
        }
        for person in people
    ]
