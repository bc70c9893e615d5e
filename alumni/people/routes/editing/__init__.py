"""Editing what is known of a person, by themselves and by the office: the same pages at two doors.

``/me/profile`` is the own page; below ``/office/people/<public_id>/edit`` is everybody's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.i18n import _
from alumni.people.commands import levels as commands
from alumni.people.forms import EditForm, version_of
from alumni.people.models import Person
from alumni.people.queries import display_name
from alumni.people.queries import editing as queries
from alumni.people.queries.lines import line
from alumni.people.routes import blueprint
from alumni.web import acting, asked, see_other

View = TypeVar("View", bound=Callable[..., Any])

FORM = ("GET", "POST")


@dataclass(frozen=True)
class Door:
    """By which way the editor came in."""

    public_id: str | None
    """Of the person at the office's door; None on the own page."""

    @property
    def is_office(self) -> bool:
        return self.public_id is not None

    def to(self, view: str, **values: Any) -> str:
        """The address of a page of this room at the same door."""
        return url_for(f"people.{view}", public_id=self.public_id, **values)


def at_both_doors(path: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Open the view on the own page, where it gets None for ``public_id``, and to the office."""

    def open_at(view: View) -> View:
        mine = {"public_id": None}
        blueprint.add_url_rule(f"/me/profile{path}", view_func=view, methods=methods, defaults=mine)
        blueprint.add_url_rule(
            f"/office/people/<public_id>/edit{path}", view_func=view, methods=methods
        )
        return view

    return open_at


def at_the_office(path: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Open the view to the office alone."""

    def open_at(view: View) -> View:
        blueprint.add_url_rule(
            f"/office/people/<public_id>/edit{path}", view_func=view, methods=methods
        )
        return view

    return open_at


def shown(
    template: str, form: EditForm, person: Person, public_id: str | None, **more: Any
) -> ResponseReturnValue:
    """A page with a form about the person."""
    page = render_template(
        f"people/{template}.html",
        form=form,
        person=person,
        door=Door(public_id),
        name=display_name(person),
        **more,
    )
    return page, form.status


def saved(public_id: str | None, view: str = "edit", part: str = "") -> ResponseReturnValue:
    flash(_("Saved."), "ok")
    return see_other(Door(public_id).to(view, _anchor=part or None))


def pressed(
    public_id: str | None, work: Callable[[Person], object], said: str, view: str = "edit"
) -> ResponseReturnValue:
    """Do what a button says, unless somebody else changed the person since the button was drawn."""
    try:
        with transaction():
            work(queries.held(acting(), public_id, version_of(request.form.get("version"))))
    except queries.Outdated:
        flash(
            _("Somebody else has changed these data in the meantime. Please look at them again."),
            "bad",
        )
    else:
        flash(said, "ok")
    return see_other(Door(public_id).to(view))


@at_both_doors("")
def edit(public_id: str | None) -> ResponseReturnValue:
    asked(())
    edited = queries.get_edited(acting(), public_id)
    return render_template(
        "people/edit.html",
        edited=edited,
        door=Door(public_id),
        name=display_name(edited.person),
        line=line,
    )


@at_both_doors("/confirm", ("POST",))
def confirm(public_id: str | None) -> ResponseReturnValue:
    return pressed(
        public_id,
        lambda person: commands.confirm(acting(), person),
        _("Thank you. We have noted that all of it is right today."),
    )


from alumni.people.routes.editing import facts, rows  # noqa: E402, F401 - they add their pages
