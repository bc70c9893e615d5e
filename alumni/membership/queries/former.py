"""Who was a member of a chapter once, as its officers are told: when, and as far as they may be

found by them still, who.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, tuple_
from sqlalchemy.orm import aliased

from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db
from alumni.membership.queries.persons import (
    COLUMNS,
    Somebody,
    named_like,
    somebody,
    with_people,
)
from alumni.people.policy import visible

AT_A_TIME = 50

PLACE_IN_LIST = tuple_(ChapterMembership.ends_on, ChapterMembership.id)
"""Not by name: where somebody stands in the list must not tell of a name that is not shown."""


@dataclass(frozen=True, kw_only=True)
class Former:
    """A spell that is over."""

    who: Somebody | None
    """None: somebody whom the reader may not find."""
    since: date
    until: date


@dataclass(frozen=True, kw_only=True)
class FormerFilter:
    """The name looked for, and where in the list. The cursors are numbers of spells."""

    text: str = ""
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, kw_only=True)
class FormerPage:
    """A part of the list. ``newer`` and ``older`` are the cursors of the pages beside it."""

    rows: list[Former]
    newer: int | None
    older: int | None


def former_page(actor: Actor, chapter: Chapter, wanted: FormerFilter) -> FormerPage:
    """A page of the spells that are over, of people who are no members now: the last first."""
    listed = _spells(actor, chapter).where(*_named(actor, wanted))
    rows, has_more = _cut(chapter, listed, wanted)
    begins = wanted.after is None and (wanted.before is None or not has_more)
    ends = wanted.before is None and not has_more
    return FormerPage(
        rows=[_former(row) for row in rows],
        newer=rows[0].membership_id if rows and not begins else None,
        older=rows[-1].membership_id if rows and not ends else None,
    )


def _spells(actor: Actor, chapter: Chapter) -> Select[Any]:
    again = aliased(ChapterMembership)
    is_back = exists().where(
        again.person_id == ChapterMembership.person_id,
        again.chapter_id == chapter.id,
        again.state == MembershipState.ACTIVE,
    )
    spells = select(
        ChapterMembership.id.label("membership_id"),
        ChapterMembership.starts_on,
        ChapterMembership.ends_on,
        visible(actor).label("is_found"),
        *COLUMNS,
    ).where(
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state == MembershipState.LEFT,
        ChapterMembership.starts_on.is_not(None),
        ~is_back,
    )
    return with_people(actor, spells, ChapterMembership.person_id)


def _named(actor: Actor, wanted: FormerFilter) -> list[ColumnElement[bool]]:
    """Only those are found by a name whose name the reader sees."""
    return [visible(actor), named_like(wanted.text)] if wanted.text else []


def _cut(chapter: Chapter, listed: Select[Any], wanted: FormerFilter) -> tuple[list[Any], bool]:
    """The rows of the page, and whether there are more beyond them in the direction asked for."""
    ends_on, number = ChapterMembership.ends_on, ChapterMembership.id
    if wanted.before is not None:
        backwards = listed.where(_place(chapter, wanted.before) < PLACE_IN_LIST)
        in_order = backwards.order_by(ends_on, number)
    else:
        if wanted.after is not None:
            listed = listed.where(_place(chapter, wanted.after) > PLACE_IN_LIST)
        in_order = listed.order_by(ends_on.desc(), number.desc())
    rows = list(db.session.execute(in_order.limit(AT_A_TIME + 1)).all())
    page = rows[:AT_A_TIME]
    return page[::-1] if wanted.before is not None else page, len(rows) > AT_A_TIME


def _place(chapter: Chapter, membership_id: int) -> Any:
    """Where that spell of the chapter stands in the list. Of no other one, nowhere."""
    there = aliased(ChapterMembership)
    of = (there.id == membership_id, there.chapter_id == chapter.id)
    return tuple_(
        select(there.ends_on).where(*of).scalar_subquery(),
        select(there.id).where(*of).scalar_subquery(),
    )


def _former(row: Any) -> Former:
    return Former(
        who=somebody(row) if row.is_found else None, since=row.starts_on, until=row.ends_on
    )
