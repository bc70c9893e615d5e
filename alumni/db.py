"""The database: one way to declare tables, one way to write, on SQLite and PostgreSQL alike."""

import secrets
import sqlite3
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Dialect,
    Insert,
    MetaData,
    Select,
    SQLColumnExpression,
    Update,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

from alumni.errors import BadValue

try:
    from pysqlite3 import dbapi2 as sqlite_driver
except ImportError:  # no wheel for this machine: the standard library's
    sqlite_driver = sqlite3

T = TypeVar("T")

GREATEST = 2**31 - 1
"""The greatest integer both engines keep in a column, and so the greatest id in an address."""

WRITING = {"writing": True}


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """The day it is in the association's time zone: terms and deadlines begin and end by it."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day on which it was in the association's time zone."""
    return moment.astimezone(ZoneInfo(current_app.config["ALUMNI"].time_zone)).date()


def is_clean(text: str) -> bool:
    """Whether both engines keep the text as it is: no control character, no lone surrogate."""
    if text.isprintable():
        return True
    return not any(
        (code < 32 and code not in (9, 10, 13)) or code == 127 or 0xD800 <= code <= 0xDFFF  # noqa: PLR2004
        for code in map(ord, text)
    )


class Words(TypeDecorator[str]):
    """Text up to a length. SQLite would take any length and NUL, PostgreSQL answers with an error:

    here both refuse alike, before the statement is sent.
    """

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not is_clean(value):
            raise BadValue
        length = cast("sa.String", self.impl_instance).length
        if length is not None and len(value) > length:
            raise BadValue
        return value


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite would give it back without a zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


pk = Annotated[int, mapped_column(primary_key=True)]

PUBLIC_ID_LENGTH = 22


def public_id() -> str:
    """128 random bits that can stand in an address."""
    return secrets.token_urlsafe(16)


Public = Annotated[str, mapped_column(Words(PUBLIC_ID_LENGTH), unique=True, default=public_id)]


