"""The facts that the office keeps, as values to be compared and as words to be read."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, selectinload

from alumni.codes.models import Code, CodeKind
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import either, lazy_gettext
from alumni.people.fields.words import level_words
from alumni.people.models import Person, Study, StudyInstitution
from alumni.people.queries.facts import month_text

Row: TypeAlias = Person | Study | StudyInstitution

NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that the office keeps. Its value is text, the same in every language: of a word of

    a list its Chinese name, of a month 2003-07.
    """

    key: str
    label: LazyString
    table: type[Any]
    """Of its row: a person, a study, a registration at a university."""
    longest: int = 80
    column: str = ""
    """Where it is plain text or a key. Empty: ``key``."""
    kind: CodeKind | None = None
    """The list that it is a word of."""
    is_month: bool = False

    @property
    def name(self) -> str:
        return self.column or self.key

    def value(self, row: Row) -> str:
        """What stands in the row, whose words of lists are loaded."""
        if self.is_month:
            return month(getattr(row, f"{self.key}_year"), getattr(row, f"{self.key}_month"))
        found = getattr(row, self.key if self.kind else self.name)
        return (found.name_zh if self.kind and found else found) or ""


def month(year: int | None, number: int | None) -> str:
    """2003, or 2003-07."""
    return "" if year is None else str(year) if number is None else f"{year}-{number:02}"


def read_month(text: str) -> tuple[int | None, int | None]:
    """The year and month of what ``month`` wrote."""
    year, _dash, number = text.partition("-")
    return (int(year) if year else None), (int(number) if number else None)


FACTS: Mapping[str, Fact] = {
    fact.key: fact
    for fact in (
        Fact(key="name_zh", label=lazy_gettext("Chinese name"), table=Person),
        Fact(
            key="name_latin",
            label=lazy_gettext("Name as in the passport"),
            table=Person,
            longest=120,
        ),
        Fact(key="level", label=lazy_gettext("Level of study"), table=Study),
        Fact(
            key="programme",
            label=lazy_gettext("Programme"),
            table=Study,
            kind=CodeKind.PROGRAMME,
        ),
        Fact(key="college", label=lazy_gettext("College"), table=Study, kind=CodeKind.COLLEGE),
        Fact(key="major", label=lazy_gettext("Major"), table=Study, kind=CodeKind.MAJOR),
        Fact(key="class_label", label=lazy_gettext("Class"), table=Study, longest=40),
        Fact(key="entry", label=lazy_gettext("Entry"), table=Study, is_month=True),
        Fact(key="graduation", label=lazy_gettext("Graduated in"), table=Study, is_month=True),
        Fact(key="supervisor", label=lazy_gettext("Supervisor"), table=Study),
        Fact(
            key="student_number",
            label=lazy_gettext("Student number"),
            table=StudyInstitution,
            longest=40,
        ),
        Fact(key="degree", label=lazy_gettext("Degree awarded"), table=StudyInstitution),
        Fact(
            key="certificate_number",
            label=lazy_gettext("Certificate number"),
            table=StudyInstitution,
            longest=40,
        ),
    )
}


def get_row(person_id: int, field: str, row_id: int) -> tuple[Fact, Row]:
    """A fact of this person, with the row it stands in and the words of lists loaded."""
    fact = FACTS.get(field)
    if fact is None or (fact.table is Person) != (row_id == 0):
        raise NotFound
    found = rows_of([(fact, row_id)], [person_id], anew=True)
    row = found.get((fact.table, row_id or person_id))
    if row is None:
        raise NotFound
    return fact, row


def words_for(values: Iterable[tuple[Fact, str]]) -> Callable[[Fact, str], str]:
    """How these values are said in the language of the moment."""
    named = {text for fact, text in values if fact.kind and text}
    of_list = select(Code.kind, Code.name_zh, Code.name_en).where(Code.name_zh.in_(named))
    known = {
        (kind, zh): either(zh, en)
        for kind, zh, en in (db.session.execute(of_list) if named else ())
    }

    def said(fact: Fact, text: str) -> str:
        if not text:
            return NOTHING
        if fact.is_month:
            return month_text(*read_month(text))
        if fact.key == "level":
            return level_words().get(text, text)
        return known.get((fact.kind, text), text) if fact.kind else text

    return said


def rows_of(
    facts: Iterable[tuple[Fact, int]], person_ids: Collection[int], *, anew: bool = False
) -> dict[tuple[type[Any], int], Row]:
    """The rows of these facts, if they are about one of these people, by table and number.

    ``anew``: as they are at this moment, whatever was read before.
    """
    wanted: dict[type[Any], set[int]] = {}
    for fact, row_id in facts:
        wanted.setdefault(fact.table, set()).add(row_id)
    found: dict[tuple[type[Any], int], Row] = {}
    for table, row_ids in wanted.items():
        asked = _select(table, row_ids, person_ids)
        for row in db.session.scalars(asked.execution_options(populate_existing=anew)):
            found[table, row.id] = row
    return found


def _select(table: type[Any], row_ids: Collection[int], person_ids: Collection[int]) -> Select[Any]:
    whose: ColumnElement[bool] = (
        Person.id.in_(person_ids)
        if table is Person
        else (table.person_id.in_(person_ids) & table.id.in_(row_ids))
    )
    asked = select(table).where(whose)
    return asked.options(*of_study()) if table is Study else asked


def of_study() -> tuple[Any, ...]:
    """How a study is read with its words and registrations."""
    return (
        selectinload(Study.institutions).joinedload(StudyInstitution.institution),
        joinedload(Study.programme),
        joinedload(Study.college),
        joinedload(Study.major),
    )
