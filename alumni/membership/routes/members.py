"""Members whom the office takes up, and whose membership is ended; and former members."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.errors import BadRequest
from alumni.forms import tidy, tidy_number
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import members as commands
from alumni.membership.forms.joining import AddForm, RejectForm
from alumni.membership.policy import may_decide_in, may_manage_chapters
from alumni.membership.policy.desk import may_list_members
from alumni.membership.policy.joining import may_end
from alumni.membership.queries.former import FormerFilter, former_page
from alumni.membership.queries.joining import findable, get_member
from alumni.membership.routes import blueprint
from alumni.web import acting, asked, see_other

MOST_DIGITS = 9
"""No list is so long that its rows have greater numbers."""


@blueprint.route("/chapters/<slug>/desk/members/add", methods=["GET", "POST"])
def add_member(slug: str) -> ResponseReturnValue:
    """Two steps on one address: find the person (``?q=``), then say since when, and how we know."""
    text = tidy(asked({"q"}).get("q", [""])[-1]) or ""
    led = queries.get_desk(acting(), slug)
    require(may_manage_chapters, acting())
    found = findable(acting(), led, text) if text else []
    form = AddForm(found)
    if form.submitted():
        with form.saving():
            commands.add_member(acting(), queries.get_desk(acting(), slug), form.addition())
            flash(_("Added. They get a letter that says how to leave."), "ok")
            return see_other(url_for(".members", slug=slug))
    return (
        render_template(
            "membership/add_member.html",
            form=form,
            chapter=queries.get_desk(acting(), slug),
            text=text,
            found=found,
        ),
        form.status,
    )


@blueprint.route("/chapters/<slug>/desk/members/<public_id>/end", methods=["GET", "POST"])
def end_membership(slug: str, public_id: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_decide_in, acting(), led.id)
    require(may_end, acting(), get_member(acting(), led, public_id).membership)
    form = RejectForm()
    if form.submitted():
        with form.saving():
            member = get_member(acting(), queries.get_desk(acting(), slug), public_id)
            commands.end_membership(acting(), member.membership, form.reason.data)
            flash(_("Ended. We have told them why."), "ok")
            return see_other(url_for(".members", slug=slug))
    led = queries.get_desk(acting(), slug)
    return (
        render_template(
            "membership/end_membership.html",
            form=form,
            chapter=led,
            member=get_member(acting(), led, public_id),
        ),
        form.status,
    )


@blueprint.get("/chapters/<slug>/desk/former")
def former_members(slug: str) -> ResponseReturnValue:
    given = asked({"q", "after", "before"})
    led = queries.get_desk(acting(), slug)
    require(may_list_members, acting(), led.id)
    wanted = FormerFilter(
        text=tidy(given.get("q", [""])[-1]) or "",
        after=_number(given.get("after", [""])[-1]),
        before=_number(given.get("before", [""])[-1]),
    )
    return render_template(
        "membership/former_members.html",
        chapter=led,
        wanted=wanted,
        page=former_page(acting(), led, wanted),
    )


def _number(written: str) -> int | None:
    plain = tidy_number(written) or ""
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) <= MOST_DIGITS):
        raise BadRequest(_("“%(value)s” is not a number.", value=plain[:20]))
    return int(plain)
