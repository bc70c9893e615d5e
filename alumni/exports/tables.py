"""Tables for a spreadsheet, written as a stream: CSV and XLSX.

Rows come in batches, so that what is rare (a cell like a formula, a character XML cannot hold) is
looked for once in a column of a batch and not once in each of a million cells. Batches of about
500 rows cost least. Memory does not grow with the table, and nothing is written to disk.
"""

import codecs
import csv
import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Literal, NamedTuple, cast

from alumni.exports import workbook
from alumni.exports.archive import Archive

Cell = str | int | date | None
"""A date becomes ISO text; so does a `datetime`, to the second, in the zone it comes in."""

Batch = Sequence[Sequence[Cell]]


class Column(NamedTuple):
    kinds: set[type]
    """`str`, `int` and the type of None; nothing else."""
    cells: Sequence[Cell]


LAST_ROW = 1_048_576
"""No sheet of a spreadsheet goes further."""

AT_A_TIME = 50
"""Rows of a sheet that are held as text: a row is a thousand characters."""

LARGEST_NUMBER = 10**15
"""Numbers of a spreadsheet keep 15 digits; a longer one is written as text."""


@dataclass
class Tally:
    """How many rows have been written, header and notes not counted."""

    rows: int = 0


@dataclass(frozen=True)
class Sheets:
    """What the sheets are called, and when a table goes on in the next one."""

    rows: str
    notes: str
    last_row: int = LAST_ROW
    """The header is the first; at least 2."""
    enough_bytes: int = 3 * 2**30
    """Before packing; a part of 4 GiB would need zip64, which streamed is not read everywhere."""


class Counted:
    """A file on its way out; once it is `done`, its size in bytes and its SHA-256 are final."""

    def __init__(self, chunks: Generator[bytes, None, None]) -> None:
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self.size = 0
        self.done = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._hash.update(chunk)
            self.size += len(chunk)
            yield chunk
        self.done = True

    def close(self) -> None:
        """Stop early: the server calls this also when the reader has hung up."""
        self._chunks.close()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def as_csv(
    labels: Sequence[str],
    batches: Iterable[Batch],
    *,
    encoding: Literal["utf-8-sig", "gb18030"] = "utf-8-sig",
    closing: Callable[[int], str] | None = None,
    tally: Tally | None = None,
) -> Generator[bytes, None, None]:
    """Yield the table as CSV; no cell is a formula for the spreadsheet that opens it.

    `closing` makes a last line from the number of rows, so that a cut file is noticed. Leave it
    out where a program reads the file. A row that is not as long as the labels is a ValueError.
    """
    tally = tally or Tally()
    encode = codecs.getincrementalencoder(encoding)("replace").encode
    yield encode(_lines([labels], len(labels)))
    for batch in batches:
        yield encode(_lines(batch, len(labels)))
        tally.rows += len(batch)
    if closing:
        yield encode(_lines([[closing(tally.rows)]], 1))


def as_xlsx(
    labels: Sequence[str],
    batches: Iterable[Batch],
    *,
    sheets: Sheets,
    notes: Callable[[int], Sequence[tuple[str, str]]],
    tally: Tally | None = None,
) -> Generator[bytes, None, None]:
    """Yield the table as XLSX; text stays text, be it a phone number or a formula.

    A table too long for one sheet goes on in the next. The last sheet holds the `notes` made from
    the number of rows; it is also the proof that the file is whole. A row that is not as long as
    the labels is a ValueError.
    """
    tally = tally or Tally()
    archive = Archive()
    titles: list[str] = []
    yield from archive.part("_rels/.rels", [workbook.PACKAGE])
    yield from archive.part("xl/styles.xml", [workbook.STYLES])
    for _, pieces in groupby(_cut(batches, sheets, archive), itemgetter(0)):
        titles.append(workbook.title(sheets.rows, titles))
        rows = (piece for _, piece in pieces)
        yield from archive.part(workbook.path(len(titles)), _sheet(labels, rows, tally))
    titles.append(workbook.title(sheets.notes, titles))
    yield from archive.part(workbook.path(len(titles)), _notes_sheet(notes(tally.rows)))
    yield from archive.part("xl/workbook.xml", [workbook.book(titles)])
    yield from archive.part("xl/_rels/workbook.xml.rels", [workbook.relations(titles)])
    yield from archive.part("[Content_Types].xml", [workbook.content_types(titles)])
    yield archive.directory()


def _columns(batch: Batch, width: int) -> list[Sequence[Cell]]:
    columns: list[Sequence[Cell]] = list(zip(*batch, strict=True))
    if len(columns) != width:
        raise ValueError(f"rows of {len(columns)} cells under {width} labels")
    return columns


def _column(cells: Sequence[Cell]) -> Column:
    kinds = set(map(type, cells))
    if kinds <= _PLAIN:
        return Column(kinds, cells)
    return _column([cell if type(cell) in _PLAIN else _text(cell) for cell in cells])


