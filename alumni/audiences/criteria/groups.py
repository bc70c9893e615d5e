"""Criteria put together: all of them, any of them, not them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_

from alumni.audiences.criteria.base import Criterion, Part
from alumni.authz import Actor
from alumni.i18n import _


@dataclass(frozen=True)
class All(Part):
    """What all parts ask for, two at least."""

    parts: tuple[Part, ...]

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return and_(*(part.condition(actor) for part in self.parts))

    def words(self) -> str:
        return _("(%(words)s)", words=inside(self))

    def to_json(self) -> dict[str, Any]:
        return {"all": [part.to_json() for part in self.parts]}

    def leaves(self) -> Iterator[Criterion]:
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class AnyOf(Part):
    """What one of the parts asks for at least, of two or more."""

    parts: tuple[Part, ...]

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return or_(*(part.condition(actor) for part in self.parts))

    def words(self) -> str:
        return _("(%(words)s)", words=inside(self))

    def to_json(self) -> dict[str, Any]:
        return {"any": [part.to_json() for part in self.parts]}

    def leaves(self) -> Iterator[Criterion]:
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class Not(Part):
    """Whoever the part does not mean."""

    part: Part

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return not_(self.part.condition(actor))

    def words(self) -> str:
        return _("not (%(words)s)", words=inside(self.part))

    def to_json(self) -> dict[str, Any]:
        return {"not": self.part.to_json()}

    def leaves(self) -> Iterator[Criterion]:
        yield from self.part.leaves()


def all_of(parts: Iterable[Part]) -> Part:
    """The parts together; those that ask the same, once."""
    flat = dict.fromkeys(
        one for part in parts for one in (part.parts if isinstance(part, All) else (part,))
    )
    return All(tuple(flat)) if len(flat) > 1 else next(iter(flat))


def any_of(parts: Iterable[Part]) -> Part:
    """One of the parts is enough; those that ask the same, once."""
    flat = dict.fromkeys(
        one for part in parts for one in (part.parts if isinstance(part, AnyOf) else (part,))
    )
    return AnyOf(tuple(flat)) if len(flat) > 1 else next(iter(flat))


def inside(part: Part) -> str:
    """The part in words where something around it says already where it begins and ends."""
    if isinstance(part, All):
        return _(" and ").join(one.words() for one in part.parts)
    if isinstance(part, AnyOf):
        return _(" or ").join(one.words() for one in part.parts)
    return part.words()


def depth(part: Part) -> int:
    """How many groups stand around the innermost criterion."""
    if isinstance(part, (All, AnyOf)):
        return 1 + max(depth(one) for one in part.parts)
    return 1 + depth(part.part) if isinstance(part, Not) else 0
