"""What stands around every page. All that is the same for many readers is drawn once for them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flask import g, get_template_attribute, request, url_for
from markupsafe import Markup

from alumni.authz import Actor, Capability
from alumni.codes.queries import Association, association, association_as_kept
from alumni.home.menu import Way, way_to, ways_of
from alumni.i18n import language
from alumni.web import Visitor

OFFICE = ("/office", "/files")
"""Where the staff see the office's menu: what they had made for them belongs to it."""

KEPT = 256
"""Frames that are kept: two languages, a dozen ways, and few kinds of readers."""


class Rank(NamedTuple):
    """All of an actor that decides which ways there are."""

    is_office: bool
    capabilities: frozenset[Capability]
    is_verified: bool
    is_signed_in: bool

    def actor(self) -> Actor:
        return Actor(
            account_id=0 if self.is_signed_in else None,
            is_verified=self.is_verified,
            capabilities=self.capabilities,
        )


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a frame says, but for who reads it: the templates of its parts know no more."""

    language: str
    place: str
    """``office``, ``member`` or ``public``."""
    association: Association
    ways: tuple[Way, ...]
    current: str
    """The address of the way that the page lies on; empty where it lies on none."""

    @property
    def has_side(self) -> bool:
        return self.place == "office" and bool(self.ways)

    @property
    def is_docked(self) -> bool:
        return self.place != "office" and bool(self.ways)


class Drawn(NamedTuple):
    """The parts of a frame, by the names of the macros that draw them."""

    head: Markup
    body: Markup
    above: Markup
    banner: Markup
    brand: Markup
    switch: Markup
    heard: Markup
    mine: Markup
    leave: Markup
    enter: Markup
    side: Markup
    foot: Markup


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a page shows around itself."""

    association: Association
    place: str
    drawn: Drawn
    who: str | None
    """The reader's name, who is signed in."""
    here: str
    """Where a switch of the language comes back to."""
    switch_url: str
    sign_out_url: str


def frame(actor: Actor, visitor: Visitor | None) -> Frame:
    """Make the frame for this page and visitor. Asks nothing of the database for an error page

    that says the database is busy.
    """
    told = association() if g.get("frame_ready", False) else association_as_kept()
    is_office = actor.is_staff and request.path.startswith(OFFICE)
    place = "office" if is_office else "member" if visitor else "public"
    rank = Rank(is_office, actor.capabilities, actor.is_verified, actor.is_signed_in)
    here = language()
    way = way_to(request.path, _ways(rank, here))
    return Frame(
        association=told,
        place=place,
        drawn=_drawn(rank, here, place, way.url if way else "", tuple(told.values.items())),
        who=visitor.name if visitor else None,
        here=_here(),
        switch_url=_url("home.switch_language"),
        sign_out_url=_url("accounts.sign_out"),
    )


def _here() -> str:
    """The page itself, if it can be opened by itself."""
    takes_get = request.url_rule is None or "GET" in (request.url_rule.methods or ())
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return request.path if takes_get else "/"


@lru_cache(maxsize=KEPT)
def _ways(rank: Rank, _language: str) -> tuple[Way, ...]:
    return ways_of(rank.actor(), is_office=rank.is_office)


@lru_cache(maxsize=KEPT)
def _drawn(
    rank: Rank,
    code: str,
    place: str,
    current: str,
    told: tuple[tuple[str, str], ...],
) -> Drawn:
    """Kept by all that it shows, so that it is never older than that."""
    shown = Shown(
        language=code,
        place=place,
        association=Association(dict(told)),
        ways=_ways(rank, code),
        current=current,
    )
    return Drawn._make(get_template_attribute("frame.html", part)(shown) for part in Drawn._fields)


@lru_cache(maxsize=8)
def _url(endpoint: str) -> str:
    """Of a page whose address is always the same."""
    return url_for(endpoint)
