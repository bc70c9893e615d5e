"""Chapters as everybody sees them, and what a chapter's officers say of it."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import ChapterStatus, JoinMode
from alumni.chapters.queries import Moved, get_chapter
from alumni.errors import NotFound
from alumni.i18n import _, either
from alumni.membership import queries
from alumni.membership.commands import chapters as chapter_commands
from alumni.membership.forms.chapters import PageForm
from alumni.membership.panels import panels_of
from alumni.membership.policy import (
    may_join,
    may_see_desk,
)
from alumni.membership.policy.chapters import may_edit_page
from alumni.membership.queries.announcements import of_chapter
from alumni.membership.queries.pictures import group_picture as picture_of
from alumni.membership.queries.public import (
    above_and_below,
    grouped_chapters,
    member_counts,
    my_states,
    officers_in_term,
)
from alumni.membership.routes import blueprint
from alumni.richtext import rendered
from alumni.web import SAFE, acting, public, see_other


@blueprint.app_errorhandler(Moved)
def moved(error: Moved) -> ResponseReturnValue:
    """Lead on from an address that the chapter had once, to the same page of it."""
    given = {
        name: values
        for name, values in request.args.to_dict(flat=False).items()
        if not name.startswith("_")  # what ``url_for`` would take for its own
    }
    given.update({name: [value] for name, value in (request.view_args or {}).items()})
    leads_on = {
        name: [error.slug if value == error.asked else value for value in values]
        for name, values in given.items()
    }
    if request.method not in SAFE or leads_on == given or request.endpoint is None:
        return current_app.handle_user_exception(NotFound())
    only: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values for name, values in leads_on.items()
    }
    return redirect(url_for(request.endpoint, **only), code=301 if error.for_good else 303)


@blueprint.get("/chapters")
@public
def chapters() -> ResponseReturnValue:
    return render_template(
        "membership/chapters.html",
        groups=grouped_chapters(),
        counts=member_counts(acting()),
        states=my_states(acting()),
    )


@blueprint.get("/chapters/<slug>")
@public
def chapter(slug: str) -> ResponseReturnValue:
    actor, shown = acting(), get_chapter(slug)
    takes_members = shown.status is ChapterStatus.ACTIVE
    asks_in = takes_members and shown.join_mode is not JoinMode.INVITATION
    above, below = above_and_below(shown)
    return render_template(
        "membership/chapter.html",
        chapter=shown,
        above=above,
        below=below,
        officers=officers_in_term(actor, shown),
        members=member_counts(actor, shown.id).get(shown.id, 0),
        spell=queries.latest_spell(actor, shown.id) if actor.person_id else None,
        joinable=asks_in and (actor.account_id is None or may_join(actor)),
        takes_members=takes_members,
        may_desk=may_see_desk(actor, shown.id),
        intro=rendered(either(shown.intro_zh, shown.intro_en)),
        news=of_chapter(actor, shown),
        panels=panels_of(actor, shown),
        picture=picture_of(actor, shown),
    )


@blueprint.route("/chapters/<slug>/desk/page", methods=["GET", "POST"])
def edit_page(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_edit_page, acting(), led.id)
    form = PageForm(obj=led)
    if form.submitted():
        with form.saving():
            led = queries.get_desk(acting(), slug)
            chapter_commands.change_page(acting(), led, form.page())
            flash(_("Saved."), "ok")
            return see_other(url_for(".chapter", slug=slug))
    led = queries.get_desk(acting(), slug)
    return render_template("membership/edit_page.html", form=form, chapter=led), form.status
