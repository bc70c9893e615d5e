"""Signing up."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.errors import Gone
from alumni.forms import Form, tidy_number
from alumni.i18n import _, either
from alumni.people import names
from alumni.roster.commands import applications as commands
from alumni.roster.forms.applications import ApplyForm
from alumni.roster.queries import applications as queries
from alumni.roster.queries.inviting import open_invitation
from alumni.roster.queries.joining import chapter_near
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, limiter, public, see_other

LONGEST_QUESTION = 60
"""Of what a page asks while somebody types."""


def _sign_ups() -> str:
    """How many from one address: a whole class signs up in one hall. An invitation is looked at

    before anything else, so that a made-up one lets nobody do more.
    """
    return "600 per hour" if _invitation() else "60 per hour"


def _invitation() -> str:
    """The token of the invitation that the form was opened with. Empty: of none."""
    return request.args.getlist("invitation")[-1] if "invitation" in request.args else ""


@blueprint.route("/join", methods=["GET", "POST"])
@public
@limiter.limit(_sign_ups, methods=["POST"])
def join() -> ResponseReturnValue:
    asked({"invitation"})
    token = _invitation()
    if acting().person_id is not None:
        return see_other(url_for("home.me"))
    try:
        invited = open_invitation(token) if token else None
    except Gone as gone:
        return render_template("roster/uninvited.html", message=str(gone)), gone.status
    form = ApplyForm(_known_of(invited))
    if form.submitted():
        with form.saving():
            if not form.is_from_a_program():
                invitation = open_invitation(token).Invitation if token else None
                commands.apply_to_join(acting(), form.applicant(), invitation)
            return see_other(url_for(".sent"))
    return render_template("roster/join.html", form=form), form.status


@blueprint.get("/join/sent")
@public
def sent() -> ResponseReturnValue:
    return render_template("roster/sent.html")


@blueprint.get("/join/reading")
@public
def reading() -> ResponseReturnValue:
    """How the name is read, while somebody types it: ``Zeng Guoqiang``."""
    name = names.tidy_name(_question())
    read = names.reading_of(name)
    said = names.written(name, None, read.surname, read.given, "en")
    return _plain("" if said == name else said)


@blueprint.get("/join/chapter")
@public
def chapter() -> ResponseReturnValue:
    """The chapter for the city that somebody types."""
    near = chapter_near(_question())
    return _plain(either(near.name_zh, near.name_en) if near else "")


@blueprint.route("/join/<token>", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Show what is to be confirmed. Only the button does: mail scanners open links too."""
    form = Form()
    try:
        if form.submitted():
            return _confirmed(token)
        application = queries.unconfirmed(token)
    except Gone as gone:
        return render_template("roster/gone.html"), gone.status
    return render_template("roster/confirm.html", form=form, application=application), form.status


def _known_of(invited: Any) -> dict[str, str]:
    """What the invitation tells of whoever follows it."""
    if invited is None:
        return {}
    invitation = invited.Invitation
    return {
        "graduation_year": str(invitation.graduation_year or ""),
        "college_id": str(invitation.college_id or ""),
        "chapter": invited.slug or "",
    }


def _confirmed(token: str) -> ResponseReturnValue:
    """Confirm, and go on in the same way whether the roster knew the applicant or not."""
    with transaction():
        password_token = commands.confirm_application(acting(), token)
    if password_token:
        return see_other(url_for("accounts.set_password", token=password_token, step="joining"))
    flash(_("Your e-mail address is confirmed."), "ok")
    return see_other(url_for("home.me"))


def _question() -> str:
    return (tidy_number(asked({"q"}).get("q", [""])[-1]) or "")[:LONGEST_QUESTION]


def _plain(text: str) -> ResponseReturnValue:
    return text, {"Content-Type": "text/plain; charset=utf-8"}
