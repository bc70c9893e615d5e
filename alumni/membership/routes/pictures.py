"""The picture that opens a chapter's group: for its members, and for those who keep it."""

from flask import Response, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.queries import get_chapter
from alumni.db import today, transaction
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import pictures as picture_commands
from alumni.membership.forms.pictures import GroupPictureForm
from alumni.membership.policy.chapters import may_edit_page
from alumni.membership.queries.pictures import get_picture, kept_picture
from alumni.membership.routes import blueprint
from alumni.web import acting, public, see_other, takes_files

DAY = 24 * 3600


@blueprint.get("/chapters/<slug>/group-picture/<public_id>")
@public
def group_picture(slug: str, public_id: str) -> ResponseReturnValue:
    """The picture. For who is no member it does not exist, whether signed in or not."""
    found = get_picture(acting(), get_chapter(slug), public_id)
    response = Response(found.content, mimetype="image/png")
    left = DAY if found.ends_on is None or found.ends_on > today() else 0
    response.headers["Cache-Control"] = f"private, max-age={left}"
    return response


@blueprint.route("/chapters/<slug>/desk/group-picture", methods=["GET", "POST"])
@takes_files
def desk_picture(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_edit_page, acting(), led.id)
    form = GroupPictureForm()
    if form.submitted():
        with form.saving():
            led = queries.get_desk(acting(), slug)
            picture_commands.set_picture(acting(), led, form.content(), form.ends_on.data)
            flash(_("Members see the picture on the chapter’s page."), "ok")
            return see_other(url_for(".desk_picture", slug=slug))
    led = queries.get_desk(acting(), slug)
    kept = kept_picture(led)
    return (
        render_template(
            "membership/desk_picture.html",
            form=form,
            chapter=led,
            picture=kept,
            is_over=kept is not None and kept.ends_on is not None and kept.ends_on < today(),
        ),
        form.status,
    )


@blueprint.post("/chapters/<slug>/desk/group-picture/remove")
def remove_picture(slug: str) -> ResponseReturnValue:
    with transaction():
        picture_commands.remove_picture(acting(), queries.get_desk(acting(), slug))
    flash(_("The picture is removed for good."), "ok")
    return see_other(url_for(".desk_picture", slug=slug))
