"""A list of whom somebody looks for by words."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import Text as LongText

from alumni.audiences.criteria import Audience, Beside, Part, Text
from alumni.audiences.queries import pages
from alumni.audiences.queries.counting import written_to
from alumni.audiences.queries.pages import Key, Mark, PeoplePage, Window
from alumni.audiences.queries.seeing import KEPT, Sight, listed_for, sight_of
from alumni.authz import Actor
from alumni.db import any_of, db, is_postgresql
from alumni.i18n import language
from alumni.people.models import Person
from alumni.people.policy import may_view_people, visible
from alumni.people.queries.search import found_by, hits, so_named, sought, spellings
from alumni.ready import Ready


def searched(actor: Actor, audience: Audience, words: Text, window: Window) -> PeoplePage:
    """By the search index: all that is found comes as keys, and is put in order here.

    Left to the database, common words make it walk the whole list in order, looking for them.
    """
    found = _found(actor, audience, words)
    keys = sorted(found)[: pages.MOST_FOUND]
    begin, end = _slice(keys, window)
    wanted = [person_id for _rank, _sort_key, person_id in keys[begin:end]]
    is_counted = may_view_people(actor) and len(found) <= min(pages.MOST_ASKED, pages.MOST_FOUND)
    statement = _of_these(sight_of(actor), language(), is_counted, is_postgresql())
    everybody = {"everybody": [key[2] for key in keys]} if is_counted else {}
    rows = statement.named({"ids": wanted, **everybody}) if wanted else []
    known = {row.person_id: row for row in rows}
    with_email = rows[0].written_to if rows and is_counted else None
    return PeoplePage(
        rows=[known[person_id] for person_id in wanted if person_id in known],
        total=len(keys),
        is_more=len(found) > pages.MOST_FOUND,
        with_email=0 if is_counted and not keys else with_email,
        first=begin + 1,
        newer=Mark(Key(*keys[begin]), begin + 1) if 0 < begin < len(keys) else None,
        older=Mark(Key(*keys[end - 1]), end) if 0 < end < len(keys) else None,
    )


def _found(actor: Actor, audience: Audience, words: Text) -> list[tuple[int, str, int]]:
    """The keys of all who are found, in no order; of too many one more than are shown."""
    asked = sought(actor, words.typed)
    if asked is None:
        return []
    values = spellings(words.typed)
    how = (bool(values["reading"]), pages.MOST_FOUND + 1, is_postgresql())
    others = tuple(one for one in audience.criteria if one is not words)
    if all(isinstance(one, Beside) for one in others):
        return _hits(sight_of(actor), others, *how).rows(values | {"words": asked})
    # Of the driver itself: there are thousands of them, and nothing to make of each.
    statement = _made_hits(actor, others, *how)
    cursor: Any = db.session.connection().execute(statement, values | {"words": asked}).cursor
    return list(cursor.fetchall())


@lru_cache(maxsize=KEPT)
def _hits(
    sight: Sight,
    others: tuple[Part, ...],
    has_reading: bool,  # noqa: FBT001 - to be kept by
    most: int,
    on_postgresql: bool,  # noqa: FBT001 - as above
) -> Ready:
    return Ready(_made_hits(sight.actor(), others, has_reading, most, on_postgresql))


def _made_hits(
    actor: Actor,
    others: Sequence[Part],
    has_reading: bool,  # noqa: FBT001 - as above
    most: int,
    on_postgresql: bool,  # noqa: FBT001 - as above
) -> Select[Any]:
    """What is a number here stands in the statement as one: a plan depends on it."""
    rank = case((so_named(has_reading=has_reading), literal_column("0")), else_=literal_column("1"))
    meant = (
        visible(actor),
        *(one.probed(actor) if isinstance(one, Beside) else one.condition(actor) for one in others),
    )
    limit: ColumnElement[int] = literal_column(str(most))
    person_id, words = hits(actor), bindparam("words", type_=LongText)
    if not on_postgresql:
        keys = select(rank, Person.sort_key, Person.id).join_from(
            person_id.table, Person, Person.id == person_id
        )
        return keys.where(found_by(actor, words), *meant).limit(limit)
    # Told to look up one after the other: what it expects of many words makes it read everybody.
    # And not told which words, so that it expects the same of all.
    nobody: ColumnElement[int] = literal_column("0")
    matching = found_by(actor, select(words).scalar_subquery())
    found = select(person_id.label("person_id")).where(matching).offset(nobody).subquery()
    keys = select(rank.label("rank"), Person.sort_key, Person.id)
    one = keys.where(Person.id == found.c.person_id, *meant).offset(nobody).lateral()
    return select(*one.c).select_from(found.join(one, true())).limit(limit)


@lru_cache(maxsize=KEPT)
def _of_these(
    sight: Sight,
    code: str,
    is_counted: bool,  # noqa: FBT001 - as above
    on_postgresql: bool,  # noqa: FBT001 - as above
) -> Ready:
    """Rows of the list by ``ids``, and if wanted how many of ``everybody`` have an address."""
    rows = listed_for(sight, code).where(_one_of("ids", on_postgresql))
    if is_counted:
        addressed = written_to(_one_of("everybody", on_postgresql))
        rows = rows.add_columns(addressed.label("written_to"))
    return Ready(rows)


def _one_of(name: str, on_postgresql: bool) -> ColumnElement[bool]:  # noqa: FBT001 - as above
    """Over ``Person``: whether it is one of the ids in the parameter so called.

    PostgreSQL must not see how many they are: it would make a plan for each number of them.
    """
    if not on_postgresql:
        return any_of(Person.id, name, on_postgresql=False)
    told = select(func.unnest(bindparam(name, type_=ARRAY(Integer)))).scalar_subquery()
    return Person.id == any_(func.array(told))


def _slice(keys: Sequence[tuple[int, str, int]], window: Window) -> tuple[int, int]:
    """Where the page begins in the whole list, and where it ends."""
    if window.before:
        end = bisect_left(keys, window.before.key)
        return max(0, end - pages.PAGE), end
    begin = bisect_right(keys, window.after.key) if window.after else 0
    return begin, min(begin + pages.PAGE, len(keys))
