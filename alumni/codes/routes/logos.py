"""The association's picture: for everybody at the head of each page, and where it is changed."""

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.codes.commands.logos import remove_logo, set_logo
from alumni.codes.forms import LogoForm
from alumni.codes.policy import may_change_settings
from alumni.codes.queries.logos import get_logo
from alumni.codes.routes import blueprint
from alumni.db import transaction
from alumni.i18n import _
from alumni.web import YEAR, acting, public, see_other, takes_files


@blueprint.get("/logo/<public_id>")
@public
def logo(public_id: str) -> ResponseReturnValue:
    """The picture, whose address is its own: another one has another."""
    found = get_logo(public_id)
    response = Response(mimetype="image/png")
    response.headers["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response.set_etag(found.public_id)
    if found.public_id in request.if_none_match:
        response.status_code = 304
    else:
        response.data = found.content
    return response


@blueprint.route("/office/settings/logo", methods=["GET", "POST"])
@takes_files
def change_logo() -> ResponseReturnValue:
    actor = acting()
    require(may_change_settings, actor)
    form = LogoForm()
    if form.submitted():
        with form.saving():
            set_logo(actor, form.content())
            flash(_("The logo stands at the head of every page."), "ok")
            return see_other(url_for(".change_logo"))
    return render_template("codes/change_logo.html", form=form), form.status


@blueprint.post("/office/settings/logo/remove")
def take_logo_away() -> ResponseReturnValue:
    with transaction():
        remove_logo(acting())
    flash(_("The logo is removed."), "ok")
    return see_other(url_for(".change_logo"))
