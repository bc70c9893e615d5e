"""Classes: those who left, or entered, a college in a year together. Made of studies alone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import aliased

from alumni.authz import Actor, require
from alumni.codes.models import Code
from alumni.db import db
from alumni.i18n import either
from alumni.people.models import Person, PersonStatus, Study
from alumni.people.policy import GONE, may_view_people
from alumni.people.queries import class_words

MOST_CLASSES = 500
"""Of one year."""


class By(StrEnum):
    """Which year a class is called by."""

    GRADUATION = "graduation"
    ENTRY = "entry"


@dataclass(frozen=True, kw_only=True)
class Roll:
    """One class of a year."""

    college: str
    major: str
    label: str
    """3班, Class 3; empty where nobody said which."""
    people: int
    members: int
    """Verified graduates among them."""
    query: dict[str, str]
    """What a list of people is asked, to have them all."""
    is_whole: bool
    """Whether that list has nobody else: those of whom more is known are of other classes."""
    college_id: int | None
    major_id: int | None
    class_label: str | None


def years(actor: Actor, by: By) -> list[tuple[int, int]]:
    """The years of which we know anybody, the newest first, each with how many people."""
    require(may_view_people, actor)
    year = _year(by)
    gone = select(Person.id).where(Person.status.in_(GONE))
    counted = (
        select(year, func.count(Study.person_id.distinct()))
        .where(year.is_not(None), Study.person_id.not_in(gone))
        .group_by(year)
        .order_by(year.desc())
    )
    return [(int(row[0]), int(row[1])) for row in db.session.execute(counted)]


def rolls(actor: Actor, year: int, by: By) -> list[Roll]:
    """The classes of a year, by college, subject and number. Who studies anew is in two."""
    require(may_view_people, actor)
    college, major = aliased(Code), aliased(Code)
    counted = (
        _counted(year, by, college, major)
        .order_by(college.position, college.id, major.position, major.id)
        .order_by(func.length(Study.class_label), Study.class_label)
        .limit(MOST_CLASSES)
    )
    rows = db.session.execute(counted).all()
    known = [_known(row) for row in rows]
    return [
        _roll(row, year, by, is_whole=sum(_known(row) <= one for one in known) == 1) for row in rows
    ]


def _known(row: Any) -> frozenset[tuple[str, Any]]:
    """What is known of the class."""
    found = {"college": row.college_id, "major": row.major_id, "class": row.class_label}
    return frozenset((key, value) for key, value in found.items() if value is not None)


def _counted(year: int, by: By, college: Any, major: Any) -> Select[Any]:
    verified = case((Person.status == PersonStatus.VERIFIED, Study.person_id))
    wanted: tuple[Any, ...] = (
        Study.college_id,
        Study.major_id,
        Study.class_label,
        college.name_zh.label("college_zh"),
        college.name_en.label("college_en"),
        major.name_zh.label("major_zh"),
        major.name_en.label("major_en"),
        func.count(Study.person_id.distinct()).label("people"),
        func.count(verified.distinct()).label("members"),
    )
    return (
        select(*wanted)
        .join(Person, Person.id == Study.person_id)
        .outerjoin(college, college.id == Study.college_id)
        .outerjoin(major, major.id == Study.major_id)
        .where(_year(by) == year, Person.status.not_in(GONE))
        .group_by(*wanted[:7], college.position, college.id, major.position, major.id)
    )


def _roll(row: Any, year: int, by: By, *, is_whole: bool) -> Roll:
    first, last = ("year_from", "year_to") if by is By.GRADUATION else ("entry_from", "entry_to")
    asked = {first: year, last: year, **dict(_known(row))}
    return Roll(
        college=either(row.college_zh or "", row.college_en or ""),
        major=either(row.major_zh or "", row.major_en or ""),
        label=class_words(row.class_label),
        people=int(row.people),
        members=int(row.members),
        query={key: str(value) for key, value in asked.items()},
        is_whole=is_whole,
        college_id=row.college_id,
        major_id=row.major_id,
        class_label=row.class_label,
    )


def _year(by: By) -> Any:
    return Study.graduation_year if by is By.GRADUATION else Study.entry_year
