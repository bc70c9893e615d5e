"""Paper: lists, address books and labels as PDF.

What is printed goes to the typesetter as data and never as its markup. It takes a process of its
own and holds a whole paper in memory: for the worker only.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby, islice
from typing import TypeVar
from unicodedata import east_asian_width, normalize

from alumni.errors import BadRequest
from alumni.exports.papers.drawing import draw
from alumni.i18n import _, speaking

T = TypeVar("T")

Cell = str | int | date | None

Notes = Sequence[tuple[str, str]]
"""What a paper says about itself: whose list it is and of when, what for, by which conditions."""

MOST_ROWS = 5000
"""Rows of a list, people of an address book, labels: more is no paper that anybody reads."""
MOST_CELLS = 40_000
"""Of a list. The typesetter has the whole paper in memory: so many take half a gigabyte."""

LONGEST_CELL = 500
"""Characters; what goes on is cut, with dots."""
LONGEST_MARK = 60
NARROWEST, WIDEST = 4, 30
"""Of a column, in letters."""
GAP = 2
"""Letters between two columns."""
ACROSS = 200
"""Letters that fit onto a line of a list."""
BESIDE, ON_LABEL = 40, 20
"""Letters that fit onto a line of an address book, and onto one of a label."""

Pieces = str | list[str]
"""A text, or its pieces, between which a line may end."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A person in an address book, with what they let the others know."""

    name: str
    reading: str = ""
    """The name in Latin letters, family name first; under its first letter the person stands."""
    other: str = ""
    """The name in characters, which is told beside another one."""
    class_: str = ""
    city: str = ""
    job: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Address:
    """What stands on a label."""

    name: str
    lines: tuple[str, ...]
    """Of the postal address, from the top."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of labels on A4, in millimetres."""

    columns: int
    rows: int
    width: float
    height: float
    left: float = 0
    """From the edge of the paper to the first label."""
    top: float = 0
    gap: float = 0
    """Between two columns."""

    @property
    def labels(self) -> int:
        return self.columns * self.rows


SHEETS = {
    "3x8": Sheet(columns=3, rows=8, width=70, height=37, top=0.5),
    "3x7": Sheet(columns=3, rows=7, width=70, height=42.3, top=0.45),
    "3x7-gaps": Sheet(columns=3, rows=7, width=63.5, height=38.1, left=7.2, top=15.15, gap=2.55),
}
"""The sheets that shops sell most: 70 by 37 mm, 70 by 42.3 mm, and 63.5 by 38.1 mm with margins."""


