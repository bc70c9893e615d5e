"""The first start: the tables, and in a new database the lists that the program brings."""

from sqlalchemy import select

from alumni.chapters.commands import load_chapters
from alumni.codes.commands import load_lists, load_missing_words
from alumni.codes.models import Place
from alumni.codes.queries import wordless_kinds
from alumni.db import db, transaction
from alumni.migrations import schema


def make_ready() -> bool:
    """Make the database ready, whatever state it is in. Return whether it was new.

    Raise SchemaError for one that is newer than the program. A start that was cut off between
    the tables and the lists is taken up again. A database of an older program gets the lists that
    it did not know.
    """
    schema.prepare()
    if not wordless_kinds():
        return False
    with schema.alone(), transaction():  # PostgreSQL would let two begin to fill it
        is_new = is_bare()
        if is_new:
            load_lists()
            load_chapters()
        else:
            load_missing_words()
    return is_new


def is_bare() -> bool:
    """Whether there are tables and nothing of ours in them."""
    return db.session.scalar(select(Place.id).limit(1)) is None
