"""Chapters as the office keeps them."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.db import transaction
from alumni.i18n import _
from alumni.membership.commands import archiving, uniting
from alumni.membership.commands import chapters as chapter_commands
from alumni.membership.forms.chapters import ArchiveForm, ChapterForm, NewChapterForm, UniteForm
from alumni.membership.forms.desk import choice
from alumni.membership.forms.positions import words_of_rights
from alumni.membership.policy import (
    may_manage_chapters,
    may_view_people,
)
from alumni.membership.queries.network import Order, Sign, network
from alumni.membership.queries.office import get_managed_chapter, tree
from alumni.membership.queries.officers import granted_to, terms
from alumni.membership.queries.places import places_of
from alumni.membership.queries.uniting import at_stake, get_target, possible_targets
from alumni.membership.routes import blueprint
from alumni.web import acting, asked, require_proof, see_other


@blueprint.get("/office/chapters")
def office_chapters() -> ResponseReturnValue:
    """All chapters live, or those that show a sign of sleep or where somebody waits, in order."""
    given = asked({"sign", "by", "waits"})
    sign = choice(Sign, given.get("sign", [""])[-1])
    order = choice(Order, given.get("by", [""])[-1]) or Order.TREE
    waits = given.get("waits") == ["1"]
    return render_template(
        "membership/office_chapters.html",
        net=network(acting(), sign, order, waits=waits),
        sign=sign,
        waits=waits,
        order=order,
    )


@blueprint.route("/office/chapters/new", methods=["GET", "POST"])
def new_chapter() -> ResponseReturnValue:
    require(may_manage_chapters, acting())
    form = NewChapterForm(tree(acting()))
    if form.submitted():
        with form.saving():
            made = chapter_commands.found_chapter(
                acting(), form.details(), code=form.code.data or ""
            )
            flash(_("The chapter is made. Appoint its officers next."), "ok")
            return see_other(url_for(".office_chapter", slug=made.slug))
    return render_template("membership/new_chapter.html", form=form), form.status


@blueprint.route("/office/chapters/<slug>", methods=["GET", "POST"])
def office_chapter(slug: str) -> ResponseReturnValue:
    managed = get_managed_chapter(acting(), slug)
    form = ChapterForm(managed, tree(acting(), managed), places_of(managed))
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            chapter_commands.change_chapter(acting(), managed, form.details())
            flash(_("Saved."), "ok")
            return see_other(url_for(".office_chapter", slug=managed.slug))
    listed = terms(acting(), managed)
    return (
        render_template(
            "membership/office_chapter.html",
            form=form,
            chapter=managed,
            terms=listed,
            granted=granted_to(term.officer for term in listed),
            words=words_of_rights(),
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


@blueprint.route("/office/chapters/<slug>/archive", methods=["GET", "POST"])
def archive_chapter(slug: str) -> ResponseReturnValue:
    """What ends by it, before it is done."""
    managed = get_managed_chapter(acting(), slug)
    require_proof()
    form = ArchiveForm()
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            archiving.archive(acting(), managed, form.reason.data)
            flash(_("The chapter is archived. Its officers have been told."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    stake = at_stake(acting(), managed)
    return (
        render_template("membership/archive.html", form=form, chapter=managed, stake=stake),
        form.status,
    )


@blueprint.route("/office/chapters/<slug>/unite", methods=["GET", "POST"])
def unite_chapter(slug: str) -> ResponseReturnValue:
    """Two steps on one address: choose the other chapter (``?into=``), then look at the numbers."""
    managed = get_managed_chapter(acting(), slug)
    require_proof()
    chosen = asked({"into"}).get("into", [""])[-1]
    form = UniteForm(data={"into": chosen})
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            into = get_target(acting(), managed, form.into.data or "")
            uniting.unite(acting(), managed, into, why=form.reason.data or "")
            flash(_("The chapters are one. Both teams have been told."), "ok")
            return see_other(url_for(".office_chapter", slug=into.slug))
    wanted = form.into.data or chosen
    into_or_none = get_target(acting(), managed, wanted) if wanted else None
    return (
        render_template(
            "membership/unite.html",
            form=form,
            chapter=managed,
            into=into_or_none,
            targets=possible_targets(acting(), managed),
            stake=at_stake(acting(), managed, into_or_none),
        ),
        form.status,
    )
