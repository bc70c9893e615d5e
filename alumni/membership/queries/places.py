"""The places of chapters: those they cover, and which one somebody means."""

from collections.abc import Sequence

from sqlalchemy import select

from alumni.chapters.models import Chapter, ChapterPlace
from alumni.codes.models import Place
from alumni.codes.queries import LONGEST_NAME, normal_place, places_named
from alumni.db import db

LONGEST_CODE = 24


class Ambiguous(Exception):
    """The name is that of several places."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__()
        self.codes = codes


def places_of(chapter: Chapter) -> list[Place]:
    """Whose people belong to the chapter, by code."""
    covered = (
        select(Place)
        .join(ChapterPlace, ChapterPlace.place_id == Place.id)
        .where(ChapterPlace.chapter_id == chapter.id)
        .order_by(Place.code)
    )
    return list(db.session.scalars(covered))


def meant_place(text: str) -> Place | None:
    """The place with this code, whatever stands behind it, or with this name.

    Raise Ambiguous for a name of several of the same kind.
    """
    code, _space, _name = text.strip().partition(" ")
    live = select(Place).where(Place.merged_into_id.is_(None))
    if len(code) <= LONGEST_CODE:
        found = db.session.scalar(live.where(Place.code == code))
        if found is not None:
            return found
    if len(normal_place(text)) > LONGEST_NAME:
        return None
    named = db.session.scalars(places_named(text)).all()
    first = next(iter(named), None)
    alike = [place for place in named if first is not None and place.kind is first.kind]
    if len(alike) > 1:
        raise Ambiguous([place.code for place in alike])
    return first
