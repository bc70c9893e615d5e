"""The list of people, a page of it at a time, and the whole of it for a file."""

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy import Text as LongText

from alumni.audiences.criteria import Audience, Beside, Text, seen_to_have_email
from alumni.audiences.policy import may_find_people
from alumni.authz import Actor, Capability, Class, Right, require
from alumni.db import GREATEST, db, is_clean, is_postgresql
from alumni.errors import BadRequest
from alumni.i18n import _, language
from alumni.people.fields import export_select
from alumni.people.models import Person
from alumni.people.policy import may_view_people, visible
from alumni.people.queries.search import found_by, hits, so_named, sought, spellings

PAGE = 50
MOST_FOUND = 1_000
"""Of a search; who finds more types more."""

MOST_COUNTED = 10_000
MOST_ASKED = 200
"""Of so many it is counted how many have an e-mail address."""

KEPT = 128
"""Statements that are kept of each kind, for those who looked last."""

LONGEST_KEY = 220


class Key(NamedTuple):
    """What the list is sorted by; no two rows have the same."""

    rank: int
    """0: the name is exactly what was typed."""
    sort_key: str
    person_id: int


class Mark(NamedTuple):
    """A row of the list, for the address of the page before or after it."""

    key: Key
    number: int
    """How many rows the list had up to this one, itself included, as far as was known."""

    def __str__(self) -> str:
        told = f"{self.number} {self.key.rank} {self.key.person_id} {self.key.sort_key}"
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, written: str) -> "Mark":
        """Anybody may have written it; what no row can have is a BadRequest."""
        try:
            padded = written + "=" * (-len(written) % 4)
            told = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            numbers, sort_key = told.split(" ", 3)[:3], told.split(" ", 3)[3]
            number, rank, person_id = map(int, numbers)
        except (ValueError, IndexError) as error:
            raise _lost() from error
        is_possible = 0 <= min(number, rank, person_id) <= max(number, rank, person_id) <= GREATEST
        if not is_possible or len(sort_key) > LONGEST_KEY or not is_clean(sort_key):
            raise _lost()
        return cls(Key(rank, sort_key, person_id), number)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which page of a list: the first, or the one after or before a row."""

    after: Mark | None = None
    before: Mark | None = None

    @classmethod
    def read(cls, after: Sequence[str], before: Sequence[str]) -> "Window":
        """Of the values that an address has for each of the two."""
        if len(after) + len(before) > 1:
            raise _lost()
        return cls(
            after=Mark.read(after[0]) if after else None,
            before=Mark.read(before[0]) if before else None,
        )


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """Some rows of the list, and how long it is."""

    rows: Sequence[Any]
    """With the columns of ``listed``."""
    total: int
    is_more: bool
    """Whether there are more than ``total``."""
    with_email: int | None
    """How many of them all have an address; None where that was not counted, or is not theirs

    to know who asks."""
    first: int
    newer: Mark | None
    """The page before this one ends before this row."""
    older: Mark | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def people(actor: Actor, audience: Audience, window: Window) -> PeoplePage:
    """A page of whom the audience means, in two statements however many there are."""
    require(may_find_people, actor)
    if audience.text:
        return _searched(actor, audience, audience.text, window)
    return _walked(actor, audience, window)


def listed(actor: Actor, code: str) -> Select[Any]:
    """What a list shows of a person, in a language."""
    return _listed(_sight(actor), code)


class _Sight(NamedTuple):
    """All of an actor that decides whom they find and what they see of them.

    Statements are kept by it: to make one takes longer than what it asks for. What is kept must
    not know the day; no rule of who sees what asks for it.
    """

    capabilities: frozenset[Capability] = frozenset()
    person_id: int | None = None
    is_verified: bool = False
    rights: frozenset[tuple[int, frozenset[Right]]] = frozenset()
    chapters: frozenset[int] = frozenset()
    classes: frozenset[Class] = frozenset()

    def actor(self) -> Actor:
        return Actor(**self._asdict() | {"rights": dict(self.rights)})


def _sight(actor: Actor) -> _Sight:
    if may_view_people(actor):  # all of these see the same
        return _Sight(capabilities=frozenset({Capability.VIEW_PEOPLE}))
    return _Sight(
        capabilities=actor.capabilities,
        person_id=actor.person_id,
        is_verified=actor.is_verified,
        rights=frozenset(actor.rights.items()),
        chapters=actor.chapters,
        classes=actor.classes,
    )


@lru_cache(maxsize=KEPT)
def _listed(sight: _Sight, code: str) -> Select[Any]:
    shown = ("entry_year", "graduation_year", "major", "college", "class_label")
    columns = (*shown, "employer", "title", "city")
    return export_select(sight.actor(), columns, code).add_columns(
        Person.id.label("person_id"),
        Person.sort_key,
        Person.public_id,
        Person.name_zh,
        Person.name_latin,
        Person.name_en,
        Person.pinyin_surname,
        Person.pinyin_given,
        Person.status.label("state"),
    )


def _searched(actor: Actor, audience: Audience, words: Text, window: Window) -> PeoplePage:
    """By the search index: all that is found comes as keys, and is put in order here.

    Left to the database, common words make it walk the whole list in order, looking for them.
    """
    found = _found(actor, audience, words)
    keys = sorted(found)[:MOST_FOUND]
    begin, end = _slice(keys, window)
    wanted = [person_id for _rank, _sort_key, person_id in keys[begin:end]]
    is_counted = may_view_people(actor) and len(found) <= min(MOST_ASKED, MOST_FOUND)
    statement = _of_these(_sight(actor), language(), is_counted)
    everybody = {"everybody": [key[2] for key in keys]} if is_counted else {}
    asked = {"ids": wanted, **everybody}
    rows = db.session.connection().execute(statement, asked).all() if wanted else []
    known = {row.person_id: row for row in rows}
    with_email = rows[0].written_to if rows and is_counted else None
    return PeoplePage(
        rows=[known[person_id] for person_id in wanted if person_id in known],
        total=len(keys),
        is_more=len(found) > MOST_FOUND,
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
        hits_of = _hits(_sight(actor), has_reading, is_postgresql())
    values |= {"words": asked, "most": MOST_FOUND + 1}
    # Of the driver itself: there are thousands of them, and nothing to make of each.
    cursor: Any = db.session.connection().execute(hits_of, values).cursor
    return list(cursor.fetchall())


@lru_cache(maxsize=KEPT)
def _hits(sight: _Sight, has_reading: bool, _on_postgresql: bool) -> Select[Any]:  # noqa: FBT001 - to be kept by
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
def _of_these(sight: _Sight, code: str, is_counted: bool) -> Select[Any]:  # noqa: FBT001 - as above
    """Rows of the list by ``ids``, and if wanted how many of ``everybody`` have an address."""
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    rows = _listed(sight, code).where(Person.id.in_(ids))
    if not is_counted:
        return rows
    everybody: BindParameter[Any] = bindparam("everybody", expanding=True)
    return rows.add_columns(_written_to(Person.id.in_(everybody)).label("written_to"))


def _written_to(*meant: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many of those of whom these conditions hold have an e-mail address."""
    some = select(func.count()).select_from(Person).where(*meant, seen_to_have_email())
    return some.correlate(None).scalar_subquery()


