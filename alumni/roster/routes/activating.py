"""Asking known people to take up their record, and what they do with the letter or the code."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences.criteria import Audience, address, parameters
from alumni.authz import require
from alumni.db import db, transaction
from alumni.errors import BadRequest, Gone, Refusal
from alumni.forms import Form
from alumni.i18n import _, language
from alumni.links import address_of
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.roster.commands import activating, claiming, letters, waves
from alumni.roster.forms.activating import ActivateForm, ClaimForm
from alumni.roster.policy import may_activate
from alumni.roster.queries import activating as queries
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, limiter, public, safe_path, see_other

# The office


@blueprint.get("/office/activation")
def activation() -> ResponseReturnValue:
    before = number(asked({"before"}).get("before", ["0"])[-1])
    listed = queries.waves(acting(), before=before).limit(queries.AT_A_TIME + 1)
    rows = db.session.execute(listed).all()
    shown = rows[: queries.AT_A_TIME]
    older = None
    if len(rows) > len(shown):
        older = url_for(".activation", before=shown[-1].ActivationWave.id)
    return render_template(
        "roster/activation.html",
        rows=shown,
        outcomes=queries.outcomes([wave for wave, _by in shown]),
        nothing=queries.Outcome(),
        older=older,
        newest=url_for(".activation") if before else None,
    )


@blueprint.route("/office/activation/new", methods=["GET", "POST"])
def ask_people() -> ResponseReturnValue:
    """Whom a letter would go to, and the button that sends it. The address is that of the list."""
    require(may_activate, acting())
    audience = Audience.from_query(acting(), asked(parameters(acting())))
    form = Form()
    if form.submitted():
        with form.saving():
            wave = waves.ask(acting(), audience)
            flash(_("The letters are being written."), "ok")
            return see_other(url_for(".activation_wave", public_id=wave.public_id))
    query = audience.to_query()
    return render_template(
        "roster/activation_new.html",
        form=form,
        sentence=audience.sentence(),
        prospect=queries.prospect(acting(), audience),
        back_url=address(url_for("audiences.people"), query),
        here=address(url_for(".ask_people"), query),
    ), form.status


@blueprint.get("/office/activation/<public_id>")
def activation_wave(public_id: str) -> ResponseReturnValue:
    given = asked({"after", "result"})
    after = number(given.get("after", ["0"])[-1])
    result = _result(given.get("result", ["asked"])[-1])
    wave = queries.get_wave(acting(), public_id)
    wanted = queries.asked_people(wave, after=after, result=result).limit(queries.AT_A_TIME + 1)
    rows = db.session.execute(wanted).all()
    shown = rows[: queries.AT_A_TIME]
    told = None if result == "asked" else result
    older = None
    if len(rows) > queries.AT_A_TIME:
        older = url_for(
            ".activation_wave", public_id=public_id, result=told, after=shown[-1].Activation.id
        )
    return render_template(
        "roster/activation_wave.html",
        wave=wave,
        rows=shown,
        outcome=queries.outcomes([wave]).get(wave.id, queries.Outcome()),
        apart=told_apart(acting(), [row.id for row in shown]),
        display_name=display_name,
        older=older,
        newest=url_for(".activation_wave", public_id=public_id, result=told) if after else None,
        result=result,
        most_letters=letters.MOST_LETTERS,
    )


@blueprint.post("/office/activation/<public_id>/stop")
def stop_asking(public_id: str) -> ResponseReturnValue:
    with transaction():
        waves.stop_asking(acting(), queries.get_wave(acting(), public_id))
    flash(_("Stopped. Whom a letter was written to gets it, and nobody else."), "ok")
    return see_other(url_for(".activation_wave", public_id=public_id))


@blueprint.post("/office/activation/letters/<public_id>")
def send_activation(public_id: str) -> ResponseReturnValue:
    """The letter once more, to one person."""
    with transaction():
        letters.ask_again(acting(), queries.get_activation(acting(), public_id))
    flash(_("The letter is on its way once more, with a new link."), "ok")
    return see_other(safe_path(request.form.get("next"), url_for(".activation")))


@blueprint.post("/office/people/<public_id>/code")
def claim_code(public_id: str) -> ResponseReturnValue:
    """A code for one person, shown this once: to be read out, printed or sent."""
    require(may_activate, acting())
    with transaction():
        person = queries.get_person(acting(), public_id)
        code = claiming.make_code(acting(), person)
        made = queries.activation_of(person.id)
    return render_template(
        "roster/claim_code.html",
        person=person,
        name=display_name(person),
        apart=told_apart(acting(), [person.id]).get(person.id, ""),
        code=code,
        ends_on=made.ends_on if made else None,
        address=address_of("roster.claim"),
        whole=address_of("roster.claim", code=code),
    )


# Those who are asked


@blueprint.route("/activate/<token>", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def activate(token: str) -> ResponseReturnValue:
    """Who the letter was for, and what taking up the record means."""
    form = ActivateForm()
    try:
        found = queries.open_activation(token)
        if form.submitted():
            if password := _taken_up(token, form):
                way = url_for("accounts.set_password", token=password, step="activating")
                return see_other(way)
        elif request.method == "GET":
            with transaction():
                activating.opened(token)
        name = queries.name_of(found)
    except Gone as gone:
        return render_template("roster/unactivated.html", message=str(gone)), gone.status
    return render_template(
        "roster/activate.html", form=form, name=name, email=found.email, token=token
    ), form.status


def _taken_up(token: str, form: ActivateForm) -> str | None:
    """Take up the record, and return the token to set a password with. What stands against it is

    said on the form, unless it is the link's end: then there is nothing to fill in any more.
    """
    try:
        with transaction():
            return activating.activate(
                token, agrees_to_mailings=form.mailings.data, language=language()
            )
    except Gone:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
    return None


@blueprint.route("/activate/<token>/decline", methods=["GET", "POST"])
@public
@limiter.limit("60 per hour", methods=["POST"])
def decline_activation(token: str) -> ResponseReturnValue:
    """One button, since programs that read mail open every link in it."""
    form = Form()
    try:
        if form.submitted():
            with transaction():
                activating.decline(token)
            return render_template("roster/declined.html")
        queries.open_activation(token)
    except Gone as gone:
        return render_template("roster/unactivated.html", message=str(gone)), gone.status
    return render_template("roster/decline_activation.html", form=form), form.status


@blueprint.route("/claim", methods=["GET", "POST"])
@public
@limiter.limit("20 per hour", methods=["POST"])
def claim() -> ResponseReturnValue:
    """Somebody has a code, from a call, a sheet of paper or a message."""
    given = asked({"code"}).get("code", [""])[-1][:20]
    form = ClaimForm()
    if form.submitted():
        with form.saving():
            if not form.is_from_a_program():
                claiming.claim(form.name.data, form.code.data, form.email.data, language())
            return see_other(url_for(".sent"))
    elif request.method == "GET":
        form.code.data = given
    return render_template("roster/claim.html", form=form), form.status


def _result(name: str) -> str:
    if name not in queries.RESULTS:
        raise BadRequest(_("There is no page “%(name)s”.", name=name[:20]))
    return name


def number(written: str) -> int:
    """Of the row that a page of a list begins behind. 0: of none."""
    if not (written.isascii() and written.isdigit() and len(written) <= 10):  # noqa: PLR2004 - digits of a number
        raise BadRequest(_("There is no page “%(name)s”.", name=written[:20]))
    return int(written)
