"""Entering the chapters and positions that the program brings."""

from pathlib import Path

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Right
from alumni.chapters.models import Chapter, ChapterPlace, ChapterStatus, Position, PositionRight
from alumni.codes.commands import rows_of
from alumni.codes.models import Place
from alumni.db import db

LEADING = (
    Right.VIEW,
    Right.EDIT,
    Right.APPROVE,
    Right.EVENTS,
    Right.LETTERS,
    Right.REPORT,
)
"""What a president and a secretary may do unless the office says otherwise. Publishing without

review and exporting are granted one by one.
"""

POSITIONS = (
    ("president", "会长", "President", LEADING, True),
    ("vice_president", "副会长", "Vice President", (Right.VIEW,), False),
    ("secretary", "秘书长", "Secretary General", LEADING, True),
    ("treasurer", "财务", "Treasurer", (Right.VIEW,), False),
)
"""Code, names, rights, and whether the rights reach down to the chapters below."""


def load_chapters() -> None:
    """Enter the chapters and positions of the package. For an empty database."""
    places = {place.code: place for place in db.session.scalars(select(Place))}
    listed = rows_of(Path(__file__).parent / "chapters.tsv")
    for position, (code, slug, zh, en, status, covered) in enumerate(listed):
        first = places[covered.split()[0]]
        chapter = Chapter(
            code=code,
            slug=slug,
            name_zh=zh,
            name_en=en,
            status=ChapterStatus(status),
            place_id=first.id,
            time_zone=first.time_zone,
            language="en" if first.code == "US" else "zh",
            position=position,
        )
        db.session.add(chapter)
        db.session.flush()
        for place in covered.split():
            db.session.add(ChapterPlace(place_id=places[place].id, chapter_id=chapter.id))
    for order, (code, zh, en, rights, reaches) in enumerate(POSITIONS):
        held = Position(code=code, name_zh=zh, name_en=en, order=order, reaches_below=reaches)
        db.session.add(held)
        db.session.flush()
        db.session.add_all(PositionRight(position_id=held.id, right=right) for right in rights)
    record(SYSTEM, "loaded_chapters", None)
