"""The directory, where graduates find each other."""

import time
from math import ceil
from typing import NamedTuple

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from limits import parse
from werkzeug.exceptions import TooManyRequests

from alumni.audiences.criteria import address, parameters
from alumni.audiences.forms.filters import MOST_OFFERED, FilterForm
from alumni.audiences.queries.choices import Choices, choices
from alumni.audiences.routes import blueprint
from alumni.audiences.routes.lists import listing, wanted
from alumni.audiences.routes.narrowing import narrowing
from alumni.authz import Actor
from alumni.errors import Forbidden
from alumni.people.policy import may_browse
from alumni.people.queries.facts import class_text
from alumni.web import acting, asked, limiter

OFTEN = parse("200 per hour")
"""Pages of the directory for one account: more than anybody reads, and few for a program."""


class Shortcut(NamedTuple):
    """Where somebody begins to look: the own class, the own chapter."""

    label: str
    url: str


@blueprint.get("/people")
def directory() -> ResponseReturnValue:
    actor = acting()
    _count_page(actor)
    if not may_browse(actor):
        return _closed(actor)
    found = listing(actor, url_for(".directory"))
    return render_template(
        "audiences/directory.html",
        **found.shown(url_for("people.profile", public_id="-").removesuffix("-")),
        filters=narrowing(actor, found.query, most=MOST_OFFERED),
        filter_url=address(url_for(".directory_filter"), found.query),
        shortcuts=[] if found.query else _shortcuts(actor, choices(actor)),
    ), found.status


@blueprint.get("/people/filter")
def directory_filter() -> ResponseReturnValue:
    """All conditions, those with long lists of choices too."""
    actor = acting()
    if not may_browse(actor):
        return _closed(actor)
    audience, status = wanted(actor, asked(parameters(actor)))
    query, here = audience.to_query(), url_for(".directory")
    return render_template(
        "audiences/filter.html",
        filters=FilterForm(actor, query, choices(actor)),
        audience=audience,
        here=here,
        back_url=address(here, query),
    ), status


def _count_page(actor: Actor) -> None:
    """By who asks, wherever from: a whole dinner may look each other up from one network."""
    pages = ("directory", f"account:{actor.account_id}")
    if not limiter.limiter.hit(OFTEN, *pages):
        wait = limiter.limiter.get_window_stats(OFTEN, *pages).reset_time - time.time()
        raise TooManyRequests(retry_after=max(1, ceil(wait)))


def _closed(actor: Actor) -> ResponseReturnValue:
    """Say how the directory opens. Staff who owe something are led there instead."""
    if actor.owes is not None:
        raise Forbidden(may_browse.__name__)
    return render_template("audiences/closed.html"), 403


def _shortcuts(actor: Actor, offered: Choices) -> list[Shortcut]:
    """The actor's own classes and chapters."""
    here = url_for(".directory")
    colleges = {choice.id: choice for choice in offered["college"]}
    majors = {choice.id: choice for choice in offered["major"]}
    found = []
    for one in sorted(actor.classes):
        college = colleges.get(one.college_id)
        if college:
            year = str(one.graduation_year)
            major = majors.get(one.major_id)
            words = class_text(one.graduation_year, None, (major or college).label, one.label)
            mine = {"year_from": year, "year_to": year, "college": college.value}
            if major:
                mine["major"] = major.value
            found.append(Shortcut(words, address(here, mine | {"class": one.label})))
    own = (chapter for chapter in offered["chapter"] if chapter.id in actor.chapters)
    found += [Shortcut(one.label, address(here, {"chapter": one.value})) for one in own]
    return found
