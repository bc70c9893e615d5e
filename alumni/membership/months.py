"""Months as addresses and pages say them: 2026-03, March 2026."""

import re
from datetime import date

from babel.core import Locale
from babel.dates import format_date

from alumni.i18n import language

_WRITTEN = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2]))?")


def read_span(written: str) -> tuple[date, date] | None:
    """The first day of a month (2026-03) or a year (2026), and the first day after it.

    None for what is neither.
    """
    read = _WRITTEN.fullmatch(written)
    if read is None:
        return None
    year, month = int(read[1]), read[2]
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    first = date(year, int(month), 1)
    return first, month_after(first)


def when_text(written: str) -> str:
    """What ``read_span`` reads, in words."""
    span = read_span(written)
    return month_text(span[0]) if span and len(written) > len("2026") else written


def month_text(first: date, *, short: bool = False) -> str:
    """2026年3月, or March 2026. Short, below a chart of one year: 3月, or Mar."""
    if language() == "zh":
        return f"{first.month}月" if short else f"{first.year}年{first.month}月"
    return format_date(first, "MMM" if short else "MMMM yyyy", locale=Locale("en"))


def month_after(first: date) -> date:
    """The first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
