"""The list of places: finding one, entering a city, names, and which two are one."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.codes.commands.merging import merge, merger_of, take_back
from alumni.codes.commands.naming import add_name, change_place, enter_city, remove_name
from alumni.codes.forms import NameForm, NewPlaceForm, PlaceForm
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import LONGEST_NAME
from alumni.codes.queries.lists import (
    MOST_PLACES,
    above,
    get_place,
    merged_into,
    names,
    places_like,
    uses_of_places,
    wider_places,
)
from alumni.codes.queries.references import uses_of
from alumni.codes.routes import blueprint
from alumni.codes.routes.lists import merged_text, merger, number
from alumni.db import transaction
from alumni.forms import Form
from alumni.i18n import _
from alumni.web import acting, asked, see_other


@blueprint.get("/office/settings/places")
def places() -> ResponseReturnValue:
    actor, given = acting(), asked({"q", "within"})
    text = given.get("q", [""])[0].strip()
    within = number(given.get("within", [""])[0])
    listed = places_like(actor, text, within=within)
    inside = get_place(actor, within) if within is not None else None
    return render_template(
        "codes/places.html",
        places=listed,
        above=above([*listed, *([inside] if inside else [])]),
        uses=uses_of_places(listed),
        names=names(listed),
        text=text,
        inside=inside,
        is_cut=len(listed) == MOST_PLACES,
    )


@blueprint.route("/office/settings/places/new", methods=["GET", "POST"])
def new_place() -> ResponseReturnValue:
    actor = acting()
    require(may_manage_lists, actor)
    form = NewPlaceForm(wider_places())
    if form.submitted():
        with form.saving():
            parent = get_place(actor, form.parent_id.data)
            place = enter_city(actor, parent, form.location(parent.time_zone))
            flash(_("Saved."), "ok")
            return see_other(url_for(".place", place_id=place.id))
    return render_template("codes/new_place.html", form=form), form.status


@blueprint.route("/office/settings/places/<int:place_id>", methods=["GET", "POST"])
def place(place_id: int) -> ResponseReturnValue:
    actor = acting()
    form = PlaceForm(get_place(actor, place_id))
    if form.submitted():
        with form.saving():
            known = get_place(actor, place_id)
            change_place(actor, known, form.location(known.time_zone))
            flash(_("Saved."), "ok")
            return see_other(url_for(".place", place_id=place_id))
    return _place_page(place_id, form, NameForm(LONGEST_NAME)), form.status


@blueprint.route("/office/settings/places/<int:place_id>/names", methods=["GET", "POST"])
def place_names(place_id: int) -> ResponseReturnValue:
    actor = acting()
    form = NameForm(LONGEST_NAME)
    if form.submitted():
        with form.saving():
            add_name(actor, get_place(actor, place_id), form.other_name.data or "")
            flash(_("Saved."), "ok")
            return see_other(url_for(".place", place_id=place_id))
    edited = PlaceForm(get_place(actor, place_id), formdata=None)
    return _place_page(place_id, edited, form), form.status


@blueprint.post("/office/settings/places/<int:place_id>/names/<int:name_id>/remove")
def remove_place_name(place_id: int, name_id: int) -> ResponseReturnValue:
    with transaction():
        remove_name(acting(), get_place(acting(), place_id), name_id)
    flash(_("The name was taken away. You can add it again at any time."), "ok")
    return see_other(url_for(".place", place_id=place_id))


@blueprint.get("/office/settings/places/<int:place_id>/merge")
def merge_place(place_id: int) -> ResponseReturnValue:
    actor, given = acting(), asked({"into", "q"})
    known = get_place(actor, place_id)
    text = given.get("q", [""])[0].strip()
    chosen = number(given.get("into", [""])[0])
    into = get_place(actor, chosen) if chosen is not None else None
    found = places_like(actor, text) if text else []
    found = [one for one in found if one.kind is known.kind and one.id != known.id]
    return render_template(
        "codes/merge_place.html",
        place=known,
        text=text,
        found=found,
        above=above([known, *found, *([into] if into else [])]),
        into=into,
        **(merger(known, into) if into else {}),
    )


@blueprint.post("/office/settings/places/<int:place_id>/merge")
def merge_places(place_id: int) -> ResponseReturnValue:
    actor = acting()
    with transaction():
        into = get_place(actor, number(request.form.get("into", "")) or 0)
        rows = merge(actor, get_place(actor, place_id), into)
    flash(merged_text(rows), "ok")
    return see_other(url_for(".place", place_id=into.id))


@blueprint.post("/office/settings/places/<int:place_id>/take-back")
def take_back_place(place_id: int) -> ResponseReturnValue:
    with transaction():
        take_back(acting(), get_place(acting(), place_id))
    flash(_("The two are two again."), "ok")
    return see_other(url_for(".place", place_id=place_id))


def _place_page(place_id: int, form: PlaceForm, name_form: Form) -> str:
    actor = acting()
    known = get_place(actor, place_id)
    return render_template(
        "codes/place.html",
        place=known,
        form=form,
        name_form=name_form,
        names=names([known])[known.id],
        above=above([known]),
        uses=uses_of(known),
        merged=merged_into(known),
        into=get_place(actor, known.merged_into_id) if known.merged_into_id else None,
        merger=merger_of(known) if known.merged_into_id else None,
    )
