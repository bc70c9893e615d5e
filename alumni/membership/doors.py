"""The pages of a chapter's desk, for each reader those that they have use for."""

from typing import NamedTuple

from alumni.authz import Actor
from alumni.i18n import _
from alumni.membership.desks import opens
from alumni.membership.policy.chapters import may_announce, may_edit_page
from alumni.membership.policy.desk import may_list_members, may_see_joiners
from alumni.membership.policy.governance import may_report


class Way(NamedTuple):
    """A page of the desk, and its name among them."""

    name: str
    label: str
    endpoint: str


class Ways(NamedTuple):
    """Pages that belong together, under one tab: a telephone has no room for all of them."""

    label: str
    ways: list[Way]

    def has(self, name: str) -> bool:
        return any(way.name == name for way in self.ways)


def ways_of(actor: Actor, chapter_id: int) -> list[Ways]:
    """The groups in their order. One that comes to a single page is called by that page's name."""
    groups = (
        (_("Overview"), [Way("overview", _("Overview"), "membership.desk")]),
        (_("Members"), _to_people(actor, chapter_id)),
        (_("Events"), _if(opens("events", actor, chapter_id), _events())),
        (_("Letters"), _if(opens("letters", actor, chapter_id), _letters())),
        (_("Chapter"), _to_chapter(actor, chapter_id)),
    )
    return [
        Ways(ways[0].label if len(ways) == 1 else label, ways) for label, ways in groups if ways
    ]


def _to_people(actor: Actor, chapter_id: int) -> list[Way]:
    views = may_list_members(actor, chapter_id)
    joins = may_see_joiners(actor, chapter_id)
    invites = opens("invitations", actor, chapter_id)
    proposes = opens("lists", actor, chapter_id)
    return [
        *_if(views, Way("members", _("Members"), "membership.members")),
        *_if(joins, Way("joiners", _("Joiners"), "membership.joiners")),
        *_if(invites, Way("invitations", _("Invite"), "roster.desk_invitations")),
        *_if(proposes, Way("lists", _("Send a list"), "roster.desk_imports")),
        *_if(views, Way("year", _("Year at a glance"), "membership.desk_year")),
    ]


def _to_chapter(actor: Actor, chapter_id: int) -> list[Way]:
    announces, edits = may_announce(actor, chapter_id), may_edit_page(actor, chapter_id)
    reports = may_report(actor, chapter_id)
    return [
        Way("officers", _("Officers"), "membership.desk_officers"),
        *_if(announces, Way("announcements", _("Announcements"), "membership.announcements")),
        *_if(edits, Way("page", _("Public page"), "membership.edit_page")),
        *_if(reports, Way("reports", _("Annual report"), "membership.desk_reports")),
    ]


def _events() -> Way:
    return Way("events", _("Events"), "events.desk_events")


def _letters() -> Way:
    return Way("letters", _("Letters"), "mailings.desk_letters")


def _if(is_theirs: bool, way: Way) -> list[Way]:  # noqa: FBT001 - what it is asked about
    return [way] if is_theirs else []
