"""Joining and leaving, and what officers decide about it."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import MembershipState
from alumni.chapters.queries import get_chapter
from alumni.db import transaction
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import joining as joining_commands
from alumni.membership.forms.joining import JoinForm, RejectForm
from alumni.membership.policy import (
    may_decide,
    may_join,
)
from alumni.membership.queries.desk import (
    get_joiner,
    get_membership,
)
from alumni.membership.routes import blueprint
from alumni.web import acting, see_other


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
    return render_template("membership/join.html", form=form, chapter=shown), form.status


@blueprint.post("/chapters/<slug>/leave")
def leave(slug: str) -> ResponseReturnValue:
    with transaction():
        spell = queries.get_own_spell(acting(), get_chapter(slug))
        joining_commands.leave(acting(), spell)
    flash(_("You have left the chapter. You can come back at any time."), "ok")
    return see_other(url_for(".chapter", slug=slug))


@blueprint.post("/chapters/<slug>/desk/joiners/<int:membership_id>/approve")
def approve(slug: str, membership_id: int) -> ResponseReturnValue:
    with transaction():
        led = queries.get_desk(acting(), slug)
        joining_commands.approve(acting(), get_membership(led, membership_id))
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
            joining_commands.reject(acting(), membership, form.reason.data)
            flash(_("Declined. We have told them why."), "ok")
            return see_other(url_for(".desk", slug=slug))
    joiner = get_joiner(acting(), led, membership_id)
    return (
        render_template("membership/reject.html", form=form, chapter=led, joiner=joiner),
        form.status,
    )


def _said_of_joining(state: MembershipState) -> tuple[str, str]:
    if state is MembershipState.ACTIVE:
        return _("Welcome: you are a member of this chapter."), "ok"
    return _("Your wish to join is with the chapter. You get a letter when it is decided."), "wait"
