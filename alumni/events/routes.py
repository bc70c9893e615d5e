"""Events for everybody, registrations, the chapter's desk and the office."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter
from alumni.chapters.queries import chapters, get_chapter
from alumni.db import db, transaction
from alumni.errors import BadRequest, Gone, NotFound
from alumni.events import commands, queries
from alumni.events.calendar import invitation
from alumni.events.commands import places
from alumni.events.forms import EventForm, SendBackForm, version_of
from alumni.events.letters import occasion_of
from alumni.events.models import EventStatus, RegistrationState
from alumni.events.policy import (
    may_call_off,
    may_cancel,
    may_create,
    may_edit,
    may_manage,
    may_publish,
    may_see_attendees,
)
from alumni.events.queries import EventFilter, Rows, Shown, desks
from alumni.events.queries.desks import Waits
from alumni.events.queries.places import attendees as attendees_of
from alumni.events.queries.places import get_registration, place_in_queue
from alumni.forms import tidy
from alumni.i18n import LANGUAGES, _
from alumni.membership.months import read_span, when_text
from alumni.membership.queries import get_desk
from alumni.people.queries.apart import told_apart
from alumni.richtext import rendered
from alumni.web import acting, asked, public, see_other

blueprint = Blueprint("events", __name__)

LONGEST_PROPOSAL = 120
"""Letters of a title that a link may bring."""

PAGE = 20
"""How many events a list shows at once."""

ATTENDEES = 200
"""How many people the list of those who come shows at once."""


@blueprint.context_processor
def _rules() -> dict[str, object]:
    """What templates ask before they show a button."""
    return {
        "may_cancel": may_cancel,
        "may_create": may_create,
        "may_edit": may_edit,
        "may_publish": may_publish,
        "may_call_off": may_call_off,
        "may_manage": may_manage,
        "may_see_attendees": may_see_attendees,
        "rendered": rendered,
    }


@blueprint.get("/events")
@public
def events() -> ResponseReturnValue:
    given = asked({"chapter", "past", "page"})
    slug, is_past = given.get("chapter", [""])[0], given.get("past") == ["1"]
    chapter = get_chapter(slug) if slug else None
    wanted = EventFilter(chapter_id=chapter.id if chapter else None, is_past=is_past)
    return render_template(
        "events/events.html",
        chapter=chapter,
        is_past=is_past,
        hosts=queries.chapters_with_events(acting(), is_past=is_past),
        **_page(queries.events(acting(), wanted)),
    )


@blueprint.get("/events/<slug>")
@public
def event(slug: str) -> ResponseReturnValue:
    given = asked({"text"})
    said = given.get("text", [""])[0]
    return render_template(
        "events/event.html",
        shown=queries.get_shown(acting(), slug=slug),
        text=said if said in LANGUAGES else None,
    )


@blueprint.post("/events/<slug>/register")
def register(slug: str) -> ResponseReturnValue:
    with transaction():
        event = queries.get_event(acting(), slug=slug)
        registration = places.register(acting(), event)
    return see_other(url_for(".registration", public_id=registration.public_id))


@blueprint.get("/r/<public_id>")
def registration(public_id: str) -> ResponseReturnValue:
    own = get_registration(acting(), public_id)
    waits = own.state is RegistrationState.WAITING
    return render_template(
        "events/registration.html",
        registration=own,
        is_own=own.person_id == acting().person_id,
        queue_place=place_in_queue(own) if waits else 0,
        shown=queries.get_shown(acting(), public_id=own.event.public_id),
    )


@blueprint.post("/r/<public_id>/cancel")
def cancel(public_id: str) -> ResponseReturnValue:
    with transaction():
        places.cancel(acting(), get_registration(acting(), public_id))
    flash(_("The place has been given back. A letter confirms it."), "ok")
    return see_other(url_for(".registration", public_id=public_id))


@blueprint.get("/r/<public_id>/calendar.ics")
def calendar(public_id: str) -> ResponseReturnValue:
    own = get_registration(acting(), public_id)
    if own.state is RegistrationState.CANCELLED:
        raise Gone(_("This place has been given back. There is nothing to put into a calendar."))
    waits = own.state is RegistrationState.WAITING
    text = invitation(occasion_of(own.event, acting().time_zone, waits=waits), method="PUBLISH")
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'inline; filename="{own.event.slug}.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/chapters/<slug>/desk/events")
def desk_events(slug: str) -> ResponseReturnValue:
    """All of the chapter, those that wait for its officers, or those of a month or a year."""
    given = asked({"page", "waits", "when"})
    chapter = get_desk(acting(), slug)
    rows = queries.desk_events(acting(), chapter)
    waits, when = _waits(given.get("waits", [""])[-1]), given.get("when", [""])[-1]
    if waits is not None:
        rows = rows.where(desks.waits_for(waits))
    if when:
        rows = rows.where(desks.held_in(*_span(when)))
    return render_template(
        "events/desk_events.html",
        chapter=chapter,
        waits=waits,
        when=when_text(when),
        **_page(rows),
    )


def _waits(written: str) -> Waits | None:
    if written and written not in set(Waits):
        raise BadRequest(_("There is no state “%(name)s”.", name=written[:20]))
    return Waits(written) if written else None


def _span(written: str) -> tuple[date, date]:
    span = read_span(written)
    if span is None:
        raise BadRequest(_("“%(value)s” is no month and no year.", value=written[:20]))
    return span


@blueprint.route("/chapters/<slug>/desk/events/new", methods=["GET", "POST"])
def new_event(slug: str) -> ResponseReturnValue:
    chapter = get_desk(acting(), slug)
    require(may_create, acting(), chapter.id)
    form = EventForm(time_zone=chapter.time_zone, of_chapter=True)
    if form.submitted():
        with form.saving():
            event = commands.create(acting(), chapter, form.plan())
            _say_saved(form)
            return see_other(url_for(".edit_event", slug=slug, public_id=event.public_id))
    return render_template("events/new_event.html", form=form, chapter=chapter), form.status


@blueprint.route("/chapters/<slug>/desk/events/<public_id>", methods=["GET", "POST"])
def edit_event(slug: str, public_id: str) -> ResponseReturnValue:
    chapter = get_desk(acting(), slug)
    return _edited(public_id, chapter)


@blueprint.post("/chapters/<slug>/desk/events/<public_id>/submit")
def submit(slug: str, public_id: str) -> ResponseReturnValue:
    with transaction():
        chapter = get_desk(acting(), slug)
        shown = queries.get_shown(acting(), public_id=public_id, chapter=chapter)
        commands.submit(acting(), shown.event)
    flash(_("The office has it now, and will publish it or write to you."), "ok")
    return see_other(url_for(".edit_event", slug=slug, public_id=public_id))


@blueprint.get("/chapters/<slug>/desk/events/<public_id>/attendees")
def attendees(slug: str, public_id: str) -> ResponseReturnValue:
    chapter = get_desk(acting(), slug)
    return _attendees(queries.get_shown(acting(), public_id=public_id, chapter=chapter), chapter)


@blueprint.get("/office/events")
def office_events() -> ResponseReturnValue:
    require(may_manage, acting())
    given = asked({"status", "page"})
    try:
        status = EventStatus(given["status"][0]) if "status" in given else None
    except ValueError as error:
        raise BadRequest(_("There is no such state.")) from error
    return render_template(
        "events/office_events.html",
        status=status,
        to_review=queries.events_to_review(acting()),
        **_page(queries.office_events(acting(), status)),
    )


@blueprint.route("/office/events/new", methods=["GET", "POST"])
def office_new() -> ResponseReturnValue:
    require(may_manage, acting())
    form = EventForm(hosts=db.session.scalars(chapters()))
    if request.method == "GET":
        _propose_titles(form)
    if form.submitted():
        with form.saving():
            event = commands.create(acting(), form.chosen_host(), form.plan())
            _say_saved(form)
            return see_other(url_for(".office_event", public_id=event.public_id))
    return render_template("events/new_event.html", form=form, chapter=None), form.status


@blueprint.route("/office/events/<public_id>", methods=["GET", "POST"])
def office_event(public_id: str) -> ResponseReturnValue:
    require(may_manage, acting())
    return _edited(public_id, None)


@blueprint.get("/office/events/<public_id>/attendees")
def office_attendees(public_id: str) -> ResponseReturnValue:
    require(may_manage, acting())
    return _attendees(queries.get_shown(acting(), public_id=public_id), None)


@blueprint.post("/office/events/<public_id>/publish")
def publish(public_id: str) -> ResponseReturnValue:
    """Also for officers who may publish without review."""
    seen = version_of(request.form.get("version"))
    with transaction():
        event = queries.get_event(acting(), public_id=public_id)
        commands.publish(acting(), event, version=seen)
    flash(_("The event is published."), "ok")
    return see_other(_desk_of(public_id))


@blueprint.route("/office/events/<public_id>/send-back", methods=["GET", "POST"])
def send_back(public_id: str) -> ResponseReturnValue:
    require(may_manage, acting())
    form = SendBackForm()
    if form.submitted():
        with form.saving():
            event = queries.get_event(acting(), public_id=public_id)
            commands.send_back(acting(), event, form.note.data)
            flash(_("The event is a draft again. Its author gets your note by mail."), "ok")
            return see_other(url_for(".office_events"))
    shown = queries.get_shown(acting(), public_id=public_id)
    return render_template("events/send_back.html", form=form, shown=shown), form.status


@blueprint.post("/office/events/<public_id>/call-off")
def call_off(public_id: str) -> ResponseReturnValue:
    """Also for officers who may publish without review."""
    with transaction():
        event = queries.get_event(acting(), public_id=public_id)
        told = commands.call_off(acting(), event)
    flash(_("The event is called off. Letters to registrants: %(told)s.", told=told), "ok")
    return see_other(_desk_of(public_id))


def _edited(public_id: str, desk: Chapter | None) -> ResponseReturnValue:
    """The form to change an event; at the desk of its chapter, or in the office."""
    event = queries.get_shown(acting(), public_id=public_id, chapter=desk).event
    require(may_edit, acting(), event)
    form = EventForm(event=event, of_chapter=event.chapter_id is not None)
    if form.submitted():
        with form.saving():
            commands.edit(acting(), event, form.plan(), version=form.seen_version())
            _say_saved(form)
            return see_other(request.path)
    shown = queries.get_shown(acting(), public_id=public_id)
    return render_template("events/edit_event.html", form=form, shown=shown, desk=desk), form.status


def _attendees(shown: Shown, desk: Chapter | None) -> ResponseReturnValue:
    require(may_see_attendees, acting(), shown.event)
    asked({"page"})
    number = _page_number()
    after = (number - 1) * ATTENDEES
    found = attendees_of(shown.event, after=after, limit=ATTENDEES + 1)
    return render_template(
        "events/attendees.html",
        shown=shown,
        desk=desk,
        apart=told_apart(acting(), [attendee.person.id for attendee in found]),
        **_part(found, number, ATTENDEES),
    )


def _propose_titles(form: EventForm) -> None:
    """Begin with what a link to this page proposes: a reunion of a year, say."""
    for title in (form.title_zh, form.title_en):
        title.data = (tidy(request.args.get(title.name, "")) or "")[:LONGEST_PROPOSAL]


def _say_saved(form: EventForm) -> None:
    flash(_("Saved."), "ok")
    if form.twice():
        flash(
            _("That hour comes twice there, as the clocks are put back. The first is meant."),
            "wait",
        )


def _desk_of(public_id: str) -> str:
    """Where the actor works on the event: in the office or at the chapter's desk."""
    if may_manage(acting()):
        return url_for(".office_event", public_id=public_id)
    shown = queries.get_shown(acting(), public_id=public_id)
    slug = shown.event.chapter.slug if shown.event.chapter else ""
    return url_for(".edit_event", slug=slug, public_id=public_id)


def _page(rows: Rows) -> dict[str, Any]:
    """The page of the list that is asked for, and the addresses of those beside it."""
    number = _page_number()
    found = queries.shown(acting(), rows.limit(PAGE + 1).offset((number - 1) * PAGE))
    return _part(found, number, PAGE)


def _page_number() -> int:
    typed = request.args.get("page", "1")
    number = int(typed) if typed.isdecimal() and 0 < len(typed) < 7 else 0  # noqa: PLR2004
    if number < 1:
        raise BadRequest(_("There is no such page of the list."))
    return number


def _part(found: Sequence[object], number: int, size: int) -> dict[str, Any]:
    """What a page of ``size`` shows. One more is found where another page follows."""
    if number > 1 and not found:
        raise NotFound
    first, listed = (number - 1) * size, found[:size]
    return {
        "listed": listed,
        "first": first + 1,
        "last": first + len(listed),
        "newer_url": _beside(number - 1) if number > 1 else None,
        "older_url": _beside(number + 1) if len(found) > size else None,
    }


def _beside(number: int) -> str:
    kept: dict[str, Any] = {**(request.view_args or {}), **request.args, "page": number}
    if number == 1:
        del kept["page"]
    return url_for(request.endpoint or "", **kept)