_PLAIN = {str, int, type(None)}


def _text(cell: Cell) -> str:
    return cell.isoformat(" ", "seconds") if isinstance(cell, datetime) else str(cell)


# CSV


def _lines(batch: Batch, width: int) -> str:
    lines = StringIO()
    if batch:
        columns = map(_harmless, _columns(batch, width))
        csv.writer(lines).writerows(zip(*columns, strict=True))
    return lines.getvalue()


def _harmless(cells: Sequence[Cell]) -> Sequence[Cell]:
    """A spreadsheet runs a cell that starts like a formula; a leading quote makes it text."""
    try:
        texts = "\0".join(cast("Sequence[str]", cells))
    except TypeError:
        cells = _column(cells).cells
        texts = "\0".join([cell for cell in cells if isinstance(cell, str)])
    if not _FORMULA_IN_COLUMN.search("\0" + texts):
        return cells
    return [f"'{c}" if isinstance(c, str) and _FORMULA.match(c) else c for c in cells]


_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")
"""With the full-width signs, which Chinese and Japanese spreadsheets take for the same."""

_FORMULA_IN_COLUMN = re.compile("\0" + _FORMULA.pattern)


# XLSX


def _cut(batches: Iterable[Batch], sheets: Sheets, archive: Archive) -> Iterator[tuple[int, Batch]]:
    """Yield the rows with the number of the sheet they go into; there is always a first one."""
    number, room = 0, sheets.last_row - 1
    for batch in batches:
        rest = batch
        while rest:
            if not room or archive.part_size >= sheets.enough_bytes:
                number, room = number + 1, sheets.last_row - 1
            piece, rest = rest[:room], rest[room:]
            room -= len(piece)
            yield number, piece
    if (number, room) == (0, sheets.last_row - 1):
        yield 0, []


def _sheet(labels: Sequence[str], batches: Iterator[Batch], tally: Tally) -> Iterator[str]:
    first = next(batches)
    yield workbook.WORKSHEET + workbook.FROZEN + workbook.widths([labels, *first[:100]])
    yield "<sheetData>"
    yield from _rows([labels], len(labels), 1, workbook.BOLD)
    row = 2
    for batch in chain([first], batches):
        yield from _rows(batch, len(labels), row, workbook.TEXT)
        row += len(batch)
        tally.rows += len(batch)
    yield "</sheetData>" + workbook.filtered(f"A1:{workbook.letters(len(labels))}{row - 1}")
    yield "</worksheet>"


def _notes_sheet(notes: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield workbook.WORKSHEET + workbook.widths(notes) + "<sheetData>"
    yield from _rows(notes, 2, 1, workbook.TEXT)
    yield "</sheetData></worksheet>"


def _rows(batch: Batch, width: int, first: int, style: int) -> Iterator[str]:
    """The rows from the number `first` on, some at a time; one pattern serves them all."""
    if not batch:
        return
    written = [_written(_column(cells), style) for cells in _columns(batch, width)]
    begun = (f'<c r="{workbook.letters(n)}#"{pattern}' for n, (pattern, _) in enumerate(written, 1))
    pattern = f'<row r="#">{"".join(begun)}</row>'
    values = zip(*(filling for _, filling in written), strict=True)
    rows = (pattern.replace("#", str(n)) % row for n, row in enumerate(values, first))
    while some := "".join(islice(rows, AT_A_TIME)):
        yield some


def _written(column: Column, style: int) -> tuple[str, Sequence[Cell]]:
    """How a cell goes on after its address, with one `%s`, and what to put there in each row."""
    kinds, cells = column
    text = f' s="{style}" t="inlineStr"><is><t>%s</t></is></c>'
    if int in kinds or not _needs_no_care(cast("list[str]", list(filter(None, cells)))):
        return "%s", [_cell(cell, text) for cell in cells]
    if all(cells):
        return text, cells
    return "%s", [text % cell if cell else _BLANK for cell in cells]


_BLANK = "/>"


def _needs_no_care(texts: Sequence[str]) -> bool:
    """Nothing to escape, no control characters, no blanks at the ends, not too long."""
    joined = f"|{'|'.join(texts)}|"
    return (
        joined.isprintable()
        and not any(rare in joined for rare in ("&", "<", ">", "_x", "| ", " |"))
        and max(map(len, texts), default=0) <= workbook.LONGEST_CELL
    )


def _cell(cell: Cell, text: str) -> str:
    if isinstance(cell, int) and abs(cell) < LARGEST_NUMBER:
        return f"><v>{cell}</v></c>"
    written = "" if cell is None else workbook.text(str(cell))
    if not written:
        return _BLANK
    if written != written.strip():
        text = text.replace("<t>", '<t xml:space="preserve">')
    return text % written
