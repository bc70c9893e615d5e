"""The office's queue of requests."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.db import transaction
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.requests import commands, queries
from alumni.requests.forms import AnswerForm, CloseForm
from alumni.requests.models import RequestState
from alumni.requests.policy import may_handle_requests, may_settle_request
from alumni.web import acting, asked, see_other

blueprint = Blueprint("requests", __name__)

LAST_PAGE = 10_000


@blueprint.context_processor
def _words() -> dict[str, object]:
    """What templates say of states."""
    kinds = {RequestState.OPEN: "wait", RequestState.ANSWERED: "ok", RequestState.CLOSED: "off"}
    return {"request_states": state_words(), "request_kinds": kinds}


def state_words() -> dict[RequestState, str]:
    return {
        RequestState.OPEN: _("Still open"),
        RequestState.ANSWERED: _("Answered"),
        RequestState.CLOSED: _("Closed"),
    }


@blueprint.get("/office/requests")
def office_requests() -> ResponseReturnValue:
    require(may_handle_requests, acting())
    given = asked({"state", "q", "page"})
    state = _state(given.get("state", [""])[-1])
    text, page = given.get("q", [""])[-1].strip(), _page(given.get("page", ["1"])[-1])
    return render_template(
        "requests/office_requests.html",
        cases=queries.requests(acting(), state, text, page),
        counts=queries.counts(acting()),
        found=queries.found(acting(), state, text),
        state=state,
        q=text,
        page=page,
        at_a_time=queries.AT_A_TIME,
    )


@blueprint.get("/office/requests/<public_id>")
def office_request(public_id: str) -> ResponseReturnValue:
    return _detail(public_id, AnswerForm(), CloseForm())


@blueprint.post("/office/requests/<public_id>/take")
def take_request(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.take(acting(), queries.get_case(acting(), public_id).request)
    flash(_("You look after this request now."), "ok")
    return see_other(url_for(".office_request", public_id=public_id))


@blueprint.route("/office/requests/<public_id>/answer", methods=["GET", "POST"])
def answer_request(public_id: str) -> ResponseReturnValue:
    form = AnswerForm()
    if form.submitted():
        with form.saving():
            case = queries.get_case(acting(), public_id)
            commands.answer(acting(), case.request, form.answer())
            flash(_("Answered. The letter is on its way."), "ok")
            return see_other(url_for(".office_requests"))
    return _detail(public_id, form, CloseForm(formdata=None))


@blueprint.route("/office/requests/<public_id>/close", methods=["GET", "POST"])
def close_request(public_id: str) -> ResponseReturnValue:
    form = CloseForm()
    if form.submitted():
        with form.saving():
            case = queries.get_case(acting(), public_id)
            commands.close(acting(), case.request, form.why.data)
            flash(_("Closed without a letter."), "ok")
            return see_other(url_for(".office_requests"))
    return _detail(public_id, AnswerForm(formdata=None), form)


@blueprint.post("/office/requests/<public_id>/reopen")
def reopen_request(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.reopen(acting(), queries.get_case(acting(), public_id).request)
    flash(_("The request is open again."), "ok")
    return see_other(url_for(".office_request", public_id=public_id))


def _detail(public_id: str, answer_form: AnswerForm, close_form: CloseForm) -> ResponseReturnValue:
    case = queries.get_case(acting(), public_id)
    page = render_template(
        "requests/office_request.html",
        case=case,
        answer_form=answer_form,
        close_form=close_form,
        may_settle=may_settle_request(acting(), case.request),
    )
    return page, max(answer_form.status, close_form.status)


def _state(text: str) -> RequestState:
    if text and text not in set(RequestState):
        raise BadRequest(_("There is no state “%(name)s”.", name=text))
    return RequestState(text or RequestState.OPEN)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < len(str(LAST_PAGE))):
        raise BadRequest(_("There is no such page."))
    return max(1, int(text))
