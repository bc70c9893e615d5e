"""Saved audiences: the office's, and the searches that graduates keep for themselves."""

from typing import Any

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences.commands import saved as commands
from alumni.audiences.criteria import Audience, address, explain, parameters, why
from alumni.audiences.forms.saved import ConfirmForm, SearchNameForm, sharing_words
from alumni.audiences.policy import (
    may_change,
    may_list_people,
    may_save,
    may_see_audiences,
)
from alumni.audiences.queries import PeoplePage, Window, people
from alumni.audiences.queries.saved import (
    Kept,
    count_text,
    get_saved,
    people_page,
    person_row,
    saved_audience,
    saved_audiences,
)
from alumni.audiences.routes import blueprint
from alumni.audiences.routes.lists import Line, Listing
from alumni.authz import Actor, require
from alumni.db import transaction
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.web import acting, asked, see_other

LONGEST_ADDRESS = 4_000
"""Characters that every server and browser takes. What is longer is called by its number."""

OFFERED = 10
LAST_PAGE = 1000


@blueprint.get("/office/audiences")
def audiences() -> ResponseReturnValue:
    actor = acting()
    require(may_see_audiences, actor)
    page = saved_audiences(actor, _number())
    return render_template(
        "audiences/audiences.html",
        page=page,
        rows=[(one, _count(actor, one)) for one in page.rows],
        sharing=sharing_words(),
        newer_url=url_for(".audiences", page=page.number - 1) if page.number > 1 else None,
        older_url=None if page.is_last else url_for(".audiences", page=page.number + 1),
        may_make=may_list_people(actor),
    )


@blueprint.get("/office/audiences/<public_id>")
def audience(public_id: str) -> ResponseReturnValue:
    actor = acting()
    require(may_see_audiences, actor)
    kept = saved_audience(actor, public_id)
    return render_template(
        "audiences/audience.html",
        kept=kept,
        count=_count(actor, kept),
        sharing=sharing_words()[kept.sharing.value],
        list_url=_list_url(kept, url_for(".people")) if may_list_people(actor) else None,
        may_change=may_list_people(actor) and may_change(actor, get_saved(actor, public_id)),
    )


@blueprint.get("/office/audiences/<public_id>/why")
def audience_why(public_id: str) -> ResponseReturnValue:
    """Whether somebody is in it, and by which of its conditions."""
    actor = acting()
    require(may_list_people, actor)
    given = asked(("person", "q"))
    kept = saved_audience(actor, public_id)
    if kept.audience is None:
        raise BadRequest(kept.problem)
    typed, public_ids = given.get("q", [""])[0], given.get("person", [])
    here = url_for(".audience_why", public_id=public_id)
    shown: dict[str, Any] = {"person": None, "explanation": None, "sentence": ""}
    if public_ids:
        row = person_row(actor, public_ids[0])
        explanation = explain(actor, kept.audience, row.person_id)
        shown = {
            "person": _lines(kept.audience, people_page([row]), here)[0],
            "explanation": explanation,
            "sentence": why(explanation),
        }
    found = []
    if typed.strip():
        meant = Audience.from_query(actor, {"q": [typed]})
        found = _lines(meant, people(actor, meant, Window()), here)[:OFFERED]
    return render_template(
        "audiences/audience_why.html", kept=kept, typed=typed, found=found, **shown
    )


@blueprint.route("/office/audiences/<public_id>/delete", methods=["GET", "POST"])
def delete_audience(public_id: str) -> ResponseReturnValue:
    actor = acting()
    require(may_see_audiences, actor)
    kept, form = _doomed(actor, public_id), ConfirmForm()
    if form.submitted():
        return _deleted(actor, public_id, url_for(".audiences"))
    shown = {"kept": kept, "back_url": url_for(".audience", public_id=public_id)}
    return render_template("audiences/audience_delete.html", form=form, **shown), form.status


