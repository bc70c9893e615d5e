"""Inviting a graduate by name at a chapter's desk, and joining it by an invitation."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import MembershipState
from alumni.db import transaction
from alumni.errors import Gone
from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.membership.policy import may_decide_in, may_join
from alumni.membership.queries import get_desk
from alumni.membership.queries.joining import findable
from alumni.roster.commands import following as commands
from alumni.roster.forms.following import FollowForm, InvitePersonForm
from alumni.roster.queries import following as queries
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, limiter, public, see_other


@blueprint.route("/chapters/<slug>/desk/invite", methods=["GET", "POST"])
def invite_person(slug: str) -> ResponseReturnValue:
    """Two steps on one address: find the person (``?q=``), then invite them."""
    text = tidy(asked({"q"}).get("q", [""])[-1]) or ""
    chapter = get_desk(acting(), slug)
    require(may_decide_in, acting(), chapter.id)
    found = findable(acting(), chapter, text) if text else []
    already = queries.asked_before(chapter, [one.who.public_id for one in found])
    form = InvitePersonForm([one for one in found if one.who.public_id not in already])
    if form.submitted():
        with form.saving():
            chapter = get_desk(acting(), slug)
            commands.invite_person(acting(), chapter, form.person.data)
            flash(_("Invited. They get a letter and find the invitation on their page."), "ok")
            return see_other(url_for(".desk_invitations", slug=slug))
    return (
        render_template(
            "roster/invite_person.html",
            form=form,
            chapter=get_desk(acting(), slug),
            text=text,
            found=found,
            asked=already,
        ),
        form.status,
    )


@blueprint.route("/i/<token>/join", methods=["GET", "POST"])
def follow_invitation(token: str) -> ResponseReturnValue:
    """For who has an account: one press, and they are a member."""
    asked(())
    require(may_join, acting())
    form = FollowForm()
    try:
        if form.submitted():
            with form.saving():
                row = queries.followed(acting(), token)
                spell = commands.follow(acting(), row.Invitation, form.message.data or "")
                flash(*_said_of(spell.state))
                return see_other(url_for("membership.chapter", slug=row.Chapter.slug))
        row = queries.followed(acting(), token)
        if row.is_there:
            return see_other(url_for("membership.chapter", slug=row.Chapter.slug))
    except Gone as gone:
        return render_template("roster/uninvited.html", message=str(gone)), gone.status
    return (
        render_template("roster/follow_invitation.html", form=form, row=row, chapter=row.Chapter),
        form.status,
    )


@blueprint.route("/i/<token>/decline", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def decline_invitation(token: str) -> ResponseReturnValue:
    """One button, since programs that read mail open every link in it."""
    asked(())
    form = Form()
    try:
        if form.submitted():
            with transaction():
                commands.decline(token)
            flash(_("The chapter sees that you said no. It does not ask you again."), "ok")
            return see_other(url_for("home.me" if acting().is_signed_in else "home.index"))
        row = queries.open_by_name(token)
    except Gone as gone:
        return render_template("roster/uninvited.html", message=str(gone)), gone.status
    return render_template("roster/decline_invitation.html", form=form, row=row), form.status


def _said_of(state: MembershipState) -> tuple[str, str]:
    if state is MembershipState.ACTIVE:
        return _("Welcome: you are a member of this chapter."), "ok"
    return _("Your wish to join is with the chapter. You get a letter when it is decided."), "wait"
