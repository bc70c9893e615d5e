"""Statements that are made once, and from then on sent as they are."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import CompoundSelect, Dialect, Select
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import TypeEngine

from alumni.db import db

Statement: TypeAlias = "Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]"
Conversion = Callable[[Any], Any]


class Ready:
    """A SELECT as the engine at hand takes it; some of its parameters get their values later.

    For short answers: to look such a statement up, to put its parameters together and to make
    something of its rows takes SQLAlchemy longer than the database needs for the rows.
    """

    def __init__(self, statement: Statement, *, is_planned_once: bool = True) -> None:
        """Columns have types whose values the driver has as they are; others are a TypeError.

        ``is_planned_once`` says that one plan is good for all values: PostgreSQL keeps it then,
        since to make a plan of many tables takes it longer than to carry it out. So what depends
        on how many rows a value means, a LIMIT too, must not be left to the plan.
        """
        dialect = db.engine.dialect
        columns = statement.selected_columns
        for column in columns:
            if column.type.dialect_impl(dialect).result_processor(dialect, None):
                raise TypeError(f"{column} would have to be converted")
        compiled = statement.compile(dialect=dialect)
        later = [name for name, one in compiled.binds.items() if one.required]
        whole = compiled.construct_expanded_state(dict.fromkeys(later))
        converted = {
            **{name: _conversion(one.type, dialect) for name, one in compiled.binds.items()},
            **whole.processors,
        }
        self._text = whole.statement
        self._places = whole.positiontup
        self._is_planned = is_planned_once and dialect.name == "postgresql"
        self._given = {
            name: _converted(value, None if name in later else converted.get(name))
            for name, value in whole.parameters.items()
        }
        self._later = {name: converted[name] for name in later}
        self._row: Any = namedtuple("Row", columns.keys(), rename=True)  # type: ignore[misc] # noqa: PYI024 - of each its own

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """Tuples as the driver has them. Each parameter that has no value yet needs one; values

        for others are left alone.
        """
        connection = db.session.connection()
        told = self._told(values)
        if self._is_planned:
            from alumni.flowing import by_plan  # noqa: PLC0415 - it brings the driver along

            return by_plan(connection, self._text, told)
        asked = self._placed(told)
        if self._is_direct():
            return _read(connection.connection.dbapi_connection, self._text, asked)
        cursor: Any = connection.exec_driver_sql(self._text, asked).cursor
        return list(cursor.fetchall())

    def rows_at_once(self, values: Mapping[str, Any]) -> list[Any]:
        """The same rows, before the request begins a transaction, if it has not yet: SQLite needs

        none for one statement, and many a page asks no other.
        """
        if not self._is_direct() or _has_begun():
            return self.rows(values)
        connection = db.engine.raw_connection()
        try:
            return _read(connection.dbapi_connection, self._text, self._placed(self._told(values)))
        finally:
            connection.close()

    def named(self, values: Mapping[str, Any]) -> list[Any]:
        """The same rows, with their values by the names of the columns."""
        return list(map(self._row._make, self.rows(values)))

    def _told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(self._given)
        for name, conversion in self._later.items():
            told[name] = _converted(values[name], conversion)
        return told

    def _placed(self, told: dict[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        return told if self._places is None else tuple([told[name] for name in self._places])

    def _is_direct(self) -> bool:
        """Whether SQLite’s driver is asked itself, as long as nobody listens to statements."""
        return self._places is not None and not db.engine.dispatch.before_cursor_execute


def _has_begun() -> bool:
    return bool(db.session.registry.has()) and db.session().in_transaction()


def _read(driver: Any, text: str, asked: Any) -> list[Any]:
    """As SQLAlchemy would, without what it keeps of each statement that it sends."""
    try:
        return list(driver.execute(text, asked).fetchall())
    except db.engine.dialect.loaded_dbapi.Error as error:
        raise OperationalError(text, (), error) from error


def _conversion(kind: TypeEngine[Any], dialect: Dialect) -> Conversion | None:
    """What makes of a value what the driver takes."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _converted(value: Any, conversion: Conversion | None) -> Any:
    return conversion(value) if conversion else value
