"""Years and months, as exactly as they are known."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from alumni.roster.cells.saying import REASONS, SPACES, Cell, Unreadable, nfkc, plain, says_nothing

EARLIEST_YEAR = 1940


class YearMonth(NamedTuple):
    """A month as exactly as it is known: a mere year is not its January."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        return f"{self.year}" if self.month is None else f"{self.year}-{self.month:02}"


def year(cell: Cell) -> int | None:
    """A year: 1998, 1998年, 2003届, 65级, Class of 1998, also out of a whole date.

    Two digits mean the latest such year that is not beyond the next one.
    """
    return _year(cell, _studied())


def birth_year(cell: Cell) -> int | None:
    """The year of birth, also out of a date of birth. Two digits mean the latest that may be."""
    return _year(cell, range(_EARLIEST_BIRTH, _this_year() - _YOUNGEST + 1))


def month(cell: Cell) -> YearMonth | None:
    """A month or only a year: 1998年7月, 1998.07, 1998/7/1, 199807, July 1998, 1998届, a date."""
    return _month(cell, _studied())


def check_row(
    values: Mapping[str, object], *, entry: str = "entry_year", graduation: str = "graduation_year"
) -> list[tuple[str, str]]:
    """What cannot be true together, as (field, reason).

    ``entry`` and ``graduation`` are the keys under which a year or ``YearMonth`` may stand.
    """
    entered, graduated = _year_in(values.get(entry)), _year_in(values.get(graduation))
    if entered is None or graduated is None:
        return []
    if graduated < entered:
        return [(graduation, REASONS["before_entry"])]
    if graduated > entered + _LONGEST_STUDY:
        return [(graduation, REASONS["long_after_entry"])]
    return []


_LONGEST_STUDY = 20
_EARLIEST_BIRTH = 1890
_YOUNGEST = 10
_DAYS_A_MONTH = 31
_YEAR = re.compile(
    r"(?:classof)?['’]?([0-9]{4}|[0-9]{2})"
    r"(?:级|届|年|年级|学年|年入学|年毕业|级学生|届毕业|届毕业生)?"
)
_CLOCK = re.compile(r"[ t][0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?z?$")
_MONTH = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4}|[0-9]{2})年(?P<month>[0-9]{1,2})(?:月份?(?:(?P<day>[0-9]{1,2})[日号]?)?)?",
        r"(?P<year>[0-9]{4})(?P<mark>[-./])(?P<month>[0-9]{1,2})(?:(?P=mark)(?P<day>[0-9]{1,2}))?",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})?",
        r"(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})",
        r"(?P<name>[a-z]{3})[a-z]{0,6}[.,-]{0,2}(?P<year>[0-9]{4})",
    )
)
_MONTH_NAMES = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_EXCEL_EPOCH = date(1899, 12, 30)


def _this_year() -> int:
    return datetime.now(UTC).year


def _studied() -> range:
    """The years in which somebody may have studied, those included who are about to graduate."""
    return range(EARLIEST_YEAR, _this_year() + 2)


def _in_range(value: int, years: range) -> int:
    if value not in years:
        raise Unreadable(REASONS["year_range"])
    return value


def _full_year(digits: str, years: range) -> int:
    value = int(digits)
    if len(digits) == len("1998"):
        return _in_range(value, years)
    latest = years[-1]
    value += latest // 100 * 100
    return _in_range(value if value <= latest else value - 100, years)


@lru_cache(maxsize=4_096, typed=True)
def _year(cell: Cell, years: range) -> int | None:
    if isinstance(cell, date):
        return _in_range(cell.year, years)
    said = _date_text(cell)
    if says_nothing(said):
        return None
    if (found := _YEAR.fullmatch(said)) is not None:
        return _full_year(found[1], years)
    dated = _dated(said, years)
    if dated is None:
        raise Unreadable(REASONS["not_year"])
    return dated.year


@lru_cache(maxsize=8_192, typed=True)
def _month(cell: Cell, years: range) -> YearMonth | None:
    if isinstance(cell, float):
        cell = _numeric_date(cell, years)
    if isinstance(cell, date):
        return YearMonth(_in_range(cell.year, years), cell.month)
    said = _date_text(cell)
    if says_nothing(said):
        return None
    if (found := _YEAR.fullmatch(said)) is not None:
        return YearMonth(_full_year(found[1], years))
    dated = _dated(said, years)
    if dated is None:
        raise Unreadable(REASONS["not_month"])
    return dated


def _date_text(cell: Cell) -> str:
    return SPACES.sub("", _CLOCK.sub("", nfkc(plain(cell)).lower()))


def _numeric_date(cell: float, years: range) -> float | date | str:
    """A spreadsheet's day number as its date; 1998.1 as the year alone.

    A number cannot tell October from January: 1998.10 is 1998.1.
    """
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    if (first - _EXCEL_EPOCH).days <= cell <= (last - _EXCEL_EPOCH).days:
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    whole, _, fraction = str(cell).partition(".")
    return whole if fraction == "1" and len(whole) == len("1998") else cell


def _dated(said: str, years: range) -> YearMonth | None:
    for pattern in _MONTH:
        if (found := pattern.fullmatch(said)) is not None:
            return _checked(found.groupdict(), years)
    return None


def _checked(parts: Mapping[str, str | None], years: range) -> YearMonth | None:
    named = parts.get("name")
    in_year = _MONTH_NAMES.get(named, 0) if named else int(parts.get("month") or 0)
    day = int(parts.get("day") or 1)
    if not (1 <= in_year <= len(_MONTH_NAMES) and 1 <= day <= _DAYS_A_MONTH):
        return None
    return YearMonth(_full_year(parts["year"] or "", years), in_year)


def _year_in(value: object) -> int | None:
    if isinstance(value, YearMonth):
        return value.year
    return value if isinstance(value, int) else None
