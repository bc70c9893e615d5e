"""The first start: the tables, and in a new database the lists that the program brings."""

from sqlalchemy import select

from alumni.chapters.commands import load_chapters
from alumni.codes.commands import load_lists
from alumni.codes.models import Place
from alumni.db import db, transaction
from alumni.migrations import schema


def make_ready() -> bool:
    """Make the database ready, whatever state it is in. Return whether it was new.

    Raise SchemaError for one that is newer than the program. A start that was cut off between
    the tables and the lists is taken up again.
    """
    schema.prepare()
    if not is_bare():
        return False
    with schema.alone(), transaction():  # PostgreSQL would let two begin to fill it
        if is_bare():
            load_lists()
            load_chapters()
    return True


def is_bare() -> bool:
    """Whether there are tables and nothing of ours in them."""
    return db.session.scalar(select(Place.id).limit(1)) is None
