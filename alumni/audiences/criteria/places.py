"""Where people live now."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from alumni.audiences.criteria.base import (
    LONGEST,
    Beside,
    Chip,
    Control,
    Kind,
    Named,
    Question,
    fits,
    impossible,
)
from alumni.authz import Actor
from alumni.codes.models import Place, PlaceKind
from alumni.codes.queries import find_place, places_named
from alumni.db import db
from alumni.i18n import _, lazy_gettext
from alumni.people.models import Residence
from alumni.people.policy import shown

LONGEST_CODE = 24


@dataclass(frozen=True)
class LivesIn(Beside):
    """Who lives in the place now, or somewhere in it; or in the city that is written like that."""

    written: str
    place: Named | None = None
    name: str = "city"
    """The parameter: whether a city or anything is meant, a province, or a country."""

    def parameters(self) -> dict[str, str]:
        return {self.name: self.written}

    def people(self, actor: Actor) -> Select[int]:
        homes = select(Residence.person_id).where(Residence.is_current, shown(actor, Residence))
        if self.place is None:
            return homes.where(func.lower(Residence.written) == self.written.lower())
        inside = select(Place.id).where(Place.parent_id == self.place.id)
        whole = select(Place.id).where(
            or_(
                Place.id == self.place.id,
                Place.parent_id == self.place.id,
                Place.parent_id.in_(inside),
            )
        )
        return homes.where(Residence.place_id.in_(whole))

    def chips(self) -> list[Chip]:
        where = self.place.name if self.place else self.written
        return [Chip(_("Lives in %(place)s", place=where), (self.name,))]


def _read_city(_actor: Actor, given: Mapping[str, str]) -> LivesIn:
    written = given["city"]
    place = _coded("city", written) or find_place(written)
    return LivesIn(written, _named(place) if place else None)


def _read_province(_actor: Actor, given: Mapping[str, str]) -> LivesIn:
    return _inside("province", PlaceKind.PROVINCE, given)


def _read_country(_actor: Actor, given: Mapping[str, str]) -> LivesIn:
    return _inside("country", PlaceKind.COUNTRY, given)


def _inside(name: str, kind: PlaceKind, given: Mapping[str, str]) -> LivesIn:
    """A place of this kind, by its code or any of its names."""
    written = given[name]
    place = _coded(name, written)
    if place is None:
        place = db.session.scalars(places_named(written).where(Place.kind == kind)).first()
    if place is None or place.kind is not kind:
        raise impossible(name, written)
    return LivesIn(written, _named(place), name)


def _coded(name: str, value: str) -> Place | None:
    if not fits(value, LONGEST):
        raise impossible(name, value)
    if not value.isascii() or not fits(value, LONGEST_CODE):
        return None
    return db.session.scalar(select(Place).where(Place.code == value))


def _named(place: Place) -> Named:
    """The place, or the one that it turned out to be."""
    known = {place.id}
    while place.merged_into_id and place.merged_into_id not in known:
        known.add(place.merged_into_id)
        place = db.session.get_one(Place, place.merged_into_id)
    return Named(place.id, place.name_zh, place.name_en)


KINDS = (
    Kind(
        ("city",),
        _read_city,
        questions=(
            Question(
                "city",
                lazy_gettext("Lives in a city"),
                (Control("city", lazy_gettext("City")),),
            ),
        ),
    ),
    Kind(
        ("province",),
        _read_province,
        questions=(
            Question(
                "province",
                lazy_gettext("Lives in a province"),
                (Control("province", lazy_gettext("Province")),),
            ),
        ),
    ),
    Kind(
        ("country",),
        _read_country,
        questions=(
            Question(
                "country",
                lazy_gettext("Lives in a country"),
                (Control("country", lazy_gettext("Country")),),
            ),
        ),
    ),
)
