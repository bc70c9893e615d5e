"""Reading JSON that anybody may have written, and saying where it goes wrong."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from alumni.audiences.criteria.base import Criterion, Kind, Part, kinds_for, tidied
from alumni.audiences.criteria.groups import Not, all_of, any_of
from alumni.authz import Actor
from alumni.db import is_clean
from alumni.errors import BadRequest
from alumni.i18n import _

MOST_LEVELS = 5
"""Groups around a criterion."""

MOST_PARTS = 60
"""Of one group."""

MOST_READ = 480
"""Criteria that are read for one audience, with those of the saved ones it is made of: each of

these asks the database, and somebody may have written one of them a hundred times.
"""

LONGEST_JSON = 16_000
LONGEST_VALUE = 2_000
"""Characters."""

NAMES = {"all": all_of, "any": any_of}


class Misplaced(BadRequest):
    """Something in an audience that cannot be meant, and where it stands: ``all[2].any[0].city``.

    An empty place is the whole.
    """

    def __init__(self, place: str, problem: str, *, field: str = "where") -> None:
        told = _("At “%(place)s”: %(problem)s", place=place, problem=problem) if place else problem
        super().__init__(told, field=field)
        self.place = place
        self.problem = problem


_read_so_far: ContextVar[list[int] | None] = ContextVar("_read_so_far", default=None)
"""How many criteria of the audience that is being read have been, as its one element."""


@contextmanager
def counting() -> Iterator[None]:
    """While an audience is read: what is read inside it counts as its own."""
    if _read_so_far.get() is not None:
        yield
        return
    token = _read_so_far.set([0])
    try:
        yield
    finally:
        _read_so_far.reset(token)


def parsed(text: str) -> object:
    """The text as JSON, in which no name stands twice and no number is none."""
    if len(text) > LONGEST_JSON:
        raise Misplaced(
            "", _("This is too long: at most %(longest)s characters.", longest="16 000")
        )
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Misplaced("", _("This is not JSON that can be read.")) from error


def read_part(actor: Actor, data: object, place: str = "", levels: int = MOST_LEVELS) -> Part:
    """A group or a criterion. ``levels``: how many groups may still stand inside."""
    if not isinstance(data, dict):
        raise Misplaced(place, _("Conditions stand here in braces, with their names."))
    group = next((name for name in ("all", "any", "not") if name in data), None)
    if group is None:
        return _read_criterion(actor, data, place)
    if len(data) > 1:
        raise Misplaced(place, _("Nothing else can stand beside “%(name)s”.", name=group))
    if levels == 0:
        raise too_deep(place)
    return _read_group(actor, group, data[group], place, levels - 1)


def too_deep(place: str) -> Misplaced:
    return Misplaced(place, _("Conditions can stand %(most)s levels deep.", most=MOST_LEVELS))


def placed(place: str, read: Callable[[], Criterion], *, field: str = "where") -> Criterion:
    """What is read, or a refusal that names the place, and the parameter in which it stands."""
    try:
        return read()
    except Misplaced as wrong:
        raise Misplaced(_under(place, wrong.place), wrong.problem, field=field) from wrong
    except BadRequest as wrong:
        raise Misplaced(_under(place, wrong.field or ""), str(wrong), field=field) from wrong


def _read_group(actor: Actor, name: str, data: object, place: str, levels: int) -> Part:
    here = _under(place, name)
    if name == "not":
        return Not(read_part(actor, data, here, levels))
    if not isinstance(data, list):
        raise Misplaced(here, _("A list of conditions stands here."))
    if not data:
        raise Misplaced(here, _("This list is empty."))
    if len(data) > MOST_PARTS:
        raise Misplaced(here, _("These are more than %(most)s conditions.", most=MOST_PARTS))
    parts = [read_part(actor, one, f"{here}[{index}]", levels) for index, one in enumerate(data)]
    return NAMES[name](parts)


def _count() -> None:
    so_far = _read_so_far.get()
    if so_far is None:
        return
    so_far[0] += 1
    if so_far[0] > MOST_READ:
        raise Misplaced("", _("These are more than %(most)s conditions.", most=MOST_READ))


def _read_criterion(actor: Actor, data: dict[Any, Any], place: str) -> Criterion:
    _count()
    if not data:
        raise Misplaced(place, _("A condition is missing."))
    kinds = list(dict.fromkeys(_kind(actor, name, place) for name in data))
    given = dict(_values(data, place))
    if len(kinds) > 1:
        second = next(name for name in data if name not in kinds[0].parameters)
        raise Misplaced(
            _under(place, second), _("Conditions of different kinds stand each by themselves.")
        )
    return placed(place, lambda: kinds[0].read(actor, given))


def _kind(actor: Actor, name: object, place: str) -> Kind:
    for kind in kinds_for(actor):
        if name in kind.parameters:
            return kind
    told = str(name)[:40]
    told = told if is_clean(told) else "?"
    raise Misplaced(_under(place, told), _("There is no condition called “%(name)s”.", name=told))


def _values(data: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        here = _under(place, name)
        if not isinstance(value, str):
            raise Misplaced(here, _("A value stands in quotation marks."))
        if len(value) > LONGEST_VALUE:
            raise Misplaced(
                here, _("This is too long: at most %(longest)s characters.", longest=LONGEST_VALUE)
            )
        if not is_clean(value):
            raise Misplaced(here, _("This contains a hidden character. Please type it anew."))
        if not tidied(value):
            raise Misplaced(here, _("The value is missing."))
        yield name, tidied(value)


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place and name else place or name


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise Misplaced("", _("A name stands twice in the same braces."))
    return data


def _no_number(_written: str) -> object:
    raise ValueError
