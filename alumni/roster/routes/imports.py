"""The office's imports: a file is sent, looked at, and brought in by the worker."""

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.db import db, transaction
from alumni.exports.tables import as_csv
from alumni.i18n import _
from alumni.people.fields import FIELDS
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.roster.commands import imports as commands
from alumni.roster.forms.imports import UploadForm
from alumni.roster.models import BatchState, ImportBatch, Verdict
from alumni.roster.queries import imports as queries
from alumni.roster.routes import blueprint
from alumni.web import acting, see_other, takes_files

LATEST = 50
SAMPLE = 20
MOST_SHOWN = 500
"""Wrong rows on the page; the file that can be downloaded has them all."""

UNDER_WAY = (BatchState.WAITING, BatchState.APPLYING)


@blueprint.route("/office/imports", methods=["GET", "POST"])
@takes_files
def imports() -> ResponseReturnValue:
    batches = db.session.scalars(queries.batches(acting()).limit(LATEST)).all()
    form = UploadForm()
    if form.submitted() and (file := form.roster()) is not None:
        with form.saving():
            batch = commands.stage_file(acting(), file)
            return see_other(url_for(".batch", public_id=batch.public_id))
    return render_template("roster/imports.html", form=form, batches=batches), form.status


@blueprint.get("/office/imports/<public_id>")
def batch(public_id: str) -> ResponseReturnValue:
    found = queries.get_batch(acting(), public_id)
    rows = {
        verdict: db.session.scalars(queries.batch_rows(found, verdict).limit(limit)).all()
        for verdict, limit in (
            (Verdict.NEW, SAMPLE),
            (Verdict.UPDATED, SAMPLE),
            (Verdict.POSSIBLE, MOST_SHOWN),
            (Verdict.ERROR, MOST_SHOWN),
        )
    }
    people = queries.people_of([*rows[Verdict.UPDATED], *rows[Verdict.POSSIBLE]])
    return render_template(
        "roster/batch.html",
        batch=found,
        rows=rows,
        people=people,
        apart=told_apart(acting(), people),
        wrong=list(queries.wrong_cells(found.columns, rows[Verdict.ERROR])),
        is_under_way=found.state in UNDER_WAY,
        fields=FIELDS,
        said=queries.said,
        display_name=display_name,
    )


@blueprint.get("/office/imports/<public_id>/errors.csv")
def errors(public_id: str) -> ResponseReturnValue:
    found = queries.get_batch(acting(), public_id)
    rows = db.session.scalars(queries.batch_rows(found, Verdict.ERROR))
    labels, table = queries.wrong_table(found.columns, rows)
    response = Response(as_csv(labels, [table]), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=errors.csv"
    return response


@blueprint.post("/office/imports/<public_id>/apply")
def apply(public_id: str) -> ResponseReturnValue:
    with transaction():
        found = queries.get_batch(acting(), public_id)
        commands.accept(acting(), found, accept_good="accept_good" in request.form)
    return _back_to(found)


@blueprint.post("/office/imports/<public_id>/discard")
def discard(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.discard(acting(), queries.get_batch(acting(), public_id))
    flash(_("Discarded. Nothing of this file was brought in."), "ok")
    return see_other(url_for(".imports"))


@blueprint.post("/office/imports/<public_id>/rows/<int:row_id>")
def settle_row(public_id: str, row_id: int) -> ResponseReturnValue:
    with transaction():
        found = queries.get_batch(acting(), public_id)
        commands.settle(acting(), found, row_id, is_same=request.form.get("is_same") == "yes")
    return _back_to(found)


def _back_to(found: ImportBatch) -> ResponseReturnValue:
    return see_other(url_for(".batch", public_id=found.public_id))
