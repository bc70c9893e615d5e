"""The office's queue of those who signed up, and what it decides."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.db import transaction
from alumni.errors import BadRequest, Invalid, NotFound, Refusal
from alumni.forms import tidy_number
from alumni.i18n import _
from alumni.people.models import Person
from alumni.people.queries import display_name
from alumni.roster.commands import deciding as commands
from alumni.roster.commands.evidence import note_call
from alumni.roster.forms.deciding import AskForm, BulkForm, CallForm, DeclineForm, TakeForm
from alumni.roster.models import Application, ApplicationState
from alumni.roster.policy import may_compare, may_decide_application, may_see_applications
from alumni.roster.queries import applications as queries
from alumni.roster.queries.candidates import beside, candidates, get_candidate, likely_person
from alumni.roster.queries.evidence import get_certificate, given_for
from alumni.roster.queries.taking import choices
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, require_proof, see_other

LONGEST_QUESTION = 60
"""Of what the office looks for."""

MOST_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one of several applications."""

    application: Application | None
    """None where there is none: it was never there, or somebody removed it."""
    is_done: bool
    text: str


@blueprint.get("/office/applications")
def applications() -> ResponseReturnValue:
    return _queue(BulkForm(), ())


@blueprint.post("/office/applications")
def applications_at_once() -> ResponseReturnValue:
    """Decide about those that were ticked, each by itself, and say what became of each."""
    require(may_see_applications, acting())
    form = BulkForm()
    ticked = list(dict.fromkeys(request.form.getlist("application")))[:MOST_AT_ONCE]
    if form.submitted() and not ticked:
        form.refuse(Invalid(_("Tick the applications first.")))
    if form.errors:
        return _queue(form, ticked)
    if form.deed.data == "approve":  # each into a record, as one by one
        require_proof()
    done = [_decided(public_id, form) for public_id in ticked]
    return render_template("roster/decided.html", done=done, deed=form.deed.data)


@blueprint.get("/office/applications/<public_id>")
def application(public_id: str) -> ResponseReturnValue:
    text = (tidy_number(asked({"q"}).get("q", [""])[-1]) or "")[:LONGEST_QUESTION]
    shown = queries.get_application(acting(), public_id)
    is_open = shown.state in queries.OPEN
    compares = may_compare(acting())
    person = queries.person_of(shown)
    return render_template(
        "roster/application.html",
        application=shown,
        text=text,
        candidates=candidates(acting(), shown, text) if is_open and compares else [],
        compares=compares,
        is_open=is_open,
        is_decidable=_is_decidable(shown, queries.DECIDABLE),
        is_discardable=_is_decidable(shown, queries.OPEN),
        doubles=queries.doubles(acting(), shown),
        given=given_for(acting(), shown),
        person=person,
        person_name=display_name(person) if person else "",
    )


@blueprint.post("/office/applications/<public_id>/approve")
def approve(public_id: str) -> ResponseReturnValue:
    """Enter the applicant as a person whom we did not know."""
    with transaction():
        shown = queries.get_application(acting(), public_id)
        commands.approve_as_new(acting(), shown)
    return _approved(public_id)


@blueprint.route("/office/applications/<public_id>/into/<person_id>", methods=["GET", "POST"])
def approve_into(public_id: str, person_id: str) -> ResponseReturnValue:
    """What we hold of the person beside what the applicant wrote, to choose from."""
    shown, person = _both(public_id, person_id)
    require_proof()
    form = TakeForm(choices(shown, person))
    if form.submitted():
        with form.saving():
            shown, person = _both(public_id, person_id)
            commands.approve_into(acting(), shown, person, frozenset(form.wanted.data))
            return _approved(public_id)
    shown, person = _both(public_id, person_id)
    page = render_template(
        "roster/approve.html",
        form=form,
        application=shown,
        name=display_name(person),
        record=beside(acting(), shown, person),
        offered=choices(shown, person),
    )
    return page, form.status


@blueprint.route("/office/applications/<public_id>/reject", methods=["GET", "POST"])
def reject(public_id: str) -> ResponseReturnValue:
    shown = queries.get_application(acting(), public_id)
    form = DeclineForm()
    if form.submitted():
        with form.saving():
            commands.reject(acting(), shown, form.reason.data)
            flash(_("Declined. The applicant gets a letter with the reason."), "ok")
            return see_other(url_for(".applications"))
    return _form_page("decline", form, public_id)


