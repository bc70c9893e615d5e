"""What chapters say of their years: which report is due, which stands where."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    MembershipState,
)
from alumni.chapters.models.governance import AnnualReport, ReportState
from alumni.chapters.queries import in_tree
from alumni.codes.queries import association
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.happenings import Held, held
from alumni.membership.policy.governance import may_report, may_review_reports

ENOUGH = (ReportState.SUBMITTED, ReportState.ACCEPTED)
"""The states in which nobody waits for the chapter."""

REPORTING = (ChapterStatus.ACTIVE, ChapterStatus.DORMANT)
"""Chapters that give reports: a dormant one too, since it is to wake up."""

MONTH_DAY = "%m-%d"


class Narrowing(StrEnum):
    """Which reports the office looks for."""

    OVERDUE = "overdue"
    SUBMITTED = "submitted"


class Standing(StrEnum):
    """Where a chapter's report of a year stands."""

    NOT_BEGUN = "not_begun"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A chapter's report of a year, or that there is none."""

    chapter: Chapter
    year: int
    report: AnnualReport | None
    """Its newest revision."""

    @property
    def standing(self) -> Standing:
        return Standing(self.report.state.value) if self.report else Standing.NOT_BEGUN

    @property
    def is_overdue(self) -> bool:
        gives = self.chapter.status in REPORTING
        missing = self.report is None or self.report.state not in ENOUGH
        return gives and missing and today() > due_on(self.year)


def due_on(year: int) -> date:
    """The last day on which the report of that year is in time, as the office set it."""
    month, day = association()["report_due"].split("-")
    return date(year + 1, int(month), int(day))


def years() -> list[int]:
    """The years of which reports are asked, the newest first: this one has still to end."""
    first = int(association()["first_report_year"])
    return list(range(today().year, min(first, today().year) - 1, -1))


def year_due() -> int | None:
    """The last year that has ended, if its report is asked for at all."""
    last = today().year - 1
    return last if last in years() else None


def chapter_reports(actor: Actor, chapter: Chapter) -> list[Line]:
    """The chapter's years with the newest revision of each."""
    require(may_report, actor, chapter.id)
    found = {
        report.year: report
        for report in db.session.scalars(_newest().where(AnnualReport.chapter_id == chapter.id))
    }
    return [Line(chapter=chapter, year=year, report=found.get(year)) for year in years()]


def revisions(actor: Actor, chapter: Chapter, year: int) -> list[AnnualReport]:
    """All revisions of the year, the newest first."""
    require(may_report, actor, chapter.id)
    return list(
        db.session.scalars(
            select(AnnualReport)
            .where(AnnualReport.chapter_id == chapter.id, AnnualReport.year == year)
            .order_by(AnnualReport.revision.desc())
        )
    )


def get_revision(actor: Actor, chapter: Chapter, year: int, public_id: str) -> AnnualReport:
    """One revision of the chapter's. A draft is only for who writes it."""
    for report in revisions(actor, chapter, year):
        if report.public_id == public_id:
            return report
    raise NotFound


def newest(chapter_id: int, year: int) -> AnnualReport | None:
    """The newest revision that the chapter has of the year."""
    return db.session.scalar(
        select(AnnualReport)
        .where(AnnualReport.chapter_id == chapter_id, AnnualReport.year == year)
        .order_by(AnnualReport.revision.desc())
        .limit(1)
    )


def overview(actor: Actor, year: int) -> list[Line]:
    """The report of that year of each chapter that should give one, in the order of the tree."""
    require(may_review_reports, actor)
    report = aliased(AnnualReport, _newest().where(AnnualReport.year == year).subquery())
    lines = (
        select(Chapter, report)
        .outerjoin(report, report.chapter_id == Chapter.id)
        .where(or_(reporting(), report.id.is_not(None)))
        .order_by(Chapter.position, Chapter.id)
    )
    given: dict[Chapter, AnnualReport | None] = dict(db.session.execute(lines).all())
    return [
        Line(chapter=branch.chapter, year=year, report=given[branch.chapter])
        for branch in in_tree(given)
    ]


def get_handed_in(actor: Actor, public_id: str) -> tuple[AnnualReport, Chapter]:
    """A report as it was handed in, and whose it is. What is still written is the chapter's own."""
    require(may_review_reports, actor)
    row = db.session.execute(
        select(AnnualReport, Chapter)
        .join(Chapter, Chapter.id == AnnualReport.chapter_id)
        .where(AnnualReport.public_id == public_id, AnnualReport.state != ReportState.DRAFT)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def to_review(actor: Actor) -> list[Line]:
    """The reports that wait for the office, of whatever year, the longest first."""
    require(may_review_reports, actor)
    waiting = (
        _newest()
        .where(AnnualReport.state == ReportState.SUBMITTED)
        .add_columns(Chapter)
        .join(Chapter, Chapter.id == AnnualReport.chapter_id)
        .order_by(AnnualReport.submitted_at, AnnualReport.id)
    )
    return [
        Line(chapter=chapter, year=report.year, report=report)
        for report, chapter in db.session.execute(waiting)
    ]


def reports_to_review(actor: Actor) -> int:
    """How many wait for the office."""
    require(may_review_reports, actor)
    waiting = _newest().where(AnnualReport.state == ReportState.SUBMITTED)
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def overdue_reports(actor: Actor) -> int:
    """How many chapters have not handed in the report of the last year that was due."""
    require(may_review_reports, actor)
    return len(overdue_chapters())


def overdue_chapters() -> set[int]:
    """The numbers of the chapters whose last report is overdue."""
    year = year_due()
    if year is None or today() <= due_on(year):
        return set()
    return set(db.session.scalars(missing(year)))


def missing(year: int) -> Select[int]:
    """The numbers of the chapters that should give a report of the year and have not."""
    given = _newest().where(AnnualReport.year == year, AnnualReport.state.in_(ENOUGH)).subquery()
    return select(Chapter.id).where(reporting(), Chapter.id.not_in(select(given.c.chapter_id)))


def reporting() -> ColumnElement[bool]:
    """The chapters that give reports."""
    return Chapter.status.in_(REPORTING)


def counted(chapter: Chapter, year: int) -> dict[str, int]:
    """What the program knows of the chapter's year: members at its end (today in this year),

    who joined and left in it, events that it held and places that were taken there.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    begun = ChapterMembership.starts_on
    ended = ChapterMembership.ends_on
    was = ChapterMembership.state.in_((MembershipState.ACTIVE, MembershipState.LEFT))
    row = db.session.execute(
        select(
            func.count().filter(and_(begun <= last, or_(ended.is_(None), ended > last))),
            func.count().filter(begun.between(first, last)),
            func.count().filter(ended.between(first, last)),
        ).where(ChapterMembership.chapter_id == chapter.id, was, begun.is_not(None))
    ).one()
    events = held(first, last).get(chapter.id, Held(0, 0))
    return {
        "members": row[0],
        "joined": row[1],
        "left": row[2],
        "events": events.events,
        "attended": events.seats,
    }


def _newest() -> Select[AnnualReport]:
    """The newest revision of each chapter and year."""
    later = aliased(AnnualReport)
    return select(AnnualReport).where(
        ~select(later.id)
        .where(
            later.chapter_id == AnnualReport.chapter_id,
            later.year == AnnualReport.year,
            later.revision > AnnualReport.revision,
        )
        .exists()
    )
