"""Which chapters fall asleep: no officer, no event for a year, no report."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterStatus, Officer
from alumni.db import db, today
from alumni.membership.happenings import held
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries.annual_reports import overdue_chapters
from alumni.terms import runs

QUIET = timedelta(days=365)
"""So long without an event is a sign."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What speaks for it that a chapter is asleep."""

    has_no_officer: bool
    has_no_event: bool
    """None in the last twelve months, and none planned."""
    has_no_report: bool
    """The last one that was due is overdue."""

    def __bool__(self) -> bool:
        return self.has_no_officer or self.has_no_event or self.has_no_report


def signs_of_sleep(actor: Actor) -> dict[int, Signs]:
    """The signs of each active or dormant chapter that shows one, by its number.

    They are made of dates each time they are asked for: an event, an officer or a report clears
    its own.
    """
    require(may_manage_chapters, actor)
    awake = select(Chapter.id).where(
        Chapter.status.in_((ChapterStatus.ACTIVE, ChapterStatus.DORMANT))
    )
    led = set(db.session.scalars(select(Officer.chapter_id).where(runs(Officer))))
    busy, late = held(today() - QUIET), overdue_chapters()
    signs = {
        chapter_id: Signs(
            has_no_officer=chapter_id not in led,
            has_no_event=chapter_id not in busy,
            has_no_report=chapter_id in late,
        )
        for chapter_id in db.session.scalars(awake)
    }
    return {chapter_id: found for chapter_id, found in signs.items() if found}
