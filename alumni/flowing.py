"""Reading from PostgreSQL in ways of its driver: as the rows come, and by plans that are kept."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Self

import psycopg
from psycopg import capabilities
from psycopg.abc import Params, Query
from sqlalchemy import Connection

AT_A_TIME = 500

PLANS = 64
"""So many a connection keeps at once; the server holds some hundred kilobytes for each."""


def by_plan(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[Any]:
    """The rows of a statement whose plan the server keeps, the same one for all values.

    Under a name of ours, and bound by us: the driver forgets its own plans whenever a transaction
    is rolled back, as all are that only read.
    """
    driver: Any = connection.connection.driver_connection
    kept: dict[str, str] = connection.info.setdefault("plans", {})
    if statement not in kept:
        if len(kept) >= PLANS:
            driver.execute("DEALLOCATE ALL")
            kept.clear()
        name = f"plan_{len(kept)}"
        places = {one: f"${number}" for number, one in enumerate(values, 1)}
        told = ", ".join(f"%({one})s" for one in values)
        driver.execute(f"PREPARE {name} AS {statement % places}")
        kept[statement] = f"EXECUTE {name} ({told})" if told else f"EXECUTE {name}"
    usual = driver.cursor_factory
    driver.cursor_factory = psycopg.ClientCursor
    try:
        cursor: Any = connection.exec_driver_sql(kept[statement], dict(values)).cursor
        return list(cursor.fetchall())
    finally:
        driver.cursor_factory = usual


@contextmanager
def flowing(connection: Connection) -> Iterator[None]:
    """What is streamed over the connection in this block is not held on the server."""
    driver: Any = connection.connection.driver_connection
    usual = driver.server_cursor_factory
    driver.server_cursor_factory = FlowingCursor
    try:
        yield
    finally:
        driver.server_cursor_factory = usual


class FlowingCursor(psycopg.Cursor[Any]):
    """Holds no more of an answer than what has been asked for, without a cursor on the server.

    For such a cursor the server makes a plan that one process carries out, which takes it twice as
    long. Until all has been read, or this has been closed, the connection does nothing else. An
    answer without rows has no columns either.
    """

    def __init__(self, connection: psycopg.Connection[Any], **_of_server: object) -> None:
        super().__init__(connection)
        self._all: Iterator[Any] = iter(())
        self._rest: Iterator[Any] = self._all

    def execute(self, query: Query, params: Params | None = None, **_options: Any) -> Self:
        size = AT_A_TIME if capabilities.has_stream_chunked() else 1
        self._all = self.stream(query, params, size=size)
        first = list(islice(self._all, 1))  # with it comes the description of the columns
        self._rest = chain(first, self._all)
        return self

    def fetchmany(self, size: int = 0) -> list[Any]:
        return list(islice(self._rest, size or self.arraysize))

    def fetchone(self) -> Any | None:
        return next(self._rest, None)

    def fetchall(self) -> list[Any]:
        return list(self._rest)

    def close(self) -> None:
        """Without reading the rest: the server is told that nobody wants it."""
        if isinstance(self._all, Generator):
            self._all.close()
        super().close()
