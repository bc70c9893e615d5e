"""Months as people write them, as exactly as they know them."""

import re
from typing import NamedTuple

from wtforms import Field
from wtforms.fields import StringField
from wtforms.validators import Optional, ValidationError

from alumni.db import now
from alumni.forms import Form, tidy_number
from alumni.i18n import _

EARLIEST = 1900
AHEAD = 10
"""So many years a study or a contract may still go on."""

DECEMBER = 12

PATTERNS = (
    re.compile(r"(?P<year>[0-9]{4})[年届级]?"),
    re.compile(r"(?P<year>[0-9]{4})(?:年|[-./])(?P<month>[0-9]{1,2})月?"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})"),
    re.compile(r"(?P<month>[0-9]{1,2})[./](?P<year>[0-9]{4})"),
)


class Month(NamedTuple):
    """A month, or a year where no more is known: a mere year is not its January."""

    year: int | None = None
    month: int | None = None

    def __str__(self) -> str:
        if self.year is None:
            return ""
        return f"{self.year}" if self.month is None else f"{self.year}-{self.month:02}"

    def is_before(self, other: "Month") -> bool:
        """Whether it is certainly earlier."""
        if self.year is None or other.year is None or self.year != other.year:
            return bool(self.year and other.year and self.year < other.year)
        return bool(self.month and other.month and self.month < other.month)


def read_month(text: str | None) -> Month:
    """What 1998, 1998-07, 1998.7 or 1998年7月 says. Raise ValueError where that is no month."""
    plain = "".join((text or "").split())
    if not plain:
        return Month()
    found = next(filter(None, (pattern.fullmatch(plain) for pattern in PATTERNS)), None)
    if found is None:
        raise ValueError
    parts = found.groupdict()
    read = Month(int(parts["year"]), int(parts["month"]) if parts.get("month") else None)
    if not _is_sensible(read):
        raise ValueError
    return read


def month_field() -> StringField:
    return StringField(filters=[tidy_number], validators=[Optional(), _is_month])


def check_order(first: Field, last: Field) -> bool:
    """Say beside the second field that it is before the first. Both have been checked alone."""
    if first.errors or last.errors or not read_month(last.data).is_before(read_month(first.data)):
        return True
    last.errors = [_("The end comes after the beginning.")]
    return False


def _is_sensible(read: Month) -> bool:
    is_year = read.year is not None and EARLIEST <= read.year <= now().year + AHEAD
    return is_year and (read.month is None or 1 <= read.month <= DECEMBER)


def _is_month(form: Form, field: Field) -> None:
    try:
        read_month(field.data)
    except ValueError as error:
        raise ValidationError(
            _("Please write a year, or a year and a month: 2015 or 2015-07.")
        ) from error
