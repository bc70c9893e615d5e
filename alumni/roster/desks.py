"""What a chapter's desk shows of those who sign up and chose the chapter, and of lists it sent."""

from collections.abc import Iterator

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.i18n import _
from alumni.membership.desks import ASKED, DESKS, OPENS, Part, Waiting
from alumni.membership.panels import Panel
from alumni.membership.policy import may_decide_in
from alumni.roster.policy import may_invite, may_prescreen, may_propose
from alumni.roster.queries.following import waiting_for
from alumni.roster.queries.prescreening import count_applicants
from alumni.roster.queries.proposing import unsettled


def register_desk() -> None:
    """Enter what the desk asks for. Twice is once."""
    DESKS["roster"] = _desk
    OPENS["invitations"] = may_invite
    OPENS["lists"] = may_propose
    ASKED["roster"] = _asked


def _desk(actor: Actor, chapter: Chapter) -> Part:
    return Part(waiting=[*_applicants(actor, chapter), *_lists(actor, chapter)])


def _applicants(actor: Actor, chapter: Chapter) -> Iterator[Waiting]:
    if may_prescreen(actor, chapter.id):
        yield Waiting(
            number=count_applicants(actor, chapter),
            label=_("Applicants whom the office does not know yet"),
            endpoint="roster.desk_applicants",
            icon="user-round-search",
        )


def _lists(actor: Actor, chapter: Chapter) -> Iterator[Waiting]:
    if not may_propose(actor, chapter.id):
        return
    told = unsettled(actor, chapter)
    for number, label, icon in (
        (told.asked, _("Lists of yours that cannot go on without you"), "file-question-mark"),
        (told.returned, _("Lists that the office sent back"), "file-x"),
        (told.waiting, _("Lists that the office has not begun with"), "file-clock"),
    ):
        yield Waiting(number=number, label=label, endpoint="roster.desk_imports", icon=icon)


def _asked(actor: Actor, chapter: Chapter) -> Panel | None:
    if not may_decide_in(actor, chapter.id):
        return None
    invited = waiting_for(chapter)
    if not invited:
        return None
    return Panel(template="roster/asked_panel.html", values={"invited": invited})
