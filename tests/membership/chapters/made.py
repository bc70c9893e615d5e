"""Chapters, deeds and letters as these tests say them."""

from datetime import date

from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.codes.models import Place, PlaceKind, PlaceName
from alumni.codes.queries import find_place
from alumni.db import db
from alumni.membership.commands.chapters import ChapterDetails
from alumni.membership.queries.places import places_of
from alumni.outbox.models import Delivery
from alumni.people.models import Person
from tests.factories import saved

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))

PREPARING = ("loaded_lists", "loaded_chapters", "made")
"""What was done before the test began."""


def verbs() -> list[str]:
    """The deeds of the test, in their order."""
    deeds = db.session.scalars(select(ChangeSet.verb).order_by(ChangeSet.id))
    return [verb for verb in deeds if verb not in PREPARING]


def letters(kind: str) -> list[int | None]:
    told = select(Delivery.person_id).where(Delivery.kind == kind)
    return sorted(db.session.scalars(told).all(), key=lambda person_id: person_id or 0)


def details(chapter: Chapter | None = None, **values: object) -> ChapterDetails:
    """What the office says of the chapter, with some of it changed."""
    said: dict[str, object] = {"slug": "", "name_zh": "新分会", "name_en": "New Chapter"}
    if chapter is not None:
        names = ("slug", "name_zh", "name_en", "parent_id", "status", "place_id")
        said = {name: getattr(chapter, name) for name in names}
        said["places"] = tuple(place.id for place in places_of(chapter))
    return ChapterDetails(**said | values)  # type: ignore[arg-type]


def place_id(name: str) -> int:
    place = find_place(name)
    assert place is not None
    return place.id


def second_anshan() -> None:
    """Another city of the name, in Texas."""
    twin = saved(Place(code="US-TX-anshan", kind=PlaceKind.CITY, name_zh="鞍山", name_en="Anshan"))
    saved(PlaceName(name="鞍山", place_id=twin.id))


def spells(person: Person) -> list[tuple[int, MembershipState, date | None, bool]]:
    mine = (
        select(ChapterMembership)
        .where(ChapterMembership.person_id == person.id)
        .order_by(ChapterMembership.chapter_id, ChapterMembership.id)
        .execution_options(populate_existing=True)
    )
    return [
        (spell.chapter_id, spell.state, spell.starts_on, spell.is_primary)
        for spell in db.session.scalars(mine)
    ]
