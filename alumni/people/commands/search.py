"""Keeping the words that people are found by true."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    Executable,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    or_,
    select,
    text,
    true,
    union,
)

from alumni.codes.models import Place
from alumni.db import changed, db, is_postgresql, transaction, upsert
from alumni.people.models import (
    Employment,
    Person,
    Residence,
    Study,
    StudyInstitution,
    Training,
)
from alumni.people.models.search import SEARCH_INDEXES, PersonSearch, StaleSearch
from alumni.people.policy import GONE
from alumni.people.queries.findable import known

AT_A_TIME = 1000

MERGED_AS_WRITTEN = 4
"""What SQLite does by itself: searches between two tidyings stay quick."""

_TABLE: FromClause = PersonSearch.__table__
_NAME = PersonSearch.__tablename__


def reindex(person_ids: Collection[int]) -> int:
    """Make the search words of these people anew. Return how many they were."""
    db.session.flush()
    wanted = sorted(set(person_ids))
    return sum(
        _reindex_some(wanted[begin : begin + AT_A_TIME])
        for begin in range(0, len(wanted), AT_A_TIME)
    )


def keep(rows: Sequence[Mapping[str, object]]) -> None:
    """Write search words: mappings of ``person_id tokens``, and ``open_tokens`` of those whom

    graduates find. New and known people alike; a row that is so already is left alone.
    """
    if rows:
        names = _TABLE.c.keys()
        told = [{name: row.get(name) for name in names} for row in rows]
        db.session.connection().execute(_keep(is_postgresql()), {"rows": json.dumps(told)})


@lru_cache(maxsize=2)
def _keep(on_postgresql: bool) -> Executable:  # noqa: FBT001 - the engine at hand, to be cached by
    """All rows in one statement: at the end of each, SQLite writes what it has of its index."""
    statement = upsert(PersonSearch).from_select(_TABLE.c.keys(), _told(on_postgresql))
    old, new = _TABLE.c, statement.excluded
    kept: Executable = statement.on_conflict_do_update(
        index_elements=[PersonSearch.person_id],
        set_={"tokens": new.tokens, "open_tokens": new.open_tokens},
        where=or_(
            old.tokens.is_distinct_from(new.tokens),
            old.open_tokens.is_distinct_from(new.open_tokens),
        ),
    )
    return kept


def _told(on_postgresql: bool) -> Select[Any]:  # noqa: FBT001 - as above
    """Rows that are told as JSON, as the engine reads it."""
    rows = bindparam("rows", type_=Text())
    if on_postgresql:
        columns = [column(one.name, one.type) for one in _TABLE.c]
        told = func.json_to_recordset(cast(rows, JSON)).table_valued(*columns)
        return select(*told.render_derived(with_types=True).c)
    told = func.json_each(rows).table_valued("value")
    values = (func.json_extract(told.c.value, f"$.{one.name}") for one in _TABLE.c)
    return select(*values).where(true())


def reindex_all(
    *, at_a_time: int = AT_A_TIME, done: Callable[[int], object] = lambda _more: None
) -> int:
    """Make the whole search index anew, a part of the people in each transaction.

    Until the end of it people are missing from it. ``done`` is called with how many more there
    are, over and over. Return how many people are in the index.
    """
    with transaction():
        _empty()
    total, last = 0, 0
    while True:
        with transaction():
            some = select(Person.id).where(Person.id > last).order_by(Person.id).limit(at_a_time)
            person_ids = db.session.scalars(some).all()
            number = reindex(person_ids)
        if not person_ids:
            break
        total, last = total + number, person_ids[-1]
        done(len(person_ids))
    with transaction():
        tidy_index()
    return total


def tidy_index() -> None:
    """After much was written: let the engine put its indexes in order."""
    for index, words in SEARCH_INDEXES.items():
        if is_postgresql():
            pending = func.gin_clean_pending_list(text(f"'ix_person_search_{words}'"))
            db.session.execute(select(pending))
        else:
            _merge_as_written(index, MERGED_AS_WRITTEN)
            db.session.execute(text(f"INSERT INTO {index}({index}) VALUES ('optimize')"))  # noqa: S608 - two names of ours


def mark_stale(people: Select[int]) -> int:
    """Have the worker make the words of these people anew: a select of ids, in one statement.

    For what concerns many; who changes one person calls ``reindex``. Who is marked already stays
    marked, and is not made anew before this transaction ends. Return how many they are.
    """
    db.session.flush()
    some = people.subquery()
    person_id = some.c[0]
    rows = select(person_id).where(true(), person_id.is_not(None)).distinct().order_by(person_id)
    statement = upsert(StaleSearch).from_select(["person_id"], rows)
    return changed(
        statement.on_conflict_do_update(
            index_elements=[StaleSearch.person_id],
            set_={"person_id": statement.excluded.person_id},
        )
    )


def mark_stale_by(kind: str, thing_id: int) -> None:
    """Mark all who have a ``code``, or who live in a ``place`` or in a place in it.

    Before they are moved to another one, or after that by the other one's id. The lists say it
    of each thing whose names change, or that is merged.
    """
    mark_stale(_living_in(thing_id) if kind == "place" else _with_code(thing_id))


def _reindex_some(person_ids: Sequence[int]) -> int:
    found = [one._asdict() for one in known(person_ids)]
    keep(found)
    if len(found) < len(person_ids):
        gone = select(Person.id).where(Person.id.in_(person_ids), Person.status.in_(GONE))
        changed(delete(PersonSearch).where(PersonSearch.person_id.in_(gone)))
    return len(found)


def _empty() -> None:
    """Forget all words. On SQLite past the triggers: they need indexes that are whole."""
    if is_postgresql():
        changed(delete(PersonSearch))
        return
    triggers = db.session.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name"),
        {"name": _NAME},
    ).all()
    for name, _made_by in triggers:
        db.session.execute(text(f"DROP TRIGGER {name}"))
    changed(delete(PersonSearch))
    for index in SEARCH_INDEXES:
        db.session.execute(text(f"INSERT INTO {index}({index}) VALUES ('delete-all')"))  # noqa: S608 - a name of ours
        _merge_as_written(index, 0)  # at the end all is merged once
    for _name, made_by in triggers:
        db.session.connection().exec_driver_sql(made_by)


def _merge_as_written(index: str, parts: int) -> None:
    """Have SQLite merge parts of its index as it writes, so many at once; 0 for not at all."""
    statement = f"INSERT INTO {index}({index}, rank) VALUES ('automerge', {parts})"  # noqa: S608 - a name of ours
    db.session.execute(text(statement))


def _with_code(code_id: int) -> Select[int]:
    def where(person_id: Any, *columns: Any) -> Select[int]:
        return select(person_id).where(or_(*(column == code_id for column in columns)))

    referring = union(
        where(Study.person_id, Study.college_id, Study.major_id, Study.programme_id),
        where(StudyInstitution.person_id, StudyInstitution.institution_id),
        where(Training.person_id, Training.hospital_id),
        where(Employment.person_id, Employment.industry_id),
    ).subquery()
    return select(referring.c.person_id)


def _living_in(place_id: int) -> Select[int]:
    inside = select(Place.id).where(Place.id == place_id).cte("inside", recursive=True)
    inside = inside.union(select(Place.id).where(Place.parent_id == inside.c.id))
    return select(Residence.person_id).where(Residence.place_id.in_(select(inside.c.id)))
