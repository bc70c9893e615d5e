"""The rows of a file as clean values, each cell read by the kind of its field."""

import re
from collections.abc import Generator, Iterable, Mapping

from alumni.roster import cells
from alumni.roster.cells import YearMonth
from alumni.roster.confined import Allowance, answers
from alumni.roster.importable import IMPORTABLE, LENGTHS, needs, regions
from alumni.roster.models import BatchKind
from alumni.roster.reading import LIMITS, Looked
from alumni.roster.sheets.lines import Place
from alumni.roster.sheets.telling import Column, Told

READING = Allowance()

FIELD_KEYS = tuple(IMPORTABLE)
"""What a file can bring in."""


def read_rows(
    content: Iterable[bytes],
    kind: BatchKind,
    columns: Mapping[str, str | None],
    looked: Looked,
) -> Generator[Told, None, None]:
    """The rows of a file that was looked at, one after the other as they are asked for.

    ``content`` are the parts of the file.
    ``columns`` are the names of columns, as ``looked`` has them, with the key of the field each
    holds; a column that is not named, or with None, is left out. The file is read by a process
    of its own, which ends when the iterator is closed. Raises ``Unreadable``, also in midst.
    """
    fields = [(at, columns.get(column.name)) for at, column in enumerate(looked.columns)]
    asked = {
        "task": "rows",
        "limits": LIMITS._asdict(),
        "place": Place(looked.sheet, looked.encoding, looked.delimiter)._asdict(),
        "header_line": looked.header_line,
        "headers": looked.headers,
        "columns": [_column(at, key) for at, key in fields if key is not None],
        "needs": needs(kind),
        "regions": regions() if "country" in columns.values() else {},
    }
    for answer in answers(asked, content, READING):
        yield from (Told(*row) for row in answer["rows"])


def normal_phone(value: str) -> str:
    """What a telephone number is compared by: E.164, or the number without spaces."""
    told = cells.phone(value)
    return (told and told.e164) or _SPACES.sub("", value)


def year_month(graduation: str) -> YearMonth:
    """Of a clean value: 1998-07 or 1998."""
    year, _, month = graduation.partition("-")
    return YearMonth(int(year), int(month) if month else None)


_SPACES = re.compile(r"\s+")


def _column(at: int, key: str) -> Column:
    return Column(at, key, IMPORTABLE[key].kind.value, LENGTHS.get(key))
