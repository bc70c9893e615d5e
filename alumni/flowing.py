"""Reading from PostgreSQL as the rows come."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Self

import psycopg
from psycopg import capabilities
from psycopg.abc import Params, Query
from sqlalchemy import Connection

AT_A_TIME = 500


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
