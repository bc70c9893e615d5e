"""How often one may ask, counted in the program's own database, right for many processes."""

import time
from datetime import UTC, datetime
from typing import Any

from limits.storage import Storage
from sqlalchemy import case, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import WRITING, Model, Words, db, upsert


class Throttle(Model):
    """How many times something was asked for in a stretch of time."""

    __tablename__ = "throttle"
    audited = False

    key: Mapped[str] = mapped_column(Words(300), primary_key=True)
    times: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)


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
        row = upsert(Throttle).values(key=key[:300], times=amount, ends_at=fresh)
        over = Throttle.ends_at <= datetime.fromtimestamp(moment, UTC)
        statement = row.on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "times": case((over, amount), else_=Throttle.times + amount),
                "ends_at": case((over, fresh), else_=Throttle.ends_at),
            },
        ).returning(Throttle.times)
        with db.engine.connect().execution_options(**WRITING) as connection, connection.begin():
            return int(connection.execute(statement).scalar_one())

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


def register() -> None:
    """Nothing to do but to be imported: the library finds the storage by its scheme."""
