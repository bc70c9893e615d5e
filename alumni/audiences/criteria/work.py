"""Where people work now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, func, select

from alumni.audiences.criteria.base import (
    LONGEST,
    Beside,
    Chip,
    Control,
    Kind,
    Named,
    Question,
    code_in,
    fits,
    impossible,
)
from alumni.authz import Actor
from alumni.codes.models import CodeKind
from alumni.db import is_postgresql
from alumni.i18n import _, lazy_gettext
from alumni.people.models import Employment
from alumni.people.policy import shown

LAST = 0x10FFFF


@dataclass(frozen=True, kw_only=True)
class WorksAt(Beside):
    """Who has this job now: an employer whose name is, or begins like, what was written."""

    employer: str | None = None
    industry: Named | None = None

    def parameters(self) -> dict[str, str]:
        asked = {
            "employer": self.employer or "",
            "industry": str(self.industry.id) if self.industry else "",
        }
        return {name: value for name, value in asked.items() if value}

    def people(self, actor: Actor) -> Select[int]:
        jobs = select(Employment.person_id).where(Employment.is_current, shown(actor, Employment))
        if self.employer:
            jobs = jobs.where(begins(Employment.employer, self.employer))
        if self.industry:
            jobs = jobs.where(Employment.industry_id == self.industry.id)
        return jobs

    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        if self.employer:
            yield Chip(_("Works at %(employer)s", employer=self.employer), ("employer",))
        if self.industry:
            yield Chip(_("Works in %(industry)s", industry=self.industry.name), ("industry",))


def begins(column: Any, written: str) -> ColumnElement[bool]:
    """Whether the text begins like this, capitals or not: a span of an index over it, byte by byte.

    SQLite knows the capitals of English only.
    """
    if is_postgresql():
        text, first = func.lower(column, type_=String).collate("C"), written.lower()
    else:
        text, first = column.collate("NOCASE"), written
    return and_(text >= first, text < first + chr(LAST))


def _read(_actor: Actor, given: Mapping[str, str]) -> WorksAt:
    employer = given.get("employer")
    if employer and not fits(employer, LONGEST):
        raise impossible("employer", employer)
    return WorksAt(employer=employer, industry=code_in(given, "industry", CodeKind.INDUSTRY))


KIND = Kind(
    ("employer", "industry"),
    _read,
    questions=(
        Question(
            "employer",
            lazy_gettext("Employer"),
            (Control("employer", lazy_gettext("Name of the employer, or how it begins")),),
        ),
        Question(
            "industry",
            lazy_gettext("Industry"),
            (Control("industry", lazy_gettext("Industry"), listed="industry"),),
        ),
    ),
)
