"""Asking the office to change what it keeps, and the office's queue."""

from dataclasses import dataclass

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.db import transaction
from alumni.errors import BadRequest, Invalid, NotFound, Refusal
from alumni.i18n import _
from alumni.people.commands import asking as commands
from alumni.people.commands.missing import ask_for_study
from alumni.people.forms.asking import ApproveForm, BulkForm, DecideForm, change_form
from alumni.people.forms.missing import MissingStudyForm
from alumni.people.models.asking import ChangeState
from alumni.people.policy import may_edit_people
from alumni.people.queries import asking as queries
from alumni.people.queries.asking import Wish
from alumni.people.queries.kept import get_row, words_for
from alumni.people.routes import blueprint
from alumni.web import acting, asked, see_other

MOST_AT_ONCE = 100
LAST_PAGE = 10_000


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one of several requests."""

    wish: Wish | None
    is_done: bool
    text: str


@blueprint.context_processor
def _words() -> dict[str, object]:
    """What templates ask about requests."""
    return {"change_states": state_words(), "change_kinds": STATE_KINDS}


STATE_KINDS = {
    ChangeState.WAITING: "wait",
    ChangeState.APPROVED: "ok",
    ChangeState.REJECTED: "bad",
    ChangeState.WITHDRAWN: "off",
}


def state_words() -> dict[ChangeState, str]:
    return {
        ChangeState.WAITING: _("Waits for the office"),
        ChangeState.APPROVED: _("Changed as asked"),
        ChangeState.REJECTED: _("Declined"),
        ChangeState.WITHDRAWN: _("Withdrawn"),
    }


@blueprint.get("/me/profile/changes")
def changes() -> ResponseReturnValue:
    person = queries.get_self(acting())
    wishes = queries.my_wishes(acting(), person)
    return render_template(
        "people/changes.html", groups=queries.own_facts(person, wishes), wishes=wishes
    )


@blueprint.route("/me/profile/changes/study", methods=["GET", "POST"])
def ask_study() -> ResponseReturnValue:
    queries.get_self(acting())
    form = MissingStudyForm()
    if form.submitted():
        with form.saving():
            person = queries.get_self(acting())
            ask_for_study(acting(), person, form.study(), form.reason.data)
            flash(_("The office has your request. You get a letter with the answer."), "ok")
            return see_other(url_for(".changes"))
    return render_template("people/ask_study.html", form=form), form.status


@blueprint.route("/me/profile/changes/<field>/<int:row_id>", methods=["GET", "POST"])
def ask_change(field: str, row_id: int) -> ResponseReturnValue:
    person = queries.get_self(acting())
    fact, row = get_row(person.id, field, row_id)
    value = fact.value(row)
    form = change_form(fact, row)
    if form.submitted():
        with form.saving():
            person = queries.get_self(acting())
            commands.ask_change(acting(), person, field, row_id, form.wanted())
            flash(_("The office has your request. You get a letter with the answer."), "ok")
            return see_other(url_for(".changes"))
    words = words_for([(fact, value)])(fact, value)
    page = render_template("people/ask_change.html", form=form, fact=fact, words=words)
    return page, form.status


@blueprint.post("/me/profile/changes/<public_id>/withdraw")
def withdraw_change(public_id: str) -> ResponseReturnValue:
    try:
        with transaction():
            wanted = queries.get_own_request(acting(), public_id)
            commands.withdraw_change(acting(), wanted)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        flash(str(refusal), "wait")
    else:
        flash(_("Withdrawn."), "ok")
    return see_other(url_for(".changes"))


@blueprint.route("/office/changes", methods=["GET", "POST"])
def office_changes() -> ResponseReturnValue:
    """The queue, and what is decided about those that were ticked."""
    require(may_edit_people, acting())
    form = BulkForm()
    ticked = list(dict.fromkeys(request.form.getlist("change")))[:MOST_AT_ONCE]
    if form.submitted():
        if ticked:
            done = [_decided(public_id, form) for public_id in ticked]
            return render_template("people/changes_decided.html", done=done)
        form.refuse(Invalid(_("Tick the requests first.")))
    given = asked({"state", "page"})
    state, page = _state(given.get("state", [""])[-1]), _page(given.get("page", ["1"])[-1])
    shown = render_template(
        "people/office_changes.html",
        form=form,
        ticked=ticked,
        state=state,
        page=page,
        at_a_time=queries.AT_A_TIME,
        counts=queries.counts(acting()),
        wishes=queries.wishes(acting(), state, page),
    )
    return shown, form.status


@blueprint.get("/office/changes/<public_id>")
def office_change(public_id: str) -> ResponseReturnValue:
    return _detail(public_id, DecideForm())


@blueprint.post("/office/changes/<public_id>/approve")
def approve_change(public_id: str) -> ResponseReturnValue:
    require(may_edit_people, acting())
    form = ApproveForm()
    if not form.submitted():
        raise BadRequest(_("This request could not be understood."))
    try:
        with transaction():
            wish = queries.get_wish(acting(), public_id)
            commands.approve_change(acting(), wish.request, form.seen.data or "")
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        flash(str(refusal), "bad")
        return see_other(url_for(".office_change", public_id=public_id))
    flash(_("Changed. The person gets a letter."), "ok")
    return see_other(url_for(".office_changes"))


@blueprint.route("/office/changes/<public_id>/reject", methods=["GET", "POST"])
def reject_change(public_id: str) -> ResponseReturnValue:
    form = DecideForm()
    if form.submitted():
        with form.saving():
            wish = queries.get_wish(acting(), public_id)
            commands.reject_change(acting(), wish.request, form.answer.data)
            flash(_("Declined. The person gets a letter with the reason."), "ok")
            return see_other(url_for(".office_changes"))
    return _detail(public_id, form)


def _detail(public_id: str, form: DecideForm) -> ResponseReturnValue:
    wish = queries.get_wish(acting(), public_id)
    page = render_template(
        "people/office_change.html",
        form=form,
        wish=wish,
        is_own=wish.request.person_id == acting().person_id,
    )
    return page, form.status


def _decided(public_id: str, form: BulkForm) -> Done:
    """Decide about one of several. What changed meanwhile waits for somebody to look at it."""
    wish: Wish | None = None
    try:
        with transaction():
            wish = queries.get_wish(acting(), public_id)
            if form.deed.data == "reject":
                commands.reject_change(acting(), wish.request, form.answer.data)
                return Done(wish=wish, is_done=True, text=_("Declined"))
            commands.approve_change(acting(), wish.request, wish.request.before)
            return Done(wish=wish, is_done=True, text=_("Changed as asked"))
    except Refusal as refusal:
        return Done(wish=wish, is_done=False, text=str(refusal))


def _state(text: str) -> ChangeState:
    if not text:
        return ChangeState.WAITING
    if text not in set(ChangeState):
        raise BadRequest(_("There is no state “%(name)s”.", name=text))
    return ChangeState(text)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < len(str(LAST_PAGE))):
        raise BadRequest(_("There is no such page."))
    return max(1, int(text))
