"""How Alembic meets the database: on a connection that ``schema.py`` hands it."""

from typing import Any, Literal, cast

import sqlalchemy as sa
from alembic import context

from alumni.db import Moment, Words
from alumni.migrations.schema import ours
from alumni.tables import metadata


def render_item(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Write our own types as SQLAlchemy's: a migration must not change when our code does."""
    if kind == "type" and isinstance(thing, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, Words):
        return f"sa.String(length={_plain(thing).length}){_collation(thing)}"
    return False


def _plain(words: Words) -> sa.String:
    return cast("sa.String", words.impl_instance)


def _collation(words: Words) -> str:
    variant = words._variant_mapping.get("postgresql")  # noqa: SLF001
    if not isinstance(variant, Words):
        return ""
    impl = _plain(variant)
    said = f"sa.String(length={impl.length}, collation={impl.collation!r})"
    return f".with_variant({said}, 'postgresql')"


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render_item,
    include_object=ours,
    compare_type=True,
    compare_server_default=connection.dialect.name == "postgresql",
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
