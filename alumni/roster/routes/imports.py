"""A file that was brought: what each row would do, what the office decides, and that it is done."""

from flask import Response, flash, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.db import db, transaction
from alumni.errors import BadRequest, NotFound
from alumni.i18n import _, ngettext
from alumni.people.fields import FIELDS
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.roster.commands import imports as commands
from alumni.roster.commands.settling import Wish, settle, settle_all
from alumni.roster.models import BatchState, ImportBatch, Verdict
from alumni.roster.policy import may_identify, may_import
from alumni.roster.queries import imports as queries
from alumni.roster.queries.errors import errors_as_csv, errors_as_xlsx, wrong_cells
from alumni.roster.queries.proposing import origins
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, attachment, see_other

AT_A_TIME = 40
"""Rows of a page."""

UNDER_WAY = (BatchState.READING, BatchState.WAITING, BatchState.APPLYING)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ERRORS = {"csv": (errors_as_csv, "text/csv"), "xlsx": (errors_as_xlsx, _XLSX)}
LIKELY = (90, 80, 70, 60, 50, 40)
"""From how many points on the office may say at once that it is the same person."""


@blueprint.get("/office/imports/<public_id>")
def batch(public_id: str) -> ResponseReturnValue:
    found = queries.get_batch(acting(), public_id)
    given = asked({"show", "after"})
    verdict = _shown(found, given.get("show", [""])[-1])
    after = _line(given.get("after", ["0"])[-1])
    wanted = queries.batch_rows(found, verdict, after=after).limit(AT_A_TIME + 1)
    rows = db.session.scalars(wanted).all()
    here = url_for(".batch", public_id=public_id, show=verdict.value)
    is_last = len(rows) <= AT_A_TIME
    rows = rows[:AT_A_TIME]
    before = queries.line_before(found, verdict, after, AT_A_TIME) if after else None
    people = queries.people_of(acting(), rows)
    return render_template(
        "roster/batch.html",
        batch=found,
        origin=origins([found]).get(found.id),
        verdict=verdict.value,
        after=after,
        rows=rows,
        people=people,
        identifies=may_identify(acting()),
        apart=told_apart(acting(), people),
        newer=None if before is None else f"{here}&after={before}",
        older=None if is_last else f"{here}&after={rows[-1].line}",
        wrong=list(wrong_cells(found.columns, rows)) if verdict is Verdict.ERROR else [],
        is_under_way=found.state in UNDER_WAY,
        is_open=queries.is_open(found),
        are_rows_kept=bool(rows) or queries.are_rows_kept(found),
        is_mappable=found.state is BatchState.STAGED,
        to_apply=queries.is_open(found) and queries.to_apply(found),
        is_decided=queries.is_open(found) and queries.decided(found),
        likely=LIKELY,
        fields=FIELDS,
        said=queries.said,
        display_name=display_name,
    )


@blueprint.get("/office/imports/<public_id>/errors.<ending>")
def errors(public_id: str, ending: str) -> ResponseReturnValue:
    """The wrong rows to be corrected and brought in again."""
    found = queries.get_batch(acting(), public_id)
    if ending not in ERRORS:
        raise NotFound
    written, kind = ERRORS[ending]
    response = Response(stream_with_context(written(found)), mimetype=kind)
    name = _("%(file)s, wrong rows", file=found.file_name.rpartition(".")[0] or found.file_name)
    response.headers["Content-Disposition"] = attachment(f"{name}.{ending}")
    return response


@blueprint.post("/office/imports/<public_id>/apply")
def apply_import(public_id: str) -> ResponseReturnValue:
    with transaction():
        found = queries.get_batch(acting(), public_id)
        commands.accept(acting(), found, accept_good="accept_good" in request.form)
    return _back_to(found)


@blueprint.post("/office/imports/<public_id>/discard")
def discard_import(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.discard(acting(), queries.get_batch(acting(), public_id))
    flash(_("Discarded. Nothing of this file was brought in."), "ok")
    return see_other(url_for(".imports"))


@blueprint.post("/office/imports/<public_id>/rows/<int:row_id>")
def settle_row(public_id: str, row_id: int) -> ResponseReturnValue:
    """One row: it means the ``person`` that is named, or what the ``wish`` says."""
    require(may_import, acting())
    person = request.form.get("person", "")
    wish = Wish.SAME if person else _wish(request.form.get("wish", ""))
    with transaction():
        found = queries.get_batch(acting(), public_id)
        settle(acting(), found, row_id, wish, person_id=queries.person_id_of(person))
    return _back_to(found, show=request.form.get("show"), after=request.form.get("after"))


@blueprint.post("/office/imports/<public_id>/rows")
def settle_rows(public_id: str) -> ResponseReturnValue:
    require(may_import, acting())
    wish, at_least = _wish(request.form.get("wish", "")), request.form.get("at_least", "0")
    with transaction():
        found = queries.get_batch(acting(), public_id)
        done = settle_all(acting(), found, wish, at_least=_line(at_least))
    flash(ngettext("%(num)s row was decided.", "%(num)s rows were decided.", done), "ok")
    return _back_to(found)


def _shown(found: ImportBatch, show: str) -> Verdict:
    """Which rows are to be seen: those to be decided first, else those that there are most of."""
    if show:
        try:
            return Verdict(show)
        except ValueError as fault:
            raise BadRequest(_("There is no page “%(name)s”.", name=show[:20])) from fault
    counts = {
        Verdict.NEW: found.new,
        Verdict.UPDATED: found.updated,
        Verdict.ERROR: found.errors,
        Verdict.SKIPPED: found.skipped,
    }
    return Verdict.POSSIBLE if found.possible else max(counts, key=lambda one: counts[one])


def _wish(said: str) -> Wish:
    try:
        return Wish(said)
    except ValueError as fault:
        raise BadRequest(_("Say what is to become of the row.")) from fault


def _line(number: str) -> int:
    if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 - of GREATEST
        raise BadRequest(_("There is no page “%(name)s”.", name=number[:20]))
    return int(number)


def _back_to(
    found: ImportBatch, show: str | None = None, after: str | None = None
) -> ResponseReturnValue:
    here = url_for(".batch", public_id=found.public_id, show=show or None, after=after or None)
    return see_other(here)