class _Meant(NamedTuple):
    """Whom an audience means, as conditions over ``Person``."""

    everybody: list[ColumnElement[bool]]
    """All of them, asked of one person after the other."""
    few: list[ColumnElement[bool]] | None
    """The same, begun at rows that few people have; None where there are no such rows."""
    total: int
    """So many they are, as far as is counted; 0 where they are few."""


def _walked(actor: Actor, audience: Audience, window: Window) -> PeoplePage:
    """In the order of the names, from the row before on."""
    meant = _meant(actor, audience)
    if meant.few is None:
        rows, counts = _walk(actor, meant, window)
    else:
        rows, counts = _sorted(actor, meant.few, window)
    total, with_email = counts
    is_cut = len(rows) > PAGE
    if window.before:
        rows = rows[-PAGE:]
        first = max(1, window.before.number - len(rows))
    else:
        rows = rows[:PAGE]
        first = window.after.number + 1 if window.after else 1
    return PeoplePage(
        rows=rows,
        total=min(total, MOST_COUNTED),
        is_more=total > MOST_COUNTED,
        with_email=with_email,
        first=first,
        newer=_mark(rows, 0, first) if window.after or (window.before and is_cut) else None,
        older=_mark(rows, -1, first) if window.before or is_cut else None,
    )


