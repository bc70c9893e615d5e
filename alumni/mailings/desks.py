"""What a chapter's desk shows of its letters, and whom they reach."""

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.db import db
from alumni.i18n import _
from alumni.mailings.models import MailList
from alumni.mailings.policy import may_follow, may_write_to
from alumni.mailings.queries import letters_to_finish, mailings, readers_of
from alumni.mailings.states import STATUS_KINDS, status_names, subject_of
from alumni.membership.desks import DESKS, OPENS, READERS, Part, Waiting
from alumni.membership.panels import Panel

MOST = 3
"""The last ones; a link leads to the others."""


def register_desk() -> None:
    """Enter what the desk asks for. Twice is once."""
    DESKS["mailings"] = _desk
    OPENS["letters"] = may_follow
    READERS["mailings"] = readers_of


def _desk(actor: Actor, chapter: Chapter) -> Part:
    if not may_follow(actor, chapter.id):
        return Part()
    writes = may_write_to(actor, chapter.id)
    panel = _last(actor, chapter, writes=writes)
    if not writes:
        return Part(panel=panel)
    unfinished = Waiting(
        number=letters_to_finish(actor, chapter),
        label=_("Letters to finish and hand in"),
        endpoint="mailings.desk_letters",
        icon="mail-warning",
        values={"waits": "1"},
    )
    return Part(waiting=[unfinished], panel=panel)


def _last(actor: Actor, chapter: Chapter, *, writes: bool) -> Panel:
    newest = mailings(actor).where(MailList.chapter_id == chapter.id).limit(MOST)
    names = status_names()
    rows = [
        (mailing, subject_of(mailing), STATUS_KINDS[mailing.status], names[mailing.status])
        for mailing in db.session.scalars(newest)
    ]
    return Panel(
        template="mailings/desk_panel.html", values={"mailings": rows, "may_write": writes}
    )
