"""Writing a chapter's annual report, handing it in, and what the office says to it."""

from dataclasses import dataclass, fields

from sqlalchemy import select

from alumni.accounts.commands import owner_of
from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.chapters.models.governance import AnnualReport, ReportState
from alumni.db import db, hold, locked, now
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.membership.policy.governance import may_report, may_review
from alumni.membership.queries.annual_reports import counted, newest, years
from alumni.outbox.commands import queue


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the chapter says of its year."""

    activities: str
    members_cared_for: str
    money: str
    plans: str


def write(actor: Actor, chapter: Chapter, year: int, told: Told) -> AnnualReport:
    """Keep the draft of the year. What was handed in stays as it is: a new revision begins."""
    require(may_report, actor, chapter.id)
    if year not in years():
        raise Invalid(_("No report is asked for that year."))
    report = _draft(chapter, year)
    for column in fields(told):
        setattr(report, column.name, getattr(told, column.name))
    db.session.add(report)
    record(actor, "wrote_report", report, facts={"year": year})
    return report


def hand_in(actor: Actor, chapter: Chapter, report: AnnualReport) -> None:
    """Hand the draft in, with what the program counts of the year. It is never changed again."""
    require(may_report, actor, chapter.id)
    hold(report)
    if report.state is not ReportState.DRAFT:
        raise Refusal(_("This report has been handed in meanwhile."))
    if not report.activities:
        raise Invalid(_("Please say what the chapter did in this year."), field="activities")
    report.figures = counted(chapter, report.year)
    report.state = ReportState.SUBMITTED
    report.submitted_at = now()
    report.submitted_by_id = actor.account_id
    record(actor, "handed_in_report", report, facts={"year": report.year})


def discard(actor: Actor, chapter: Chapter, report: AnnualReport) -> None:
    """Throw the draft away."""
    require(may_report, actor, chapter.id)
    hold(report)
    if report.state is not ReportState.DRAFT:
        raise Refusal(_("This report has been handed in meanwhile."))
    db.session.delete(report)
    record(actor, "discarded_report", report, facts={"year": report.year})


def accept(actor: Actor, report: AnnualReport) -> None:
    """Accept the report. Accepting twice is once."""
    require(may_review, actor, report)
    if _decide(actor, report, ReportState.ACCEPTED):
        record(actor, "accepted_report", report, facts={"year": report.year})


def send_back(actor: Actor, report: AnnualReport, reason: str) -> None:
    """Ask the chapter for a new revision, and tell who handed this one in why."""
    require(may_review, actor, report)
    if not _decide(actor, report, ReportState.RETURNED):
        return
    report.answer = reason
    record(actor, "sent_back_report", report, why=reason, facts={"year": report.year})
    _tell(report)


def _draft(chapter: Chapter, year: int) -> AnnualReport:
    """The draft of the year; a new one continues what was said last."""
    db.session.scalar(locked(select(Chapter).where(Chapter.id == chapter.id)))
    last = newest(chapter.id, year)
    if last is not None and last.state is ReportState.DRAFT:
        return last
    return AnnualReport(chapter_id=chapter.id, year=year, revision=last.revision + 1 if last else 1)


def _decide(actor: Actor, report: AnnualReport, wanted: ReportState) -> bool:
    """Whether the decision is still to be taken; not if the same was taken already."""
    hold(report)
    if report.state is wanted:
        return False
    if report.state is not ReportState.SUBMITTED:
        raise Refusal(_("Somebody has decided about this report meanwhile."))
    later = newest(report.chapter_id, report.year)
    if later is not None and later.id != report.id:
        raise Refusal(_("The chapter has begun a new revision of this report meanwhile."))
    report.state = wanted
    report.decided_at = now()
    report.decided_by_id = actor.account_id
    return True


def _tell(report: AnnualReport) -> None:
    account = db.session.get(Account, report.submitted_by_id) if report.submitted_by_id else None
    if account is None or account.suspended_at is not None:
        return
    chapter = db.session.get_one(Chapter, report.chapter_id)
    queue(
        "report_sent_back",
        owner_of(account),
        deed=f"report_sent_back:{report.id}",
        chapter=chapter,
        report=report,
        link=address_of("membership.desk_report", slug=chapter.slug, year=report.year),
    )
