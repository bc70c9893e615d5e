"""Thousands of rows into a table in one statement, past all that looks at rows one by one."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy import Column, Table, func, select, text

from alumni.db import Model, Words, db, is_clean, is_postgresql
from alumni.errors import BadValue

Row: TypeAlias = dict[str, Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def new_ids(model: type[Model], number: int) -> list[int]:
    """Numbers for so many new rows, which nobody else gets. In a writing transaction."""
    table = cast("Table", model.__table__)
    if is_postgresql():
        sequence = func.pg_get_serial_sequence(table.name, "id")
        each = func.generate_series(1, number).table_valued("n")
        return list(db.session.scalars(select(func.nextval(sequence)).select_from(each)))
    last = db.session.scalar(select(func.max(table.c.id))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, db.session.scalar(given, {"name": table.name}) or 0)
    return list(range(last + 1, last + 1 + number))


def whole(model: type[Model], row: Mapping[str, Any]) -> Row:
    """The row with what the table puts into columns that it does not name."""
    return {**{name: make() for name, make in _defaults(model).items() if name not in row}, **row}


def load(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns. What the others hold by default is put in."""
    if not rows:
        return
    db.session.flush()
    table = cast("Table", model.__table__)
    given = rows[0].keys()
    made = {name: make for name, make in _defaults(model).items() if name not in given}
    columns = [table.c[name] for name in given]
    values = [_kept(column, [row[column.name] for row in rows]) for column in columns]
    for name, make in made.items():
        columns.append(table.c[name])
        values.append(_kept(table.c[name], [make() for _ in rows]))
    if is_postgresql():
        _load_as_json(table, columns, values)
        return
    names = ", ".join(f'"{column.name}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    db.session.connection().exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - names of ours
        list(zip(*values, strict=True)),
    )


def _load_as_json(table: Table, columns: Sequence[Column[Any]], values: list[list[Any]]) -> None:
    """In one statement: PostgreSQL takes each row of many by itself otherwise."""
    dialect = db.session.connection().dialect
    names = ", ".join(f'"{column.name}"' for column in columns)
    typed = ", ".join(f'"{one.name}" {one.type.compile(dialect)}' for one in columns)
    keys = [column.name for column in columns]
    rows = [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]
    kept = ", ".join(_as_json(column) for column in columns)
    statement = text(
        f"INSERT INTO {table.name} ({names})"  # noqa: S608 - names of ours
        f" SELECT {kept} FROM json_to_recordset(CAST(:rows AS json)) AS told({typed})"
    )
    db.session.connection().execute(statement, {"rows": json.dumps(rows, ensure_ascii=False)})


def _as_json(column: Column[Any]) -> str:
    """Nothing in a JSON column is JSON's null, as the session writes it."""
    if isinstance(column.type, sa.JSON):
        return f"COALESCE(\"{column.name}\", 'null')"
    return f'"{column.name}"'


@lru_cache(maxsize=64)
def _defaults(model: type[Model]) -> dict[str, Callable[[], Any]]:
    """How a value is made for each column that has a default."""
    table = cast("Table", model.__table__)
    return {column.name: _maker(column.default) for column in table.c if column.default is not None}


def _maker(default: Any) -> Callable[[], Any]:
    if default.is_callable:
        return lambda: default.arg(None)
    return lambda: default.arg


def _kept(column: Column[Any], values: list[Any]) -> list[Any]:
    """The values as the driver takes them."""
    if isinstance(column.type, Words):
        _check(column.type, values)
        return values
    if isinstance(column.type, sa.JSON) and is_postgresql():
        return values
    convert = _converter(column)
    return values if convert is None else [convert(value) for value in values]


def _check(kind: Words, values: Iterable[str | None]) -> None:
    """What ``Words`` would refuse of each value, asked of all of them at once."""
    said = [value for value in values if value is not None]
    longest = cast("sa.String", kind.impl_instance).length
    if longest is not None and said and max(map(len, said)) > longest:
        raise BadValue
    if not "".join(said).isprintable() and not all(map(is_clean, said)):
        raise BadValue


def _converter(column: Column[Any]) -> Callable[[Any], Any] | None:
    dialect = db.session.connection().dialect
    kind = column.type if isinstance(column.type, sa.types.TypeDecorator) else None
    process = (kind or column.type.dialect_impl(dialect)).bind_processor(dialect)
    if isinstance(column.type, sa.JSON):
        return lambda value: "null" if value is None else _ENCODER.encode(value)
    if is_postgresql():
        return _for_json(process)
    if process is None:
        return None
    return lru_cache(maxsize=1024)(process)


def _for_json(process: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    def convert(value: Any) -> Any:
        value = value if process is None else process(value)
        return value.isoformat() if isinstance(value, (date, datetime)) else value

    return lru_cache(maxsize=1024)(convert)
