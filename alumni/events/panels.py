"""What a chapter's page and its desk show of its events."""

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.events.policy import may_create, may_see_all
from alumni.events.queries import coming_events
from alumni.events.queries.desks import Waits, count_waiting
from alumni.i18n import _
from alumni.membership.desks import DESKS, OPENS, Part, Waiting
from alumni.membership.panels import PANELS, Panel

MOST = 3
"""The next ones; a link leads to the others."""


def register_panels() -> None:
    """Enter the panels. Twice is once."""
    PANELS["events"] = _coming
    DESKS["events"] = _desk
    OPENS["events"] = may_see_all


def _coming(actor: Actor, chapter: Chapter) -> Panel:
    events = coming_events(actor, MOST, chapter_id=chapter.id)
    return Panel(template="events/chapter_panel.html", values={"events": events})


def _desk(actor: Actor, chapter: Chapter) -> Part:
    events = coming_events(actor, MOST, chapter_id=chapter.id)
    is_mine = may_create(actor, chapter.id)
    panel = Panel(
        template="events/desk_panel.html", values={"events": events, "may_create": is_mine}
    )
    return Part(waiting=_waiting(actor, chapter) if is_mine else [], panel=panel)


def _waiting(actor: Actor, chapter: Chapter) -> list[Waiting]:
    counted = count_waiting(actor, chapter)
    return [
        Waiting(
            number=counted[what],
            label=label,
            endpoint="events.desk_events",
            icon=icon,
            values={"waits": what.value},
        )
        for what, label, icon in (
            (Waits.DRAFT, _("Events to finish and hand in"), "calendar-clock"),
            (Waits.OVER, _("Events that passed without being published"), "calendar-x"),
        )
    ]
