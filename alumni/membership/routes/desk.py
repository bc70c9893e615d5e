"""A chapter's desk: what waits there, its members, and its year in numbers."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue

from alumni.authz import Right, require
from alumni.chapters.models import Chapter
from alumni.db import today
from alumni.errors import NotFound
from alumni.membership import queries
from alumni.membership.desks import parts_of
from alumni.membership.doors import Ways, ways_of
from alumni.membership.forms.desk import (
    MEMBERS,
    as_asked,
    member_filter,
    month_of,
    page_of,
    year_of,
)
from alumni.membership.forms.positions import words_of_rights
from alumni.membership.months import month_after, month_text
from alumni.membership.policy import may_decide_in, may_manage_chapters
from alumni.membership.policy.desk import may_list_members, may_see_joiners
from alumni.membership.queries.desk import figures, joiners, member_page, recent_members
from alumni.membership.queries.joining import movers
from alumni.membership.queries.officers import my_standing
from alumni.membership.queries.overview import chapters_below, waiting
from alumni.membership.queries.statistics import Kind, chapter_year, spell_page
from alumni.membership.routes import blueprint
from alumni.web import acting, asked

AT_DESK = 5
"""So many joiners are decided about at the desk itself; all of them are on their own page."""

blueprint.app_template_global("month_text")(month_text)


@blueprint.app_template_global()
def desk_ways(chapter: Chapter) -> list[Ways]:
    """The pages of the chapter's desk that the reader has use for, in groups."""
    return ways_of(acting(), chapter.id)


@blueprint.get("/chapters/<slug>/desk")
def desk(slug: str) -> ResponseReturnValue:
    """One place to work from, for an officer with any rights and for the office."""
    actor, led = acting(), queries.get_desk(acting(), slug)
    counted, parts = figures(led), parts_of(actor, led)
    views = may_list_members(actor, led.id)
    sees_joiners = may_see_joiners(actor, led.id)
    return render_template(
        "membership/desk.html",
        chapter=led,
        figures=counted,
        waiting=waiting(actor, led, counted, parts),
        panels=[part.panel for part in parts if part.panel is not None],
        joiners=joiners(actor, led, most=AT_DESK) if sees_joiners else [],
        movers=movers(led) if sees_joiners else {},
        recent=recent_members(actor, led) if views else [],
        below=chapters_below(actor, led),
        standing=my_standing(actor, led),
        words=words_of_rights(),
        month=today().replace(day=1),
        views=views,
        sees_joiners=sees_joiners,
        may_decide=may_decide_in(actor, led.id),
        may_manage=may_manage_chapters(actor),
    )


@blueprint.get("/chapters/<slug>/desk/members")
def members(slug: str) -> ResponseReturnValue:
    led = queries.get_desk(acting(), slug)
    require(may_list_members, acting(), led.id)
    wanted = member_filter(asked(MEMBERS))
    return render_template(
        "membership/members.html",
        chapter=led,
        wanted=wanted,
        query=as_asked(wanted),
        page=member_page(acting(), led, wanted),
        may_export=acting().may_in(Right.EXPORT, led.id),
        may_decide=may_decide_in(acting(), led.id),
        may_add=may_manage_chapters(acting()),
    )


@blueprint.get("/chapters/<slug>/desk/year")
def desk_year(slug: str) -> ResponseReturnValue:
    """Members, events and reach of a year: of this one, unless the address says which."""
    led = queries.get_desk(acting(), slug)
    require(may_list_members, acting(), led.id)
    year = year_of(asked({"year"}).get("year", [""])[-1]) or today().year
    return render_template(
        "membership/desk_year.html",
        chapter=led,
        told=chapter_year(acting(), led, year),
        figures=figures(led),
        this_year=today().year,
    )


@blueprint.get("/chapters/<slug>/desk/year/<int:year>/<kind>")
def desk_year_list(slug: str, year: int, kind: str) -> ResponseReturnValue:
    """Who is behind a number of the year, or of one of its months."""
    given = asked({"month", "page"})
    led = queries.get_desk(acting(), slug)
    if kind not in set(Kind) or year_of(str(year)) is None:
        raise NotFound
    month = month_of(given.get("month", [""])[-1])
    first = date(year, month or 1, 1)
    span = (first, month_after(first) if month else date(year + 1, 1, 1))
    number = page_of(given.get("page", [""])[-1])
    return render_template(
        "membership/desk_year_list.html",
        chapter=led,
        kind=kind,
        year=year,
        month=month,
        first=first,
        page=spell_page(acting(), led, Kind(kind), span, number),
    )
