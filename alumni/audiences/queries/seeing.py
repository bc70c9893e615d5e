"""Who looks at a list, as far as it matters to what stands in it, and what a row of it shows."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, case, type_coerce

from alumni.authz import Actor, Capability, Class, Right
from alumni.people.fields import export_select
from alumni.people.models import Person
from alumni.people.policy import ENDED, may_view_people

KEPT = 128
"""Statements that are kept of each kind, for those who looked last."""


class Sight(NamedTuple):
    """All of an actor that decides whom they find and what they see of them.

    Statements are kept by it: to make one takes longer than what it asks for. What is kept must
    not know the day; no rule of who sees what asks for it.
    """

    capabilities: frozenset[Capability] = frozenset()
    person_id: int | None = None
    is_verified: bool = False
    rights: frozenset[tuple[int, frozenset[Right]]] = frozenset()
    chapters: frozenset[int] = frozenset()
    classes: frozenset[Class] = frozenset()

    def actor(self) -> Actor:
        return Actor(**self._asdict() | {"rights": dict(self.rights)})


def sight_of(actor: Actor) -> Sight:
    if may_view_people(actor):  # all of these see the same
        return Sight(capabilities=frozenset({Capability.VIEW_PEOPLE}))
    return Sight(
        capabilities=actor.capabilities,
        person_id=actor.person_id,
        is_verified=actor.is_verified,
        rights=frozenset(actor.rights.items()),
        chapters=actor.chapters,
        classes=actor.classes,
    )


@lru_cache(maxsize=KEPT)
def listed_for(sight: Sight, code: str) -> Select[Any]:
    shown = ("entry_year", "graduation_year", "major", "college", "class_label")
    columns = (*shown, "employer", "title", "city")
    return export_select(sight.actor(), columns, code).add_columns(
        Person.id.label("person_id"),
        Person.sort_key,
        Person.public_id,
        Person.name_zh,
        Person.name_latin,
        Person.name_en,
        Person.pinyin_surname,
        Person.pinyin_given,
        _state(sight.actor()).label("state"),
    )


def _state(actor: Actor) -> ColumnElement[str]:
    """What is said of somebody first: their status, or for the office that they are lost, or want

    no letters.
    """
    status = type_coerce(Person.status, String)
    if not may_view_people(actor):
        return status
    return case(
        (Person.status.in_(ENDED), status),
        (Person.contact_stopped_on.is_not(None), "contact"),
        (Person.lost_since.is_not(None), "lost"),
        else_=status,
    )


def listed(actor: Actor, code: str) -> Select[Any]:
    """What a list shows of a person, in a language."""
    return listed_for(sight_of(actor), code)
