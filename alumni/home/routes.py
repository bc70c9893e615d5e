"""The front page, my page, the office's desk, and the pages every site has."""

from flask import Blueprint, Response, flash, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts.commands import choose_language
from alumni.accounts.queries.security import own_account
from alumni.authz import require
from alumni.codes.commands import change_settings
from alumni.codes.policy import may_change_settings
from alumni.codes.queries import association
from alumni.db import transaction
from alumni.errors import NotFound
from alumni.events.queries import coming_events
from alumni.home.forms import SettingsForm, pattern_forms
from alumni.home.policy import may_see_office
from alumni.home.queries import (
    figures,
    my_page,
    readiness,
    tasks,
    worker_is_alive,
)
from alumni.i18n import LANGUAGES, _
from alumni.membership.queries.announcements import news
from alumni.membership.queries.public import grouped_chapters
from alumni.people.queries import display_name
from alumni.requests.commands import ask
from alumni.requests.forms import ContactForm
from alumni.web import acting, bare, limiter, public, safe_path, see_other

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    actor = acting()
    return render_template(
        "home/index.html",
        events=coming_events(actor, 3),
        groups=grouped_chapters(),
        news=news(actor, 3),
    )


@blueprint.post("/language")
@public
def switch_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise NotFound
    session["language"] = chosen
    actor = acting()
    if actor.account_id is not None:
        with transaction():
            choose_language(actor.account_id, chosen)
    return see_other(safe_path(request.form.get("next"), url_for(".index")))


@blueprint.get("/me")
def me() -> ResponseReturnValue:
    actor = acting()
    mine = my_page(actor)
    name = display_name(mine.person) if mine.person else ""
    return render_template("home/me.html", mine=mine, name=name, news=news(actor, 3))


@blueprint.get("/office")
def office() -> ResponseReturnValue:
    actor = acting()
    require(may_see_office, actor)
    return render_template(
        "home/office.html", tasks=tasks(actor), figures=figures(actor), alive=worker_is_alive()
    )


@blueprint.route("/office/settings", methods=["GET", "POST"])
def settings() -> ResponseReturnValue:
    actor = acting()
    require(may_change_settings, actor)
    form = SettingsForm(data=association().values)
    if form.submitted():
        with form.saving():
            change_settings(actor, form.values())
            flash(_("Saved."), "ok")
            return see_other(url_for(".settings"))
    return render_template("home/settings.html", form=form), form.status


def _taken(response: Response) -> bool:
    """Only what was sent counts: who forgot a field may try again."""
    return response.status_code == 303  # noqa: PLR2004


@blueprint.get("/patterns")
@public
def patterns() -> ResponseReturnValue:
    if not association().is_demonstration:
        raise NotFound
    return render_template("home/patterns.html", forms=pattern_forms())


@blueprint.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    return render_template("home/privacy.html")


@blueprint.route("/contact", methods=["GET", "POST"])
@public
@limiter.limit("10 per hour", methods=["POST"], deduct_when=_taken)
def contact() -> ResponseReturnValue:
    """Where to find the office, and a form that puts a request into its queue."""
    actor = acting()
    form = ContactForm(own_account(actor) if actor.is_signed_in else None)
    if form.submitted():
        with form.saving():
            if not form.is_of_a_program:
                ask(actor, form.question())
            flash(_("The office has your message, and answers by e-mail."), "ok")
            return see_other(url_for(".contact"))
    return render_template("home/contact.html", form=form), form.status


@blueprint.get("/help")
@public
def help_page() -> ResponseReturnValue:
    return render_template("home/help.html")


@blueprint.get("/healthz")
@bare
def healthz() -> ResponseReturnValue:
    """Whether the process answers at all: asks nobody and no database."""
    return "ok\n", {"Content-Type": "text/plain"}


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    found = readiness()
    told = {"problems": found.problems, "warnings": found.warnings, **found.facts}
    return jsonify(told), 503 if found.problems else 200
