"""What becomes of each table's rows when one record of a person is made part of another.

Every column that holds a person's number is found in the tables themselves. Each table has a rule
here: those of the slices below and of this one are in ``merging.rules``; slices above register
their own from ``app.py``. A table without a rule is a fault of the program, which a test finds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Table, select

from alumni.authz import Actor
from alumni.db import Model
from alumni.people.models import Person
from alumni.roster.merging.rows import Rows

PERSON: Table = Model.metadata.tables[Person.__tablename__]


@dataclass(frozen=True)
class Reference:
    """A column that holds a person's number."""

    column: Column[Any]
    beside: tuple[tuple[str, str], ...] = ()
    """Columns that repeat others of that person, each with the person's column it repeats."""

    @property
    def table(self) -> Table:
        return self.column.table

    def to(self, person_id: int) -> dict[str, Any]:
        """The columns of a row that is this person's from now on."""
        values: dict[str, Any] = {self.column.name: person_id}
        for own, theirs in self.beside:
            of_person = select(PERSON.c[theirs]).where(PERSON.c.id == person_id)
            values[own] = of_person.scalar_subquery()
        return values


class Merging(Rows):
    """One record on its way into another, with what has been done so far."""

    def __init__(self, actor: Actor, kept_id: int, gone_id: int, taken: frozenset[str]) -> None:
        super().__init__(kept_id)
        self.actor = actor
        self.kept_id = kept_id
        self.gone_id = gone_id
        self.taken = taken
        """The fields of ``roster.queries.choosing`` whose value the record that goes brings."""

    def move(self, reference: Reference, row_ids: list[int]) -> None:
        """Make these rows the other person's, in one statement."""
        told = ({reference.column.name: self.gone_id}, {reference.column.name: self.kept_id})
        self.change_all(reference.table, row_ids, reference.to(self.kept_id), told)

    def move_changed(
        self, reference: Reference, row: Mapping[str, Any], values: dict[str, Any]
    ) -> None:
        """Make the row the other person's, and change it."""
        own = {name for name, _theirs in reference.beside}
        told = {name: row[name] for name in (reference.column.name, *values) if name not in own}
        new = {reference.column.name: self.kept_id, **values}
        self.change(reference.table, row, reference.to(self.kept_id) | values, (told, new))


Rule: TypeAlias = Callable[[Merging, Reference], None]
"""Does with the rows of one table, that hold the number of the record that goes, what is right."""

RULES: dict[str, Rule] = {}
"""By the table's name."""

Guard: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""Whether the row may become what it was: the row as it is, and the columns as they were."""

GUARDS: dict[str, Guard] = {}
"""By the name of a table where that is not always so."""


@lru_cache(maxsize=1)
def references() -> tuple[Reference, ...]:
    """All columns that hold a person's number; tables that others refer to come first."""
    found = []
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table is not PERSON:
                continue
            pairs = {part.column.name: part.parent for part in key.elements}
            column = pairs.pop("id")
            beside = tuple((own.name, theirs) for theirs, own in sorted(pairs.items()))
            found.append(Reference(column, beside))
    order = {table: number for number, table in enumerate(Model.metadata.sorted_tables)}
    return tuple(sorted(found, key=lambda one: (order[one.table], one.column.name)))


def follow(merging: Merging) -> None:
    """Let everything that refers to the record that goes follow its table's rule."""
    for reference in references():
        RULES[reference.table.name](merging, reference)


def moves(merging: Merging, reference: Reference) -> None:
    """The plain rule: all rows are the other person's from now on."""
    merging.move(reference, merging.ids(reference.table, reference.column == merging.gone_id))


def stays(_merging: Merging, _reference: Reference) -> None:
    """The rows are about the record, not about the human being: they stay with it."""
