"""How often one may ask, counted in the program's own database, right for many processes."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask_limiter import Limiter
from limits.storage import Storage
from sqlalchemy import Integer, bindparam, case, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import WRITING, Model, Words, db, is_postgresql, upsert


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
        with db.engine.connect().execution_options(**WRITING) as connection, connection.begin():
            return int(connection.execute(_counting(is_postgresql()), told).scalar_one())

    def get(self, key: str) -> int:
        return self._read(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._read(key)[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        return self._delete(delete(Throttle))

    def clear(self, key: str) -> None:
        self._delete(delete(Throttle).where(Throttle.key == key))

    def _read(self, key: str) -> tuple[int, float]:
        asked = select(Throttle.times, Throttle.ends_at).where(Throttle.key == key)
        with db.engine.connect() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None or row.ends_at.timestamp() <= time.time():
            return 0, time.time()
        return int(row.times), float(row.ends_at.timestamp())

    def _delete(self, statement: Any) -> int:
        with db.engine.connect().execution_options(**WRITING) as connection, connection.begin():
            return int(connection.execute(statement).rowcount)


class Limits(Limiter):
    """Limits of views, which their decorators hold them to. There are no others, and so none is

    looked for before each page: that was a twentieth of a light one.
    """

    def _check_request_limit(
        self,
        callable_name: str | None = None,
        in_middleware: bool = True,  # noqa: FBT001, FBT002 - as the library calls it
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


def register() -> None:
    """Nothing to do but to be imported: the library finds the storage by its scheme."""
