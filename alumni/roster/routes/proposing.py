"""Lists that officers send from a chapter's desk, and the office's answer to them."""

from flask import Response, flash, render_template, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from alumni.chapters.models import Chapter
from alumni.db import db, transaction
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.roster.commands import proposing as commands
from alumni.roster.commands.receiving import TO_BE_MAPPED
from alumni.roster.forms.mapping import ColumnsForm
from alumni.roster.forms.proposing import ProposalForm, SendBackForm, columns_said
from alumni.roster.importable import lacking
from alumni.roster.models import BatchKind, BatchState, ImportBatch, Proposal
from alumni.roster.policy import PROPOSAL_ROWS, PROPOSALS_A_DAY
from alumni.roster.queries import proposing as queries
from alumni.roster.queries.errors import wrong_cells
from alumni.roster.queries.imports import get_batch
from alumni.roster.reading import Looked
from alumni.roster.routes import blueprint
from alumni.roster.routes.activating import number
from alumni.roster.routes.imports import ERRORS
from alumni.roster.routes.mapping import template_file, unsure_columns
from alumni.web import acting, asked, limiter, see_other, takes_files

LATEST = 50
AT_A_TIME = 100
"""Rows of a page."""


@blueprint.route("/chapters/<slug>/desk/imports", methods=["GET", "POST"])
@takes_files
@limiter.limit("30 per hour", methods=["POST"])
def desk_imports(slug: str) -> ResponseReturnValue:
    led = queries.get_proposing(acting(), slug)
    form = ProposalForm()
    if form.submitted() and (seen := form.seen_for(led)) is not None:
        content, looked = seen
        with form.saving():
            led = queries.get_proposing(acting(), slug)
            name = form.file.data.filename or ""
            sent = commands.propose(acting(), led, name, content, looked)
            flash(_("The office has your list. Nothing is brought in before it says so."), "ok")
            return see_other(_next(led, sent))
    led = queries.get_proposing(acting(), slug)
    batches = db.session.scalars(queries.my_proposals(acting(), led).limit(LATEST)).all()
    return render_template(
        "roster/desk_imports.html",
        form=form,
        chapter=led,
        batches=batches,
        unreadable=queries.unreadable(batches),
        most_rows=PROPOSAL_ROWS,
        most_lists=PROPOSALS_A_DAY,
    ), form.status


@blueprint.get("/chapters/<slug>/desk/imports/template.<ending>")
def desk_template(slug: str, ending: str) -> ResponseReturnValue:
    queries.get_proposing(acting(), slug)
    return template_file(acting(), BatchKind.CHAPTER, ending)


@blueprint.get("/chapters/<slug>/desk/imports/<public_id>")
def desk_import(slug: str, public_id: str) -> ResponseReturnValue:
    """What became of it, and which rows cannot be read: never whom a row means."""
    after = number(asked({"after"}).get("after", ["0"])[-1])
    led = queries.get_proposing(acting(), slug)
    sent = queries.get_proposal(acting(), led, public_id)
    wanted = queries.unreadable_rows(sent, after=after).limit(AT_A_TIME + 1)
    rows = db.session.scalars(wanted).all()
    shown = rows[:AT_A_TIME]
    here = url_for(".desk_import", slug=slug, public_id=public_id)
    return render_template(
        "roster/desk_import.html",
        chapter=led,
        batch=sent,
        unreadable=queries.unreadable([sent]).get(sent.id, 0),
        wrong=list(wrong_cells(sent.columns, shown)),
        is_asked=_is_asked(sent),
        first=here if after else None,
        later=f"{here}?after={shown[-1].line}" if len(rows) > len(shown) else None,
        here=here,
    )


@blueprint.route("/chapters/<slug>/desk/imports/<public_id>/columns", methods=["GET", "POST"])
def desk_columns(slug: str, public_id: str) -> ResponseReturnValue:
    led = queries.get_proposing(acting(), slug)
    sent = queries.get_proposal(acting(), led, public_id)
    if sent.proposal is not Proposal.WAITING or sent.state not in TO_BE_MAPPED:
        return see_other(url_for(".desk_import", slug=slug, public_id=public_id))
    looked = Looked.from_json(sent.looked)
    form = columns_said(sent, looked)
    if form.submitted():
        with form.saving():
            led = queries.get_proposing(acting(), slug)
            sent = queries.get_proposal(acting(), led, public_id)
            commands.say_columns(acting(), sent, form.columns(looked))
            flash(_("The rows are being read."), "wait")
            return see_other(url_for(".desk_import", slug=slug, public_id=public_id))
    led = queries.get_proposing(acting(), slug)
    sent = queries.get_proposal(acting(), led, public_id)
    return _columns_page(led, sent, looked, form), form.status


@blueprint.get("/chapters/<slug>/desk/imports/<public_id>/errors.<ending>")
def desk_errors(slug: str, public_id: str, ending: str) -> ResponseReturnValue:
    """The rows that cannot be read, to be corrected and sent anew."""
    led = queries.get_proposing(acting(), slug)
    sent = queries.get_proposal(acting(), led, public_id)
    if ending not in ERRORS:
        raise NotFound
    written, kind = ERRORS[ending]
    response = Response(stream_with_context(written(sent, unreadable=True)), mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename=errors.{ending}"
    return response


@blueprint.post("/chapters/<slug>/desk/imports/<public_id>/withdraw")
def withdraw_import(slug: str, public_id: str) -> ResponseReturnValue:
    with transaction():
        led = queries.get_proposing(acting(), slug)
        commands.withdraw(acting(), queries.get_proposal(acting(), led, public_id))
    flash(_("Withdrawn. Nothing of this list was brought in."), "ok")
    return see_other(url_for(".desk_imports", slug=slug))


@blueprint.route("/office/imports/<public_id>/send-back", methods=["GET", "POST"])
def send_back_import(public_id: str) -> ResponseReturnValue:
    batch = get_batch(acting(), public_id)
    if batch.proposal is None:
        raise NotFound
    form = SendBackForm()
    if form.submitted():
        with form.saving():
            batch = get_batch(acting(), public_id)
            commands.send_back(acting(), batch, form.reason.data)
            flash(_("Sent back. Whoever sent the list gets a letter with the reason."), "ok")
            return see_other(url_for(".imports"))
    batch = get_batch(acting(), public_id)
    return render_template(
        "roster/send_back_import.html",
        form=form,
        batch=batch,
        origin=queries.origins([batch])[batch.id],
    ), form.status


def _next(led: Chapter, sent: ImportBatch) -> str:
    """Where a list goes on: to the questions about its columns, or to what became of it."""
    endpoint = ".desk_columns" if sent.state is BatchState.RECEIVED else ".desk_import"
    return url_for(endpoint, slug=led.slug, public_id=sent.public_id)


def _is_asked(sent: ImportBatch) -> bool:
    return sent.proposal is Proposal.WAITING and sent.state is BatchState.RECEIVED


def _columns_page(led: Chapter, sent: ImportBatch, looked: Looked, form: ColumnsForm) -> str:
    unsure = unsure_columns(sent, looked)
    lacks = lacking(sent.kind, frozenset(key for key in sent.columns.values() if key is not None))
    return render_template(
        "roster/desk_columns.html",
        chapter=led,
        batch=sent,
        looked=looked,
        form=form,
        unsure=[at for at in range(len(looked.columns)) if at in unsure],
        sure=[at for at in range(len(looked.columns)) if at not in unsure],
        lacks=_(lacks) if lacks and not form.errors else "",
    )
