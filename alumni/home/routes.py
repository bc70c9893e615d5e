"""The front page, my page, the office's desk, and the pages every site has."""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, g, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from alumni.accounts.commands import choose_language
from alumni.accounts.queries.security import own_account
from alumni.authz import Actor, require
from alumni.codes.commands import change_settings
from alumni.codes.policy import may_change_settings
from alumni.codes.queries import Association, association, association_as_kept
from alumni.db import transaction
from alumni.errors import NotFound
from alumni.events.queries import coming_events
from alumni.home.forms import SettingsForm, pattern_forms
from alumni.home.policy import may_see_office
from alumni.home.queries import (
    Way,
    figures,
    menu_of,
    my_page,
    readiness,
    tasks,
    worker_is_alive,
)
from alumni.i18n import LANGUAGES, _
from alumni.membership.queries.announcements import news
from alumni.membership.queries.public import grouped_chapters
from alumni.requests.commands import ask
from alumni.requests.forms import ContactForm
from alumni.web import Visitor, acting, bare, limiter, public, safe_path, see_other

blueprint = Blueprint("home", __name__)

BENEATH = {
    "/office/chapters": (
        "/office/agreement",
        "/office/announcements",
        "/office/annual-reports",
        "/office/handovers",
        "/office/petitions",
        "/office/positions",
    ),
    "/office/people": ("/office/classes", "/office/changes", "/office/duplicates"),
    "/office/requests": ("/office/relayed",),
    "/chapters": ("/petitions",),
    "/me": ("/classes",),
}
"""Pages that a way of the menu leads to though their addresses do not begin with its own."""


@dataclass(frozen=True)
class MenuItem:
    label: str
    url: str
    icon: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands around every page."""

    association: Association
    place: str
    menu: list[MenuItem]
    who: str | None
    here: str
    sign_in_url: str | None
    sign_out_url: str | None
    me_url: str | None
    notice: str | None
    accent_url: str | None = None


def frame(actor: Actor, visitor: Visitor | None) -> Frame:
    """Make the frame for this page and visitor. Asks nothing of the database for an error page

    that says the database is busy.
    """
    ready = g.get("frame_ready", False)
    is_office = request.path.startswith("/office") and actor.is_staff
    here = _here()
    told = association() if ready else association_as_kept()
    return Frame(
        association=told,
        place="office" if is_office else "member" if visitor else "public",
        menu=[_item(way) for way in menu_of(actor, is_office=is_office)],
        who=visitor.name if visitor else None,
        here=here,
        sign_in_url=None if visitor else url_for("accounts.sign_in"),
        sign_out_url=url_for("accounts.sign_out") if visitor else None,
        me_url=url_for("home.me") if visitor else None,
        notice=_("Demonstration: all people here are invented.") if told.is_demonstration else None,
    )


def _here() -> str:
    """Where a switch of the language comes back to: this page, if it can be opened by itself."""
    takes_get = request.url_rule is None or "GET" in (request.url_rule.methods or ())
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return request.path if takes_get else "/"


def _item(way: Way) -> MenuItem:
    url = url_for(way.endpoint)
    return MenuItem(way.label, url, way.icon, _is_under(url))


def _is_under(url: str) -> bool:
    """Whether this page is the item's own, or one beneath it."""
    if url in {"/", "/office"}:
        return request.path == url
    ways = (url, *BENEATH.get(url, ()))
    return any(request.path == way or request.path.startswith(f"{way}/") for way in ways)


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
    return render_template("home/me.html", mine=my_page(actor), news=news(actor, 3))


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
