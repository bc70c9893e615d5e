"""From chosen fields to the SELECT that reads them, and to the headers over it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from alumni.authz import Actor
from alumni.i18n import _, speaking
from alumni.people.fields.catalogue import FIELDS, fields_for
from alumni.people.fields.kinds import Course, Field, Joined, Reader
from alumni.people.fields.studies import PRIMARY
from alumni.people.models import Person


class Cell(NamedTuple):
    """A column of the table."""

    field: Field
    course: int
    """Of which of the studies that are written side by side, from 0; 0 for what is of none."""

    @property
    def key(self) -> str:
        return f"{self.field.key}_{self.course + 1}" if self.course else self.field.key


def cells(keys: Sequence[str], courses: int = 1) -> list[Cell]:
    """The columns for these fields, in order. Fields of a study that stand beside each other are

    repeated together: the first study, then the second.
    """
    fields = (FIELDS[key] for key in keys)
    return [
        Cell(field, number)
        for is_of_study, some in groupby(fields, lambda field: field.is_of_study)
        for number, run in _repeated(list(some), courses if is_of_study else 1)
        for field in run
    ]


def headers(keys: Sequence[str], courses: int = 1) -> list[str]:
    """What stands over the columns, in the language of the moment: Major, or Major 1, Major 2 …"""
    return [
        _("%(label)s %(number)s", label=cell.field.label, number=cell.course + 1)
        if courses > 1 and cell.field.is_of_study
        else str(cell.field.label)
        for cell in cells(keys, courses)
    ]


def export_select(
    actor: Actor,
    keys: Sequence[str],
    language: str,
    courses: Sequence[Course] = (PRIMARY,),
) -> Select[Any]:
    """The values of these fields in one row for each person, in this order, labelled by key.

    It selects from ``Person``; the caller says which and in what order. What the actor may not
    see is NULL. A field that is not the actor's to ask for is a KeyError. Of what each study has
    there is a column for each of ``courses``.
    """
    own = fields_for(actor)
    reader = Reader(actor, language)
    wanted = cells([own[key].key for key in keys], len(courses))
    with speaking(language):
        columns = [_column(cell, reader, courses).label(cell.key) for cell in wanted]
    rows = select(*columns).select_from(Person)
    for one in dict.fromkeys(one for cell in wanted for one in _joins(cell, courses)):
        rows = rows.outerjoin(one.table, one.on(reader))
    return rows


def _repeated(fields: list[Field], times: int) -> Iterator[tuple[int, list[Field]]]:
    return ((number, fields) for number in range(times))


def _column(cell: Cell, reader: Reader, courses: Sequence[Course]) -> ColumnElement[Any]:
    field = cell.field
    if field.taught is not None:
        return field.taught(courses[cell.course], reader)
    if field.column is None:
        raise ValueError(f"the field {field.key} reads nothing")
    return field.column(reader)


def _joins(cell: Cell, courses: Sequence[Course]) -> Sequence[Joined]:
    if not cell.field.is_of_study:
        return cell.field.joins
    joins = courses[cell.course].joins
    return [joins[name] for name in ("study", *cell.field.needs)]
