"""What a row of cells tells of a person: each cell read by the kind of its field."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from alumni.roster import cells
from alumni.roster.cells import Cell, Unreadable, YearMonth
from alumni.roster.cells.reaching import as_dialled_abroad
from alumni.roster.sheets.headers import Row

LONGEST_WRITTEN = 200


class Column(NamedTuple):
    """A column that is read."""

    at: int
    key: str
    """Of the field it holds."""
    kind: str
    """Of the field: see ``people.fields.FieldKind``."""
    longest: int | None = None
    """Of words, how many characters are kept."""


class Told(NamedTuple):
    """What one row says."""

    line: int
    values: dict[str, Any]
    """Field key → clean value. Of a wrong row field key → what was written."""
    reasons: list[list[str]]
    """For a wrong row: lists of [field key, what was written, why]."""


class Teller:
    """Reads the rows of one table."""

    def __init__(
        self, columns: Sequence[Column], needs: Sequence[str], regions: dict[str, str]
    ) -> None:
        """``needs``: of these fields a row has to say one, or lacks the first.

        ``regions``: from a country in small letters to the region of its phone numbers.
        """
        self._readers = [(column.at, column.key, _reader(column)) for column in columns]
        self._needs = needs
        self._regions = regions
        places = {column.key: column.at for column in columns}
        self._country = places.get("country")

    def tell(self, row: Row) -> Told:
        values, reasons = self._read(row)
        if reasons:
            values = {key: written(row.cells[at]) for at, key, _reader in self._readers}
        return Told(row.line, values, reasons)

    def _read(self, row: Row) -> tuple[dict[str, Any], list[list[str]]]:
        values: dict[str, Any] = {}
        reasons: list[list[str]] = []
        for at, key, reader in self._readers:
            cell = row.cells[at]
            if cell is None or cell == "":
                continue
            try:
                said = reader(cell)
            except Unreadable as fault:
                reasons.append([key, written(cell), fault.reason])
                continue
            if said is not None:
                values[key] = said
        if row.is_shifted:
            reasons.append(["", "", cells.REASONS["shifted"]])
        self._dial(values, row)
        wrong = {reason[0] for reason in reasons}
        reasons += _trained(values, wrong)
        reasons += self._together(values, wrong)
        return values, reasons

    def _dial(self, values: dict[str, Any], row: Row) -> None:
        """A number without its country's code is one of the country that the row names."""
        if "phone" not in values:
            return
        told = values["phone"]
        country = written(row.cells[self._country]) if self._country is not None else ""
        region = self._regions.get(country.strip().casefold(), "CN")
        if region != "CN" and "+" not in told.original:
            told = cells.phone(told.original, region) or told
            if told.e164 is not None and not told.e164.startswith("+86"):
                values["phone"] = as_dialled_abroad(told.e164)
                return
        values["phone"] = unicodedata.normalize("NFKC", told.original)

    def _together(self, values: dict[str, Any], wrong: set[str]) -> list[list[str]]:
        """What is wrong between the values. A month of graduation goes before a mere year."""
        key = "graduation" if "graduation" in values else "graduation_year"
        reasons = [
            [at, str(values[at]), reason] for at, reason in cells.check_row(values, graduation=key)
        ]
        if not {*self._needs} & (values.keys() | wrong):
            reasons.append([self._needs[0], "", cells.REASONS["missing"]])
        year = values.pop("graduation_year", None)
        graduated = values.pop("graduation", None) or (YearMonth(year) if year else None)
        if graduated is not None:
            values["graduation"] = str(graduated)
        return reasons


def _trained(values: dict[str, Any], wrong: set[str]) -> list[list[str]]:
    """What is wrong with a training, of which a hospital that is told wants to know the kind."""
    begins, ends = (values.get(key) for key in ("training_from", "training_to"))
    values |= {key: str(values[key]) for key in ("training_from", "training_to") if key in values}
    reasons = []
    if begins and ends and _is_before(ends, begins):
        reasons.append(["training_to", str(ends), cells.REASONS["before_beginning"]])
    if "hospital" in values and "training_kind" not in values.keys() | wrong:
        reasons.append(["training_kind", "", cells.REASONS["missing"]])
    return reasons


def _is_before(one: YearMonth, other: YearMonth) -> bool:
    """As far as both are known."""
    if None in (one.month, other.month):
        return one.year < other.year
    return one < other


def written(cell: Cell) -> str:
    """The cell as it can be shown: what has no picture stands as �."""
    said = "" if cell is None else str(cell)
    if isinstance(cell, float) and cell.is_integer():
        said = str(int(cell))
    shown = said[:LONGEST_WRITTEN]
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "�" for c in shown)


def _reader(column: Column) -> Callable[[Cell], Any]:
    if column.longest is not None:
        return partial(cells.text, longest=column.longest)
    return _READERS[column.kind]


def _name(cell: Cell) -> str | None:
    return cells.name(cell) if cells.plain(cell) else None


_READERS: dict[str, Callable[[Cell], Any]] = {
    "name": _name,
    "text": cells.text,
    "number": cells.number,
    "certificate": cells.certificate,
    "sex": cells.sex,
    "year": cells.year,
    "birth": cells.birth_year,
    "month": cells.month,
    "level": cells.level,
    "training": cells.training,
    "phone": cells.phone,
    "email": cells.email,
    "place": cells.city,
}
"""How the cells of each kind of field are read."""
