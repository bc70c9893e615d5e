"""Chapters by slug, in order, and by place."""

from sqlalchemy import Select, case, select

from alumni.chapters.models import Chapter, ChapterPlace, ChapterStatus
from alumni.codes.models import Place, PlaceKind
from alumni.codes.queries import place_and_above
from alumni.db import db
from alumni.errors import NotFound


def chapters() -> Select[Chapter]:
    """All chapters that are not archived, in the order they are shown in."""
    return (
        select(Chapter)
        .where(Chapter.status != ChapterStatus.ARCHIVED)
        .order_by(Chapter.position, Chapter.id)
    )


def get_chapter(slug: str) -> Chapter:
    chapter = db.session.scalar(chapters().where(Chapter.slug == slug))
    if chapter is None:
        raise NotFound
    return chapter


def chapter_for_place(place_id: int) -> Chapter | None:
    """The active chapter for people of the place: the city's own, or the country's."""
    narrow = case((Place.kind == PlaceKind.CITY, 0), (Place.kind == PlaceKind.PROVINCE, 1), else_=2)
    above = place_and_above(place_id).with_only_columns(Place.id, narrow.label("width")).subquery()
    return db.session.scalar(
        select(Chapter)
        .join(ChapterPlace, ChapterPlace.chapter_id == Chapter.id)
        .join(above, above.c.id == ChapterPlace.place_id)
        .where(Chapter.status == ChapterStatus.ACTIVE)
        .order_by(above.c.width)
        .limit(1)
    )


def chapter_and_above(chapter_id: int) -> Select[int]:
    """The ids of the chapter, of the region it is part of, and so on up."""
    own = select(Chapter.id, Chapter.parent_id).where(Chapter.id == chapter_id)
    above = own.cte("above", recursive=True)
    above = above.union(
        select(Chapter.id, Chapter.parent_id).join(above, above.c.parent_id == Chapter.id)
    )
    return select(above.c.id)


def chapter_and_below(chapter_id: int) -> Select[int]:
    """The ids of the chapter, of those that are part of it, and so on down."""
    below = select(Chapter.id).where(Chapter.id == chapter_id).cte("below", recursive=True)
    below = below.union(select(Chapter.id).join(below, below.c.id == Chapter.parent_id))
    return select(below.c.id)