class Model(DeclarativeBase):
    """What every table is made from."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: Moment(),
            str: Words(),
            dict[str, Any]: sa.JSON(),
            list[str]: sa.JSON(),
        },
    )

    audited: ClassVar[bool] = True
    """Whether a change of a row belongs into the history. Not what only the program works with."""

    untold: ClassVar[frozenset[str]] = frozenset({"version", "updated_at"})
    """Columns that say only that something else changed."""


db = SQLAlchemy(
    model_class=Model,
    disable_autonaming=True,
    session_options={"expire_on_commit": False},
)


def enum(kind: type[Any]) -> TypeEngine[Any]:
    """A column of these states: short text with a constraint, since engines differ on enums."""
    return sa.Enum(
        kind,
        values_callable=lambda states: [state.value for state in states],
        native_enum=False,
        create_constraint=True,
        length=24,
        name=kind.__name__.lower(),
    )


@contextmanager
def transaction() -> Iterator[None]:
    """Keep everything the block did, or nothing of it.

    Whatever was loaded before is read anew inside, where nobody else can be writing it.
    """
    try:
        db.session.rollback()
        db.session.expire_all()
        db.session.connection(execution_options=WRITING)
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def lightly() -> Iterator[Connection]:
    """Keep at once, whatever the request does, what a power cut may take back: nobody waits for the

    disk. SQLite lets nobody else write as long as somebody waits for that.
    """
    with db.engine.connect().execution_options(**WRITING) as connection:
        if is_postgresql():
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA synchronous = NORMAL")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute("PRAGMA synchronous = FULL")


def inserted(thing: Model) -> bool:
    """Insert the thing, unless the database has one that must be unique. Return whether it did.

    Asking first and inserting then would let two through who ask at the same moment.
    """
    try:
        with db.session.begin_nested():
            db.session.add(thing)
    except IntegrityError as error:
        if "unique" in str(error.orig).lower():
            return False
        raise
    return True


def changed(statement: Update | Insert | Delete) -> int:
    """Carry out the statement and return how many rows it changed."""
    counting = {"preserve_rowcount": True}  # PostgreSQL does not say it of an insert otherwise
    result = db.session.execute(statement, execution_options=counting)
    return cast("CursorResult[Any]", result).rowcount


def insert_or_ignore(table: type[Model]) -> Any:
    """An INSERT that leaves rows alone which a unique constraint would refuse."""
    return upsert(table).on_conflict_do_nothing()


def upsert(table: type[Model]) -> Any:
    """An INSERT with ``on_conflict_…`` in the words of the engine at hand."""
    return postgresql.insert(table) if is_postgresql() else sqlite.insert(table)


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def any_of(
    column: SQLColumnExpression[Any],
    given: str | Collection[Any],
    kind: type[TypeEngine[Any]] = sa.Integer,
    *,
    on_postgresql: bool | None = None,
) -> ColumnElement[bool]:
    """Whether the column is one of the values given, or of the list of the parameter so called.

    However many there are, they are one parameter, and the statement is the same. The engine is
    that at hand if nothing is said.
    """
    is_list = on_postgresql if on_postgresql is not None else is_postgresql()
    kept: TypeEngine[Any] = sa.ARRAY(kind) if is_list else sa.JSON()
    told: sa.BindParameter[Any] = (
        sa.bindparam(given, type_=kept)
        if isinstance(given, str)
        else sa.bindparam(None, list(given), type_=kept, unique=True)
    )
    if is_list:
        return column == sa.any_(told)
    return column.in_(sa.select(sa.func.json_each(told).table_valued("value").c.value))


def locked(things: Select[T]) -> Select[T]:
    """The same rows, held until the transaction ends. On SQLite the writer has them all anyway."""
    return things.with_for_update().execution_options(populate_existing=True)


def hold(thing: Any) -> None:
    """Read this row anew, and hold it until the transaction ends.

    Not by ``refresh``: that joins what was loaded beside it, which PostgreSQL cannot lock.
    """
    kind = type(thing)
    db.session.scalars(locked(sa.select(kind).where(kind.id == thing.id))).one()


def streamed(
    keys: Select[Any],
    rows: "Select[*tuple[Any, ...]]",
    by: SQLColumnExpression[int],
    *,
    at_a_time: int = 500,
) -> Generator[list[Any], None, None]:
    """Yield those of the rows of which ``by`` is among the keys, in lists as they are read, all as

    they are at one moment. ``keys`` are whole numbers in the order that the rows have too.

    From a connection of their own: the request's is closed before its response is sent. The
    engine is taken now, because a response is read after the application context has gone.
    """
    engine = db.engine
    read = _read_together if is_postgresql() else _read_in_slices

    def parts() -> Generator[list[Any], None, None]:
        with engine.connect() as connection, closing(read(connection, keys, rows, by)) as results:
            for found in results:
                yield from (list(part) for part in found.partitions(at_a_time))

    return parts()


SLICE = 5_000
"""Keys of which SQLite reads the rows at once. Those of so many are met as they lie, which is much
less work than to go from one to the next in another order, and are sorted in two megabytes."""

FEW = 10_000
"""Keys of which PostgreSQL looks up the rows one by one; for more it reads the tables whole."""

Results: TypeAlias = Generator[CursorResult[Any], None, None]
"""Each to be read before the next is asked for."""


def _read_in_slices(
    connection: Connection,
    keys: Select[Any],
    rows: "Select[*tuple[Any, ...]]",
    by: SQLColumnExpression[int],
) -> Results:
    """A slice at a time: nobody sorts more than that, nor holds it."""
    some = rows.where(any_of(by, "given", on_postgresql=False))
    with connection.execute(keys) as found:
        for slice_ in found.scalars().partitions(SLICE):
            with connection.execute(some, {"given": list(slice_)}) as result:
                yield result


def _read_together(
    connection: Connection,
    keys: Select[Any],
    rows: "Select[*tuple[Any, ...]]",
    by: SQLColumnExpression[int],
) -> Results:
    """In one statement. That there are few has to be said: PostgreSQL would not think of it."""
    from alumni.flowing import flowing  # noqa: PLC0415 - it brings the driver along

    connection.execution_options(isolation_level="REPEATABLE READ")
    unsorted = keys.order_by(None)
    few = list(connection.scalars(unsorted.limit(FEW + 1)))
    if len(few) <= FEW:
        some = rows.where(any_of(by, "given", on_postgresql=True))
        with connection.execute(some, {"given": few}) as result:
            yield result
        return
    whole = rows.where(by.in_(unsorted.correlate(None)))
    options = {"stream_results": True, "max_row_buffer": SLICE}
    with flowing(connection), connection.execute(whole, execution_options=options) as result:
        yield result


def engine_options(url: str) -> dict[str, Any]:
    """What SQLAlchemy is told of the engine at this address."""
    if url.startswith("sqlite"):
        return {"module": sqlite_driver, "connect_args": {"timeout": 10}}
    # To compile a statement of ours for the machine takes longer than what it asks for; and what
    # is read through a cursor is read to the end, which must come soon, and not the beginning.
    return {
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {
            "prepare_threshold": None,
            "connect_timeout": 5,
            "options": "-c jit=off -c cursor_tuple_fraction=1",
        },
    }


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if not isinstance(connection, (sqlite3.Connection, sqlite_driver.Connection)):
        return
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "temp_store = MEMORY",
        "cache_size = -4000",
        "journal_size_limit = 67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Begin at the beginning. By itself the driver waits for the first write, which is too late:

    a savepoint would commit, and a reader who wants to write would find the database locked.
    """
    if connection.dialect.name != "sqlite":
        return
    writing = connection.get_execution_options().get("writing")
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(begin)  # what SQLAlchemy does about a statement would be most of it
    except (sqlite3.Error, sqlite_driver.Error) as error:
        raise OperationalError(begin, {}, error) from error


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget_notes(session: Session) -> None:
    """What the session noted of a transaction ends with it."""
    if not session.in_nested_transaction():
        session.info.pop("changes", None)
