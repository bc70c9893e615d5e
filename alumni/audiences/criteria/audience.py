"""Whom somebody means: as a value, in an address, as JSON, in SQL and in words."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from sqlalchemy import ColumnElement, and_, true

from alumni.audiences.criteria.base import (
    Criterion,
    Part,
    kinds_for,
    named,
    parameters,
    place_of,
    tidied,
)
from alumni.audiences.criteria.groups import All, all_of, depth, inside
from alumni.audiences.criteria.reading import (
    MOST_LEVELS,
    Misplaced,
    counting,
    parsed,
    read_part,
    too_deep,
)
from alumni.audiences.criteria.text import Text
from alumni.authz import Actor
from alumni.db import is_clean
from alumni.errors import BadRequest
from alumni.i18n import _, language

MOST_LEAVES = 60
"""Criteria of one audience."""

MOST_IN_ALL = 240
"""With those of the saved audiences that it is made of."""


@dataclass(frozen=True)
class Audience:
    """Whom somebody means: all people of whom everything here holds.

    Made by the ways of reading below, the parts stand in one order, so that audiences that ask the
    same conjunction are equal: first what an address can say in plain parameters.
    """

    criteria: tuple[Part, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Audience":
        """All the parts together; a BadRequest where that is too much."""
        given = tuple(parts)
        whole = all_of(given) if given else All(())
        audience = cls(_in_order(whole.parts if isinstance(whole, All) else (whole,)))
        audience._check()
        return audience

    @classmethod
    def from_query(cls, actor: Actor, given: Mapping[str, Sequence[str]]) -> "Audience":
        """Read the parameters of an address. Empty ones, as forms send them, ask for nothing."""
        values = {name: _only(name, sent) for name, sent in given.items()}
        unknown = sorted(set(values) - set(parameters(actor)))
        if unknown:
            raise BadRequest(
                _("There is no condition called “%(name)s”.", name=unknown[0]), field=unknown[0]
            )
        asked = {name: value for name, value in values.items() if value}
        kinds = kinds_for(actor)
        mine = ({name: asked[name] for name in kind.parameters if name in asked} for kind in kinds)
        parts: list[Part] = [
            kind.read(actor, some) for kind, some in zip(kinds, mine, strict=True) if some
        ]
        if "where" in asked:
            parts += cls.from_json_text(actor, asked["where"]).criteria
        return cls.of(parts)

    @classmethod
    def from_text(cls, actor: Actor, query: str) -> "Audience":
        """Read what stands in the address of a list behind the question mark."""
        if not is_clean(query):
            raise _hidden()
        return cls.from_query(actor, parse_qs(query.removeprefix("?"), keep_blank_values=True))

    @classmethod
    def from_json(cls, actor: Actor, data: object) -> "Audience":
        """Read what ``to_json`` made, or somebody wrote. A BadRequest says where it goes wrong, as

        ``all[2].any[0].city``.
        """
        if data == {"all": []}:
            return cls()
        with counting():
            return cls.of((read_part(actor, data),))

    @classmethod
    def from_json_text(cls, actor: Actor, text: str) -> "Audience":
        return cls.from_json(actor, parsed(text))

    def to_json(self) -> dict[str, Any]:
        if len(self.criteria) == 1:
            return self.criteria[0].to_json()
        return {"all": [part.to_json() for part in self.criteria]}

    def to_json_text(self) -> str:
        """On one line, as short as it can be."""
        return _short(self.to_json())

    def to_query(self) -> dict[str, str]:
        """The parameters of its address: plain ones, and under ``where`` what they cannot say."""
        plain, rest = _parted(self.criteria)
        query = {name: value for part in plain for name, value in part.parameters().items()}
        if rest:
            query["where"] = _short(Audience(tuple(rest)).to_json())
        return query

    def to_text(self) -> str:
        return urlencode(self.to_query())

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        """Over ``Person``: whom it means, as far as the actor may know. Not who may be found."""
        return and_(true(), *(part.condition(actor) for part in self.criteria))

    def sentence(self) -> str:
        """Whom it is about, in words of the language of the moment."""
        if len(self.criteria) == 1:
            return inside(self.criteria[0])
        words = [part.words() for part in self.criteria]
        return ("，" if language() == "zh" else ", ").join(words) or _("All people")

    def chips(self, path: str) -> list[tuple[str, str]]:
        """Each part in words, with the address of the list without it."""
        query = self.to_query()
        plain, rest = _parted(self.criteria)
        labels = [
            (chip.label, address(path, query, without=chip.parameters))
            for criterion in plain
            for chip in criterion.chips()
        ]
        for part in rest:
            others = Audience.of(one for one in self.criteria if one is not part)
            labels.append((inside(part), address(path, others.to_query())))
        return labels

    def leaves(self) -> Iterator[Criterion]:
        for part in self.criteria:
            yield from part.leaves()

    @property
    def text(self) -> Text | None:
        """What is looked for by the search index, if anything is."""
        return next((one for one in self.criteria if isinstance(one, Text)), None)

    def _check(self) -> None:
        levels = max(map(depth, self.criteria), default=0) + (len(self.criteria) > 1)
        if levels > MOST_LEVELS:
            raise too_deep("")
        own = list(self.leaves())
        if len(own) > MOST_LEAVES or sum(one.weight() for one in own) > MOST_IN_ALL:
            raise Misplaced("", _("These are more than %(most)s conditions.", most=MOST_LEAVES))


def address(path: str, query: Mapping[str, str], without: Sequence[str] = ()) -> str:
    rest = urlencode({name: value for name, value in query.items() if name not in without})
    return f"{path}?{rest}" if rest else path


def _only(name: str, sent: Sequence[str]) -> str:
    """The parameter's one value, as one would write it."""
    if not all(is_clean(value) for value in sent):
        raise _hidden()
    values = {value.strip() if name == "where" else tidied(value) for value in sent} - {""}
    if len(values) > 1:
        raise BadRequest(
            _("The condition “%(name)s” can only be given once.", name=named(name)), field=name
        )
    return values.pop() if values else ""


def _hidden() -> BadRequest:
    return BadRequest(_("The address contains a hidden character."))


def _in_order(parts: Iterable[Part]) -> tuple[Part, ...]:
    plain, rest = _parted(parts)
    return (*plain, *rest)


def _parted(parts: Iterable[Part]) -> tuple[list[Criterion], list[Part]]:
    """What plain parameters can say, in the order of the kinds, and what they cannot: groups, and

    a second criterion of a kind.
    """
    plain: dict[int, Criterion] = {}
    rest: list[Part] = []
    for part in parts:
        if isinstance(part, Criterion) and place_of(part) not in plain:
            plain[place_of(part)] = part
        else:
            rest.append(part)
    return [plain[place] for place in sorted(plain)], rest


def _short(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
