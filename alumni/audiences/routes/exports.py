"""Taking a list of people away as a file."""

from typing import NamedTuple

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences.commands import exports as commands
from alumni.audiences.commands.content import few, withheld_words
from alumni.audiences.commands.profiles import delete_profile, keep_profile
from alumni.audiences.criteria import Audience, address, parameters
from alumni.audiences.forms.exports import ExportForm
from alumni.audiences.models import ExportProfile
from alumni.audiences.policy import may_export_from
from alumni.audiences.queries import exports as queries
from alumni.audiences.queries.exports import Rows, Selection
from alumni.audiences.routes import blueprint
from alumni.authz import Actor, require
from alumni.db import db, transaction
from alumni.i18n import _
from alumni.membership.queries import get_desk
from alumni.web import acting, asked, attachment, require_proof, safe_path, see_other

OK = 200
MOST_COUNTED = 10_000


class Around(NamedTuple):
    """Where somebody who exports comes from, and what was asked for."""

    selection: Selection
    here: str
    """The page's address, without the saved choice that it shows."""
    list_url: str
    profile: ExportProfile | None

    def with_profile(self, profile: ExportProfile) -> str:
        between = "&" if "?" in self.here else "?"
        return f"{self.here}{between}profile={profile.public_id}"


@blueprint.route("/office/people/export", methods=["GET", "POST"])
def export() -> ResponseReturnValue:
    actor = acting()
    require(may_export_from, actor, None)
    require_proof()
    audience, profile = _asked(actor)
    query = audience.to_query()
    around = Around(
        selection=Selection(audience=audience),
        here=address(url_for(".export"), query),
        list_url=address(url_for(".people"), query),
        profile=profile,
    )
    form = _form(actor, around)
    if form.submitted() and (taken := _taken(actor, around.selection, form)) is not None:
        return taken
    return _page(actor, around, form)


@blueprint.route("/chapters/<slug>/desk/export", methods=["GET", "POST"])
def export_chapter(slug: str) -> ResponseReturnValue:
    """An officer's: of the members of the own chapter, as far as they let officers see."""
    actor = acting()
    led = get_desk(actor, slug)
    require(may_export_from, actor, led.id)
    require_proof()
    audience, profile = _asked(actor)
    around = Around(
        selection=Selection.of_chapter(led, audience),
        here=address(url_for(".export_chapter", slug=slug), audience.to_query()),
        list_url=url_for("membership.members", slug=slug),
        profile=profile,
    )
    form = _form(actor, around)
    if form.submitted() and (taken := _taken(actor, around.selection, form)) is not None:
        return taken
    return _page(actor, around, form)


@blueprint.post("/me/export-profiles/<public_id>/delete")
def delete_export_profile(public_id: str) -> ResponseReturnValue:
    with transaction():
        delete_profile(acting(), queries.get_profile(acting(), public_id))
    flash(_("The saved choice is deleted."), "ok")
    return see_other(safe_path(request.form.get("next"), url_for("home.me")))


def _asked(actor: Actor) -> tuple[Audience, ExportProfile | None]:
    given = asked([*parameters(actor), "profile"])
    chosen = given.pop("profile", [])
    profile = queries.get_profile(actor, chosen[0]) if chosen else None
    return Audience.from_query(actor, given), profile


def _form(actor: Actor, around: Around) -> ExportForm:
    is_circle = queries.circle_of(around.selection) is not None
    return ExportForm(actor, around.profile, is_circle=is_circle)


def _taken(actor: Actor, selection: Selection, form: ExportForm) -> ResponseReturnValue | None:
    """The file itself, or the page where it will be; None where the form says why not."""
    wish = form.wish()
    commands.check(actor, wish)
    answer: ResponseReturnValue | None = None
    with form.saving():
        if form.profile_name.data:
            keep_profile(actor, form.profile_name.data, wish)
        if _keeps_no_files() or commands.is_for_worker(actor, selection, wish):
            kept = commands.order(actor, selection, wish)
            answer = see_other(url_for("exports.kept", public_id=kept.public_id))
        else:
            answer = _sent(commands.export(actor, selection, wish))
    return answer if form.status == OK else None


def _keeps_no_files() -> bool:
    """Whether the browser is WeChat's: its reader gets a link by e-mail to open elsewhere."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def _page(actor: Actor, around: Around, form: ExportForm) -> ResponseReturnValue:
    selection, columns = around.selection, tuple(form.fields)
    withheld = queries.withheld(actor, selection, columns, Rows.MAIN)
    chosen = set(form.chosen())
    empty = {key: number for key, number in withheld.items() if key in chosen}
    total = queries.counted(actor, selection, at_most=MOST_COUNTED)
    return render_template(
        "audiences/export.html",
        form=form,
        sentence=selection.sentence(),
        total=total,
        is_more=total > MOST_COUNTED,
        is_long=total > commands.MOST_AT_ONCE,
        withheld={key: few(number) for key, number in withheld.items()},
        withheld_words=withheld_words(empty) if empty else "",
        here=around.here,
        list_url=around.list_url,
        profile=around.profile,
        profiles=db.session.scalars(queries.profiles(actor)).all(),
        with_profile=around.with_profile,
    ), form.status


def _sent(file: commands.Exported) -> Response:
    """Stream the file under its name."""
    response = Response(file.chunks, content_type=file.format.mimetype)
    response.headers["Content-Disposition"] = attachment(file.name)
    return response
