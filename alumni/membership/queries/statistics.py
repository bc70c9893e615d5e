"""A chapter's year in numbers, and the lists behind them: both are made of the same conditions."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, extract, func, or_, select

from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.happenings import Held, held_by_month
from alumni.membership.months import month_after
from alumni.membership.policy.desk import may_list_members
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_people
from alumni.people.policy import visible

AT_A_TIME = 50

EARLIEST = 1900
"""The first year of which anything can be told."""

WAS_MEMBER = and_(
    ChapterMembership.state.in_((MembershipState.ACTIVE, MembershipState.LEFT)),
    ChapterMembership.starts_on.is_not(None),
)


class Kind(StrEnum):
    """What is counted in a month or a year."""

    MEMBERS = "members"
    """Who is a member when it ends."""
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class Month:
    first: date
    is_begun: bool
    members: int
    joined: int
    left: int
    held: Held


@dataclass(frozen=True, kw_only=True)
class Year:
    """The twelve months, and what they come to. The members are those of its end, or of today."""

    year: int
    months: list[Month]
    members: int
    joined: int
    left: int
    held: Held
    has_older: bool
    """Whether there is anything to tell of the year before."""

    @property
    def begun(self) -> list[Month]:
        return [month for month in self.months if month.is_begun]


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A time as a member. Who left and is not to be found any more is not named."""

    who: Somebody | None
    is_found: bool
    """Whether the reader may open their page."""
    since: date
    until: date | None


@dataclass(frozen=True, kw_only=True)
class SpellPage:
    rows: list[Spell]
    total: int
    number: int
    """Of the page: 1, 2, 3 …"""

    @property
    def first(self) -> int:
        return (self.number - 1) * AT_A_TIME + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def counted_as(kind: Kind, first: date, end: date) -> ColumnElement[bool]:
    """The spells that are counted from the first of these days until before the other one."""
    begun, ended = ChapterMembership.starts_on, ChapterMembership.ends_on
    return {
        Kind.MEMBERS: and_(begun < end, or_(ended.is_(None), ended >= end)),
        Kind.JOINED: and_(begun >= first, begun < end),
        Kind.LEFT: and_(ended >= first, ended < end),
    }[kind]


def chapter_year(actor: Actor, chapter: Chapter, year: int) -> Year:
    """The year at a glance, in two statements. Of a year before the first member there is none."""
    require(may_list_members, actor, chapter.id)
    if not EARLIEST <= year <= today().year:
        raise NotFound
    firsts = [date(year, month, 1) for month in range(1, 13)]
    spans = [(first, month_after(first)) for first in firsts]
    spans.append((date(year, 1, 1), date(year + 1, 1, 1)))
    asked = [
        func.count().filter(counted_as(kind, first, end)) for first, end in spans for kind in Kind
    ]
    of = (ChapterMembership.chapter_id == chapter.id, WAS_MEMBER)
    begun = func.min(extract("year", ChapterMembership.starts_on))
    *numbers, oldest = db.session.execute(select(*asked, begun).where(*of)).one()
    if year < min(oldest or year, today().year):
        raise NotFound
    events = held_by_month(chapter.id, year)
    rows = [numbers[at : at + len(Kind)] for at in range(0, len(numbers), len(Kind))]
    months = [
        Month(
            first=first,
            is_begun=first <= today(),
            members=members,
            joined=joined,
            left=left,
            held=events[first.month],
        )
        for first, (members, joined, left) in zip(firsts, rows[:-1], strict=True)
    ]
    members, joined, left = rows[-1]
    return Year(
        year=year,
        months=months,
        members=members,
        joined=joined,
        left=left,
        held=Held(*map(sum, zip(*events.values(), strict=True))),
        has_older=bool(oldest and oldest < year),
    )


def spell_page(
    actor: Actor, chapter: Chapter, kind: Kind, span: tuple[date, date], number: int = 1
) -> SpellPage:
    """The spells behind one of the numbers, as they began; in two statements."""
    require(may_list_members, actor, chapter.id)
    meant = (ChapterMembership.chapter_id == chapter.id, WAS_MEMBER, counted_as(kind, *span))
    total = db.session.scalar(select(func.count()).select_from(ChapterMembership).where(*meant))
    begins = ChapterMembership.ends_on if kind is Kind.LEFT else ChapterMembership.starts_on
    listed = (
        _spells(actor)
        .where(*meant)
        .order_by(begins, ChapterMembership.id)
        .limit(AT_A_TIME)
        .offset((number - 1) * AT_A_TIME)
    )
    rows = [_spell(row) for row in db.session.execute(listed)]
    if number > 1 and not rows:
        raise NotFound
    return SpellPage(rows=rows, total=total or 0, number=number)


def _spells(actor: Actor) -> Select[Any]:
    spells = select(
        ChapterMembership.state,
        ChapterMembership.starts_on,
        ChapterMembership.ends_on,
        visible(actor).label("is_found"),
        *COLUMNS,
    )
    return with_people(actor, spells, ChapterMembership.person_id)


def _spell(row: Any) -> Spell:
    is_named = row.is_found or row.state is MembershipState.ACTIVE
    return Spell(
        who=somebody(row) if is_named else None,
        is_found=row.is_found,
        since=row.starts_on,
        until=row.ends_on,
    )
