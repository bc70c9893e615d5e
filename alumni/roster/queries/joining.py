"""What the form for joining offers."""

from alumni.chapters.models import Chapter, ChapterStatus
from alumni.chapters.queries import chapter_for_place, chapters
from alumni.codes.queries import find_place
from alumni.db import db


def open_chapters() -> list[Chapter]:
    """The chapters that take members, in the order they are shown in."""
    return list(db.session.scalars(chapters().where(Chapter.status == ChapterStatus.ACTIVE)))


def chapter_near(city: str) -> Chapter | None:
    """The chapter for people of the city, as somebody wrote it."""
    place = find_place(city)
    return chapter_for_place(place.id) if place else None
