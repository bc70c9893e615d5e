"""The list of people, a page of it at a time, and the whole of it for a file."""

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, select, tuple_
from sqlalchemy import union_all as together

from alumni.audiences.criteria import Audience, Beside, Text, seen_to_have_email
from alumni.audiences.policy import may_export_people, may_list_people
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.codes.models import Code, CodeKind
from alumni.db import GREATEST, db, is_clean, is_postgresql
from alumni.errors import BadRequest
from alumni.i18n import _, either, language
from alumni.people.fields import export_select
from alumni.people.models import Person
from alumni.people.policy import visible

PAGE = 50
MOST_FOUND = 2_000
"""Of a search; who finds more types more."""

MOST_COUNTED = 10_000
LONGEST_KEY = 220

MOST_SORTED = 200_000
"""So many people SQLite reads as they lie and sorts in memory, for a file, in a quarter of the time
that it takes to jump from one to the next in the order of the names; of more it would take too much
memory."""


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
    """How many of them all have an address; None where that was not counted."""
    first: int
    newer: Mark | None
    """The page before this one ends before this row."""
    older: Mark | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


class Choice(NamedTuple):
    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a list can be narrowed to."""

    chapters: list[Choice]
    colleges: list[Choice]


def people(actor: Actor, audience: Audience, window: Window) -> PeoplePage:
    """A page of whom the audience means, in two statements however many there are."""
    require(may_list_people, actor)
    if audience.text:
        return _searched(actor, audience, audience.text, window)
    return _walked(actor, audience, window)


def table(actor: Actor, audience: Audience, columns: Sequence[str]) -> Select[Any]:
    """The fields of whom the audience means, for a file: the same people as the pages show."""
    require(may_export_people, actor)
    rows = export_select(actor, columns, language()).where(
        visible(actor), audience.condition(actor)
    )
    ranked = [_rank(audience.text)] if audience.text else []
    if is_postgresql() or _is_long():
        return rows.order_by(*ranked, Person.sort_key, Person.id)
    # What no index has in this order is read as it lies, and sorted then.
    return rows.where(Person.id > 0).order_by(*ranked, Person.sort_key + "", Person.id)


def _is_long() -> bool:
    greatest = db.session.scalar(select(func.max(Person.id)))
    return greatest is not None and greatest > MOST_SORTED


def choices(actor: Actor) -> Choices:
    """The chapters and colleges in their order, in one statement."""
    require(may_list_people, actor)
    found: dict[str, list[Choice]] = {"chapter": [], "college": []}
    for kind, value, zh, en in db.session.execute(_choices()):
        found[kind].append(Choice(value, either(zh, en)))
    return Choices(chapters=found["chapter"], colleges=found["college"])


@lru_cache(maxsize=1)
def _choices() -> Select[Any]:
    """Rows of (which list, the value in an address, the name in both languages)."""
    of_chapters = select(
        literal("chapter").label("kind"),
        Chapter.slug.label("value"),
        Chapter.name_zh,
        Chapter.name_en,
        Chapter.position,
        Chapter.id,
    ).where(Chapter.status != ChapterStatus.ARCHIVED)
    of_colleges = select(
        literal("college"),
        cast(Code.id, String),
        Code.name_zh,
        Code.name_en,
        Code.position,
        Code.id,
    ).where(Code.kind == CodeKind.COLLEGE, Code.is_obsolete.is_(False))
    both = together(of_chapters, of_colleges).subquery()
    rows = select(both.c.kind, both.c.value, both.c.name_zh, both.c.name_en)
    return rows.order_by(both.c.kind, both.c.position, both.c.id)


def listed(actor: Actor, code: str) -> Select[Any]:
    """What a list shows of a person, in a language."""
    shown = ("entry_year", "graduation_year", "major", "college", "class_label")
    return export_select(actor, (*shown, "employer", "title", "city"), code).add_columns(
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
    hits = (
        select(_rank(words), Person.sort_key, Person.id, seen_to_have_email())
        .join_from(words.hit().table, Person, Person.id == words.hit())
        .where(words.matches(), visible(actor), *_others(actor, audience, words))
        .limit(MOST_FOUND + 1)
    )
    # Of the connection itself: plain tuples, in two thirds of the time of the session's.
    found = db.session.connection().execute(hits).all()
    keys = sorted([row[:3] for row in found])[:MOST_FOUND]
    begin, end = _slice(keys, window)
    wanted = [person_id for _rank, _sort_key, person_id in keys[begin:end]]
    rows = db.session.execute(listed(actor, language()).where(Person.id.in_(wanted))).all()
    known = {row.person_id: row for row in rows}
    is_more = len(found) > MOST_FOUND
    return PeoplePage(
        rows=[known[person_id] for person_id in wanted if person_id in known],
        total=len(keys),
        is_more=is_more,
        with_email=None if is_more else sum([row[3] for row in found]),
        first=begin + 1,
        newer=Mark(Key(*keys[begin]), begin + 1) if 0 < begin < len(keys) else None,
        older=Mark(Key(*keys[end - 1]), end) if 0 < end < len(keys) else None,
    )


def _walked(actor: Actor, audience: Audience, window: Window) -> PeoplePage:
    """In the order of the names, from the row before on."""
    meant = _meant(actor, audience)
    total, with_email = _counted(meant)
    some = _some(meant.people, window).subquery()
    asked = listed(actor, language()).join(some, some.c.id == Person.id)
    rows = list(db.session.execute(asked.order_by(Person.sort_key, Person.id)))
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


class _Meant(NamedTuple):
    people: Select[int]
    at_least: int
    """So many they are for certain."""


def _meant(actor: Actor, audience: Audience) -> _Meant:
    """The ids of whom the audience means, asked for in the way that suits how many there are.

    Criteria that few people meet are where the database begins; what many meet it looks up for
    one person after the other, in the order of the names, until the page is full.
    """
    meant = select(Person.id).where(visible(actor))
    beside = [one for one in audience.criteria if isinstance(one, Beside)]
    sizes = _sizes([meant, *(one.people(actor) for one in beside)])
    is_rare = {one: size <= MOST_COUNTED for one, size in zip(beside, sizes[1:], strict=True)}
    conditions = (
        one.probed(actor) if isinstance(one, Beside) and not is_rare[one] else one.condition(actor)
        for one in audience.criteria
    )
    is_measured = len(audience.criteria) == len(beside) <= 1
    return _Meant(meant.where(*conditions), min(sizes) if is_measured else 0)


def _sizes(lists: list[Select[int]]) -> list[int]:
    """How many people are in each of the lists, as far as is counted, in one statement."""
    cut = (people.distinct().limit(MOST_COUNTED + 1).subquery() for people in lists)
    sizes = (select(func.count()).select_from(some).scalar_subquery() for some in cut)
    return list(db.session.execute(select(*sizes)).one())


def _some(meant: Select[int], window: Window) -> Select[int]:
    """A page of ids and one more, which says that there is another page."""
    order = tuple_(Person.sort_key, Person.id)
    some = meant.limit(PAGE + 1)
    if window.before:
        _rank, *edge = window.before.key
        return some.where(order < edge).order_by(Person.sort_key.desc(), Person.id.desc())
    if window.after:
        _rank, *edge = window.after.key
        some = some.where(order > edge)
    return some.order_by(Person.sort_key, Person.id)


def _counted(meant: _Meant) -> tuple[int, int | None]:
    """How many they are, as far as is counted, and how many of them all have an e-mail address."""
    if meant.at_least > MOST_COUNTED:
        return meant.at_least, None
    counted = (
        meant.people.add_columns(seen_to_have_email().label("has_email"))
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    with_email = func.count(case((counted.c.has_email, 1)))
    total, written_to = db.session.execute(
        select(func.count(), with_email).select_from(counted)
    ).one()
    return total, written_to if total <= MOST_COUNTED else None


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


def _rank(words: Text) -> ColumnElement[int]:
    return case((words.names_exactly(), 0), else_=1)


def _others(actor: Actor, audience: Audience, words: Text) -> list[ColumnElement[bool]]:
    others = (one for one in audience.criteria if one is not words)
    return [
        one.probed(actor) if isinstance(one, Beside) else one.condition(actor) for one in others
    ]


def _lost() -> BadRequest:
    return BadRequest(_("This address of a page is not complete. Please open the list anew."))
