"""How often one may ask, counted in the program's own database, right for many processes."""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter, RouteLimit
from limits.storage import Storage
from sqlalchemy import Integer, bindparam, case, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import WRITING, Model, Words, db, is_postgresql, lightly, upsert

WRONG = 422
"""How a view answers a wrong guess."""


class Throttle(Model):
    """How many times something was asked for in a stretch of time."""

    __tablename__ = "throttle"
    audited = False

    key: Mapped[str] = mapped_column(Words(300), primary_key=True)
    times: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)


@lru_cache(maxsize=2)
def _counting(_on_postgresql: bool) -> Any:  # noqa: FBT001 - what it is kept by
    """Made once for each engine: it is asked with every page that has a limit."""
    when = Throttle.ends_at.type
    amount, fresh = bindparam("amount", type_=Integer), bindparam("fresh", type_=when)
    row = upsert(Throttle).values(key=bindparam("key"), times=amount, ends_at=fresh)
    over = Throttle.ends_at <= bindparam("moment", type_=when)
    return row.on_conflict_do_update(
        index_elements=[Throttle.key],
        set_={
            "times": case((over, amount), else_=Throttle.times + amount),
            "ends_at": case((over, fresh), else_=Throttle.ends_at),
        },
    ).returning(Throttle.times)


class OwnTable(Storage):
    """The storage that Flask-Limiter counts in. Each count is one short transaction of its own."""

    STORAGE_SCHEME = ["alumni"]  # noqa: RUF012 - as the library declares it

    def __init__(
        self, uri: str | None = None, *, wrap_exceptions: bool = False, **options: Any
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        moment = time.time()
        fresh = datetime.fromtimestamp(moment + expiry, UTC)
        told = {
            "key": key[:300],
            "amount": amount,
            "fresh": fresh,
            "moment": datetime.fromtimestamp(moment, UTC),
        }
        with lightly() as connection:
            return int(connection.execute(_counting(is_postgresql()), told).scalar_one())

    def get(self, key: str) -> int:
        return self._read(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._read(key)[1]

    def check(self) -> bool:
        return True

    def give_back(self, keys: Collection[str]) -> None:
        """Count one time less under each of the keys, as long as its stretch of time lasts."""
        moment = datetime.fromtimestamp(time.time(), UTC)
        counted = update(Throttle).where(
            Throttle.key.in_([key[:300] for key in keys]),
            Throttle.times > 0,
            Throttle.ends_at > moment,
        )
        self._write(counted.values(times=Throttle.times - 1))

    def reset(self) -> int | None:
        return self._write(delete(Throttle))

    def clear(self, key: str) -> None:
        self._write(delete(Throttle).where(Throttle.key == key))

    def _read(self, key: str) -> tuple[int, float]:
        asked = select(Throttle.times, Throttle.ends_at).where(Throttle.key == key)
        with db.engine.connect() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None or row.ends_at.timestamp() <= time.time():
            return 0, time.time()
        return int(row.times), float(row.ends_at.timestamp())

    def _write(self, statement: Any) -> int:
        with db.engine.connect().execution_options(**WRITING) as connection, connection.begin():
            return int(connection.execute(statement).rowcount)


class Limits(Limiter):
    """Limits of views, which their decorators hold them to. There are no others, and so none is

    looked for before each page: that was a twentieth of a light one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guessed: set[str] = set()

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.after_request(self._give_back)

    def guesses(self, most: str, *, scope: str, of: Callable[[], str]) -> RouteLimit:
        """Of what is sent to a view at most so many wrong guesses, counted by ``of``; views of one

        scope count together. Each counts before it is looked at, so that those who guess in many
        threads at once get no more of them; and what was no wrong guess (422) is given back.
        """
        self._guessed.add(scope)
        return self.shared_limit(most, scope=scope, key_func=of, methods=["POST"])

    def _give_back(self, response: Response) -> Response:
        if request.method != "POST":
            return response
        guessed = [one.key for one in self.current_limits if one.request_args[-1] in self._guessed]
        if guessed and response.status_code != WRONG and isinstance(self.storage, OwnTable):
            self.storage.give_back(guessed)
        return response

    def _check_request_limit(
        self,
        callable_name: str | None = None,
        in_middleware: bool = True,  # noqa: FBT001, FBT002 - as the library calls it
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


def register() -> None:
    """Nothing to do but to be imported: the library finds the storage by its scheme."""