@blueprint.get("/people/saved")
def searches() -> ResponseReturnValue:
    """The searches somebody keeps, and those that a chapter lets its officers use."""
    actor = acting()
    require(may_save, actor)
    page = saved_audiences(actor, _number())
    return render_template(
        "audiences/saved.html",
        page=page,
        rows=[(one, _count(actor, one), _directory(one)) for one in page.rows],
        newer_url=url_for(".searches", page=page.number - 1) if page.number > 1 else None,
        older_url=None if page.is_last else url_for(".searches", page=page.number + 1),
    )


@blueprint.route("/people/saved/new", methods=["GET", "POST"])
def save_search() -> ResponseReturnValue:
    """Keep the search whose conditions stand in the address."""
    actor = acting()
    require(may_save, actor)
    meant = Audience.from_query(actor, asked(parameters(actor)))
    form = SearchNameForm()
    if form.submitted():
        with form.saving():
            commands.save(actor, meant, form.naming())
            flash(_("Saved."), "ok")
            return see_other(url_for(".searches"))
    list_url = address(url_for(".directory"), meant.to_query())
    shown = {"sentence": meant.sentence(), "list_url": list_url, "kept": None}
    return render_template("audiences/saved_search.html", form=form, **shown), form.status


@blueprint.route("/people/saved/<public_id>", methods=["GET", "POST"])
def search(public_id: str) -> ResponseReturnValue:
    """Call a search of the own something else."""
    actor = acting()
    require(may_save, actor)
    kept = saved_audience(actor, public_id)
    require(may_change, actor, get_saved(actor, public_id))
    form = SearchNameForm(kept)
    if form.submitted():
        with form.saving():
            commands.rename(actor, public_id, form.name.data or "")
            flash(_("Saved."), "ok")
            return see_other(url_for(".searches"))
    told = kept.audience.sentence() if kept.audience is not None else kept.problem
    shown = {"sentence": told, "list_url": _directory(kept), "kept": kept}
    return render_template("audiences/saved_search.html", form=form, **shown), form.status


@blueprint.route("/people/saved/<public_id>/delete", methods=["GET", "POST"])
def delete_search(public_id: str) -> ResponseReturnValue:
    actor = acting()
    require(may_save, actor)
    kept, form = _doomed(actor, public_id), ConfirmForm()
    if form.submitted():
        return _deleted(actor, public_id, url_for(".searches"))
    shown = {"kept": kept, "back_url": url_for(".searches")}
    return render_template("audiences/audience_delete.html", form=form, **shown), form.status


def _doomed(actor: Actor, public_id: str) -> Kept:
    """One that the actor may delete."""
    require(may_change, actor, get_saved(actor, public_id))
    return saved_audience(actor, public_id)


def _deleted(actor: Actor, public_id: str, url: str) -> ResponseReturnValue:
    with transaction():
        commands.delete(actor, public_id)
    flash(_("Deleted."), "ok")
    return see_other(url)


def _count(actor: Actor, kept: Kept) -> str:
    """How many people it means now, in words; nothing where it cannot be read."""
    return "" if kept.count is None else count_text(actor, kept.count)


def _directory(kept: Kept) -> str | None:
    return _list_url(kept, url_for(".directory"))


def _list_url(kept: Kept, path: str) -> str | None:
    """The list of whom it means, by its criteria, so that they can be changed there."""
    if kept.audience is None:
        return None
    whole = address(path, kept.audience.to_query())
    return whole if len(whole) <= LONGEST_ADDRESS else address(path, {"saved": kept.public_id})


def _lines(meant: Audience, page: PeoplePage, here: str) -> list[Line]:
    """People to choose from, each with the address of this page about them."""
    listing = Listing(here=here, audience=meant, page=page, status=200)
    lines: list[Line] = listing.shown(f"{here}?person=")["lines"]
    return lines


def _number() -> int:
    """Of the page of the list, from the address."""
    written = asked(("page",)).get("page", ["1"])[-1]
    if not (written.isascii() and written.isdigit() and 0 < int(written[:4]) < LAST_PAGE):
        raise BadRequest(_("There is no such page of the list."))
    return int(written[:4])
