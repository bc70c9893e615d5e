"""Chapters with words about them, and people who lead them."""

from datetime import timedelta

from sqlalchemy import select

from alumni.chapters.models import Chapter, JoinMode, Officer, Position
from alumni.db import db, today
from alumni.demonstration.commands.people import Population
from alumni.demonstration.texts import INTROS

OPEN = frozenset({"shenyang", "benxi"})
"""These take everybody at once."""

INVITING = frozenset({"huludao"})
"""These take only whom they invite."""

TERM = timedelta(days=3 * 365)
SPACED = 97
"""Days by which the terms of two officers differ."""

LONG_AGO = timedelta(days=5 * 365)


def introduce() -> dict[str, Chapter]:
    """Give each chapter its texts. Return the chapters by slug."""
    chapters = {chapter.slug: chapter for chapter in db.session.scalars(select(Chapter))}
    for slug, intro in INTROS.items():
        chapter = chapters[slug]
        chapter.intro_zh, chapter.intro_en = intro
        chapter.contact = f"{slug}@example.org"
        chapter.join_mode = _join_mode(slug)
    return chapters


def _join_mode(slug: str) -> JoinMode:
    if slug in INVITING:
        return JoinMode.INVITATION
    return JoinMode.OPEN if slug in OPEN else JoinMode.APPROVAL


def appoint(population: Population) -> None:
    """Let those whose part it is hold their positions, each for three years from some day on."""
    positions = {position.code: position.id for position in db.session.scalars(select(Position))}
    for number, (person_id, chapter_id, graduate) in enumerate(population.cast):
        if not graduate.part.post or chapter_id is None:
            continue
        since = timedelta(days=60 + number * SPACED % 900)
        starts_on = today() - (LONG_AGO if graduate.part.is_former else since)
        db.session.add(
            Officer(
                person_id=person_id,
                chapter_id=chapter_id,
                position_id=positions[graduate.part.post],
                starts_on=starts_on,
                ends_on=starts_on + TERM,
            )
        )
