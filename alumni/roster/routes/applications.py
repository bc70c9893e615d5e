"""Signing up, and the office's queue of those who did."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.chapters.queries import chapter_for_place
from alumni.codes.queries import find_place
from alumni.db import db, transaction
from alumni.errors import BadRequest, Gone
from alumni.forms import Form, tidy_number
from alumni.i18n import _, either
from alumni.people import names
from alumni.people.queries import display_name
from alumni.roster.commands import applications as commands
from alumni.roster.forms.applications import ApplyForm, DeclineForm
from alumni.roster.models import Application, ApplicationState
from alumni.roster.policy import may_decide_application
from alumni.roster.queries import applications as queries
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, limiter, public, see_other

LONGEST_QUESTION = 60
"""Of what a page asks while somebody types."""


@blueprint.route("/join", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def join() -> ResponseReturnValue:
    if acting().person_id is not None:
        return see_other(url_for("home.me"))
    form = ApplyForm()
    if form.submitted():
        with form.saving():
            if not form.is_from_a_program():
                commands.apply_to_join(acting(), form.applicant())
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
    place = find_place(_question())
    near = chapter_for_place(place.id) if place else None
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


@blueprint.get("/office/applications")
def applications() -> ResponseReturnValue:
    given = asked({"state", "page"})
    state = _state(given.get("state", [""])[-1])
    page = _page(given.get("page", ["1"])[-1])
    first = (page - 1) * queries.AT_A_TIME
    listed = queries.applications(acting(), state).limit(queries.AT_A_TIME).offset(first)
    return render_template(
        "roster/applications.html",
        applications=db.session.scalars(listed).all(),
        counts=queries.application_counts(acting()),
        state=state,
        page=page,
        first=first,
        at_a_time=queries.AT_A_TIME,
    )


@blueprint.get("/office/applications/<public_id>")
def application(public_id: str) -> ResponseReturnValue:
    text = _question()
    shown = queries.get_application(acting(), public_id)
    is_open = shown.state in (ApplicationState.UNCONFIRMED, ApplicationState.WAITING)
    person = queries.person_of(shown)
    return render_template(
        "roster/application.html",
        application=shown,
        text=text,
        candidates=queries.candidates(acting(), shown, text) if is_open else [],
        is_open=is_open,
        is_decidable=_is_decidable(shown),
        person=person,
        person_name=display_name(person) if person else "",
    )


@blueprint.post("/office/applications/<public_id>/approve")
def approve(public_id: str) -> ResponseReturnValue:
    with transaction():
        shown = queries.get_application(acting(), public_id)
        chosen = request.form.get("person", "")
        if chosen:
            person = queries.get_candidate(acting(), chosen)
            commands.approve_into(acting(), shown, person)
        else:
            commands.approve_as_new(acting(), shown)
    flash(_("Approved. The applicant gets a letter."), "ok")
    return see_other(url_for(".applications"))


@blueprint.route("/office/applications/<public_id>/reject", methods=["GET", "POST"])
def reject(public_id: str) -> ResponseReturnValue:
    shown = queries.get_application(acting(), public_id)
    form = DeclineForm()
    if form.submitted():
        with form.saving():
            commands.reject(acting(), shown, form.reason.data)
            flash(_("Declined. The applicant gets a letter with the reason."), "ok")
            return see_other(url_for(".applications"))
    return render_template("roster/decline.html", form=form, application=shown), form.status


def _confirmed(token: str) -> ResponseReturnValue:
    """Confirm, and go on in the same way whether the roster knew the applicant or not."""
    with transaction():
        password_token = commands.confirm_application(acting(), token)
    if password_token:
        return see_other(url_for("accounts.set_password", token=password_token))
    flash(_("Your e-mail address is confirmed."), "ok")
    return see_other(url_for("home.me"))


def _is_decidable(shown: Application) -> bool:
    is_waiting = shown.state is ApplicationState.WAITING
    return is_waiting and may_decide_application(acting(), queries.applicant_of(shown))


def _question() -> str:
    return (tidy_number(asked({"q"}).get("q", [""])[-1]) or "")[:LONGEST_QUESTION]


def _plain(text: str) -> ResponseReturnValue:
    return text, {"Content-Type": "text/plain; charset=utf-8"}


def _state(name: str) -> ApplicationState:
    if not name:
        return ApplicationState.WAITING
    if name not in set(ApplicationState):
        raise BadRequest(_("There is no state “%(name)s”.", name=name))
    return ApplicationState(name)


def _page(number: str) -> int:
    if not (number.isascii() and number.isdigit()) or not 0 < int(number[:7]) <= 100_000:  # noqa: PLR2004
        raise BadRequest(_("There is no page “%(name)s”.", name=number[:20]))
    return int(number[:7])
