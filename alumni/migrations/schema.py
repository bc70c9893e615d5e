"""The schema: made from the models at the first start, brought up to date by migrations later.

Alembic is loaded only where there is something for it to do: a process that serves pages asks
just whether the database is up to date, and should not carry it.
"""

import fcntl
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app

from alumni.db import db, now
from alumni.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
BY_HAND = ("ix_person_search_", "ix_employment_by_employer", "ix_study_institution_certificate_key")
"""Indexes that differ between the engines, or that one of them does not tell of."""
LOCK_NUMBER = 4_712_047
"""PostgreSQL's lock for this program's schema; any number that nobody else takes."""


class SchemaError(Exception):
    """The database is not one that this program can work with. The text says what to do."""


def configured(connection: sa.Connection) -> "Config":
    """What Alembic is told, with the connection that it is to work on."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


@lru_cache(maxsize=1)
def revisions() -> dict[str, str]:
    """Of each migration the revision it follows on, empty for the first; read from the files."""
    found = {}
    for path in (HERE / "versions").glob("*.py"):
        said = dict(
            re.findall(r"^(\w+) = '?(\w+)'?$", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        before = said.get("down_revision", "None")
        found[said["revision"]] = "" if before == "None" else before
    return found


def head() -> str:
    """The revision that the program's models are at."""
    known = revisions()
    return next(iter(known.keys() - set(known.values())))


def current(connection: sa.Connection) -> str | None:
    """The revision of the database; None for one that is empty."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def prepare() -> bool:
    """Make an empty database, or bring an older one up to date after keeping a copy of it.

    Any number of processes may start at once: one does it and the others wait. Return whether
    the database was empty. Raise SchemaError for a database that is newer than the program.
    """
    with alone(), own_connection() as connection:
        known = current(connection)
        connection.rollback()  # what was asked began a transaction
        if known is None:
            _make(connection)
            return True
        if known != head():
            _upgrade(connection, known)
    return False


def check() -> list[str]:
    """How the database differs from the models, a line for each difference."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - see above
    from alembic.migration import MigrationContext  # noqa: PLC0415 - see above

    with db.engine.connect() as connection, warnings.catch_warnings():
        # Of SQLite's indexes over an expression SQLAlchemy says that it cannot read them.
        warnings.filterwarnings("ignore", ".*expression-based index")
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        return [str(difference) for difference in compare_metadata(context, metadata)]


def revise(message: str) -> None:
    """Write a migration of what the models have that the database has not."""
    from alembic import command  # noqa: PLC0415 - see above

    with db.engine.connect() as connection:
        command.revision(configured(connection), message, autogenerate=True)


def ours(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:  # noqa: FBT001 - Alembic calls it so
    """Leave out what is made by hand for each engine: the index by which people are found."""
    return not (
        (kind == "table" and (name or "").startswith("person_fts"))
        or (kind == "index" and (name or "").startswith(BY_HAND))
    )


def _make(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above

    with connection.begin():
        metadata.create_all(connection)
        command.stamp(configured(connection), "head")


def _upgrade(connection: sa.Connection, known: str) -> None:
    from alembic import command  # noqa: PLC0415 - see above

    if known not in revisions():
        raise SchemaError(
            f"the database has schema {known}, which this program does not know:"
            " it was written by a newer one. Install that, or restore a backup."
        )
    _keep_copy(connection, known)
    with connection.begin():
        command.upgrade(configured(connection), "head")
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise SchemaError(f"the upgrade would have left {len(broken)} rows without parent")


def _keep_copy(connection: sa.Connection, known: str) -> None:
    if connection.dialect.name != "sqlite":
        return
    folder: Path = current_app.config["ALUMNI"].folder / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-upgrade-{known}-{now():%Y%m%d%H%M%S}.sqlite"
    driver: Any = connection.connection.dbapi_connection
    driver.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)


@contextmanager
def own_connection() -> Iterator[sa.Connection]:
    """A connection on which a table can be made anew without its children being deleted.

    SQLite changes a table by copying it, dropping it and renaming the copy; with foreign keys on,
    the drop deletes all rows that hang on it. The pragma works only outside a transaction.
    """
    with db.engine.connect().execution_options(writing=True) as connection:
        driver: Any = connection.connection.dbapi_connection
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            driver.execute("PRAGMA foreign_keys = OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            if is_sqlite:
                driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def alone() -> Iterator[None]:
    """Hold a lock that no other starting process has."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK_NUMBER)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK_NUMBER)))
        return
    path: Path = current_app.config["ALUMNI"].folder / "starting.lock"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
