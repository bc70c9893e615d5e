"""Changing rows of any table by statements, each change noted as the history tells it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement, Table, and_, delete, insert, select, update

from alumni.audit.commands import as_told
from alumni.db import Moment, changed, db

AT_A_TIME = 500
"""Numbers in one statement."""

Row = Mapping[str, Any]
Told = tuple[Row, Row]
"""Columns before and after."""


class Rows:
    """Statements over rows about a person, and the changes that they made."""

    def __init__(self, person_id: int) -> None:
        self.person_id = person_id
        """Whose history tells of it."""
        self.changes: list[dict[str, Any]] = []

    def of(self, table: Table, *which: ColumnElement[bool]) -> list[dict[str, Any]]:
        """The rows, the oldest first."""
        listed = select(table).where(*which).order_by(*table.primary_key.columns)
        return [dict(row) for row in db.session.execute(listed).mappings()]

    def ids(self, table: Table, *which: ColumnElement[bool]) -> list[int]:
        return list(db.session.scalars(select(key_of(table)).where(*which).order_by(key_of(table))))

    def change(self, table: Table, row: Row, values: Row, told: Told | None = None) -> None:
        """Set columns of the row. ``told`` is for values that are not plain ones."""
        before, after = told or ({name: row[name] for name in values}, values)
        if before == after:
            return
        changed(update(table).where(is_row(table, row)).values(**values, **_counted(table)))
        self._note(table, row, before, after)

    def change_all(self, table: Table, row_ids: Sequence[int], values: Row, told: Told) -> None:
        """Set the same columns of many rows."""
        key = key_of(table)
        for some in in_parts(row_ids):
            changed(update(table).where(key.in_(some)).values(**values, **_counted(table)))
        for row_id in row_ids:
            self._note(table, {key.name: row_id}, *told)

    def add(self, table: Table, values: Row) -> None:
        """Insert a row, with what the table itself puts in."""
        adding = insert(table).values(**values).returning(*table.primary_key.columns)
        key = dict(db.session.execute(adding).mappings().one())
        row = self.of(table, is_row(table, key))[0]
        self._note(table, row, None, _telling(table, row))

    def remove(self, table: Table, row: Row) -> None:
        """Delete the row, which has to be whole: its change is all that is left of it."""
        changed(delete(table).where(is_row(table, row)))
        self._note(table, row, _telling(table, row), None)

    def _note(self, table: Table, row: Row, before: Row | None, after: Row | None) -> None:
        self.changes.append(
            {
                "person_id": row["id"] if table.name == "person" else self.person_id,
                "table_name": table.name,
                "row_id": row[key_of(table).name],
                "before": None if before is None else as_told(dict(before)),
                "after": None if after is None else as_told(dict(after)),
            }
        )


def key_of(table: Table) -> Column[Any]:
    """The column by whose number the history names a row."""
    return next(iter(table.primary_key.columns))


def is_row(table: Table, row: Row) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def as_kept(table: Table, told: Row) -> dict[str, Any]:
    """What the history tells of a row, as the table keeps it."""
    return {name: _read(table.c[name], value) for name, value in told.items()}


def in_parts(rows: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), AT_A_TIME):
        yield list(rows[start : start + AT_A_TIME])


def _telling(table: Table, row: Row) -> dict[str, Any]:
    """All that the row says, but for what says only that it was changed."""
    silent = {"updated_at", "version"} if _is_counted(table) else {"updated_at"}
    return {name: value for name, value in row.items() if name not in silent}


def _is_counted(table: Table) -> bool:
    """Whether the table counts the versions of its rows. A consent's version is another thing."""
    return "version" in table.c and isinstance(table.c.version.type, sa.Integer)


def _counted(table: Table) -> dict[str, Any]:
    """One more version, where they are counted: who still holds the old one is told so."""
    return {"version": table.c.version + 1} if _is_counted(table) else {}


def _read(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if value is None or not isinstance(value, str):
        return value
    if isinstance(kind, sa.Enum):
        return kind.enum_class(value) if kind.enum_class else value
    if isinstance(kind, (Moment, sa.DateTime)):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, sa.Date) else value
