"""The office's lists of places and words, read once for many rows."""

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName
from alumni.codes.queries import normal_place, normal_word
from alumni.db import db
from alumni.roster.comparing import PlaceOf


class _Named(NamedTuple):
    place_id: int
    kind: PlaceKind
    parent_id: int | None


def place_finder() -> PlaceOf:
    """How to find the place of a city and a province, which tells one 朝阳 from the other.

    A city that is not in the list is in its province.
    """
    by_name: dict[str, list[_Named]] = defaultdict(list)
    read = select(PlaceName.name, Place.id, Place.kind, Place.parent_id)
    named = read.join(Place, Place.id == PlaceName.place_id).order_by(Place.code)
    for name, place_id, kind, parent_id in db.session.execute(named):
        by_name[name].append(_Named(place_id, kind, parent_id))

    @cache
    def place_of(city: str, province: str) -> int | None:
        wider = [
            place
            for place in by_name.get(normal_place(province), ())
            if place.kind is PlaceKind.PROVINCE
        ]
        within = {place.place_id for place in wider}
        found = sorted(
            by_name.get(normal_place(city), ()),
            key=lambda place: (place.kind is not PlaceKind.CITY, place.parent_id not in within),
        )
        return next((place.place_id for place in (*found, *wider)), None)

    return place_of


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
