"""What a row of a roster would change in what we know of the person."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from alumni.people.models import PersonStatus
from alumni.roster.rows import normal_phone, year_month

Values: TypeAlias = Mapping[str, Any]
Changes: TypeAlias = dict[str, list[Any]]
"""Field key → [old, new]."""

PlaceOf: TypeAlias = Callable[[str, str], int | None]
"""From a city and a province as they are written to the place of the list."""

REGISTRARS = ("name", "sex", "entry_year", "college", "major", "level", "class_label")
"""Fields of which the registrar has the last word, beside the graduation."""


def changes(values: Values, known: Any, place_of: PlaceOf) -> Changes:
    """What the values of a row say otherwise than what is ``known``. A blank says nothing.

    Where people keep their own record, work, city and ways to reach them are theirs: a roster
    only fills what they left blank.
    """
    told: Changes = {}
    if known.entry_id is None:
        told["student_number"] = [None, values["student_number"]]
    told |= {key: [old, new] for key, old, new in _differences(values, known)}
    mine = {key: [old, new] for key, old, new in _their_own(values, known, place_of)}
    if known.status is not PersonStatus.KNOWN:
        mine = {key: pair for key, pair in mine.items() if pair[0] is None}
    return told | mine


def graduation_text(year: int | None, month: int | None) -> str | None:
    """1998-07, or 1998 where only the year is known."""
    if year is None:
        return None
    return f"{year}" if month is None else f"{year}-{month:02}"


def city_of(values: Values) -> str | None:
    """Where the row says that somebody lives: the city, or at least the province."""
    return values.get("city") or values.get("province")


def _differences(values: Values, known: Any) -> Iterator[tuple[str, Any, Any]]:
    for key in REGISTRARS:
        old, new = getattr(known, key), values.get(key)
        if new is not None and new != old:
            yield key, old, new
    if "graduation" in values:
        year, month = year_month(values["graduation"])
        is_the_same = year == known.graduation_year and month in (None, known.graduation_month)
        if not is_the_same:
            old = graduation_text(known.graduation_year, known.graduation_month)
            yield "graduation", old, values["graduation"]


def _their_own(values: Values, known: Any, place_of: PlaceOf) -> Iterator[tuple[str, Any, Any]]:
    for key in ("name_latin", "name_en", "email"):
        if values.get(key) not in (None, getattr(known, key)):
            yield key, getattr(known, key), values[key]
    if "phone" in values and normal_phone(values["phone"]) != known.phone_normal:
        yield "phone", known.phone, values["phone"]
    yield from _work(values, known)
    city = city_of(values)
    if city is not None and _is_elsewhere(city, values, known, place_of):
        yield "city", known.city, city


def _work(values: Values, known: Any) -> Iterator[tuple[str, Any, Any]]:
    """A title belongs to its employer: with a new one the old is gone, without one is none."""
    employer, title = values.get("employer"), values.get("title")
    if employer is not None and employer != known.employer:
        yield "employer", known.employer, employer
        if title != known.title:
            yield "title", known.title, title
    elif known.employer is not None and title not in (None, known.title):
        yield "title", known.title, title


def _is_elsewhere(city: str, values: Values, known: Any, place_of: PlaceOf) -> bool:
    if city != known.city:
        return True
    place = place_of(city, values.get("province", ""))
    return place is not None and known.place_id is not None and place != known.place_id
