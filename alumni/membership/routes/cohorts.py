"""What the office knows of each year, and which years meet again."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.codes.queries import code_of
from alumni.db import GREATEST, today
from alumni.errors import BadRequest, NotFound
from alumni.exports.tables import as_csv
from alumni.i18n import _, either
from alumni.membership.policy.classes import may_appoint_liaisons
from alumni.membership.queries import cohorts as queries
from alumni.membership.queries.liaisons import liaisons_of_years
from alumni.membership.routes import blueprint
from alumni.membership.routes.classes import by_of, year_of
from alumni.web import acting, asked, attachment

YEARS = 30
"""How many a page shows."""


@blueprint.get("/office/classes/report")
def cohorts() -> ResponseReturnValue:
    """All years; the colleges of one; the classes of one of these."""
    given = asked({"by", "year", "college", "before"})
    by, year = by_of(given), year_of(given.get("year", [""])[-1])
    college_id = _college(given.get("college", [""])[-1]) if year else None
    college = code_of(college_id) if college_id is not None else None
    if college_id is not None and college is None:
        raise NotFound
    report = queries.cohort_report(acting(), by, year, college_id)
    before = year_of(given.get("before", [""])[-1])
    lines = (
        [line for line in report.lines if _is_before(line, before)] if not year else report.lines
    )
    is_cut = not year and len(lines) > YEARS
    return render_template(
        "membership/cohorts.html",
        report=report,
        lines=lines[:YEARS] if is_cut else lines,
        by=by.value,
        year=year,
        college=college,
        college_name=either(college.name_zh, college.name_en) if college else "",
        older_url=url_for(".cohorts", by=by.value, before=lines[YEARS - 1].value)
        if is_cut
        else None,
        newest_url=url_for(".cohorts", by=by.value) if before else None,
    )


@blueprint.get("/office/classes/report.csv")
def cohorts_csv() -> ResponseReturnValue:
    """Every class of every year, for a spreadsheet."""
    by = by_of(asked({"by"}))
    labels, batches = queries.cohort_table(acting(), by)
    response = Response(b"".join(as_csv(labels, batches)), mimetype="text/csv")
    response.headers["Content-Disposition"] = attachment(_("Cohorts") + ".csv")
    return response


@blueprint.get("/office/classes/anniversaries")
def anniversaries() -> ResponseReturnValue:
    year = year_of(asked({"year"}).get("year", [""])[-1]) or today().year
    rows = queries.anniversaries(acting(), year)
    return render_template(
        "membership/anniversaries.html",
        year=year,
        rows=rows,
        liaisons=liaisons_of_years(acting(), [row.graduation_year for row in rows]),
        may_appoint=may_appoint_liaisons(acting()),
    )


def _is_before(line: queries.Line, before: int | None) -> bool:
    """Whether a page that begins before this year shows the line. Not known comes last of all."""
    return before is None or not line.value or int(line.value) < before


def _college(written: str) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and int(written[:11]) <= GREATEST):
        raise BadRequest(_("There is no such page."))
    return int(written)
