"""The officers of a chapter say whom of the applicants they know. The office decides."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.i18n import _
from alumni.roster.commands.deciding import recommend as recommend_applicant
from alumni.roster.forms.deciding import RecommendForm
from alumni.roster.policy import may_recommend
from alumni.roster.queries import prescreening as queries
from alumni.roster.queries.applications import applicant_of
from alumni.roster.routes import blueprint
from alumni.roster.routes.activating import number
from alumni.web import acting, asked, see_other


@blueprint.get("/chapters/<slug>/desk/applicants")
def desk_applicants(slug: str) -> ResponseReturnValue:
    after = number(asked({"after"}).get("after", ["0"])[-1])
    led = queries.get_prescreened(acting(), slug)
    found = queries.applicants(acting(), led, after=after, most=queries.AT_A_TIME + 1)
    shown = found[: queries.AT_A_TIME]
    later = None
    if len(found) > len(shown):
        later = url_for(".desk_applicants", slug=slug, after=shown[-1].number)
    return render_template(
        "roster/desk_applicants.html",
        chapter=led,
        applicants=shown,
        later=later,
        first=url_for(".desk_applicants", slug=slug) if after else None,
    )


@blueprint.route("/chapters/<slug>/desk/applicants/<public_id>", methods=["GET", "POST"])
def recommend(slug: str, public_id: str) -> ResponseReturnValue:
    led = queries.get_prescreened(acting(), slug)
    meant = queries.get_prescreened_application(led, public_id)
    require(may_recommend, acting(), led.id, applicant_of(meant))
    form = RecommendForm()
    if form.submitted():
        with form.saving():
            led = queries.get_prescreened(acting(), slug)
            meant = queries.get_prescreened_application(led, public_id)
            recommend_applicant(acting(), meant, form.note.data)
            flash(_("Recommended. The office decides."), "ok")
            return see_other(url_for(".desk_applicants", slug=slug))
    led = queries.get_prescreened(acting(), slug)
    page = render_template(
        "roster/recommend.html",
        form=form,
        chapter=led,
        applicant=queries.get_applicant(acting(), led, public_id),
    )
    return page, form.status
