"""Reminding chapters of their annual reports."""

from datetime import date, timedelta

from sqlalchemy import select

from alumni.authz import Right
from alumni.chapters.models import Chapter
from alumni.db import db, today, transaction
from alumni.links import address_of
from alumni.membership.queries.annual_reports import due_on, missing, year_due
from alumni.membership.queries.officers import officers_with
from alumni.outbox.commands import Wanted, queue_many
from alumni.outbox.models import Delivery
from alumni.people.queries import addressed_all

BEFORE = (timedelta(days=30), timedelta(days=7), timedelta(days=-1))
"""How long before the last day the officers are reminded: a month, a week, and when it is over."""

SEASON_ENDS = timedelta(days=60)
"""So long after the last day nobody is reminded any more: the office sees who is late."""


def remind_of_reports() -> int:
    """Write to the officers who owe the report of the last year. Return how many letters.

    Each gets one letter for each of the moments, whoever runs this and however often.
    """
    year = year_due()
    reached = _reached(due_on(year)) if year is not None else None
    if year is None or reached is None:
        return 0
    late = db.session.scalars(missing(year)).all()
    if not late:
        return 0
    owing = {
        f"report_due:{chapter_id}:{year}:{reached}:{person_id}": (chapter_id, person_id)
        for chapter_id, person_id in officers_with(Right.REPORT, late)
    }
    told = set(db.session.scalars(select(Delivery.deed).where(Delivery.deed.in_(owing))))
    rest = {deed: owing[deed] for deed in owing if deed not in told}
    return _remind(year, rest) if rest else 0


def _reached(due: date) -> int | None:
    """Which of the moments was the last one: its number, or None outside of the season."""
    if today() > due + SEASON_ENDS:
        return None
    passed = [number for number, before in enumerate(BEFORE) if today() >= due - before]
    return max(passed, default=None)


def _remind(year: int, owing: dict[str, tuple[int, int]]) -> int:
    with transaction():
        chapters = {chapter.id: chapter for chapter in db.session.scalars(select(Chapter))}
        to = addressed_all({person_id for _chapter, person_id in owing.values()})
        return queue_many(
            "report_due",
            [
                Wanted(
                    to=to[person_id],
                    deed=deed,
                    words={
                        "chapter": chapters[chapter_id],
                        "year": year,
                        "due": due_on(year),
                        "is_over": today() > due_on(year),
                        "link": address_of(
                            "membership.desk_report", slug=chapters[chapter_id].slug, year=year
                        ),
                    },
                )
                for deed, (chapter_id, person_id) in owing.items()
                if person_id in to
            ],
        )
