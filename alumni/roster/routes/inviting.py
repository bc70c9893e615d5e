"""Links to join with: made by the office or an officer, followed by whoever got one."""

from typing import Any

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import JoinMode
from alumni.db import db, transaction
from alumni.errors import Gone
from alumni.i18n import _
from alumni.links import address_of
from alumni.membership.queries import get_desk
from alumni.roster.commands import inviting as commands
from alumni.roster.forms.inviting import ClassLinkForm, LinkForm
from alumni.roster.policy import may_invite
from alumni.roster.queries import inviting as queries
from alumni.roster.queries.following import is_personal
from alumni.roster.routes import blueprint
from alumni.roster.routes.activating import number
from alumni.web import acting, asked, limiter, public, see_other

KNOWN = ("year", "college", "class", "before")
"""What the address of the office's page may say: of the class, and where the list goes on."""


@blueprint.route("/office/invitations", methods=["GET", "POST"])
def invitations() -> ResponseReturnValue:
    """Those of the office, and of all chapters, with the form for a class."""
    given = {name: values[-1] for name, values in asked(KNOWN).items()}
    require(may_invite, acting(), None)
    form = ClassLinkForm(
        graduation_year=given.get("year"),
        college_id=given.get("college"),
        class_label=given.get("class"),
    )
    if form.submitted():
        with form.saving():
            made = commands.invite(acting(), form.invited())
            return see_other(url_for(".invitation", public_id=made.public_id))
    shown = _page(None, given.get("before", ""), url_for(".invitations"))
    return render_template("roster/invitations.html", form=form, **shown), form.status


@blueprint.route("/chapters/<slug>/desk/invitations", methods=["GET", "POST"])
def desk_invitations(slug: str) -> ResponseReturnValue:
    """Those of a chapter, at its desk."""
    before = asked({"before"}).get("before", [""])[-1]
    chapter = get_desk(acting(), slug)
    require(may_invite, acting(), chapter.id)
    form = LinkForm()
    if form.submitted():
        with form.saving():
            made = commands.invite(acting(), form.invited(get_desk(acting(), slug).id))
            return see_other(url_for(".invitation", public_id=made.public_id))
    chapter = get_desk(acting(), slug)
    shown = _page(chapter.id, before, url_for(".desk_invitations", slug=slug))
    return render_template(
        "roster/desk_invitations.html", form=form, chapter=chapter, **shown
    ), form.status


@blueprint.get("/invitations/<public_id>")
def invitation(public_id: str) -> ResponseReturnValue:
    """One link with its code, to be copied, printed or shown."""
    asked(())
    row = queries.get_invitation(acting(), public_id)
    return render_template(
        "roster/invitation.html",
        row=row,
        invitation=row.Invitation,
        invited=queries.invited_text(row),
        is_open=queries.is_open(row.Invitation),
        came_by=queries.came_by(row.Invitation),
        address=address_of("roster.invited", token=row.Invitation.token),
        back_url=_list_of(row),
    )


@blueprint.post("/invitations/<public_id>/revoke")
def revoke_invitation(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.revoke(acting(), queries.get_invitation(acting(), public_id).Invitation)
    flash(_("The link lets nobody in any more."), "ok")
    return see_other(url_for(".invitation", public_id=public_id))


@blueprint.get("/i/<token>")
@public
@limiter.limit("600 per hour")
def invited(token: str) -> ResponseReturnValue:
    """What the link leads to: who invites whom, and the form with what is known of the class."""
    asked(())
    if is_personal(token):
        return see_other(url_for(".follow_invitation", token=token))
    try:
        row = queries.open_invitation(token)
    except Gone as gone:
        return render_template("roster/uninvited.html", message=str(gone)), gone.status
    if acting().person_id is not None:
        return see_other(_for_a_member(row, token))
    return render_template(
        "roster/invited.html", row=row, invited=queries.invited_text(row), token=token
    )


def _for_a_member(row: Any, token: str) -> str:
    """Who belongs already goes to the chapter, or home; and in, where one is only invited."""
    if row.join_mode is JoinMode.INVITATION and acting().is_verified:
        return url_for(".follow_invitation", token=token)
    if row.slug is not None:
        return url_for("membership.chapter", slug=row.slug)
    return url_for("home.me")


def _list_of(row: Any) -> str:
    if may_invite(acting(), None):
        return url_for(".invitations")
    return url_for(".desk_invitations", slug=row.slug)


def _page(chapter_id: int | None, before: str, here: str) -> dict[str, Any]:
    """A part of the list, and the way to what is older and back to the newest."""
    behind = number(before) if before else None
    asked_for = queries.invitations(acting(), chapter_id, before=behind)
    rows = db.session.execute(asked_for.limit(queries.AT_A_TIME + 1)).all()
    listed = rows[: queries.AT_A_TIME]
    older = f"{here}?before={listed[-1].Invitation.id}" if len(rows) > len(listed) else None
    return {
        "rows": listed,
        "older": older,
        "newest": here if behind else None,
        "invited_text": queries.invited_text,
        "is_open": queries.is_open,
    }
