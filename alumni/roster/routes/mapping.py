"""Files are sent, and their columns named; templates to be filled in are fetched."""

from flask import Response, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import Actor
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.roster.commands.receiving import TO_BE_MAPPED, map_columns, receive
from alumni.roster.forms.mapping import NAMES, ColumnsForm, UploadForm, columns_form
from alumni.roster.importable import IMPORTABLE, lacking
from alumni.roster.models import BatchKind, BatchState, ImportBatch, Proposal
from alumni.roster.queries import imports as queries
from alumni.roster.queries.mapping import find_mapping
from alumni.roster.queries.proposing import origins, waiting_proposals
from alumni.roster.queries.templates import template_csv, template_xlsx
from alumni.roster.reading import Looked
from alumni.roster.routes import blueprint
from alumni.web import acting, see_other, takes_files

LATEST = 50

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEMPLATES = {"xlsx": (template_xlsx, _XLSX), "csv": (template_csv, "text/csv")}


@blueprint.route("/office/imports", methods=["GET", "POST"])
@takes_files
def imports() -> ResponseReturnValue:
    form = UploadForm()
    latest = queries.batches(acting()).limit(LATEST)
    if form.submitted() and (seen := form.seen()) is not None:
        content, looked = seen
        kind, name = BatchKind(form.kind.data), form.file.data.filename or ""
        with form.saving():
            return see_other(_next(receive(acting(), name, content, kind, looked)))
    batches = db.session.scalars(latest).all()
    proposed = db.session.scalars(waiting_proposals(acting()).limit(LATEST)).all()
    return render_template(
        "roster/imports.html",
        form=form,
        batches=[batch for batch in batches if batch.proposal is not Proposal.WAITING],
        proposed=proposed,
        origins=origins({*batches, *proposed}),
        brought_by=queries.brought_by(batches),
        kinds=[(kind.value, name) for kind, name in NAMES.items()],
    ), form.status


@blueprint.route("/office/imports/<public_id>/columns", methods=["GET", "POST"])
def columns(public_id: str) -> ResponseReturnValue:
    found = queries.get_batch(acting(), public_id)
    if found.state not in TO_BE_MAPPED:
        return see_other(_next(found))
    looked = Looked.from_json(found.looked)
    form = columns_form(found, looked)
    if form.submitted():
        with form.saving():
            found = queries.get_batch(acting(), public_id)
            map_columns(acting(), found, form.columns(looked), form.policies())
        found = queries.get_batch(acting(), public_id)
        if not form.errors:
            flash(_("The rows are being read."), "wait")
            return see_other(_next(found))
    return _columns_page(found, looked, form), form.status


@blueprint.get("/office/imports/template-<kind>.<ending>")
def template(kind: str, ending: str) -> ResponseReturnValue:
    if kind not in set(BatchKind):
        raise NotFound
    return template_file(acting(), BatchKind(kind), ending)


def template_file(actor: Actor, kind: BatchKind, ending: str) -> Response:
    """A table to be filled in, as an answer."""
    if ending not in _TEMPLATES:
        raise NotFound
    make, mimetype = _TEMPLATES[ending]
    response = Response(b"".join(make(actor, kind)), mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename=template-{kind}.{ending}"
    return response


def _next(batch: ImportBatch) -> str:
    """Where the file goes on: to the questions about its columns, or to what its rows would do."""
    is_asked = batch.state is BatchState.RECEIVED
    return url_for(".columns" if is_asked else ".batch", public_id=batch.public_id)


def _columns_page(found: ImportBatch, looked: Looked, form: ColumnsForm) -> str:
    unsure = unsure_columns(found, looked)
    keys = frozenset(key for key in found.columns.values() if key is not None)
    lacks = lacking(found.kind, keys)
    return render_template(
        "roster/mapping.html",
        batch=found,
        looked=looked,
        form=form,
        unsure=[at for at in range(len(looked.columns)) if at in unsure],
        sure=[at for at in range(len(looked.columns)) if at not in unsure],
        lacks=_(lacks) if lacks and not form.errors else "",
        fields=IMPORTABLE,
    )


def unsure_columns(batch: ImportBatch, looked: Looked) -> set[int]:
    """Columns that somebody has to look at: none where a file of this shape was mapped before."""
    if find_mapping(batch.kind, looked.shape) is not None:
        return set()
    return {at for at, column in enumerate(looked.columns) if not column.is_sure}
