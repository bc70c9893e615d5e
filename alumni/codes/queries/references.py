"""What refers to a word or a place: every column of any table, found in the tables themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Table, UniqueConstraint, func, select, union_all

from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceName
from alumni.db import Model, db

Thing = Code | Place

NAMES = frozenset({CodeAlias.__tablename__, PlaceName.__tablename__})
"""A thing's own names do not refer to it from elsewhere."""

FORMER = "merged_into_id"


@dataclass(frozen=True)
class Reference:
    """A column that holds the number of a word or a place."""

    column: Column[Any]
    is_audited: bool

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def name(self) -> str:
        """The table's."""
        return str(self.table.name)

    @property
    def key(self) -> Column[Any]:
        """What tells the table's rows apart, a number."""
        return next(iter(self.table.primary_key.columns))

    @property
    def is_alone(self) -> bool:
        """Whether a thing can have one row only, as a place has one chapter."""
        return (self.column,) in self._uniques()

    @property
    def together(self) -> list[list[Column[Any]]]:
        """The columns that together with this one must be unique."""
        return [
            [column for column in columns if column is not self.column]
            for columns in self._uniques()
            if self.column in columns and len(columns) > 1
        ]

    def _uniques(self) -> list[tuple[Column[Any], ...]]:
        unique = [one for one in self.table.constraints if isinstance(one, UniqueConstraint)]
        indexes = [one for one in self.table.indexes if one.unique]
        key = tuple(self.table.primary_key.columns)
        return [key, *(tuple(one.columns) for one in unique), *(tuple(i.columns) for i in indexes)]


@dataclass(frozen=True)
class Conflict:
    """Rows that would be the same twice: so many, of this table, alike in these columns."""

    table: str
    columns: tuple[str, ...]
    rows: int


@lru_cache(maxsize=2)
def references_to(table: str) -> tuple[Reference, ...]:
    """All columns of other rows that hold the number of a row of this table."""
    audited = {mapper.local_table: mapper.class_.audited for mapper in Model.registry.mappers}
    return tuple(
        Reference(column, is_audited=audited.get(column.table, False))
        for other in Model.metadata.sorted_tables
        if other.name not in NAMES
        for column in other.columns
        if any(key.column.table.name == table for key in column.foreign_keys)
    )


def names_reference(thing: Thing) -> Reference:
    """The column by which a name says what it names."""
    table, name = (CodeAlias, "code_id") if isinstance(thing, Code) else (PlaceName, "place_id")
    return Reference(Model.metadata.tables[table.__tablename__].c[name], is_audited=True)


def references_of(thing: Thing) -> list[Reference]:
    """All columns that may hold the number of this thing."""
    listed = references_to(thing.__tablename__)
    return _of_kind(listed, thing.kind) if isinstance(thing, Code) else list(listed)


def _of_kind(references: Iterable[Reference], kind: CodeKind) -> list[Reference]:
    """Those that may hold words of the kind: a major does not stand in ``college_id``."""
    others = {f"{other.value}_id" for other in CodeKind if other is not kind}
    return [reference for reference in references if reference.column.name not in others]


def uses_of_kind(kind: CodeKind) -> dict[int, int]:
    """For each word of the list that is used how many rows use it, in one statement."""
    counted = [
        select(reference.column.label("id"), func.count().label("rows"))
        .where(reference.column.is_not(None))
        .group_by(reference.column)
        for reference in _of_kind(references_to(Code.__tablename__), kind)
        if reference.column.name != FORMER
    ]
    found: dict[int, int] = {}
    for code_id, rows in db.session.execute(union_all(*counted)):
        found[code_id] = found.get(code_id, 0) + rows
    return found


def uses_of(thing: Thing) -> dict[str, int]:
    """In which tables the thing is used, and by how many rows, in one statement."""
    counted = [
        select(sa.literal(reference.name), func.count()).where(reference.column == thing.id)
        for reference in references_of(thing)
        if reference.column.name != FORMER
    ]
    found: dict[str, int] = {}
    for name, rows in db.session.execute(union_all(*counted)):
        if rows:
            found[name] = found.get(name, 0) + rows
    return found


def conflicts(thing: Thing, into: Thing) -> list[Conflict]:
    """What stands in the way of putting ``into`` wherever ``thing`` is."""
    found = []
    for reference in references_of(thing):
        other = reference.table.alias()
        for columns in reference.together:
            same = [other.c[column.name] == column for column in columns]
            alike = (
                select(func.count())
                .select_from(reference.table)
                .join(other, sa.and_(*same, other.c[reference.column.name] == into.id))
                .where(reference.column == thing.id)
            )
            rows = db.session.scalar(alike) or 0
            if rows:
                names = tuple(column.name for column in columns)
                found.append(Conflict(reference.name, names, rows))
    return found
