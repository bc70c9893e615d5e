"""Petitions for chapters: asked for by graduates, decided by the office."""

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models.governance import PetitionState
from alumni.db import transaction
from alumni.forms import Form
from alumni.i18n import _
from alumni.membership.commands import petitions as petition_commands
from alumni.membership.forms.desk import choice
from alumni.membership.forms.petitions import (
    AnswerForm,
    DocumentForm,
    FoundForm,
    PetitionForm,
    SupportForm,
)
from alumni.membership.policy.petitions import (
    OPEN,
    may_decide_petition,
    may_decide_petitions,
    may_lead_petition,
    may_petition,
)
from alumni.membership.queries.petitions import (
    count_supporters,
    documents,
    gathering,
    get_document,
    get_petition,
    my_support,
    supporters,
    threshold,
    to_decide,
)
from alumni.membership.routes import blueprint
from alumni.web import acting, asked, attachment, limiter, require_proof, see_other, takes_files

KINDS = {"pdf": "application/pdf", "jpeg": "image/jpeg"}


@blueprint.get("/petitions")
def petitions() -> ResponseReturnValue:
    return render_template(
        "membership/petitions.html", rows=gathering(acting()), needed=threshold()
    )


@blueprint.route("/petitions/new", methods=["GET", "POST"])
@limiter.limit("20 per hour", methods=["POST"])
def new_petition() -> ResponseReturnValue:
    require(may_petition, acting())
    form = PetitionForm()
    if form.submitted():
        with form.saving():
            begun = petition_commands.begin(acting(), form.wish())
            flash(_("Your petition stands. Send its link to other graduates there."), "ok")
            return see_other(url_for(".petition", public_id=begun.public_id))
    page = render_template("membership/new_petition.html", form=form, needed=threshold())
    return page, form.status


@blueprint.route("/petitions/<public_id>", methods=["GET", "POST"])
def petition(public_id: str) -> ResponseReturnValue:
    """The petition; sent, it is supported."""
    shown = get_petition(acting(), public_id)
    mine = my_support(acting(), shown)
    form = SupportForm(mine.position_id if mine else None)
    if form.submitted():
        with form.saving():
            petition_commands.support(acting(), get_petition(acting(), public_id), form.position())
            flash(_("Thank you. Your name stands behind it."), "ok")
            return see_other(url_for(".petition", public_id=public_id))
    return _petition_page(public_id, form), form.status


@blueprint.post("/petitions/<public_id>/leave")
def leave_petition(public_id: str) -> ResponseReturnValue:
    with transaction():
        petition_commands.withdraw_support(acting(), get_petition(acting(), public_id))
    flash(_("Your name stands behind it no more."), "ok")
    return see_other(url_for(".petition", public_id=public_id))


@blueprint.route("/petitions/<public_id>/hand-in", methods=["GET", "POST"])
def submit_petition(public_id: str) -> ResponseReturnValue:
    """Hand it in; while something is missing the page says what."""
    shown = get_petition(acting(), public_id)
    require(may_lead_petition, acting(), shown)
    form = Form()
    if form.submitted():
        with form.saving():
            petition_commands.submit(acting(), get_petition(acting(), public_id))
            flash(_("Handed in. The alumni office looks at it and writes to you."), "ok")
            return see_other(url_for(".petition", public_id=public_id))
    return _submit_page(public_id, form), form.status


@blueprint.post("/petitions/<public_id>/withdraw")
def withdraw_petition(public_id: str) -> ResponseReturnValue:
    with transaction():
        petition_commands.withdraw(acting(), get_petition(acting(), public_id))
    flash(_("The petition is taken back."), "ok")
    return see_other(url_for(".petitions"))


@blueprint.route("/petitions/<public_id>/documents", methods=["GET", "POST"])
@takes_files
@limiter.limit("30 per hour", methods=["POST"])
def petition_documents(public_id: str) -> ResponseReturnValue:
    shown = get_petition(acting(), public_id)
    require(may_lead_petition, acting(), shown)
    form = DocumentForm()
    if form.submitted():
        with form.saving():
            name, content = form.named_content()
            shown = get_petition(acting(), public_id)
            petition_commands.add_document(acting(), shown, name, content)
            flash(_("The paper is added."), "ok")
            return see_other(url_for(".petition_documents", public_id=public_id))
    shown = get_petition(acting(), public_id)
    page = render_template(
        "membership/petition_documents.html",
        form=form,
        petition=shown,
        documents=documents(acting(), shown),
    )
    return page, form.status