@blueprint.route("/office/applications/<public_id>/ask", methods=["GET", "POST"])
def ask_applicant(public_id: str) -> ResponseReturnValue:
    shown = queries.get_application(acting(), public_id)
    form = AskForm()
    if form.submitted():
        with form.saving():
            commands.ask(acting(), shown, form.question.data)
            flash(_("Asked. The applicant gets the question by letter."), "ok")
            return see_other(url_for(".applications"))
    return _form_page("ask", form, public_id)


@blueprint.route("/office/applications/<public_id>/note", methods=["GET", "POST"])
def note_on_applicant(public_id: str) -> ResponseReturnValue:
    shown = queries.get_application(acting(), public_id)
    form = CallForm()
    if form.submitted():
        with form.saving():
            note_call(acting(), shown, form.text.data)
            flash(_("Noted."), "ok")
            return see_other(url_for(".application", public_id=public_id))
    return _form_page("note", form, public_id)


@blueprint.post("/office/applications/<public_id>/put-away")
def discard_application(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.discard(acting(), queries.get_application(acting(), public_id))
    flash(_("Put away. Nobody gets a letter."), "ok")
    return see_other(url_for(".applications"))


@blueprint.get("/office/applications/<public_id>/certificates/<evidence_id>")
def certificate(public_id: str, evidence_id: str) -> ResponseReturnValue:
    """The picture of a certificate, kept by no browser."""
    shown = queries.get_application(acting(), public_id)
    evidence = get_certificate(acting(), shown, evidence_id)
    return Response(evidence.picture, mimetype="image/jpeg")


def _queue(form: BulkForm, ticked: Collection[str]) -> ResponseReturnValue:
    """The part of the queue that the address asks for, with what was ticked there still ticked."""
    given = asked({"state", "page"})
    state = _state(given.get("state", [""])[-1])
    page = _page(given.get("page", ["1"])[-1])
    counts = queries.application_counts(acting())
    shown = render_template(
        "roster/applications.html",
        items=queries.queue(acting(), state, page),
        counts=counts,
        state=state,
        page=page,
        first=(page - 1) * queries.AT_A_TIME,
        at_a_time=queries.AT_A_TIME,
        is_decidable=state in queries.DECIDABLE,
        form=form,
        ticked=ticked,
    )
    return shown, form.status


def _both(public_id: str, person_id: str) -> tuple[Application, Person]:
    """The application and the person it may mean, read anew."""
    return queries.get_application(acting(), public_id), get_candidate(acting(), person_id)


def _approved(public_id: str) -> ResponseReturnValue:
    """Go on to the queue, or to what else the same person wrote."""
    flash(_("Approved. The applicant gets a letter."), "ok")
    if queries.doubles(acting(), queries.get_application(acting(), public_id)):
        return see_other(url_for(".application", public_id=public_id))
    return see_other(url_for(".applications"))


def _form_page(template: str, form: Any, public_id: str) -> ResponseReturnValue:
    """A question about the application, which is read anew: a refusal has undone what was read."""
    shown = queries.get_application(acting(), public_id)
    return render_template(f"roster/{template}.html", form=form, application=shown), form.status


def _decided(public_id: str, form: BulkForm) -> Done:
    """Decide about one of several. What stands against it is said, and stops none of the others."""
    deeds: dict[str, Callable[[Application], str]] = {
        "approve": _approve_likely,
        "reject": lambda one: _reject(one, form.reason.data),
        "discard": _discard,
    }
    try:
        with transaction():
            shown = queries.get_application(acting(), public_id)
            said = deeds[form.deed.data](shown)
    except NotFound:
        return Done(application=None, is_done=False, text=_("There is no such application."))
    except Refusal as refusal:
        shown = queries.get_application(acting(), public_id)
        return Done(application=shown, is_done=False, text=str(refusal))
    shown = queries.get_application(acting(), public_id)
    return Done(application=shown, is_done=True, text=said)


def _approve_likely(shown: Application) -> str:
    person = likely_person(acting(), shown)
    if person is None:
        raise Refusal(_("It is not clear enough who this is. Please look at it by itself."))
    name = display_name(person)
    commands.approve_into(acting(), shown, person)
    return _("Approved as %(name)s.", name=name)


def _reject(shown: Application, reason: str) -> str:
    commands.reject(acting(), shown, reason)
    return _("Declined. The applicant gets a letter with the reason.")


def _discard(shown: Application) -> str:
    commands.discard(acting(), shown)
    return _("Put away. Nobody gets a letter.")


def _is_decidable(shown: Application, states: tuple[ApplicationState, ...]) -> bool:
    is_open = shown.state in states
    return is_open and may_decide_application(acting(), queries.applicant_of(shown))


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
