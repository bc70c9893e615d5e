"""What applicants give beside the form, and classmates say of them."""

from flask import current_app, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer

from alumni.errors import NotFound
from alumni.i18n import _
from alumni.links import address_of
from alumni.roster.commands import evidence as commands
from alumni.roster.forms.deciding import VouchForm
from alumni.roster.forms.evidence import AnswerForm
from alumni.roster.models import Application, ApplicationState
from alumni.roster.queries import evidence as queries
from alumni.roster.queries.applications import DECIDABLE, own_application
from alumni.roster.routes import blueprint
from alumni.web import acting, limiter, see_other, takes_files


@blueprint.route("/me/application", methods=["GET", "POST"])
@takes_files
@limiter.limit("30 per hour", methods=["POST"])
def my_application() -> ResponseReturnValue:
    """How far the own application is, and what the applicant can do about it."""
    mine = own_application(acting())
    if mine.state is ApplicationState.APPROVED:
        return see_other(url_for("home.me"))
    form = AnswerForm()
    if form.submitted():
        with form.saving():
            mine = own_application(acting())
            commands.answer(acting(), mine, form.text.data or "", form.picture())
            flash(_("Thank you. The office looks at it and writes to you."), "ok")
            return see_other(url_for(".my_application"))
    mine = own_application(acting())
    is_open = mine.state in DECIDABLE
    page = render_template(
        "roster/my_application.html",
        form=form,
        application=mine,
        is_open=is_open,
        support=queries.support_of(mine),
        enough=queries.ENOUGH_VOUCHES,
        most=commands.MOST_CERTIFICATES,
        vouch_url=_vouch_url(mine) if is_open and queries.can_be_vouched_for(mine) else "",
    )
    return page, form.status


@blueprint.route("/vouch/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def vouch(token: str) -> ResponseReturnValue:
    """A classmate reads who signed up, and says how they know each other."""
    meant = queries.application_to_vouch_for(_vouched_for(token))
    commands.refuse_to_vouch(acting(), meant)
    form = VouchForm()
    if form.submitted():
        with form.saving():
            meant = queries.application_to_vouch_for(_vouched_for(token))
            commands.vouch(acting(), meant, form.text.data)
            flash(_("Thank you. The office has been told, and decides."), "ok")
            return see_other(url_for(".vouch", token=token))
    meant = queries.application_to_vouch_for(_vouched_for(token))
    page = render_template(
        "roster/vouch.html",
        form=form,
        application=meant,
        has_vouched=queries.has_vouched(acting(), meant),
    )
    return page, form.status


def _vouch_url(application: Application) -> str:
    """The link that the applicant hands to classmates. It is kept nowhere: it bears our sign."""
    return address_of("roster.vouch", token=_signer().dumps(application.public_id))


def _vouched_for(token: str) -> str:
    """The public id of the application that the link is for."""
    try:
        return str(_signer().loads(token))
    except BadData as error:
        raise NotFound from error


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="vouch")
