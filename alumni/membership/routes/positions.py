"""Positions of officers and what each of them may do."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.i18n import _, ngettext
from alumni.membership.commands import positions as position_commands
from alumni.membership.forms.positions import (
    MatrixForm,
    NewPositionForm,
    PositionForm,
    short_words_of_rights,
    words_of_rights,
)
from alumni.membership.queries.positions import BY_POSITION, get_position, list_positions
from alumni.membership.routes import blueprint
from alumni.web import acting, require_proof, see_other


@blueprint.route("/office/positions", methods=["GET", "POST"])
def office_positions() -> ResponseReturnValue:
    rows = list_positions(acting())
    require_proof()
    form = MatrixForm(rows)
    if form.submitted():
        with form.saving():
            count = position_commands.change_rights(
                acting(), form.changes(), leaving_nobody=form.leaving_nobody.data
            )
            flash(_said_of_changes(count), "ok")
            return see_other(url_for(".office_positions"))
    return (
        render_template(
            "membership/office_positions.html",
            form=form,
            rows=list_positions(acting()) if form.errors else rows,
            rights=BY_POSITION,
            words=words_of_rights(),
            heads=short_words_of_rights(),
        ),
        form.status,
    )


@blueprint.route("/office/positions/new", methods=["GET", "POST"])
def new_position() -> ResponseReturnValue:
    rows = list_positions(acting())
    require_proof()
    form = NewPositionForm(order=max((row.position.order for row in rows), default=0) + 1)
    if form.submitted():
        with form.saving():
            rights = frozenset(form.rights.data or ())
            position_commands.make_position(acting(), form.details(), rights)
            flash(_("The position can be given from now on."), "ok")
            return see_other(url_for(".office_positions"))
    return render_template("membership/position.html", form=form, position=None), form.status


@blueprint.route("/office/positions/<int:position_id>", methods=["GET", "POST"])
def position(position_id: int) -> ResponseReturnValue:
    form = PositionForm(get_position(acting(), position_id))
    require_proof()
    if form.submitted():
        with form.saving():
            changing = get_position(acting(), position_id)
            position_commands.change_position(acting(), changing, form.details())
            flash(_("Saved."), "ok")
            return see_other(url_for(".office_positions"))
    shown = get_position(acting(), position_id)
    return render_template("membership/position.html", form=form, position=shown), form.status


@blueprint.post("/office/positions/<int:position_id>/retire")
def retire_position(position_id: int) -> ResponseReturnValue:
    with transaction():
        retiring = get_position(acting(), position_id)
        position_commands.retire_position(acting(), retiring, is_retired=True)
    flash(_("The position is given to nobody any more. Who holds it keeps it."), "ok")
    return see_other(url_for(".office_positions"))


@blueprint.post("/office/positions/<int:position_id>/reinstate")
def reinstate_position(position_id: int) -> ResponseReturnValue:
    with transaction():
        returning = get_position(acting(), position_id)
        position_commands.retire_position(acting(), returning, is_retired=False)
    flash(_("The position can be given from now on."), "ok")
    return see_other(url_for(".office_positions"))


def _said_of_changes(count: int) -> str:
    if not count:
        return _("Nothing was changed.")
    return ngettext(
        "%(num)s position changed. Who holds it has these rights with the next page.",
        "%(num)s positions changed. Who holds them has these rights with the next page.",
        count,
    )
