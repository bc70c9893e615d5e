"""What a field of the catalogue is, and the pieces its SQL is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from flask_babel import LazyString
from sqlalchemy import ColumnElement, String, and_, case, cast, func, select

from alumni.authz import Actor
from alumni.i18n import lazy_gettext
from alumni.people.models import Person
from alumni.people.policy import shown

SEPARATORS = {"zh": "；", "en": "; "}
"""Between several values in one cell."""


class FieldKind(StrEnum):
    """How a field's values are written, and so how a cell of a file is read."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    SEX = "sex"
    CERTIFICATE = "certificate"
    YEAR = "year"
    BIRTH = "birth"
    MONTH = "month"
    LEVEL = "level"
    PHONE = "phone"
    EMAIL = "email"
    PLACE = "place"
    TRAINING = "training"
    CHOICE = "choice"
    TOLD = "told"
    """It goes out only: no file brings it in."""


class Group(StrEnum):
    """What the catalogue is divided into where somebody chooses from it."""

    NAMES = "names"
    STUDIES = "studies"
    WORK = "work"
    PLACES = "places"
    CONTACTS = "contacts"
    RECORD = "record"


def group_words() -> dict[Group, str]:
    """In the language of the moment, in the order of the catalogue."""
    return {group: str(words) for group, words in _GROUPS.items()}


_GROUPS = {
    Group.NAMES: lazy_gettext("Names and person"),
    Group.STUDIES: lazy_gettext("Studies"),
    Group.WORK: lazy_gettext("Training and work"),
    Group.PLACES: lazy_gettext("Residence"),
    Group.CONTACTS: lazy_gettext("Contact details"),
    Group.RECORD: lazy_gettext("Association"),
}


class Reader(NamedTuple):
    """For whom a value is read."""

    actor: Actor
    language: str


Column: TypeAlias = Callable[[Reader], ColumnElement[Any]]
"""The SQL that reads the value: text, a whole number, a day or NULL."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Joined:
    """A table of which one row at most is joined to each row that is read."""

    table: Any
    on: Callable[[Reader], ColumnElement[bool]]


def joined(table: Any, on: ColumnElement[bool], *, is_levelled: bool = False) -> Joined:
    """``is_levelled``: its rows say who may see them, and one that the actor may not see is as if

    it were not.
    """
    if is_levelled:
        return Joined(table=table, on=lambda reader: and_(on, shown(reader.actor, table)))
    return Joined(table=table, on=lambda reader: on)


@dataclass(frozen=True)
class Course:
    """The tables from which one study of a person is read."""

    study: Any
    here: Any
    """Its registration at the own university."""
    college: Any
    major: Any
    programme: Any
    joins: dict[str, Joined]
    """How they are joined, by their names above; ``study`` goes before the others."""


Taught: TypeAlias = Callable[[Course, Reader], ColumnElement[Any]]
"""The same as a column, of one study."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A fact that we hold of a person: either a ``column`` of the person, or of each study."""

    key: str
    label: LazyString
    """In the language of the moment it is shown."""
    group: Group
    kind: FieldKind = FieldKind.TOLD
    column: Column | None = None
    joins: tuple[Joined, ...] = ()
    taught: Taught | None = None
    needs: tuple[str, ...] = ()
    """Of the tables of a study those that ``taught`` reads beside the study itself."""
    is_private: bool = False
    """Whether it is for the office alone, whatever levels say."""
    synonyms: str = ""
    """The headers it stands under, each without punctuation and capitals, a space apart."""

    @property
    def is_of_study(self) -> bool:
        return self.taught is not None

    @property
    def is_imported(self) -> bool:
        """Whether a roster can bring it in."""
        return self.kind not in (FieldKind.TOLD, FieldKind.CHOICE)


def plain(column: Any) -> Column:
    return lambda reader: column


def worded(words: Callable[[], dict[str, str]], column: Any) -> ColumnElement[Any]:
    """A word of ours, in the language of the moment, instead of the key in the column."""
    return case(words(), value=cast(column, String))


def named(table: Any, language: str, otherwise: Any = None) -> ColumnElement[Any]:
    """The name of a code or place in the language, or else in the other."""
    pair = (table.name_zh, table.name_en)
    names = pair if language == "zh" else pair[::-1]
    others = () if otherwise is None else (otherwise,)
    return func.coalesce(*(func.nullif(name, "") for name in names), *others)


def year_month(year: Any, month: Any) -> ColumnElement[Any]:
    """1998-07, or 1998 where only the year is known."""
    text = cast(month, String)
    is_short = month < 10  # noqa: PLR2004 - one digit
    padded = case((is_short, "0" + text), else_=text)
    return cast(year, String) + func.coalesce("-" + padded, "")


def span(row: Any) -> ColumnElement[Any]:
    """From when to when, 2001-09–2004: open where the end is not known."""
    begins = func.coalesce(year_month(row.from_year, row.from_month), "")
    ends = func.coalesce(year_month(row.to_year, row.to_month), "")
    return case(
        ((row.from_year.is_(None)) & (row.to_year.is_(None)), None), else_=begins + "–" + ends
    )


def listed(
    rows: Any, value: Any, *order: Any, language: str, of: Any = Person
) -> ColumnElement[Any]:
    """All that a select of a person's rows gives as ``value``, in this order, in one cell.

    ``rows`` is a ``select()`` without columns that looks at ``of``, the table outside whose rows
    they belong to; NULLs are left out.
    """
    some = rows.add_columns(value.label("value")).where(value.is_not(None)).order_by(*order)
    ordered = some.correlate(of).subquery()
    one_cell = func.aggregate_strings(ordered.c.value, SEPARATORS[language])
    return select(one_cell).select_from(ordered).scalar_subquery()
