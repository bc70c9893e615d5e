"""How many we know of each year, college and class, and which years have an anniversary."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.codes.models import Code
from alumni.db import db
from alumni.i18n import _, either
from alumni.membership.policy.classes import may_see_cohorts
from alumni.membership.queries.classes import By
from alumni.people.models import ContactKind, ContactPoint, Person, PersonStatus, Study
from alumni.people.policy import ENDED, GONE
from alumni.people.queries import class_words

ANNIVERSARIES = (10, 20, 30, 40, 50, 60)

_College = aliased(Code)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of some people, each counted once."""

    roll: int = 0
    """All of whom anything is known, the dead included."""
    registered: int = 0
    """Verified graduates."""
    reachable: int = 0
    """We may write to them and know where."""
    lost: int = 0
    deceased: int = 0

    @property
    def percent(self) -> int:
        """Of the living, how many are registered."""
        living = self.roll - self.deceased
        return round(100 * self.registered / living) if living > 0 else 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            roll=self.roll + other.roll,
            registered=self.registered + other.registered,
            reachable=self.reachable + other.reachable,
            lost=self.lost + other.lost,
            deceased=self.deceased + other.deceased,
        )


@dataclass(frozen=True, kw_only=True)
class Line:
    """A year, or a college or a class of one."""

    words: str
    """Empty where it is not known."""
    value: str
    """What an address says to ask for what it is made of; empty where it is not known."""
    figures: Figures


@dataclass(frozen=True, kw_only=True)
class Report:
    lines: list[Line]
    without_study: Figures
    """Of whom no study is known; only among years."""
    total: Figures


@dataclass(frozen=True, kw_only=True)
class Anniversary:
    years: int
    graduation_year: int
    figures: Figures


def cohort_report(
    actor: Actor, by: By, year: int | None = None, college_id: int | None = None
) -> Report:
    """All years, the latest first; or the colleges of a year; or the classes of a college in it.

    A person is counted by the main study, so that the lines together are all persons: those whom
    the office's list shows.
    """
    require(may_see_cohorts, actor)
    if year is None:
        return _years(by)
    parts = _classes(by, year, college_id) if college_id is not None else _colleges(by, year)
    total = sum((line.figures for line in parts), Figures())
    return Report(lines=parts, without_study=Figures(), total=total)


def cohort_table(actor: Actor, by: By) -> tuple[list[str], Iterator[list[list[str | int]]]]:
    """The labels and, in batches, the rows of all classes of all years, for a spreadsheet."""
    require(may_see_cohorts, actor)
    labels = [
        _("Year of graduation") if by is By.GRADUATION else _("Year of entry"),
        _("College"),
        _("Class"),
        *(_("On the roll"), _("Registered graduates"), _("Reachable"), _("Lost"), _("Deceased")),
        _("Registered, per cent"),
    ]
    year = _year(by)
    names = (_College.name_zh, _College.name_en, _College.position, _College.id)
    asked = (
        _counted(year.label("year"), *names, Study.class_label, Study.id.is_(None).label("none"))
        .outerjoin(_College, _College.id == Study.college_id)
        .order_by(func.coalesce(year, 0).desc(), *_by_college(), *_by_label())
    )
    return labels, _batches(db.session.execute(asked).all())


def anniversaries(actor: Actor, year: int) -> list[Anniversary]:
    """Who left ten, twenty … sixty years before, the youngest first.

    Whoever has two degrees is in both years, as in the list of people.
    """
    require(may_see_cohorts, actor)
    wanted = {year - years: years for years in ANNIVERSARIES}
    once = (
        select(Study.graduation_year, Study.person_id)
        .where(Study.graduation_year.in_(wanted))
        .distinct()
        .subquery()
    )
    asked = (
        select(once.c.graduation_year, *_sums())
        .join(Person, Person.id == once.c.person_id)
        .where(Person.status.not_in(GONE))
        .group_by(once.c.graduation_year)
    )
    found = {row.graduation_year: _figures(row) for row in db.session.execute(asked)}
    return [
        Anniversary(years=years, graduation_year=left, figures=found.get(left, Figures()))
        for left, years in wanted.items()
    ]


