"""A chapter's annual reports, and the office's view of all of them."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter
from alumni.chapters.models.governance import ReportState
from alumni.db import transaction
from alumni.errors import BadRequest, NotFound
from alumni.forms import tidy_number
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import annual_reports as report_commands
from alumni.membership.forms.annual_reports import ReportForm, SendBackForm
from alumni.membership.forms.desk import choice
from alumni.membership.policy.governance import may_report, may_review
from alumni.membership.queries.annual_reports import (
    Narrowing,
    chapter_reports,
    counted,
    due_on,
    get_handed_in,
    get_revision,
    newest,
    overview,
    revisions,
    to_review,
    year_due,
    years,
)
from alumni.membership.routes import blueprint
from alumni.web import acting, asked, see_other


@blueprint.get("/chapters/<slug>/desk/reports")
def desk_reports(slug: str) -> ResponseReturnValue:
    led = _led(slug)
    lines = chapter_reports(acting(), led)
    due = {line.year: due_on(line.year) for line in lines}
    return render_template("membership/desk_reports.html", chapter=led, lines=lines, due=due)


@blueprint.route("/chapters/<slug>/desk/reports/<int:year>", methods=["GET", "POST"])
def desk_report(slug: str, year: int) -> ResponseReturnValue:
    """The year's report: as it is written, or as it was handed in, with all its revisions."""
    led = _led(slug)
    if year not in years():
        raise NotFound
    last = newest(led.id, year)
    form = ReportForm(last)
    if form.submitted():
        with form.saving():
            hands_in = request.form.get("wish") == "hand_in"
            report = report_commands.write(acting(), _led(slug), year, form.told())
            if hands_in:
                report_commands.hand_in(acting(), _led(slug), report)
            flash(_("Handed in.") if hands_in else _("The draft is kept."), "ok")
            return see_other(url_for(".desk_report", slug=slug, year=year))
    led = _led(slug)
    last = newest(led.id, year)
    return (
        render_template(
            "membership/desk_report.html",
            chapter=led,
            year=year,
            form=form,
            last=last,
            is_writing=last is None or last.state is not ReportState.SUBMITTED or _again(form),
            revisions=revisions(acting(), led, year),
            figures=counted(led, year),
            due=due_on(year),
        ),
        form.status,
    )


def _again(form: ReportForm) -> bool:
    """Whether a report that was handed in is to be written anew."""
    return "again" in request.args or form.status != 200  # noqa: PLR2004


@blueprint.get("/chapters/<slug>/desk/reports/<int:year>/<public_id>")
def desk_revision(slug: str, year: int, public_id: str) -> ResponseReturnValue:
    led = _led(slug)
    report = get_revision(acting(), led, year, public_id)
    return render_template("membership/desk_revision.html", chapter=led, report=report)


@blueprint.post("/chapters/<slug>/desk/reports/<int:year>/<public_id>/discard")
def discard_report(slug: str, year: int, public_id: str) -> ResponseReturnValue:
    with transaction():
        led = _led(slug)
        report = get_revision(acting(), led, year, public_id)
        report_commands.discard(acting(), led, report)
    flash(_("The draft is thrown away."), "ok")
    return see_other(url_for(".desk_reports", slug=slug))


@blueprint.get("/office/annual-reports")
def office_reports() -> ResponseReturnValue:
    """The reports of one year: of the last that has ended, unless the address says which.

    Those that are to be looked at are of all years together.
    """
    given = asked({"year", "state"})
    wanted = given.get("year", [""])[-1]
    state = choice(Narrowing, given.get("state", [""])[-1])
    offered = years()
    year = _year(wanted) if wanted else (year_due() or offered[0])
    lines = to_review(acting()) if state is Narrowing.SUBMITTED else overview(acting(), year)
    if state is Narrowing.OVERDUE:
        lines = [line for line in lines if line.is_overdue]
    return render_template(
        "membership/office_reports.html",
        lines=lines,
        state=state,
        year=year,
        years=offered,
        due=due_on(year),
    )


@blueprint.route("/office/annual-reports/<public_id>", methods=["GET", "POST"])
def office_report(public_id: str) -> ResponseReturnValue:
    """A report as it was handed in; with the form to send it back."""
    report, chapter = get_handed_in(acting(), public_id)
    form = SendBackForm()
    if form.submitted():
        with form.saving():
            report, chapter = get_handed_in(acting(), public_id)
            report_commands.send_back(acting(), report, form.reason.data)
            flash(_("Sent back. We have told them why."), "ok")
            return see_other(url_for(".office_reports", year=report.year))
    report, chapter = get_handed_in(acting(), public_id)
    return (
        render_template(
            "membership/office_report.html",
            form=form,
            report=report,
            chapter=chapter,
            may_review=may_review(acting(), report) and report.state is ReportState.SUBMITTED,
        ),
        form.status,
    )


@blueprint.post("/office/annual-reports/<public_id>/accept")
def accept_report(public_id: str) -> ResponseReturnValue:
    with transaction():
        report, _chapter = get_handed_in(acting(), public_id)
        year = report.year
        report_commands.accept(acting(), report)
    flash(_("Accepted."), "ok")
    return see_other(url_for(".office_reports", year=year))


def _led(slug: str) -> Chapter:
    led = queries.get_desk(acting(), slug)
    require(may_report, acting(), led.id)
    return led


def _year(written: str) -> int:
    year = tidy_number(written) or ""
    if not (year.isascii() and year.isdigit()) or int(year) not in years():
        raise BadRequest(_("“%(value)s” is not a year.", value=written[:20]))
    return int(year)
