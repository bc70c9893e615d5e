"""Annual reports: accepted, waiting, sent back, begun, and overdue."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.chapters.models.governance import AnnualReport, ReportState
from alumni.db import changed, db, public_id, today
from alumni.demonstration.accounts_of_years import COMMON, LATE, OWN, RETURNED, STATES, Account
from alumni.demonstration.cast import LEADERS_CHAPTER
from alumni.demonstration.commands.acting import chapter_called, officer_accounts
from alumni.demonstration.commands.people import WITH_NULLS
from alumni.membership.commands.annual_reports import Told, accept, hand_in, send_back, write
from alumni.membership.queries.annual_reports import counted

YEARS_BACK = 2
"""Since when reports are asked for."""


def report(office: Actor, leader: Actor) -> None:
    """Let the chapters have accounted for the last two years, most of them."""
    _report_own(office, leader)
    writers = officer_accounts("president")
    active = select(Chapter).where(
        Chapter.status == ChapterStatus.ACTIVE, Chapter.slug != LEADERS_CHAPTER
    )
    rows: list[dict[str, Any]] = []
    for number, chapter in enumerate(db.session.scalars(active.order_by(Chapter.position)).all()):
        for year, state in _given(number):
            row = _row(chapter, year, state, COMMON[number % len(COMMON)])
            row["public_id"] = public_id()
            row["submitted_by_id"] = writers.get(chapter.id) if row["submitted_at"] else None
            row["decided_by_id"] = office.account_id if row["decided_at"] else None
            rows.append(row)
    db.session.execute(insert(AnnualReport), rows, execution_options=WITH_NULLS)


def _given(number: int) -> Iterator[tuple[int, ReportState]]:
    """The years of which the chapter of this number has a report, and what became of it."""
    if number % LATE != LATE - 1:
        yield today().year - 2, ReportState.ACCEPTED
    state = STATES[number % len(STATES)]
    if state:
        yield today().year - 1, state


def _row(chapter: Chapter, year: int, state: ReportState, told: Account) -> dict[str, Any]:
    is_draft = state is ReportState.DRAFT
    is_decided = state in (ReportState.ACCEPTED, ReportState.RETURNED)
    submitted_at = _submitted_at(year)
    return {
        "chapter_id": chapter.id,
        "year": year,
        "revision": 1,
        "state": state,
        **told._asdict(),
        "figures": {} if is_draft else counted(chapter, year),
        "updated_at": submitted_at,
        "submitted_at": None if is_draft else submitted_at,
        "decided_at": submitted_at + timedelta(days=9) if is_decided else None,
        "answer": RETURNED if state is ReportState.RETURNED else "",
    }


def _submitted_at(year: int) -> datetime:
    return datetime(year + 1, 1, 18, 2, 30, tzinfo=UTC)


def _report_own(office: Actor, leader: Actor) -> None:
    """The leader's: one year accepted, the last one sent back, and this one begun."""
    chapter, this_year = chapter_called(LEADERS_CHAPTER), today().year
    for year in (this_year - 2, this_year - 1):
        written = write(leader, chapter, year, Told(**OWN._asdict()))
        hand_in(leader, chapter, written)
        if year == this_year - 1:
            send_back(office, written, RETURNED)
        else:
            accept(office, written)
        submitted_at = _submitted_at(year)
        changed(
            update(AnnualReport)
            .where(AnnualReport.id == written.id)
            .values(submitted_at=submitted_at, decided_at=submitted_at + timedelta(days=9))
        )
    begun = Told(
        activities="新春聚餐、千山健步行已完成；义诊待定。",
        members_cared_for="",
        money="",
        plans="",
    )
    write(leader, chapter, this_year, begun)
