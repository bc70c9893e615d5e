"""Chapters for everybody, for their members, for their officers, and for the office."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.audit.routes import NARROWING, narrowed
from alumni.authz import Right, require
from alumni.chapters.models import ChapterStatus, JoinMode, MembershipState
from alumni.chapters.queries import get_chapter
from alumni.db import transaction
from alumni.errors import BadRequest
from alumni.forms import tidy, tidy_number
from alumni.i18n import _, either, language
from alumni.membership import commands, queries
from alumni.membership.forms import AppointForm, ChapterForm, EndTermForm, JoinForm, RejectForm
from alumni.membership.histories import order_history
from alumni.membership.policy import (
    may_decide,
    may_decide_in,
    may_join,
    may_manage_chapters,
    may_see_desk,
    may_view_people,
)
from alumni.membership.queries.classes import By, rolls, years
from alumni.membership.queries.desk import (
    MemberFilter,
    figures,
    get_joiner,
    get_membership,
    joiners,
    member_page,
    recent_members,
)
from alumni.membership.queries.office import get_managed_chapter, get_term, list_chapters, terms
from alumni.membership.queries.person import get_known
from alumni.membership.queries.persons import candidates
from alumni.membership.queries.public import (
    grouped_chapters,
    member_counts,
    my_states,
    officers_in_term,
)
from alumni.people.queries import display_name
from alumni.people.queries.merged import successor
from alumni.richtext import rendered
from alumni.web import acting, asked, public, see_other

blueprint = Blueprint("membership", __name__)


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
    return render_template(
        "membership/chapter.html",
        chapter=shown,
        officers=officers_in_term(actor, shown),
        members=member_counts(actor, shown.id).get(shown.id, 0),
        spell=queries.latest_spell(actor, shown.id) if actor.person_id else None,
        joinable=asks_in and (actor.account_id is None or may_join(actor)),
        takes_members=takes_members,
        may_desk=may_see_desk(actor, shown.id),
        intro=rendered(either(shown.intro_zh, shown.intro_en)),
    )


@blueprint.route("/chapters/<slug>/join", methods=["GET", "POST"])
def join(slug: str) -> ResponseReturnValue:
    shown = get_chapter(slug)
    require(may_join, acting())
    form = JoinForm()
    if form.submitted():
        with form.saving():
            spell = commands.join(acting(), get_chapter(slug), form.message.data or "")
            flash(*_said_of_joining(spell.state))
            return see_other(url_for(".chapter", slug=slug))
    return render_template("membership/join.html", form=form, chapter=shown), form.status


@blueprint.post("/chapters/<slug>/leave")
def leave(slug: str) -> ResponseReturnValue:
    with transaction():
        spell = queries.get_own_spell(acting(), get_chapter(slug))
        commands.leave(acting(), spell)
    flash(_("You have left the chapter. You can come back at any time."), "ok")
    return see_other(url_for(".chapter", slug=slug))


@blueprint.get("/chapters/<slug>/desk")
def desk(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    return render_template(
        "membership/desk.html",
        chapter=led,
        joiners=joiners(acting(), led),
        figures=figures(led),
        recent=recent_members(acting(), led),
        may_decide=may_decide_in(acting(), led.id),
    )


@blueprint.get("/chapters/<slug>/desk/members")
def members(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    given = asked({"q", "after", "before"})
    wanted = MemberFilter(
        text=tidy(given.get("q", [""])[0]) or "",
        after=given.get("after", [""])[0],
        before=given.get("before", [""])[0],
    )
    return render_template(
        "membership/members.html",
        chapter=led,
        wanted=wanted,
        page=member_page(acting(), led, wanted),
        may_export=acting().may_in(Right.EXPORT, led.id),
    )


@blueprint.post("/chapters/<slug>/desk/joiners/<int:membership_id>/approve")
def approve(slug: str, membership_id: int) -> ResponseReturnValue:
    with transaction():
        led = queries.get_desk(acting(), slug)
        commands.approve(acting(), get_membership(led, membership_id))
    flash(_("Approved. We have told them."), "ok")
    return see_other(url_for(".desk", slug=slug))


@blueprint.route(
    "/chapters/<slug>/desk/joiners/<int:membership_id>/reject", methods=["GET", "POST"]
)
def reject(slug: str, membership_id: int) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_decide, acting(), get_membership(led, membership_id))
    form = RejectForm()
    if form.submitted():
        with form.saving():
            membership = get_membership(led, membership_id)
            commands.reject(acting(), membership, form.reason.data)
            flash(_("Declined. We have told them why."), "ok")
            return see_other(url_for(".desk", slug=slug))
    joiner = get_joiner(acting(), led, membership_id)
    return (
        render_template("membership/reject.html", form=form, chapter=led, joiner=joiner),
        form.status,
    )


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
            commands.change_chapter(acting(), managed, form.details())
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
        commands.open_chapter(acting(), get_managed_chapter(acting(), slug))
    flash(_("The chapter is open and takes members."), "ok")
    return see_other(url_for(".office_chapter", slug=slug))


@blueprint.route("/office/chapters/<slug>/officers/new", methods=["GET", "POST"])
def appoint(slug: str) -> ResponseReturnValue:
    """Two steps on one address: find the person (``?q=``), then say what and when."""
    managed = get_managed_chapter(acting(), slug)
    text = tidy(request.args.get("q", "")) or ""
    found = candidates(acting(), text) if text else []
    form = AppointForm(found)
    if form.submitted():
        with form.saving():
            managed = get_managed_chapter(acting(), slug)
            commands.appoint(acting(), managed, form.appointment())
            flash(_("Appointed. The rights begin and end with the term."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    return (
        render_template(
            "membership/appoint.html", form=form, chapter=managed, text=text, found=found
        ),
        form.status,
    )


@blueprint.route("/office/chapters/<slug>/officers/<int:officer_id>/end", methods=["GET", "POST"])
def end_term(slug: str, officer_id: int) -> ResponseReturnValue:
    managed = get_managed_chapter(acting(), slug)
    form = EndTermForm(get_term(acting(), managed, officer_id).officer.ends_on)
    if form.submitted():
        with form.saving():
            term = get_term(acting(), managed, officer_id)
            commands.end_term(acting(), term.officer, form.last_day.data)
            flash(_("The last day of the term is set."), "ok")
            return see_other(url_for(".office_chapter", slug=slug))
    return (
        render_template(
            "membership/end_term.html",
            form=form,
            chapter=managed,
            term=get_term(acting(), managed, officer_id),
        ),
        form.status,
    )


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
    )


def _said_of_joining(state: MembershipState) -> tuple[str, str]:
    if state is MembershipState.ACTIVE:
        return _("Welcome: you are a member of this chapter."), "ok"
    return _("Your wish to join is with the chapter. You get a letter when it is decided."), "wait"


@blueprint.get("/office/classes")
def classes() -> ResponseReturnValue:
    """The classes of a year: of the newest one, unless the address says which."""
    given = asked({"year", "by"})
    by = _by(given.get("by", [By.GRADUATION.value])[-1])
    known = years(acting(), by)
    year = _year(given.get("year", [""])[-1]) or (known[0][0] if known else None)
    return render_template(
        "membership/classes.html",
        years=known,
        year=year,
        by=by.value,
        rolls=rolls(acting(), year, by) if year else [],
    )


def _by(written: str) -> By:
    if written not in set(By):
        raise BadRequest(_("There is no kind of year “%(name)s”.", name=written[:20]))
    return By(written)


def _year(written: str) -> int | None:
    if not written:
        return None
    year = tidy_number(written) or ""
    if not (year.isascii() and year.isdigit() and len(year) == 4):  # noqa: PLR2004 - digits of a year
        raise BadRequest(_("“%(value)s” is not a year.", value=written[:20]))
    return int(year)


@blueprint.post("/office/audit/export")
def export_history() -> ResponseReturnValue:
    """The part of the history that the list shows, as a file that the worker makes."""
    given = {name: values[-1] for name, values in asked(NARROWING).items() if values[-1]}
    purpose = (tidy(request.form.get("purpose", "")) or "")[:200]
    if not purpose:
        flash(_("Please say what the file is for."), "bad")
        return see_other(url_for("audit.log", **dict[str, Any](given)))
    with transaction():
        file = order_history(acting(), narrowed(given), purpose=purpose, language=language())
    return see_other(url_for("exports.kept", public_id=file.public_id))
