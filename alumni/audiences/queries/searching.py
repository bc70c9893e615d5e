"""A list of whom somebody looks for by words."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, case, select, true
from sqlalchemy import Text as LongText

from alumni.audiences.criteria import Audience, Beside, Text
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
    asked = {"ids": wanted, **everybody}
    rows = db.session.connection().execute(statement, asked).all() if wanted else []
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
    has_reading = bool(values["reading"])
    others = [
        one.probed(actor) if isinstance(one, Beside) else one.condition(actor)
        for one in audience.criteria
        if one is not words
    ]
    hits_of = _made_hits(actor, has_reading, others) if others else None
    if hits_of is None:
        hits_of = _hits(sight_of(actor), has_reading, is_postgresql())
    values |= {"words": asked, "most": pages.MOST_FOUND + 1}
    # Of the driver itself: there are thousands of them, and nothing to make of each.
    cursor: Any = db.session.connection().execute(hits_of, values).cursor
    return list(cursor.fetchall())


@lru_cache(maxsize=KEPT)
def _hits(sight: Sight, has_reading: bool, _on_postgresql: bool) -> Select[Any]:  # noqa: FBT001 - to be kept by
    return _made_hits(sight.actor(), has_reading, [])


def _made_hits(
    actor: Actor,
    has_reading: bool,  # noqa: FBT001 - as above
    others: list[ColumnElement[bool]],
) -> Select[Any]:
    rank = case((so_named(has_reading=has_reading), 0), else_=1)
    meant = (visible(actor), *others)
    person_id, matching = hits(actor), found_by(actor, bindparam("words", type_=LongText))
    most: BindParameter[int] = bindparam("most", type_=Integer)
    if not is_postgresql():
        keys = select(rank, Person.sort_key, Person.id).join_from(
            person_id.table, Person, Person.id == person_id
        )
        return keys.where(matching, *meant).limit(most)
    # Told to look up one after the other: what it expects of many words makes it read everybody.
    found = select(person_id.label("person_id")).where(matching).offset(0).subquery()
    keys = select(rank.label("rank"), Person.sort_key, Person.id)
    one = keys.where(Person.id == found.c.person_id, *meant).offset(0).lateral()
    return select(*one.c).select_from(found.join(one, true())).limit(most)


@lru_cache(maxsize=KEPT)
def _of_these(
    sight: Sight,
    code: str,
    is_counted: bool,  # noqa: FBT001 - as above
    on_postgresql: bool,  # noqa: FBT001 - as above
) -> Select[Any]:
    """Rows of the list by ``ids``, and if wanted how many of ``everybody`` have an address."""
    ids, everybody = (
        any_of(Person.id, name, on_postgresql=on_postgresql) for name in ("ids", "everybody")
    )
    rows = listed_for(sight, code).where(ids)
    return rows.add_columns(written_to(everybody).label("written_to")) if is_counted else rows


def _slice(keys: Sequence[tuple[int, str, int]], window: Window) -> tuple[int, int]:
    """Where the page begins in the whole list, and where it ends."""
    if window.before:
        end = bisect_left(keys, window.before.key)
        return max(0, end - pages.PAGE), end
    begin = bisect_right(keys, window.after.key) if window.after else 0
    return begin, min(begin + pages.PAGE, len(keys))
