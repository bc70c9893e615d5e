"""Handing a chapter over to a new team."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter
from alumni.db import transaction
from alumni.errors import BadValue
from alumni.forms import tidy
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import handovers as handover_commands
from alumni.membership.forms.handovers import PlanForm, SeatForm, StepsForm, words_of_steps
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_confirm, may_prepare
from alumni.membership.queries.handovers import (
    coming_handover,
    get_handover,
    get_prepared,
    get_seat,
    member_candidates,
    open_handovers,
    past_handovers,
    plan_of,
    prepared_handover,
    seats,
    steps_done,
    teams,
)
from alumni.membership.routes import blueprint
from alumni.web import acting, require_proof, see_other


@blueprint.get("/office/handovers")
def office_handovers() -> ResponseReturnValue:
    return render_template("membership/office_handovers.html", rows=open_handovers(acting()))


@blueprint.get("/chapters/<slug>/desk/handover")
def handover(slug: str) -> ResponseReturnValue:
    """What is prepared or confirmed: the new team, the day, and what is still to be done."""
    led = _led(slug)
    shown = coming_handover(led) or prepared_handover(led)
    if shown is None:
        return render_template("membership/no_handover.html", chapter=led, past=past_handovers(led))
    team = seats(acting(), shown)
    done = steps_done(shown)
    people = {one.who.person_id for one in team}
    return render_template(
        "membership/handover.html",
        chapter=led,
        handover=shown,
        team=team,
        teams=teams(acting(), led, shown.effective_on),
        form=StepsForm(list(done)),
        done=done,
        words=words_of_steps(),
        obstacles=handover_commands.obstacles(shown),
        version=plan_of(shown, [one.seat for one in team]),
        may_manage=may_manage_chapters(acting()),
        may_confirm=may_confirm(acting(), people),
    )


@blueprint.route("/chapters/<slug>/desk/handover/day", methods=["GET", "POST"])
def handover_day(slug: str) -> ResponseReturnValue:
    """Begin a handover, or choose another day for it."""
    form = PlanForm(prepared_handover(_led(slug)))
    if form.submitted():
        with form.saving():
            handover_commands.prepare(acting(), _led(slug), form.plan())
            flash(_("Saved. Nothing changes before the alumni office has confirmed it."), "ok")
            return see_other(url_for(".handover", slug=slug))
    led = _led(slug)
    return (
        render_template(
            "membership/handover_day.html",
            form=form,
            chapter=led,
            handover=prepared_handover(led),
        ),
        form.status,
    )


@blueprint.route("/chapters/<slug>/desk/handover/officers", methods=["GET", "POST"])
def handover_seat(slug: str) -> ResponseReturnValue:
    """Find a member (``?q=``), then say which position they are to hold."""
    led = _led(slug)
    get_prepared(led)
    text = tidy(request.args.get("q", "")) or ""
    found = member_candidates(acting(), led, text) if text else []
    form = SeatForm(found)
    if form.submitted():
        with form.saving():
            planned = get_prepared(_led(slug))
            handover_commands.seat(acting(), planned, form.person.data, form.position_id.data)
            flash(_("Named for the new team."), "ok")
            return see_other(url_for(".handover", slug=slug))
    return (
        render_template(
            "membership/handover_seat.html", form=form, chapter=_led(slug), text=text, found=found
        ),
        form.status,
    )


@blueprint.post("/chapters/<slug>/desk/handover/officers/<int:seat_id>/remove")
def handover_unseat(slug: str, seat_id: int) -> ResponseReturnValue:
    with transaction():
        planned = get_prepared(_led(slug))
        handover_commands.unseat(acting(), planned, get_seat(planned, seat_id))
    flash(_("Taken out of the new team."), "ok")
    return see_other(url_for(".handover", slug=slug))


@blueprint.post("/chapters/<slug>/desk/handover/steps")
def handover_steps(slug: str) -> ResponseReturnValue:
    form = StepsForm([])
    with transaction():
        planned = get_prepared(_led(slug))
        if not form.validate():
            raise BadValue
        handover_commands.tick(acting(), planned, form.done.data)
    flash(_("Saved."), "ok")
    return see_other(url_for(".handover", slug=slug))


@blueprint.post("/chapters/<slug>/desk/handover/<public_id>/confirm")
def confirm_handover(slug: str, public_id: str) -> ResponseReturnValue:
    with transaction():
        planned = get_handover(_led(slug), public_id)
        require_proof()
        handover_commands.confirm(acting(), planned, request.form.get("version"))
    flash(_("Confirmed. Both teams have a letter, and the rights change by themselves."), "ok")
    return see_other(url_for(".handover", slug=slug))


@blueprint.post("/chapters/<slug>/desk/handover/<public_id>/call-off")
def call_off_handover(slug: str, public_id: str) -> ResponseReturnValue:
    with transaction():
        planned = get_handover(_led(slug), public_id)
        handover_commands.call_off(acting(), planned)
    flash(_("Called off. The terms are as they were before."), "ok")
    return see_other(url_for(".handover", slug=slug))


def _led(slug: str) -> Chapter:
    """The chapter, for who may name its next officers."""
    led = queries.get_desk(acting(), slug)
    require(may_prepare, acting(), led.id)
    return led