@blueprint.get("/petitions/<public_id>/documents/<document_id>")
def petition_document(public_id: str, document_id: str) -> ResponseReturnValue:
    shown = get_petition(acting(), public_id)
    document = get_document(acting(), shown, document_id)
    response = Response(document.content, mimetype=KINDS[document.kind])
    stem = document.name.rsplit(".", 1)[0]
    response.headers["Content-Disposition"] = attachment(f"{stem}.{document.kind}")
    return response


@blueprint.post("/petitions/<public_id>/documents/<document_id>/remove")
def remove_document(public_id: str, document_id: str) -> ResponseReturnValue:
    with transaction():
        shown = get_petition(acting(), public_id)
        document = get_document(acting(), shown, document_id)
        petition_commands.remove_document(acting(), shown, document)
    flash(_("The paper is removed."), "ok")
    return see_other(url_for(".petition_documents", public_id=public_id))


@blueprint.get("/office/petitions")
def office_petitions() -> ResponseReturnValue:
    state = choice(PetitionState, asked({"state"}).get("state", [""])[-1])
    return render_template(
        "membership/office_petitions.html",
        rows=to_decide(acting(), state),
        state=state,
        needed=threshold(),
    )


@blueprint.route("/office/petitions/<public_id>", methods=["GET", "POST"])
def office_petition(public_id: str) -> ResponseReturnValue:
    """What the office decides; sent, the chapter is made and has officers."""
    require(may_decide_petitions, acting())
    if request.method == "POST":
        require_proof()
    form = FoundForm()
    if form.submitted():
        with form.saving():
            shown = get_petition(acting(), public_id)
            chapter = petition_commands.approve(acting(), shown, form.ends_on.data)
            flash(_("The chapter is made. Its officers and supporters get a letter."), "ok")
            return see_other(url_for(".office_chapter", slug=chapter.slug))
    return _office_page(public_id, form, AnswerForm()), form.status


@blueprint.route("/office/petitions/<public_id>/answer", methods=["GET", "POST"])
def answer_petition(public_id: str) -> ResponseReturnValue:
    """Send it back or reject it, with a reason."""
    require(may_decide_petitions, acting())
    form = AnswerForm()
    if form.submitted():
        with form.saving():
            shown = get_petition(acting(), public_id)
            decide = (
                petition_commands.reject
                if request.form.get("wish") == "reject"
                else petition_commands.send_back
            )
            decide(acting(), shown, form.answer.data)
            flash(_("Decided. We have told them why."), "ok")
            return see_other(url_for(".office_petitions"))
    return _office_page(public_id, FoundForm(), form), form.status


def _petition_page(public_id: str, form: SupportForm) -> str:
    shown = get_petition(acting(), public_id)
    return render_template(
        "membership/petition.html",
        form=form,
        petition=shown,
        count=count_supporters(shown),
        needed=threshold(),
        standing=supporters(acting(), shown),
        mine=my_support(acting(), shown),
        is_open=shown.state in OPEN,
        leads=may_lead_petition(acting(), shown),
        may_support=may_petition(acting()),
        documents=documents(acting(), shown),
    )


def _submit_page(public_id: str, form: Form) -> str:
    shown = get_petition(acting(), public_id)
    return render_template(
        "membership/submit_petition.html",
        form=form,
        petition=shown,
        count=count_supporters(shown),
        needed=threshold(),
    )


def _office_page(public_id: str, form: FoundForm, answer: AnswerForm) -> str:
    shown = get_petition(acting(), public_id)
    return render_template(
        "membership/office_petition.html",
        form=form,
        answer=answer,
        petition=shown,
        count=count_supporters(shown),
        needed=threshold(),
        standing=supporters(acting(), shown),
        documents=documents(acting(), shown),
        may_decide=may_decide_petition(acting(), shown) and shown.state is PetitionState.SUBMITTED,
    )
