"""What every criterion is, how kinds of criteria make themselves known, and how values are read."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple
from unicodedata import normalize
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, Subquery

from alumni.authz import SYSTEM, Actor
from alumni.codes.models import Code, CodeKind
from alumni.db import GREATEST, db
from alumni.errors import BadRequest
from alumni.i18n import _, either
from alumni.people.models import Person
from alumni.people.policy import may_view_people

LONGEST = 80
"""Characters of a value that can be meant; what is typed into the search box may be longer."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
CENTURY = 40
"""Of a year of two digits: 98 is 1998, and 05 is 2005."""

RESERVED = frozenset({"all", "any", "not", "where", "after", "before"})
"""What stands in an address or in JSON beside parameters, and so is none."""


class Chip(NamedTuple):
    """A part of a criterion, in words, and the parameters that go when it is taken away."""

    label: str
    parameters: tuple[str, ...]


class Part(ABC):
    """Something asked of people: one criterion, or several put together. A frozen value."""

    @abstractmethod
    def condition(self, actor: Actor) -> ColumnElement[bool]:
        """Over ``Person``, without joining anything to it, and never NULL. What the actor may not

        see of somebody does not count as there.
        """

    @abstractmethod
    def words(self) -> str:
        """As a part of a longer sentence, in the language of the moment."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What is kept of it, from which it can be read again."""

    @abstractmethod
    def leaves(self) -> Iterator["Criterion"]:
        """The criteria it is made of, in their order."""


class Criterion(Part):
    """One thing asked of people. A frozen value: equal if it asks the same."""

    @abstractmethod
    def parameters(self) -> dict[str, str]:
        """What it is in an address, in its one canonical form."""

    @abstractmethod
    def chips(self) -> list[Chip]:
        """In the language of the moment, at least one."""

    def words(self) -> str:
        return " · ".join(chip.label for chip in self.chips())

    def to_json(self) -> dict[str, Any]:
        return dict(self.parameters())

    def leaves(self) -> Iterator["Criterion"]:
        yield self

    def weight(self) -> int:
        """For how many criteria it stands."""
        return 1


class Beside(Criterion):
    """Asked of rows in a table that hang on people: memberships, studies, homes.

    What it says depends on its value and the actor alone, and on no day: statements are kept.
    """

    @abstractmethod
    def people(self, actor: Actor) -> Select[int]:
        """Their ids, the same more than once where a person has more than one such row."""

    def ordered(self, actor: Actor) -> Select[int, str] | None:
        """The same as ``id`` and ``sort_key``, each person once, where an index has them in the

        order of a list of people.
        """
        return None

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        """Begins at those rows: right where they are few, or where all are read anyway."""
        return Person.id.in_(self.people(actor))

    def probed(self, actor: Actor, begun: Subquery | None = None) -> ColumnElement[bool]:
        """The same, looked up for one person after the other: right where most have such a row.

        Over ``Person``, or over the ``id`` of rows that are people.
        """
        people = self.people(actor)
        person_id = Person.id if begun is None else begun.c.id
        theirs = people.where(people.selected_columns[0] == person_id)
        return theirs.correlate(Person if begun is None else begun).exists()


class Control(NamedTuple):
    """How the value of a parameter is asked for."""

    parameter: str
    label: LazyString
    words: Callable[[], Mapping[str, str]] | None = None
    """The values to choose from, which are always the same, each in words."""
    listed: str = ""
    """The list of the office's to choose from, as ``queries.choices`` calls it."""
    offered: Callable[[Actor], Sequence[tuple[str, str]]] | None = None
    """What the actor may choose from otherwise, each value with its words."""
    written: str = ""
    """What kind of input takes it otherwise: ``year date``, or nothing for plain text."""


class Question(NamedTuple):
    """What somebody asks of people, in the words of a person: some parameters of one kind."""

    key: str
    label: LazyString
    controls: tuple[Control, ...]


class Kind(NamedTuple):
    """Criteria of one kind: the parameters they are read from, and how."""

    parameters: tuple[str, ...]
    read: Callable[[Actor, Mapping[str, str]], Criterion]
    """Of the parameters that are given, at least one; a BadRequest if a value is not possible."""
    is_private: bool = False
    """Whether only the office may ask."""
    questions: tuple[Question, ...] = ()
    """How the editor asks. What no question asks for can only be written."""


class Named(NamedTuple):
    """A chapter, college or place that is asked for."""

    id: int
    name_zh: str
    name_en: str

    @property
    def name(self) -> str:
        return either(self.name_zh, self.name_en)


KINDS: list[Kind] = []
"""In the order in which an audience says itself."""


def register(kind: Kind) -> None:
    """Let audiences be asked for by something that this slice or one above knows. Once is enough,

    and again does nothing.
    """
    if any(known is kind for known in KINDS):
        return
    taken = RESERVED.union(*(known.parameters for known in KINDS))
    if taken & set(kind.parameters):
        raise ValueError(f"{kind.parameters} are taken")
    KINDS.append(kind)


