"""The own memberships: which there are and were, which is the main one, and what comes next."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands.joining import choose_primary as prefer
from alumni.membership.commands.joining import take_back_leaving
from alumni.membership.queries import mine
from alumni.membership.routes import blueprint
from alumni.people.commands.homes import decline_chapter
from alumni.web import acting, see_other


@blueprint.get("/me/chapters")
def my_chapters() -> ResponseReturnValue:
    spells = mine.my_spells(acting())
    near = queries.suggested_chapter(acting()) if acting().is_verified else None
    return render_template(
        "membership/my_chapters.html",
        spells=spells,
        suggested=mine.suggestion(near, spells.current),
    )


@blueprint.post("/me/chapters/<int:membership_id>/primary")
def choose_primary(membership_id: int) -> ResponseReturnValue:
    with transaction():
        prefer(acting(), mine.get_my_spell(acting(), membership_id))
    flash(_("This is your primary chapter from now on."), "ok")
    return see_other(url_for(".my_chapters"))


@blueprint.post("/me/chapters/<int:membership_id>/undo")
def undo_leaving(membership_id: int) -> ResponseReturnValue:
    was_primary = request.form.get("primary") == "yes"
    with transaction():
        spell = mine.get_my_spell(acting(), membership_id)
        take_back_leaving(acting(), spell, is_primary=was_primary)
    flash(_("You are a member of the chapter as before."), "ok")
    return see_other(url_for(".my_chapters"))


@blueprint.post("/me/chapters/not-now")
def decline_suggestion() -> ResponseReturnValue:
    """Be told no more of the chapter of the city, until one lives elsewhere."""
    with transaction():
        person, home = mine.get_my_home(acting())
        decline_chapter(acting(), person, home)
    flash(_("We ask you again when you live elsewhere."), "ok")
    return see_other(url_for("home.me"))
