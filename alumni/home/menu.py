"""The ways on from every page, and which of them a page lies on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import url_for

from alumni.authz import Actor, Capability
from alumni.i18n import _


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way on, as the menu shows it, with all pages it leads to."""

    label: str
    url: str
    icon: str
    beside: tuple[str, ...] = ()
    """Where addresses of its pages begin too, though not as its own does."""
    leads_to_all: bool = False
    """Whether the other ways begin at its page, so that what lies beneath that is not its own."""

    def leads_to(self, path: str) -> bool:
        """Whether the page at this address is the way's own, or one beneath it."""
        if self.leads_to_all:
            return path == self.url
        return f"{path}/".startswith(self._begun)

    @cached_property
    def _begun(self) -> tuple[str, ...]:
        return tuple(f"{begun}/" for begun in (self.url, *self.beside))


def ways_of(actor: Actor, *, is_office: bool) -> tuple[Way, ...]:
    """The ways on from every page: the office's, or those of everybody, at most five."""
    if is_office:
        return tuple(way for capability, way in _office_ways() if actor.can(capability))
    return tuple(_everybodys(actor))


def way_to(path: str, ways: Sequence[Way]) -> Way | None:
    """The one of the ways that the page at this address lies on."""
    return next((way for way in ways if way.leads_to(path)), None)


def _everybodys(actor: Actor) -> list[Way]:
    ways = []
    if not (actor.is_verified and actor.is_staff):
        # There is no room for six, and the association's name leads there too.
        ways.append(
            Way(label=_("Home"), url=url_for("home.index"), icon="house", leads_to_all=True),
        )
    if actor.is_verified:
        ways.append(Way(label=_("Directory"), url=url_for("audiences.directory"), icon="contact"))
    ways += [
        Way(
            label=_("Chapters"),
            url=url_for("membership.chapters"),
            icon="map-pin",
            beside=("/petitions",),
        ),
        Way(label=_("Events"), url=url_for("events.events"), icon="calendar-days"),
    ]
    if actor.is_staff:
        ways.append(
            Way(label=_("Office"), url=url_for("home.office"), icon="briefcase", leads_to_all=True)
        )
    if actor.is_signed_in:
        ways.append(
            Way(label=_("My page"), url=url_for("home.me"), icon="user", beside=("/classes",))
        )
    else:
        ways.append(Way(label=_("Join"), url=url_for("roster.join"), icon="user-plus"))
    return ways


def _office_ways() -> list[tuple[Capability, Way]]:
    return [
        (
            Capability.VIEW_AUDIT,
            Way(label=_("To do"), url=url_for("home.office"), icon="inbox", leads_to_all=True),
        ),
        (
            Capability.VIEW_PEOPLE,
            Way(
                label=_("People"),
                url=url_for("audiences.people"),
                icon="users",
                beside=(
                    "/office/activation",
                    "/office/changes",
                    "/office/classes",
                    "/office/duplicates",
                    "/office/invitations",
                    "/office/merges",
                ),
            ),
        ),
        (
            Capability.DECIDE_APPLICATIONS,
            Way(label=_("Applications"), url=url_for("roster.applications"), icon="user-check"),
        ),
        (
            Capability.IMPORT_ROSTER,
            Way(label=_("Imports"), url=url_for("roster.imports"), icon="upload"),
        ),
        (
            Capability.VIEW_PEOPLE,
            Way(label=_("Audiences"), url=url_for("audiences.audiences"), icon="users-round"),
        ),
        (
            Capability.MANAGE_CHAPTERS,
            Way(
                label=_("Chapters"),
                url=url_for("membership.office_chapters"),
                icon="map-pin",
                beside=(
                    "/office/agreement",
                    "/office/announcements",
                    "/office/annual-reports",
                    "/office/handovers",
                    "/office/petitions",
                    "/office/positions",
                ),
            ),
        ),
        (
            Capability.MANAGE_EVENTS,
            Way(label=_("Events"), url=url_for("events.office_events"), icon="calendar"),
        ),
        (
            Capability.MANAGE_MAILINGS,
            Way(
                label=_("Letters"),
                url=url_for("mailings.office_mailings"),
                icon="mail",
                beside=("/office/letters", "/office/lists"),
            ),
        ),
        (
            Capability.HANDLE_REQUESTS,
            Way(
                label=_("Requests"),
                url=url_for("requests.office_requests"),
                icon="message-square",
                beside=("/office/relayed",),
            ),
        ),
        (
            Capability.MANAGE_ACCOUNTS,
            Way(
                label=_("Staff"),
                url=url_for("accounts.staff"),
                icon="shield-check",
                beside=("/office/accounts",),
            ),
        ),
        (
            Capability.MANAGE_SETTINGS,
            Way(
                label=_("Lists of words"),
                url=url_for("codes.lists"),
                icon="book",
                beside=("/office/settings/places",),
            ),
        ),
    ]
