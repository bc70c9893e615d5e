"""What lists of people can be narrowed to: chapters, and the words of the office's lists."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, String, cast, event, literal, select
from sqlalchemy import union_all as together
from sqlalchemy.orm import Session

from alumni.audiences.policy import may_find_people
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.codes.models import Code, CodeKind
from alumni.db import db
from alumni.i18n import either
from alumni.people.models import Tag
from alumni.people.policy import may_view_people

KEPT_SECONDS = 10.0
"""For so long a process goes on with lists that another one may have changed."""

CHANGED = "something changed"
"""What a session notes of a transaction in which anything was done that is told in the history."""


class Choice(NamedTuple):
    value: str
    """As it stands in an address."""
    name_zh: str
    name_en: str
    id: int

    @property
    def label(self) -> str:
        return either(self.name_zh, self.name_en)


Choices = Mapping[str, Sequence[Choice]]
"""By the parameter of an address that they are values of, each list in its order."""


@dataclass
class _Kept:
    """The lists as they were read last, so that no page asks for them."""

    lists: dict[str, list[Choice]] = field(default_factory=dict)
    edition: int = 0
    until: float = 0.0


_kept = _Kept()


def choices(actor: Actor) -> Choices:
    """What the actor may choose from: of the chapters the own ones, but for the office."""
    require(may_find_people, actor)
    lists = _current().lists
    if may_view_people(actor):
        return lists
    own = [one for one in lists["chapter"] if one.id in actor.chapters]
    return {**lists, "chapter": own, "tag": []}


def edition() -> int:
    """Another number as soon as the lists have changed. What is made of ``choices`` and kept by a

    number that was asked for before is never older than the number.
    """
    return _current().edition


def _current() -> _Kept:
    if _kept.until < time.monotonic():
        lists = _read()
        if lists != _kept.lists:
            _kept.lists = lists
            _kept.edition += 1
        _kept.until = time.monotonic() + KEPT_SECONDS
    return _kept


def _read() -> dict[str, list[Choice]]:
    """All lists in one statement."""
    lists: dict[str, list[Choice]] = {name: [] for name in ("chapter", "tag", *CodeKind)}
    for name, *values in db.session.execute(_listed()):
        lists[name].append(Choice(*values))
    return lists


@lru_cache(maxsize=1)
def _listed() -> Select[Any]:
    """Rows of (which list, the value in an address, the name in both languages, the id)."""
    chapters = select(
        literal("chapter").label("list"),
        Chapter.slug.label("value"),
        Chapter.name_zh,
        Chapter.name_en,
        Chapter.id,
        Chapter.position,
    ).where(Chapter.status != ChapterStatus.ARCHIVED)
    words = select(
        cast(Code.kind, String),
        cast(Code.id, String),
        Code.name_zh,
        Code.name_en,
        Code.id,
        Code.position,
    ).where(Code.is_obsolete.is_(False))
    tags = select(literal("tag"), Tag.public_id, Tag.name_zh, Tag.name_en, Tag.id, literal(0))
    every = together(chapters, words, tags).subquery()
    rows = select(every.c.list, every.c.value, every.c.name_zh, every.c.name_en, every.c.id)
    return rows.order_by(every.c.list, every.c.position, every.c.id)


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    """Every deed that changes a list is told in the history."""
    if any(isinstance(thing, ChangeSet) for thing in session.new):
        session.info[CHANGED] = True


@event.listens_for(Session, "after_commit")
def _forget(session: Session) -> None:
    """Read the lists anew at the next page."""
    if not session.in_nested_transaction() and session.info.pop(CHANGED, False):
        _kept.until = 0.0
