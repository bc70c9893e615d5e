"""The office's lists as the office sees them: with what is obsolete, and all other names."""

from collections.abc import Collection, Iterable

from sqlalchemy import Select, case, func, select

from alumni.authz import Actor, require
from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import LONGEST_NAME, normal_place, normal_word
from alumni.codes.queries.references import Thing, references_to
from alumni.db import db
from alumni.errors import NotFound

MOST_PLACES = 100
"""Of a search: who looks for more types more of the name."""


def counts(actor: Actor) -> dict[CodeKind, int]:
    """How many words each list offers."""
    require(may_manage_lists, actor)
    offered = func.coalesce(func.sum(case((Code.is_obsolete, 0), else_=1)), 0)
    counted = select(Code.kind, offered).group_by(Code.kind)
    found = {row[0]: row[1] for row in db.session.execute(counted)}
    return {kind: found.get(kind, 0) for kind in CodeKind}


def all_places(actor: Actor) -> int:
    """How many places there are."""
    require(may_manage_lists, actor)
    listed = select(func.count()).select_from(Place).where(Place.merged_into_id.is_(None))
    return db.session.scalar(listed) or 0


def words_of(actor: Actor, kind: CodeKind) -> list[Code]:
    """All words of the list in their order; at its end those that are offered no more."""
    require(may_manage_lists, actor)
    listed = select(Code).where(Code.kind == kind)
    return list(db.session.scalars(listed.order_by(Code.is_obsolete, Code.position, Code.id)))


def get_word(actor: Actor, kind: CodeKind, code_id: int) -> Code:
    require(may_manage_lists, actor)
    found = db.session.scalar(select(Code).where(Code.kind == kind, Code.id == code_id))
    if found is None:
        raise NotFound
    return found


def get_place(actor: Actor, place_id: int) -> Place:
    require(may_manage_lists, actor)
    found = db.session.get(Place, place_id)
    if found is None:
        raise NotFound
    return found


def names(things: Collection[Thing]) -> dict[int, list[CodeAlias | PlaceName]]:
    """The other names of each of these words, or of each of these places, as they are written."""
    own = {thing.id: own_names(thing) for thing in things}
    found: dict[int, list[CodeAlias | PlaceName]] = {thing.id: [] for thing in things}
    words = [thing.id for thing in things if isinstance(thing, Code)]
    places = [thing.id for thing in things if isinstance(thing, Place)]
    for alias in db.session.scalars(_aliases(words)) if words else ():
        if alias.name not in own[alias.code_id]:
            found[alias.code_id].append(alias)
    for name in db.session.scalars(_place_names(places)) if places else ():
        if name.name not in own[name.place_id]:
            found[name.place_id].append(name)
    return found


def _aliases(code_ids: list[int]) -> Select[CodeAlias]:
    return select(CodeAlias).where(CodeAlias.code_id.in_(code_ids)).order_by(CodeAlias.id)


def _place_names(place_ids: list[int]) -> Select[PlaceName]:
    return select(PlaceName).where(PlaceName.place_id.in_(place_ids)).order_by(PlaceName.id)


def own_names(thing: Thing) -> set[str]:
    """The names of the thing itself, as they are compared."""
    normal = normal_word if isinstance(thing, Code) else normal_place
    return {normal(name) for name in (thing.name_zh, thing.name_en) if name}


def merged_into(thing: Thing) -> list[Thing]:
    """The words, or the places, that turned out to be this one."""
    table = type(thing)
    return list(db.session.scalars(select(table).where(table.merged_into_id == thing.id)))


def places_like(actor: Actor, text: str, *, within: int | None = None) -> list[Place]:
    """Places with a name that begins so; without a text those directly in a place, or in none."""
    require(may_manage_lists, actor)
    listed = select(Place).where(Place.merged_into_id.is_(None)).limit(MOST_PLACES)
    if not text:
        return list(
            db.session.scalars(listed.where(Place.parent_id == within).order_by(Place.code))
        )
    if len(normal_place(text)) > LONGEST_NAME:
        return []
    named = select(PlaceName.place_id).where(
        PlaceName.name.startswith(normal_place(text), autoescape=True)
    )
    return list(
        db.session.scalars(listed.where(Place.id.in_(named)).order_by(Place.kind, Place.code))
    )


def above(places: Iterable[Place]) -> dict[int, Place]:
    """The places that these lie in, and those that they lie in, by their ids."""
    found: dict[int, Place] = {}
    wanted = {place.parent_id for place in places if place.parent_id is not None}
    while wanted:  # a city, its province, its country: two statements at most
        for place in db.session.scalars(select(Place).where(Place.id.in_(wanted))):
            found[place.id] = place
        wanted = {place.parent_id for place in found.values() if place.parent_id} - found.keys()
    return found


def uses_of_places(places: Collection[Place]) -> dict[int, int]:
    """How many people live, or lived, in each of these places."""
    homes = next(reference for reference in references_to("place") if reference.name == "residence")
    counted = select(homes.column, func.count()).where(
        homes.column.in_([place.id for place in places])
    )
    return {row[0]: row[1] for row in db.session.execute(counted.group_by(homes.column))}


def wider_places() -> list[Place]:
    """The countries and provinces, those of a country after it."""
    listed = select(Place).where(Place.kind != PlaceKind.CITY, Place.merged_into_id.is_(None))
    found = list(db.session.scalars(listed.order_by(Place.code)))
    countries = [place for place in found if place.parent_id is None]
    return [
        place
        for country in countries
        for place in (country, *(one for one in found if one.parent_id == country.id))
    ]
