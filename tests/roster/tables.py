"""All tables at a glance, to say that two moments are alike."""

import hashlib
from collections.abc import Collection

import sqlalchemy as sa

from alumni.db import db
from alumni.tables import metadata

NOT_COMPARED = frozenset(
    {
        *("change_set", "change", "seal", "change_seal"),
        *("import_batch", "import_row", "import_chunk", "import_mapping"),
        *("person_search", "stale_search"),
    }
)
"""The history, the imports themselves, and the search index."""

NO_CONTENT = frozenset({"version", "updated_at"})


def tables(*, but: Collection[str] = ()) -> dict[str, tuple[int, str]]:
    """Of each table how many rows it has, and a digest of them without what says nothing.

    ``but`` names tables that are to differ: a worker's signs of life.
    """
    db.session.rollback()
    found = {}
    with db.engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in NOT_COMPARED or table.name in but:
                continue
            columns = [column for column in table.columns if column.name not in NO_CONTENT]
            rows = connection.execute(sa.select(*columns).order_by(*table.primary_key.columns))
            digest, number = hashlib.sha256(), 0
            for row in rows:
                digest.update(repr(tuple(row)).encode())
                number += 1
            found[table.name] = (number, digest.hexdigest())
    return found


def search_words() -> list[tuple[int, str, str | None]]:
    """What people are found by, by whom."""
    db.session.rollback()
    kept = metadata.tables["person_search"].c
    words = sa.select(kept.person_id, kept.tokens, kept.open_tokens).order_by(kept.person_id)
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(words)]
