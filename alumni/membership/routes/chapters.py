"""Chapters as the office keeps them."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.i18n import _
from alumni.membership.commands import chapters as chapter_commands
from alumni.membership.forms.chapters import ChapterForm
from alumni.membership.policy import (
    may_view_people,
)
from alumni.membership.queries.office import get_managed_chapter, list_chapters, terms
from alumni.membership.routes import blueprint
from alumni.web import acting, see_other


@blueprint.get("/office/chapters")
def office_chapters() -> ResponseReturnValue:
    return render_template("membership/office_chapters.html", rows=list_chapters(acting()))


@blueprint.route("/office/chapters/<slug>", methods=["GET", "POST"])
def office_chapter(slug: str) -> ResponseReturnValue:
    managed = get_managed_chapter(acting(), slug)
    form = ChapterForm(managed)
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            chapter_commands.change_chapter(acting(), managed, form.details())
            flash(_("Saved."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    return (
        render_template(
            "membership/office_chapter.html",
            form=form,
            chapter=managed,
            terms=terms(acting(), managed),
            may_view_people=may_view_people(acting()),
        ),
        form.status,
    )


@blueprint.post("/office/chapters/<slug>/open")
def open_chapter(slug: str) -> ResponseReturnValue:
    with transaction():
        chapter_commands.open_chapter(acting(), get_managed_chapter(acting(), slug))
    flash(_("The chapter is open and takes members."), "ok")
    return see_other(url_for(".office_chapter", slug=slug))
