"""The words people are found by, and the full-text indexes over them."""

from typing import Any

from sqlalchemy import DDL, ForeignKey, Index, Text, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from alumni.db import Model
from alumni.people.models import Person  # noqa: F401 - whose table the words hang on


class PersonSearch(Model):
    """The words by which a person is found: by the office, and by other graduates.

    PostgreSQL indexes the columns themselves. On SQLite triggers keep full-text indexes beside
    them that hold no copy of the words: they have to be told the old ones to forget them, and they
    stand here.
    """

    __tablename__ = "person_search"
    __table_args__ = (
        Index("ix_person_search_tokens", "tokens", postgresql_using="gin").ddl_if(
            dialect="postgresql"
        ),
        Index("ix_person_search_open_tokens", "open_tokens", postgresql_using="gin").ddl_if(
            dialect="postgresql"
        ),
    )
    audited = False

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tokens: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
    """For the office: all that is known."""
    open_tokens: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
    """For every verified graduate: the names, and what is shown to all of them. None for people
    whom only the office may find."""


class StaleSearch(Model):
    """Somebody whose words changed elsewhere, by a merger of two majors: the worker reads anew."""

    __tablename__ = "stale_search"
    audited = False

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


def _index_for_sqlite(index: str, column: str) -> tuple[str, ...]:
    """The statements that make a full-text index over a column of ``person_search``.

    Beginnings of up to six letters have lists of their own: ``0zhang`` is one, and to put it
    together of the words that begin so takes twenty times as long.
    """
    return (
        f"""CREATE VIRTUAL TABLE {index} USING fts5(
        tokens, content='', detail=none, columnsize=0, prefix='2 3 4 5 6', tokenize='ascii'
    )""",
        f"""CREATE TRIGGER {index}_added AFTER INSERT ON person_search
    WHEN new.{column} IS NOT NULL BEGIN
        INSERT INTO {index}(rowid, tokens) VALUES (new.person_id, new.{column});
    END""",  # noqa: S608 - words of this file
        f"""CREATE TRIGGER {index}_removed AFTER DELETE ON person_search
    WHEN old.{column} IS NOT NULL BEGIN
        INSERT INTO {index}({index}, rowid, tokens)
        VALUES ('delete', old.person_id, old.{column});
    END""",  # noqa: S608 - words of this file
        f"""CREATE TRIGGER {index}_changed AFTER UPDATE ON person_search
    WHEN old.{column} IS NOT new.{column} BEGIN
        INSERT INTO {index}({index}, rowid, tokens)
        SELECT 'delete', old.person_id, old.{column} WHERE old.{column} IS NOT NULL;
        INSERT INTO {index}(rowid, tokens)
        SELECT new.person_id, new.{column} WHERE new.{column} IS NOT NULL;
    END""",
    )


SEARCH_INDEXES = {"person_fts": "tokens", "person_fts_open": "open_tokens"}
"""Of SQLite: the full-text index over each column."""


def _on_sqlite(statement: str) -> Any:
    """The statement, for SQLite alone."""
    return DDL(statement).execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]  # so it is


for index, column in SEARCH_INDEXES.items():
    for statement in _index_for_sqlite(index, column):
        event.listen(PersonSearch.__table__, "after_create", _on_sqlite(statement))
    event.listen(PersonSearch.__table__, "before_drop", _on_sqlite(f"DROP TABLE IF EXISTS {index}"))
