"""What became of a person, at the office's door."""

from collections.abc import Callable

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import Actor
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.people.commands import relaying
from alumni.people.commands import statuses as commands
from alumni.people.commands.statuses import Said
from alumni.people.forms.statuses import (
    Standing,
    StatusForm,
    TakeBackForm,
    standing_words,
    standings_of,
)
from alumni.people.models import Person, PersonStatus
from alumni.people.queries import display_name
from alumni.people.queries import editing as queries
from alumni.people.routes.editing import FORM, at_the_office
from alumni.web import acting, see_other

TAKEN_BACK: dict[Standing, Callable[[Actor, Person, str], None]] = {
    Standing.DECEASED: commands.take_back,
    Standing.DEPARTED: commands.take_back,
    Standing.LOST: commands.find_again,
    Standing.CONTACT: commands.allow_contact,
    Standing.RELAY: relaying.allow_relaying,
}


@at_the_office("/status", FORM)
def edit_status(public_id: str) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    form = StatusForm(person)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            _declare(acting(), person, form.mark.data, form.said())
            return _back(public_id)
    person = queries.get_person(acting(), public_id)
    page = render_template(
        "people/edit_status.html",
        form=form,
        person=person,
        name=display_name(person),
        marks=standings_of(person),
    )
    return page, form.status


@at_the_office("/status/<mark>/back", FORM)
def take_back_status(public_id: str, mark: str) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    meant = next((one for one in standings_of(person) if one.value == mark), None)
    if meant is None:
        raise NotFound
    form = TakeBackForm(person)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            TAKEN_BACK[meant](acting(), person, form.why.data)
            return _back(public_id)
    person = queries.get_person(acting(), public_id)
    page = render_template(
        "people/take_back_status.html",
        form=form,
        person=person,
        name=display_name(person),
        mark=meant,
        words=standing_words()[meant],
    )
    return page, form.status


def _declare(actor: Actor, person: Person, mark: Standing, said: Said) -> None:
    if mark is Standing.LOST:
        commands.lose(actor, person, said)
    elif mark is Standing.CONTACT:
        commands.stop_contact(actor, person, said)
    else:
        commands.declare(actor, person, PersonStatus(mark.value), said)


def _back(public_id: str) -> ResponseReturnValue:
    flash(_("Saved."), "ok")
    return see_other(url_for("membership.person", public_id=public_id))