def people_list(
    labels: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    title: str,
    notes: Notes,
    language: str,
) -> bytes:
    """A table on A4 across: its header, the page's number and the notes stand on every page.

    More than `MOST_ROWS` rows, or `MOST_CELLS` cells, are a BadRequest. A row that is not as long
    as the labels is a ValueError.
    """
    heads = [_text(label) for label in labels]
    table = [[_text(cell) for cell in row] for row in _at_most(rows, MOST_CELLS // len(heads))]
    columns: list[tuple[str, ...]] = list(zip(heads, *table, strict=True))
    widths = _fitting([_width(column) for column in columns])
    room = min(1, ACROSS / sum(widths))
    broken = [
        [_broken(text, int(width * room) - GAP) for text in column]
        for column, width in zip(columns, widths, strict=True)
    ]
    first, *others = zip(*broken, strict=True)
    content = {"labels": first, "rows": others, "widths": widths}
    return draw("people_list", _frame(title, notes, language) | content)


def address_book(entries: Iterable[Entry], title: str, notes: Notes, language: str) -> bytes:
    """The people in two columns on A4, sorted by reading, under their letters; # for the others.

    More than `MOST_ROWS` are a BadRequest.
    """
    groups = [
        {"letter": letter, "entries": [_of_entry(entry) for entry in some]}
        for letter, some in groupby(sorted(_at_most(entries), key=_place), _letter)
    ]
    return draw("address_book", _frame(title, notes, language) | {"groups": groups})


def labels(addresses: Iterable[Address], sheet: Sheet) -> bytes:
    """Labels to stick on letters, in the order given: sheet by sheet, line by line.

    What is long is set smaller. More than `MOST_ROWS` are a BadRequest.
    """
    stuck = [
        {
            "name": _broken(_text(one.name), ON_LABEL),
            "lines": [_broken(_text(line), ON_LABEL) for line in one.lines if line],
        }
        for one in _at_most(addresses)
    ]
    return draw("labels", {"labels": stuck, "sheet": asdict(sheet), "language": "zh"})


def _at_most(things: Iterable[T], most: int = MOST_ROWS) -> list[T]:
    most = min(most, MOST_ROWS)
    found = list(islice(things, most + 1))
    if len(found) > most:
        raise BadRequest(
            _(
                "A PDF with these columns holds at most %(most)s rows, and there are more."
                " Narrow the list, leave columns out, or take Excel (XLSX).",
                most=f"{most:,}",
            )
        )
    return found


def _frame(title: str, notes: Notes, language: str) -> dict[str, object]:
    """What stands around every paper but labels."""
    said = [(_text(label), _text(value)) for label, value in notes]
    with speaking(language):
        number = _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}")
        marks = [
            _("%(label)s: %(value)s", label=label, value=shortened(value, LONGEST_MARK))
            for label, value in said
        ]
    return {
        "title": _text(title),
        "notes": said,
        "mark": " · ".join(marks),
        "number": number,
        "language": language,
    }


def _text(cell: Cell) -> str:
    """On one line, with nothing that turns the text around or cannot be written."""
    if isinstance(cell, datetime):
        cell = cell.isoformat(" ", "minutes")
    text = " ".join(_UNWRITABLE.sub(" ", "" if cell is None else str(cell)).split())
    return shortened(text, LONGEST_CELL)


_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and dots: at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _width(column: Sequence[str]) -> int:
    """How many letters of the line the column gets: as nine in ten of its cells need, and a gap."""
    ordered = sorted(_letters_wide(cell) for cell in column[1:])
    usual = ordered[len(ordered) * 9 // 10] if ordered else 0
    return max(NARROWEST, min(max(usual, _letters_wide(column[0])), WIDEST)) + GAP


def _fitting(widths: Sequence[int]) -> list[int]:
    """The widest made narrower, until all have room: names stay on one line as long as they can."""
    for most in range(WIDEST + GAP, NARROWEST + GAP, -1):
        fitting = [min(width, most) for width in widths]
        if sum(fitting) <= ACROSS:
            break
    return fitting


def _letters_wide(text: str) -> int:
    """A Chinese character is as wide as two Latin letters."""
    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in text)


def _letter(entry: Entry) -> str:
    first = normalize("NFKD", entry.reading.strip())[:1].upper()
    return first if first.isascii() and first.isalpha() else "#"


def _place(entry: Entry) -> tuple[bool, str, str, str]:
    """Where the person stands; those without a letter come last."""
    letter = _letter(entry)
    return letter == "#", letter, entry.reading.casefold(), entry.name


def _of_entry(entry: Entry) -> dict[str, Pieces]:
    return {name: _broken(_text(value), BESIDE) for name, value in asdict(entry).items()}


def _broken(text: str, most: int) -> Pieces:
    """The text in pieces where a word in Latin letters is longer than so many: an address, say."""
    runs = _RUNS.findall(text)
    if not any(_is_long(run, most) for run in runs):
        return text
    return [
        piece for run in runs for piece in (_ENDS.findall(run) if _is_long(run, most) else [run])
    ]


def _is_long(run: str, most: int) -> bool:
    return len(run) > most and "!" <= run[0] <= "\u2e7f"


_RUNS = re.compile("[!-\u2e7f]+|[^!-\u2e7f]+")
"""Words in Latin letters, and what is between them: blanks, and what may be broken anywhere."""

_ENDS = re.compile(".{1,3}")