def _years(by: By) -> Report:
    year = _year(by)
    asked = _counted(year.label("year"), Study.id.is_(None).label("none"))
    rows = db.session.execute(asked.order_by(func.coalesce(year, 0).desc())).all()
    lines = [
        Line(
            words=str(row.year) if row.year else "",
            value=str(row.year) if row.year else "",
            figures=_figures(row),
        )
        for row in rows
        if not row.none
    ]
    without = next((_figures(row) for row in rows if row.none), Figures())
    total = sum((line.figures for line in lines), without)
    return Report(lines=lines, without_study=without, total=total)


def _colleges(by: By, year: int) -> list[Line]:
    names = (_College.name_zh, _College.name_en, _College.position, _College.id)
    asked = (
        _counted(*names)
        .outerjoin(_College, _College.id == Study.college_id)
        .where(_year(by) == year)
        .order_by(*_by_college())
    )
    return [
        Line(
            words=either(row.name_zh or "", row.name_en or ""),
            value=str(row.id) if row.id else "",
            figures=_figures(row),
        )
        for row in db.session.execute(asked)
    ]


def _classes(by: By, year: int, college_id: int) -> list[Line]:
    asked = (
        _counted(Study.class_label)
        .where(_year(by) == year, Study.college_id == college_id)
        .order_by(*_by_label())
    )
    return [
        Line(
            words=class_words(row.class_label),
            value=row.class_label or "",
            figures=_figures(row),
        )
        for row in db.session.execute(asked)
    ]


def _counted(*keys: Any) -> Select[Any]:
    """All persons with their main studies, counted by these."""
    plain = [getattr(key, "element", key) for key in keys]
    return (
        select(*keys, *_sums())
        .select_from(Person)
        .outerjoin(Study, and_(Study.person_id == Person.id, Study.is_primary))
        .where(Person.status.not_in(GONE))
        .group_by(*plain)
    )


def _sums() -> tuple[Any, ...]:
    def number(name: str, condition: ColumnElement[bool]) -> Any:
        return func.sum(case((condition, 1), else_=0)).label(name)

    is_here = Person.status.not_in(ENDED)
    has_address = or_(
        exists().where(Account.person_id == Person.id),
        exists().where(
            ContactPoint.person_id == Person.id,
            ContactPoint.kind == ContactKind.EMAIL,
            ContactPoint.is_primary,
        ),
    )
    reached = (is_here, Person.contact_stopped_on.is_(None), Person.lost_since.is_(None))
    return (
        func.count(Person.id).label("roll"),
        number("registered", Person.status == PersonStatus.VERIFIED),
        number("reachable", and_(*reached, has_address)),
        number("lost", and_(is_here, Person.lost_since.is_not(None))),
        number("deceased", Person.status == PersonStatus.DECEASED),
    )


def _batches(rows: Any) -> Iterator[list[list[str | int]]]:
    for first in range(0, len(rows), 500):
        yield [_cells(row) for row in rows[first : first + 500]]


def _cells(row: Any) -> list[str | int]:
    figures = _figures(row)
    return [
        _("No study known") if row.none else row.year or _("Year not known"),
        either(row.name_zh or "", row.name_en or ""),
        class_words(row.class_label),
        figures.roll,
        figures.registered,
        figures.reachable,
        figures.lost,
        figures.deceased,
        figures.percent,
    ]


def _figures(row: Any) -> Figures:
    return Figures(
        roll=int(row.roll),
        registered=int(row.registered),
        reachable=int(row.reachable),
        lost=int(row.lost),
        deceased=int(row.deceased),
    )


def _by_college() -> tuple[Any, ...]:
    """As the list of colleges stands; not known comes last."""
    return _College.id.is_(None), _College.position, _College.id


def _by_label() -> tuple[Any, ...]:
    return Study.class_label.is_(None), func.length(Study.class_label), Study.class_label


def _year(by: By) -> Any:
    return Study.graduation_year if by is By.GRADUATION else Study.entry_year
