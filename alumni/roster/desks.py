"""What a chapter's desk shows of those who sign up and chose the chapter."""

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.i18n import _
from alumni.membership.desks import DESKS, OPENS, Part, Waiting
from alumni.roster.policy import may_invite, may_prescreen
from alumni.roster.queries.prescreening import count_applicants


def register_desk() -> None:
    """Enter what the desk asks for. Twice is once."""
    DESKS["roster"] = _desk
    OPENS["invitations"] = may_invite


def _desk(actor: Actor, chapter: Chapter) -> Part:
    if not may_prescreen(actor, chapter.id):
        return Part()
    unknown = Waiting(
        number=count_applicants(actor, chapter),
        label=_("Applicants whom the office does not know yet"),
        endpoint="roster.desk_applicants",
        icon="user-round-search",
    )
    return Part(waiting=[unknown])
