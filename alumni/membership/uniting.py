"""What becomes of all that hangs on a chapter when it is made part of another.

``RULES`` has one for each column of the database that points at a chapter, those of the slices
above too: a test fails where one is missing. A rule moves what it moves and notes the changes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Column, Table, select, update

from alumni.audit.commands import as_told
from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.db import Model, db


@dataclass(frozen=True, kw_only=True)
class Uniting:
    """One chapter on its way into another."""

    actor: Actor
    gone: Chapter
    kept: Chapter
    day: date
    joined: set[int] = field(default_factory=set)
    """Ids of the persons whom it brings into the other chapter."""
    both: set[int] = field(default_factory=set)
    """Ids of the persons who were in both, or asked to be."""
    ended: list[int] = field(default_factory=list)
    """Ids of the persons whose term as an officer ends with it."""
    changes: list[dict[str, Any]] = field(default_factory=list)
    """For the history, of rows that were changed by statements."""

    def move(self, column: "Column[Any]") -> None:
        """Let the rows that point at the chapter that goes point at the one that stays."""
        db.session.flush()
        table = column.table
        if not isinstance(table, Table):
            raise TypeError(table)
        key = next(iter(table.primary_key))
        pointing = select(key).where(column == self.gone.id)
        told = [key] if "person_id" not in table.c else [key, table.c.person_id]
        rows = db.session.execute(pointing.with_only_columns(*told).order_by(key)).all()
        db.session.execute(
            update(table).where(column == self.gone.id).values({column: self.kept.id})
        )
        if key.type.python_type is not int or not _is_audited(table):
            return
        self.changes.extend(
            {
                "person_id": row[1] if len(row) > 1 else None,
                "table_name": table.name,
                "row_id": row[0],
                "before": as_told({column.name: self.gone.id}),
                "after": as_told({column.name: self.kept.id}),
            }
            for row in rows
        )


Rule: TypeAlias = Callable[[Uniting, "Column[Any]"], None]

RULES: dict[str, Rule] = {}
"""By ``table.column``."""


def pointing_at_chapters() -> dict[str, "Column[Any]"]:
    """Every column of the database that points at a chapter, in the order of their tables."""
    return {
        f"{table.name}.{key.parent.name}": key.parent
        for table in Model.metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table is Chapter.__table__
    }


def moves(uniting: Uniting, column: "Column[Any]") -> None:
    """They belong to the chapter that stays."""
    uniting.move(column)


def stays(_uniting: Uniting, _column: "Column[Any]") -> None:
    """What the chapter was and did remains told of it."""


def _is_audited(table: Table) -> bool:
    return any(
        mapper.local_table is table and mapper.class_.audited for mapper in Model.registry.mappers
    )
