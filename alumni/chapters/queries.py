"""Chapters by slug, in order, as a tree, and by place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Select, case, or_, select

from alumni.chapters.models import Chapter, ChapterPlace, ChapterStatus, FormerSlug
from alumni.codes.models import Place, PlaceKind
from alumni.codes.queries import place_and_above
from alumni.db import db
from alumni.errors import NotFound


class Moved(NotFound):
    """There is no chapter under that slug any more, but one that took its place.

    Pages lead on to it; whatever else asks finds nothing.
    """

    def __init__(self, asked: str, slug: str, *, for_good: bool) -> None:
        super().__init__()
        self.asked = asked
        self.slug = slug
        """Where it is found now."""
        self.for_good = for_good
        """Not where a merger made it so, which can be taken back."""


@dataclass(frozen=True)
class Branch:
    """A chapter in the tree: how many chapters are above it."""

    chapter: Chapter
    depth: int


def chapters() -> Select[Chapter]:
    """All chapters that are not archived, in the order they are shown in."""
    return (
        select(Chapter)
        .where(Chapter.status != ChapterStatus.ARCHIVED)
        .order_by(Chapter.position, Chapter.id)
    )


def get_chapter(slug: str) -> Chapter:
    """The chapter, unless it is archived. Raise Moved where another stands in its place."""
    chapter = db.session.scalar(chapters().where(Chapter.slug == slug))
    if chapter is None:
        raise elsewhere(slug)
    return chapter


def elsewhere(slug: str) -> NotFound:
    """What to raise for a slug that no open chapter has: where it leads to now, if anywhere."""
    found = successor(slug)
    if found is None:
        return NotFound()
    is_merged = db.session.scalar(select(Chapter.id).where(Chapter.slug == slug)) is not None
    return Moved(slug, found.slug, for_good=not is_merged)


def successor(slug: str) -> Chapter | None:
    """The open chapter to which a slug of former times leads: its own one, or that it became."""
    former = select(FormerSlug.chapter_id).where(FormerSlug.slug == slug)
    named = select(Chapter).where(or_(Chapter.slug == slug, Chapter.id.in_(former)))
    found = db.session.scalar(named.order_by(Chapter.slug != slug).limit(1))
    if found is not None and found.merged_into_id is not None:
        found = db.session.get_one(Chapter, found.merged_into_id)
    if found is None or found.status is ChapterStatus.ARCHIVED:
        return None
    return found


def in_tree(listed: Iterable[Chapter]) -> list[Branch]:
    """The chapters in their order, each followed by those that are part of it.

    One whose region is not among them stands by itself.
    """
    given = list(listed)
    known = {chapter.id for chapter in given}
    under: dict[int | None, list[Chapter]] = {}
    for chapter in given:
        above = chapter.parent_id if chapter.parent_id in known else None
        under.setdefault(above, []).append(chapter)
    return list(_branches(under, None, 0))


def _branches(
    under: dict[int | None, list[Chapter]], above: int | None, depth: int
) -> Iterator[Branch]:
    for chapter in under.get(above, []):
        yield Branch(chapter, depth)
        yield from _branches(under, chapter.id, depth + 1)


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