def kinds_for(actor: Actor) -> list[Kind]:
    """What the actor may ask for at all."""
    sees_all = may_view_people(actor)
    return [kind for kind in KINDS if sees_all or not kind.is_private]


def parameters(actor: Actor = SYSTEM) -> tuple[str, ...]:
    """All that may stand in the address of a list of people."""
    return (*(name for kind in kinds_for(actor) for name in kind.parameters), "where")


def place_of(criterion: Criterion) -> int:
    """Where criteria of its kind stand in the order of kinds."""
    first = next(iter(criterion.parameters()))
    return next(place for place, kind in enumerate(KINDS) if first in kind.parameters)


def impossible(name: str, value: str) -> BadRequest:
    """What to raise for a value that a parameter cannot have."""
    told = _(
        "The condition “%(name)s” cannot be “%(value)s”.",
        name=named(name),
        value=value[:LONGEST],
    )
    return BadRequest(told, field=name)


def named(parameter: str) -> str:
    """What the parameter asks for, in words; the parameter itself where no question asks for it."""
    questions = (question for kind in KINDS for question in kind.questions)
    for _key, label, controls in questions:
        asked = next((one for one in controls if one.parameter == parameter), None)
        if asked:
            more = [str(asked.label)] if len(controls) > 1 and asked.label != label else []
            return " · ".join([str(label), *more])
    return parameter


def tidied(value: str) -> str:
    """The value as one would write it: full-width digits plain, white space once."""
    return " ".join(normalize("NFKC", value).split())


def fits(value: str, longest: int) -> bool:
    return len(value) <= longest


def year(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) not in (2, 4):
        raise impossible(name, value)
    number = int(value)
    if len(value) == len("98"):
        number += 1900 if number >= CENTURY else 2000
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise impossible(name, value)
    return number


class SpanWords(NamedTuple):
    """How a span of years is said: texts with places for ``year``, or ``first`` and ``last``."""

    one: LazyString
    both: LazyString
    since: LazyString
    until: LazyString


class Span(NamedTuple):
    """Years from one through another, of which either may be open."""

    first: int | None = None
    last: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, str], first: str, last: str) -> "Span":
        """Of two parameters, whichever way round they were typed."""
        begin = year(first, given[first]) if first in given else None
        end = year(last, given[last]) if last in given else None
        if begin is not None and end is not None:
            begin, end = sorted((begin, end))
        return cls(begin, end)

    @property
    def is_asked(self) -> bool:
        return self != (None, None)

    def parameters(self, first: str, last: str) -> dict[str, str]:
        pairs = ((first, self.first), (last, self.last))
        return {name: str(value) for name, value in pairs if value is not None}

    def holds(self, column: Any) -> list[ColumnElement[bool]]:
        """Over a column of years."""
        conditions = []
        if self.first is not None:
            conditions.append(column >= self.first)
        if self.last is not None:
            conditions.append(column <= self.last)
        return conditions

    def words(self, said: SpanWords) -> str:
        if self.first is None:
            return str(said.until) % {"year": self.last}
        if self.last is None:
            return str(said.since) % {"year": self.first}
        if self.first == self.last:
            return str(said.one) % {"year": self.first}
        return str(said.both) % {"first": self.first, "last": self.last}


ALWAYS = Span()


def day(name: str, value: str) -> date:
    try:
        read = date.fromisoformat(value) if len(value) == len("2026-01-31") else None
    except ValueError:
        read = None
    if read is None or not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise impossible(name, value)
    return read


def midnight(begins: date) -> datetime:
    """When the day begins where the association is."""
    return datetime.combine(begins, time(), ZoneInfo(current_app.config["ALUMNI"].time_zone))


def one_of(kind: type[StrEnum], name: str, value: str) -> Any:
    """The state with this value."""
    if value not in set(kind):
        raise impossible(name, value)
    return kind(value)


def yes(name: str, value: str) -> bool:
    if value not in ("yes", "no"):
        raise impossible(name, value)
    return value == "yes"


def code(kind: CodeKind, name: str, value: str) -> Named:
    """The word of the office's lists with this number, or the one that it turned out to be."""
    found = db.session.get(Code, _id(name, value))
    known = {found.id} if found else set()
    while found and found.merged_into_id and found.merged_into_id not in known:
        known.add(found.merged_into_id)
        found = db.session.get(Code, found.merged_into_id)
    if found is None or found.kind is not kind:
        raise impossible(name, value)
    return Named(found.id, found.name_zh, found.name_en)


def code_in(given: Mapping[str, str], name: str, kind: CodeKind) -> Named | None:
    return code(kind, name, given[name]) if name in given else None


def first_named(asked: Select[int, str, str]) -> Named | None:
    """Of a statement for an id and the names in both languages."""
    row = db.session.execute(asked).first()
    return Named(*row) if row else None


def _id(name: str, value: str) -> int:
    is_number = value.isascii() and value.isdigit() and fits(value, len(str(GREATEST)))
    if not is_number or int(value) > GREATEST:
        raise impossible(name, value)
    return int(value)
