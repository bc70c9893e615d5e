"""Joining and leaving, and what officers decide about it."""

from flask import flash, get_template_attribute, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.chapters.queries import get_chapter
from alumni.db import transaction
from alumni.i18n import _, ngettext
from alumni.membership import queries
from alumni.membership.commands import joining as joining_commands
from alumni.membership.commands.transferring import transfer as transfer_over
from alumni.membership.desks import panels_of_joining
from alumni.membership.forms.joining import ApproveForm, JoinForm, RejectForm, TransferForm
from alumni.membership.policy import (
    may_decide,
    may_decide_in,
    may_join,
    may_manage_chapters,
)
from alumni.membership.policy.desk import may_see_joiners
from alumni.membership.queries import mine
from alumni.membership.queries.desk import (
    get_joiner,
    get_membership,
)
from alumni.membership.queries.desk import joiners as joiners_at
from alumni.membership.queries.joining import movers
from alumni.membership.routes import blueprint
from alumni.web import acting, safe_path, see_other


@blueprint.route("/chapters/<slug>/join", methods=["GET", "POST"])
def join(slug: str) -> ResponseReturnValue:
    shown = get_chapter(slug)
    require(may_join, acting())
    form = JoinForm()
    if form.submitted():
        with form.saving():
            spell = joining_commands.join(acting(), get_chapter(slug), form.message.data or "")
            flash(*_said_of_joining(spell.state))
            return see_other(url_for(".chapter", slug=slug))
    shown = get_chapter(slug)
    return (
        render_template(
            "membership/join.html",
            form=form,
            chapter=shown,
            leavable=_leavable(shown.id),
            waits=_waits(shown),
        ),
        form.status,
    )


@blueprint.route("/chapters/<slug>/transfer", methods=["GET", "POST"])
def transfer(slug: str) -> ResponseReturnValue:
    """Move here from another chapter in one step."""
    require(may_join, acting())
    leavable = _leavable(get_chapter(slug).id)
    form = TransferForm(leavable)
    if form.submitted():
        with form.saving():
            leaving = mine.get_my_spell(acting(), form.leaving.data)
            message = form.message.data or ""
            spell = transfer_over(acting(), leaving, get_chapter(slug), message)
            flash(*_said_of_moving(spell.state))
            return see_other(url_for(".my_chapters"))
    if not leavable and not form.errors:
        return see_other(url_for(".join", slug=slug))
    return (
        render_template("membership/transfer.html", form=form, chapter=get_chapter(slug)),
        form.status,
    )


@blueprint.post("/chapters/<slug>/leave")
def leave(slug: str) -> ResponseReturnValue:
    with transaction():
        spell = queries.get_own_spell(acting(), get_chapter(slug))
        was_primary, was_member = spell.is_primary, spell.state is MembershipState.ACTIVE
        joining_commands.leave(acting(), spell)
    if was_member:
        left = get_template_attribute("membership/undo.html", "left")
        flash(left(spell.id, is_primary=was_primary), "ok")
    else:
        flash(_("Your wish to join is taken back."), "ok")
    return see_other(safe_path(request.form.get("next"), url_for(".chapter", slug=slug)))


@blueprint.get("/chapters/<slug>/desk/joiners")
def joiners(slug: str) -> ResponseReturnValue:
    """All who wait, the longest first, to be decided about together or one by one."""
    led = queries.get_desk(acting(), slug)
    require(may_see_joiners, acting(), led.id)
    return _joiners(led, ApproveForm())


def _joiners(led: Chapter, form: ApproveForm) -> ResponseReturnValue:
    page = render_template(
        "membership/joiners.html",
        chapter=led,
        form=form,
        ticked=request.form.getlist("joiner"),
        joiners=joiners_at(acting(), led),
        movers=movers(led),
        may_decide=may_decide_in(acting(), led.id),
        may_add=may_manage_chapters(acting()),
        panels=panels_of_joining(acting(), led),
    )
    return page, form.status


@blueprint.post("/chapters/<slug>/desk/joiners/approve")
def approve_all(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_decide_in, acting(), led.id)
    form = ApproveForm()
    if not form.submitted():
        return _joiners(led, form)
    with transaction():
        led = queries.get_desk(acting(), slug)
        done = joining_commands.approve_all(acting(), led, form.joiner.data)
    number, late = done.number, done.too_late
    if number:
        flash(ngettext("%(num)s person approved.", "%(num)s people approved.", number), "ok")
    if late:
        flash(
            ngettext(
                "%(num)s wish had been declined or taken back meanwhile.",
                "%(num)s wishes had been declined or taken back meanwhile.",
                late,
            ),
            "wait",
        )
    return see_other(url_for(".joiners", slug=slug))


@blueprint.post("/chapters/<slug>/desk/joiners/<int:membership_id>/approve")
def approve(slug: str, membership_id: int) -> ResponseReturnValue:
    with transaction():
        led = queries.get_desk(acting(), slug)
        joining_commands.approve(acting(), get_membership(led, membership_id))
    flash(_("Approved. We have told them."), "ok")
    return see_other(safe_path(request.form.get("next"), url_for(".desk", slug=slug)))


@blueprint.route(
    "/chapters/<slug>/desk/joiners/<int:membership_id>/reject", methods=["GET", "POST"]
)
def reject(slug: str, membership_id: int) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_decide_in, acting(), led.id)
    require(may_decide, acting(), get_membership(led, membership_id))
    form = RejectForm()
    if form.submitted():
        with form.saving():
            membership = get_membership(led, membership_id)
            joining_commands.reject(acting(), membership, form.reason.data)
            flash(_("Declined. We have told them why."), "ok")
            return see_other(url_for(".desk", slug=slug))
    joiner = get_joiner(acting(), led, membership_id)
    return (
        render_template("membership/reject.html", form=form, chapter=led, joiner=joiner),
        form.status,
    )


def _waits(shown: Chapter) -> bool:
    """Whether the actor's wish to join is with the chapter already."""
    spell = queries.latest_spell(acting(), shown.id)
    return spell is not None and spell.state is MembershipState.PENDING


def _leavable(chapter_id: int) -> list[ChapterMembership]:
    """The actor's spells in other chapters, the primary one first."""
    return [spell for spell in mine.my_running(acting()) if spell.chapter_id != chapter_id]


def _said_of_joining(state: MembershipState) -> tuple[str, str]:
    if state is MembershipState.ACTIVE:
        return _("Welcome: you are a member of this chapter."), "ok"
    return _("Your wish to join is with the chapter. You get a letter when it is decided."), "wait"


def _said_of_moving(state: MembershipState) -> tuple[str, str]:
    if state is MembershipState.ACTIVE:
        return _("You have moved: both chapters have been told."), "ok"
    return (
        _(
            "Your wish is with the chapter. Until it is decided you stay a member where you are;"
            " you get a letter then."
        ),
        "wait",
    )
