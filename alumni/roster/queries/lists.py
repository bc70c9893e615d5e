"""The office's lists of places and words, read once for many rows."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName
from alumni.codes.queries import normal_place, normal_word
from alumni.db import db
from alumni.roster.comparing import Located, PlaceOf
from alumni.roster.importable import regions


class _Named(NamedTuple):
    place_id: int
    kind: PlaceKind
    parent_id: int | None


class _Places:
    """All places by their names, and what lies in what."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[_Named]] = defaultdict(list)
        self.by_code: dict[str, _Named] = {}
        self.above: dict[int, int | None] = {}
        read = select(PlaceName.name, Place.code, Place.id, Place.kind, Place.parent_id)
        named = read.join(Place, Place.id == PlaceName.place_id).order_by(Place.code)
        for name, code, place_id, kind, parent_id in db.session.execute(named):
            place = _Named(place_id, kind, parent_id)
            self.by_name[name].append(place)
            self.by_code[code] = place
            self.above[place_id] = parent_id

    def named(self, name: str, kind: PlaceKind | None = None) -> list[_Named]:
        found = self.by_name.get(normal_place(name), ())
        return [place for place in found if kind in (None, place.kind)]

    def countries(self, name: str) -> list[_Named]:
        """The country, by a name of the list or by what else it is called: USA, 美利坚合众国."""
        found = self.named(name, PlaceKind.COUNTRY)
        code = regions().get(name.strip().casefold()) if name and not found else None
        return found or [self.by_code[one] for one in (code,) if one in self.by_code]

    def is_within(self, place: _Named, wider: frozenset[int]) -> bool:
        here: int | None = place.place_id
        while here is not None and here not in wider:
            here = self.above.get(here)
        return here is not None


def place_finder() -> PlaceOf:
    """How to find the place of a city, a province and a country, which tells one 朝阳 from the

    other. A city that is not in the list is in its province, or in its country.
    """
    places = _Places()

    @cache
    def place_of(city: str, province: str, country: str) -> Located:
        lands = places.countries(country)
        regions = places.named(province, PlaceKind.PROVINCE)
        found = places.named(city)
        if lands:
            land = _ids(lands)
            found = [place for place in found if places.is_within(place, land)]
            regions = [place for place in regions if places.is_within(place, land)]
        within = _ids(regions)
        found.sort(
            key=lambda place: (place.kind is not PlaceKind.CITY, place.parent_id not in within)
        )
        first = next(iter((*found, *regions, *lands)), None)
        return Located(first.place_id if first else None, bool(found))

    return place_of


def _ids(places: Iterable[_Named]) -> frozenset[int]:
    return frozenset(place.place_id for place in places)


def words(kind: CodeKind) -> dict[str, Code]:
    """The codes of the kind by each of their names in its normal form.

    One that was merged is none of them: its names are those of the code that it turned out to be.
    """
    named = aliased(CodeAlias)
    read = select(Code, named.name).outerjoin(named, named.code_id == Code.id)
    listed = read.where(Code.kind == kind, Code.merged_into_id.is_(None)).order_by(Code.id)
    found: dict[str, Code] = {}
    for code, alias in db.session.execute(listed):
        found.setdefault(normal_word(code.name_zh), code)
        if alias:
            found.setdefault(alias, code)
    return found
