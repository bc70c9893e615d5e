"""The process that reads a file: ``python -m alumni.roster.sheets.child``.

It is told what to do by JSON on its standard input, and in that the number of the open file.
It answers in lines of JSON: nothing is handed on from here but text and numbers, since what this
process makes of a hostile file is not to be trusted more than the file itself.
"""

import json
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from alumni.roster.cells import Unreadable
from alumni.roster.sheets.headers import (
    HEADER_ROWS,
    Header,
    Row,
    find_header,
    guess,
    legible,
    people,
)
from alumni.roster.sheets.limits import REASONS, Limits
from alumni.roster.sheets.lines import Place, Sheet
from alumni.roster.sheets.opening import sheets_of
from alumni.roster.sheets.telling import LONGEST_WRITTEN, Column, Teller

MOST_SAMPLES = 3
SAMPLED_ROWS = 2_000
ROWS_A_LINE = 250


class Table(NamedTuple):
    """The table of a file."""

    place: Place
    header: Header
    rows: Iterator[Row]


def main() -> None:
    """Read what is asked for and answer it, within what may be spent."""
    asked = json.loads(sys.stdin.buffer.read())
    confine(asked["memory"], asked["seconds"])
    try:
        for answer in answers(asked):
            say(sys.stdout.buffer, answer)
    except MemoryError:
        say(sys.stdout.buffer, {"refused": [REASONS["unzipped"], None, {}]})


def confine(memory: int, seconds: int) -> None:
    """Let this process have so many bytes and seconds of computing, and write no file."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, hard))


def say(out: BinaryIO, answer: object) -> None:
    out.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    out.flush()


def answers(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """``looked`` or ``rows`` as often as it takes, and ``end``; or ``refused`` where it cannot.

    The file's bytes have no name here: what has been laid out in memory need not be there twice.
    """
    limits = Limits(**asked["limits"])
    path = f"/dev/fd/{asked['file']}"
    try:
        sheets = sheets_of(Path(path).read_bytes(), limits, path)
        if asked["task"] == "look":
            yield {"looked": look(sheets, asked["headers"], limits)}
        else:
            yield from ({"rows": rows} for rows in tell(sheets, asked))
        yield {"end": True}
    except Unreadable as fault:
        yield {"refused": [fault.reason, fault.line, fault.values]}


def look(sheets: Iterable[Sheet], headers: dict[str, str], limits: Limits) -> dict[str, Any]:
    """Where the table stands, its header, some values of each column, and how many rows it has.

    ``headers`` are those we know: normal form → key of the field, or nothing for none.
    """
    table = table_of(sheets, headers, limits)
    samples = _Samples(len(table.header.names))
    number = 0
    for number, row in enumerate(table.rows, start=1):
        if number > limits.rows:
            raise Unreadable(REASONS["too_many_rows"], rows=limits.rows)
        samples.add(row)
    return {
        **table.place._asdict(),
        "header_line": table.header.line,
        "headers": table.header.names,
        "samples": samples.columns,
        "rows": number,
    }


def table_of(sheets: Iterable[Sheet], headers: dict[str, str], limits: Limits) -> Table:
    """The table whose header names most fields, with the rows in which a known column says

    something.
    """
    sheet, header = _best(sheets, headers)
    if len(header.names) > limits.columns:
        raise Unreadable(REASONS["too_many_columns"], columns=limits.columns)
    known = [at for at, one in enumerate(guess(header.names, headers.get)) if one.key is not None]
    return Table(sheet.place, header, _rows(sheet, header, known))


def tell(sheets: Iterable[Sheet], asked: dict[str, Any]) -> Iterator[list[Any]]:
    """The rows of a table that was looked at, some at a time, as ``telling.Told``."""
    place = Place(**asked["place"])
    sheet = next((one for one in sheets if one.place == place), None)
    if sheet is None:
        raise Unreadable(REASONS["damaged"])
    header = Header(asked["header_line"], tuple(asked["headers"]), 0)
    columns = [Column(*column) for column in asked["columns"]]
    teller = Teller(columns, asked["needs"], asked["regions"])
    rows = _rows(sheet, header, [column.at for column in columns])
    while part := list(map(teller.tell, islice(rows, ROWS_A_LINE))):
        yield part


def _best(sheets: Iterable[Sheet], headers: dict[str, str]) -> tuple[Sheet, Header]:
    best: tuple[Sheet, Header] | None = None
    for sheet in sheets:
        header = find_header(sheet.top(), headers.get)
        if header is not None and (best is None or header.known > best[1].known):
            best = sheet, header
    if best is None:
        raise Unreadable(REASONS["no_header"], rows=HEADER_ROWS)
    return best


def _rows(sheet: Sheet, header: Header, columns: Sequence[int]) -> Iterator[Row]:
    below = (line for line in sheet.lines() if line[0] > header.line)
    return people(header, below, columns, is_text=bool(sheet.place.delimiter))


class _Samples:
    """A few different values of each column, as they are written."""

    def __init__(self, width: int) -> None:
        self.columns: list[list[str]] = [[] for _ in range(width)]
        self._rows = 0

    def add(self, row: Row) -> None:
        self._rows += 1
        if self._rows > SAMPLED_ROWS:
            return
        for column, cell in zip(self.columns, row.cells, strict=True):
            if (
                len(column) < MOST_SAMPLES
                and (said := legible(cell)[:LONGEST_WRITTEN])
                and said not in column
            ):
                column.append(said)


if __name__ == "__main__":
    main()
