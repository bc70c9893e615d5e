"""The rows of a roster file as clean values, each cell read by the kind of its field."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from alumni.people.fields import FIELDS, FieldKind, known
from alumni.roster import cells
from alumni.roster.cells import N_, Cell, Unreadable, YearMonth
from alumni.roster.reading import Known, Row, Table, normal_header, read_table

REASONS = {
    "no_numbers": N_("No column holds student numbers, by which the rows are told apart."),
    "unknown_field": N_("There is no such field to bring in."),
    "no_such_header": N_("The file has no column with this header."),
    "twice": N_("stands in the file more than once, with different values"),
}
"""Why a file or a row cannot be taken, beside what ``cells`` and ``reading`` say."""


class Told(NamedTuple):
    """What one row says."""

    line: int
    values: dict[str, Any]
    """Field key → clean value. Of a wrong row field key → what was written."""
    reasons: list[list[str]]
    """For a wrong row: lists of [field key, what was written, why]."""


@dataclass(frozen=True, kw_only=True)
class RosterFile:
    """A file as it was read. ``rows`` may be emptied by who works through them."""

    name: str
    kind: str
    sha256: str
    columns: dict[str, str | None]
    """Header → field key, or None for a column that was not recognised."""
    rows: list[Told] = field(repr=False)
    repeated: int
    """Rows that say word for word what another one says of the same student number."""


def read_roster(
    file_name: str,
    content: bytes,
    *,
    kind: str = "registrar",
    headers: Mapping[str, str] | None = None,
) -> RosterFile:
    """Read the file. ``headers`` names the columns we do not know: field key → header.

    Touches no database. Raises ``Unreadable`` for a file that is no roster.
    """
    wanted = {key: normal_header(header) for key, header in (headers or {}).items()}
    if not wanted.keys() <= _READERS.keys():
        raise Unreadable(REASONS["unknown_field"])
    table = read_table(content, _known(wanted))
    if not wanted.keys() <= set(table.fields):
        raise Unreadable(REASONS["no_such_header"])
    if "student_number" not in table.fields:
        raise Unreadable(REASONS["no_numbers"])
    rows, repeated = _once(_told(table))
    return RosterFile(
        name=file_name[:200],
        kind=kind,
        sha256=hashlib.sha256(content).hexdigest(),
        columns=_columns(table),
        rows=rows,
        repeated=repeated,
    )


def normal_phone(value: str) -> str:
    """What a telephone number is compared by: E.164, or the number without spaces."""
    told = cells.phone(value)
    return (told and told.e164) or _SPACES.sub("", value)


def year_month(graduation: str) -> YearMonth:
    """Of a clean value: 1998-07 or 1998."""
    year, _, month = graduation.partition("-")
    return YearMonth(int(year), int(month) if month else None)


_SPACES = re.compile(r"\s+")
_LONGEST_WRITTEN = 200


def _name(cell: Cell) -> str | None:
    return cells.name(cell) if cells.plain(cell) else None


def _phone(cell: Cell) -> str | None:
    told = cells.phone(cell)
    return unicodedata.normalize("NFKC", told.original) if told else None


_LENGTHS = {"class_label": 40, "employer": 160, "title": 80}
_BY_KIND: dict[FieldKind, Callable[[Cell], Any]] = {
    FieldKind.NAME: _name,
    FieldKind.TEXT: cells.text,
    FieldKind.NUMBER: cells.number,
    FieldKind.SEX: cells.sex,
    FieldKind.YEAR: cells.year,
    FieldKind.MONTH: cells.month,
    FieldKind.LEVEL: cells.level,
    FieldKind.PHONE: _phone,
    FieldKind.EMAIL: cells.email,
    FieldKind.PLACE: cells.city,
}
_Reader: TypeAlias = tuple[int, str, Callable[[Cell], Any]]
_NOT_TAKEN = frozenset({"pinyin"})
"""Readings are made from the name, or written by those who bear it."""

_READERS = {
    key: partial(cells.text, longest=_LENGTHS[key]) if key in _LENGTHS else _BY_KIND[field.kind]
    for key, field in FIELDS.items()
    if field.kind in _BY_KIND and key not in _NOT_TAKEN
}
FIELD_KEYS = tuple(_READERS)
"""What a file can bring in."""


def _known(wanted: Mapping[str, str]) -> Known:
    """A header that was named goes before those we know."""
    by_header = {header: key for key, header in wanted.items()}

    def key_of(header: str) -> str | None:
        if header in by_header:
            return by_header[header]
        key = known(header)
        return key if key in _READERS and key not in wanted else None

    return key_of


def _columns(table: Table) -> dict[str, str | None]:
    columns: dict[str, str | None] = {}
    for header, key in zip(table.header, table.fields, strict=True):
        if header and columns.get(header) is None:
            columns[header] = key
    return columns


def _told(table: Table) -> Iterator[Told]:
    """What the rows say, which are gone from the table afterwards: a large file is kept once."""
    readers = [(at, key, _READERS[key]) for at, key in enumerate(table.fields) if key is not None]
    table.rows.reverse()
    while table.rows:
        row = table.rows.pop()
        values, reasons = _read(row, readers)
        if reasons:
            values = {key: _written(row.cells[at]) for at, key, _reader in readers}
        yield Told(row.line, values, reasons)


def _read(row: Row, readers: list[_Reader]) -> tuple[dict[str, Any], list[list[str]]]:
    values: dict[str, Any] = {}
    reasons: list[list[str]] = []
    for at, key, reader in readers:
        cell = row.cells[at]
        if cell is None or cell == "":
            continue
        try:
            values[key] = reader(cell)
        except Unreadable as fault:
            reasons.append([key, _written(cell), fault.reason])
    values = {key: value for key, value in values.items() if value is not None}
    if row.is_shifted:
        reasons.append(["", "", cells.REASONS["shifted"]])
    reasons += _together(values, {reason[0] for reason in reasons})
    return values, reasons


def _together(values: dict[str, Any], wrong: set[str]) -> list[list[str]]:
    """What is wrong between the values. A month of graduation goes before a mere year."""
    key = "graduation" if "graduation" in values else "graduation_year"
    reasons = [
        [at, str(values[at]), reason] for at, reason in cells.check_row(values, graduation=key)
    ]
    if "student_number" not in values and "student_number" not in wrong:
        reasons.append(["student_number", "", cells.REASONS["missing"]])
    year = values.pop("graduation_year", None)
    graduated = values.pop("graduation", None) or (YearMonth(year) if year else None)
    if graduated is not None:
        values["graduation"] = str(graduated)
    return reasons


def _once(rows: Iterator[Told]) -> tuple[list[Told], int]:
    """Each student number once. Of rows that contradict each other none is taken."""
    kept: list[Told] = []
    places: dict[str, int] = {}
    repeated = 0
    for row in rows:
        number = "" if row.reasons else row.values["student_number"]
        if number not in places:
            if number:
                places[number] = len(kept)
            kept.append(row)
            continue
        first = kept[places[number]]
        if first == row._replace(line=first.line):
            repeated += 1
            continue
        kept[places[number]] = _contradicted(first)
        kept.append(_contradicted(row))
    return kept, repeated


def _contradicted(row: Told) -> Told:
    if row.reasons:
        return row
    values = {key: str(value) for key, value in row.values.items()}
    reason = ["student_number", values["student_number"], REASONS["twice"]]
    return Told(row.line, values, [reason])


def _written(cell: Cell) -> str:
    """The cell as it can be shown: what has no picture stands as �."""
    said = "" if cell is None else str(cell)
    if isinstance(cell, float) and cell.is_integer():
        said = str(int(cell))
    shown = said[:_LONGEST_WRITTEN]
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "�" for c in shown)