def _meant(actor: Actor, audience: Audience) -> _Meant:
    """The conditions in the way that suits how many people meet them, in one statement.

    Criteria that few people meet are where the database begins; what many meet it looks up for
    one person after the other, in the order of the names, until the page is full.
    """
    beside = [one for one in audience.criteria if isinstance(one, Beside)]
    probed = [one.probed(actor) for one in beside]
    rest = [one.condition(actor) for one in audience.criteria if not isinstance(one, Beside)]
    meant = [visible(actor), *rest]
    lists = [one.people(actor).distinct() for one in beside]
    sizes = [_cut(some) for some in lists]
    known = select(*(size.label(f"size_{place}") for place, size in enumerate(sizes))).subquery()
    if not beside:
        asked = select(_cut(select(Person.id).where(*meant)))
    elif len(beside) == 1 and not rest and may_view_people(actor):
        asked = select(known.c[0], known.c[0])  # rows hang on nobody whom the office does not find
    else:
        begun = lists[0].subquery()
        some = select(Person.id).join_from(begun, Person, Person.id == begun.c[0])
        total = _cut(some.where(*meant, *probed[1:]))
        is_long = and_(*(size > MOST_COUNTED for size in known.c))
        asked = select(case((is_long, total)), *known.c)
    number, *lengths = tuple(db.session.connection().execute(asked).one())
    least = min(lengths, default=MOST_COUNTED + 1)
    if least > MOST_COUNTED:
        return _Meant([*meant, *probed], None, number)
    first = lengths.index(least)
    others = [*probed[:first], *probed[first + 1 :]]
    return _Meant([*meant, *probed], [beside[first].condition(actor), *meant, *others], 0)


def _cut(some: Select[int]) -> ScalarSelect[int]:
    """How many rows there are, as far as is counted."""
    rows = some.limit(MOST_COUNTED + 1).correlate(None).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()


_Counts: TypeAlias = tuple[int, int | None]
"""How many they are, as far as is counted, and how many of them have an e-mail address: that is

counted for the office, where they are few."""


def _walk(actor: Actor, meant: _Meant, window: Window) -> tuple[list[Row[Any]], _Counts]:
    some = select(Person.id).where(*meant.everybody, *_beyond(Person, window))
    page = some.order_by(*_order(Person, window)).limit(PAGE + 1).subquery()
    asked = listed(actor, language()).join(page, page.c.id == Person.id)
    is_counted = may_view_people(actor) and meant.total <= min(MOST_ASKED, MOST_COUNTED)
    if is_counted:
        asked = asked.add_columns(_written_to(*meant.everybody).label("written_to"))
    rows = _in_order(asked)
    return rows, (meant.total, _counted(rows) if is_counted else None)


def _sorted(
    actor: Actor, few: list[ColumnElement[bool]], window: Window
) -> tuple[list[Row[Any]], _Counts]:
    """They are all found at once, and counted and put in order by the database."""
    found = select(Person.id, Person.sort_key).where(*few).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery()
    page = select(found.c.id).where(*_beyond(found.c, window)).order_by(*_order(found.c, window))
    some = page.limit(PAGE + 1).subquery()
    asked = listed(actor, language()).join(some, some.c.id == Person.id)
    asked = asked.add_columns(total.label("total"))
    if may_view_people(actor):
        written_to = _written_to(Person.id.in_(select(found.c.id)))
        is_few = total <= min(MOST_ASKED, MOST_COUNTED)
        asked = asked.add_columns(case((is_few, written_to)).label("written_to"))
    rows = _in_order(asked)
    if rows:
        return rows, (rows[0].total, _counted(rows) if may_view_people(actor) else None)
    # Nobody, or none beyond a row that somebody kept the address of.
    number = db.session.scalar(select(total)) or 0 if window != Window() else 0
    return rows, (number, None if number or not may_view_people(actor) else 0)


def _counted(rows: list[Row[Any]]) -> int | None:
    """The number that stands in each row."""
    return rows[0].written_to if rows else 0


def _in_order(asked: Select[Any]) -> list[Row[Any]]:
    ordered = asked.order_by(Person.sort_key, Person.id)
    return list(db.session.connection().execute(ordered))


def _beyond(columns: Any, window: Window) -> list[ColumnElement[bool]]:
    """What the rows of the page have in common: they come after one, or before it."""
    order = tuple_(columns.sort_key, columns.id)
    if window.before:
        _rank, *edge = window.before.key
        return [order < edge]
    if window.after:
        _rank, *edge = window.after.key
        return [order > edge]
    return []


def _order(columns: Any, window: Window) -> list[Any]:
    """From the row that is known away."""
    order = (columns.sort_key, columns.id)
    return [column.desc() for column in order] if window.before else list(order)


def _slice(keys: Sequence[tuple[int, str, int]], window: Window) -> tuple[int, int]:
    """Where the page begins in the whole list, and where it ends."""
    if window.before:
        end = bisect_left(keys, window.before.key)
        return max(0, end - PAGE), end
    begin = bisect_right(keys, window.after.key) if window.after else 0
    return begin, min(begin + PAGE, len(keys))


def _mark(rows: Sequence[Any], index: int, first: int) -> Mark | None:
    if not rows:
        return None
    row = rows[index]
    return Mark(Key(1, row.sort_key, row.person_id), first + (index % len(rows)))


def _lost() -> BadRequest:
    return BadRequest(_("This address of a page is not complete. Please open the list anew."))
