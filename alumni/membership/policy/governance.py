"""Who accounts for a chapter's year, and who looks at that."""

from alumni.authz import Actor, Right
from alumni.chapters.models.governance import AnnualReport
from alumni.membership.policy import may_manage_chapters


def may_report(actor: Actor, chapter_id: int) -> bool:
    """Who writes the chapter's annual report and hands it in."""
    return may_manage_chapters(actor) or actor.may_in(Right.REPORT, chapter_id)


def may_review_reports(actor: Actor) -> bool:
    return may_manage_chapters(actor)


def may_review(actor: Actor, report: AnnualReport) -> bool:
    """Nobody accepts what they handed in themselves."""
    return may_review_reports(actor) and report.submitted_by_id != actor.account_id
