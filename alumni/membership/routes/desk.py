"""A chapter's desk and its members."""

from flask import render_template
from flask.typing import ResponseReturnValue

from alumni.authz import Right
from alumni.forms import tidy
from alumni.membership import queries
from alumni.membership.policy import (
    may_decide_in,
)
from alumni.membership.queries.desk import (
    MemberFilter,
    figures,
    joiners,
    member_page,
    recent_members,
)
from alumni.membership.routes import blueprint
from alumni.web import acting, asked


@blueprint.get("/chapters/<slug>/desk")
def desk(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    return render_template(
        "membership/desk.html",
        chapter=led,
        joiners=joiners(acting(), led),
        figures=figures(led),
        recent=recent_members(acting(), led),
        may_decide=may_decide_in(acting(), led.id),
    )


@blueprint.get("/chapters/<slug>/desk/members")
def members(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    given = asked({"q", "after", "before"})
    wanted = MemberFilter(
        text=tidy(given.get("q", [""])[0]) or "",
        after=given.get("after", [""])[0],
        before=given.get("before", [""])[0],
    )
    return render_template(
        "membership/members.html",
        chapter=led,
        wanted=wanted,
        page=member_page(acting(), led, wanted),
        may_export=acting().may_in(Right.EXPORT, led.id),
    )
