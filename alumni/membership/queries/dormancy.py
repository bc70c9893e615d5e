"""Which chapters fall asleep: no officer, no event for a year, no report."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterStatus, Officer
from alumni.chapters.models.governance import Petition, PetitionState
from alumni.db import db, now, today
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
    """None in the last twelve months, and none planned; of a chapter that is open so long."""
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
    busy, late = held(today() - QUIET).keys() | _young(), overdue_chapters()
    signs = {
        chapter_id: Signs(
            has_no_officer=chapter_id not in led,
            has_no_event=chapter_id not in busy,
            has_no_report=chapter_id in late,
        )
        for chapter_id in db.session.scalars(awake)
    }
    return {chapter_id: found for chapter_id, found in signs.items() if found}


def _young() -> set[int]:
    """The numbers of the chapters that were made or opened within the time.

    Those that were there before the program are of no known age, and old enough.
    """
    since = now() - QUIET
    opened = select(ChangeSet.subject_id).where(
        ChangeSet.subject_table == Chapter.__tablename__,
        ChangeSet.verb.in_(("founded_chapter", "opened")),
        ChangeSet.at > since,
    )
    asked_for = select(Petition.chapter_id).where(
        Petition.state == PetitionState.APPROVED, Petition.decided_at > since
    )
    return {number for number in db.session.scalars(opened.union(asked_for)) if number is not None}
