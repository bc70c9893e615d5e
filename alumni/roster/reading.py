"""A roster file as offices really get them, read into one table: bytes in, rows out."""

import csv
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from xml.parsers import expat

from alumni.roster.cells import N_, Cell, Unreadable, plain

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Known: TypeAlias = Callable[[str], str | None]
"""From a header's normal form to the key of the field it names."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a file may cost us. Sizes are bytes; ``ratio`` is unzipped to zipped."""

    size: int = 20 * 2**20
    unzipped: int = 200 * 2**20
    ratio: int = 100
    rows: int = 200_000
    columns: int = 100


class Row(NamedTuple):
    line: int
    """The row as the spreadsheet numbers it; in a text file the line where the row begins."""
    cells: tuple[Cell, ...]
    """As many as the header has."""
    is_shifted: bool = False
    """A text file's row with more cells than the header: a stray delimiter has moved its values."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The sheet with the best header; a text file's only sheet has no name."""

    sheet: str
    encoding: str
    """What the text was decoded as; empty for a workbook."""
    header: tuple[str, ...]
    header_line: int
    fields: tuple[str | None, ...]
    """For each column the key of its field, each key once; None where it is not recognised."""
    rows: list[Row]
    left_out: list[Row]
    """What stands below the header and is no person: sums, signatures, the header again."""


REASONS = {
    "empty": N_("The file is empty."),
    "too_large": N_("The file is larger than {megabytes} MB. Split it into several files."),
    "unzipped": N_("The file is too large to process once unpacked. Split it into several files."),
    "far_cells": N_(
        "A sheet has cells far to the right or far below the table. "
        "Copy the table into a new workbook and try again."
    ),
    "too_many_rows": N_("The file has more than {rows} rows. Split it into several files."),
    "too_many_columns": N_("The table has more than {columns} columns. Remove some."),
    "damaged": N_("The file is damaged or unsafe. Open it, save it as .xlsx and try again."),
    "password": N_("The file is protected by a password. Save it without one and try again."),
    "web_page": N_(
        "This is a web page under the name of a spreadsheet. "
        "Open it in Excel or WPS, save it as .xlsx and try again."
    ),
    "not_table": N_("This is not a table. Save it as .xlsx or .csv and try again."),
    "undecodable": N_(
        "The text is neither UTF-8 nor GB18030 nor UTF-16. Save it as .xlsx and try again."
    ),
    "no_header": N_(
        "No header was found: none of the first {rows} rows names two columns we know, "
        "such as name and student number."
    ),
    "open_quote": N_("A quotation mark is opened and never closed."),
}
"""Why a file cannot be read, as sentences for the person who brought it."""


def read_table(content: bytes, known: Known, *, limits: Limits = Limits()) -> Table:
    """The table in a spreadsheet (XLSX, XLS, ODS) or a text file, told apart by content.

    The header is the row among the first 30 of a sheet that names most fields ``known``, at
    least two. Raises ``Unreadable`` with one of ``REASONS``.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable(REASONS["empty"])
    if len(content) > limits.size:
        raise Unreadable(REASONS["too_large"], megabytes=limits.size // 2**20)
    if content.startswith(_ZIP):
        _check_zip(content, limits)
        return _read_workbook(content, known, limits)
    if content.startswith(_OLE):
        return _read_workbook(content, known, limits)
    return _read_text(content, known, limits)


def normal_header(header: str) -> str:
    """The form in which 姓 名 meets 姓名, ``Student No.`` ``student no`` and 姓名(必填) 姓名."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return _NO_LETTER.sub("", _REMARK.sub("", folded))


_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_ROWS = 30
_HEADER_FIELDS = 2
_SHEETS = 50

_NO_LETTER = re.compile(r"[\W_]+")
_REMARK = re.compile(r"[(\[【〔<][^)\]】〕>]*(?:填|可选|required|optional)[^)\]】〕>]*[)\]】〕>]")
_BRACKETED = re.compile(r"[(（\[【〔][^)）\]】〕]*[)）\]】〕]")
_FOOTER = re.compile(
    r"(?:合计|总计|小计|共计|总人数|人数合计)(?:[:\d].*)?"
    r"|共\d+[人名条].*"
    r"|(?:制表|填表|审核|复核|统计|打印|导出|经办|负责)(?:人|者|员|单位|部门|日期|时间)?:.*"
    r"|(?:备注|说明|注):.*"
    r"|(?:grand|sub)?total(?:[:\d].*)?",
    re.IGNORECASE,
)

_Line: TypeAlias = tuple[int, Sequence[Cell]]


class _Source(NamedTuple):
    sheet: str
    encoding: str


class _Header(NamedTuple):
    line: int
    names: tuple[str, ...]
    fields: tuple[str | None, ...]

    @property
    def score(self) -> int:
        return len(self.fields) - self.fields.count(None)


def _find_header(lines: Iterable[_Line], known: Known) -> _Header | None:
    headers = (_as_header(line, cells, known) for line, cells in islice(lines, _HEADER_ROWS))
    best = max(headers, key=lambda header: header.score, default=None)
    return best if best is not None and best.score >= _HEADER_FIELDS else None


def _as_header(line: int, cells: Sequence[Cell], known: Known) -> _Header:
    names = [_legible(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    fields: list[str | None] = [None] * len(names)
    # A whole name goes before one in front of brackets: "Name (Pinyin)" is a name only
    # where there is no better one.
    for shorten in (False, True):
        for column, written in enumerate(names):
            if fields[column] is None:
                key = known(normal_header(_BRACKETED.sub("", written) if shorten else written))
                fields[column] = None if key in fields else key
    return _Header(line, tuple(names), tuple(fields))


def _legible(cell: Cell) -> str:
    try:
        return plain(cell)
    except Unreadable:
        return ""


def _table(source: _Source, header: _Header, below: Iterable[_Line], limits: Limits) -> Table:
    if len(header.names) > limits.columns:
        raise Unreadable(REASONS["too_many_columns"], columns=limits.columns)
    rows: list[Row] = []
    left_out: list[Row] = []
    for row, is_person in _sorted_out(header, below, is_text=bool(source.encoding)):
        (rows if is_person else left_out).append(row)
        if len(rows) > limits.rows:
            raise Unreadable(REASONS["too_many_rows"], rows=limits.rows)
    return Table(
        sheet=source.sheet,
        encoding=source.encoding,
        header=header.names,
        header_line=header.line,
        fields=header.fields,
        rows=rows,
        left_out=left_out,
    )


def _sorted_out(
    header: _Header, below: Iterable[_Line], *, is_text: bool
) -> Iterator[tuple[Row, bool]]:
    """The rows that say something, each with whether it is a person's."""
    width = len(header.names)
    recognised = [column for column, key in enumerate(header.fields) if key is not None]
    pick = itemgetter(*recognised)
    said: dict[str, str] = {}  # a city stands ten thousand times in a roster, and once in memory
    for line, found in below:
        cells = tuple(
            said.setdefault(cell, cell) if isinstance(cell, str) else cell for cell in found[:width]
        )
        if len(cells) < width:
            cells += ("",) * (width - len(cells))
        is_shifted = is_text and not _is_blank(found[width:])
        if not _is_blank(pick(cells)):
            yield Row(line, cells, is_shifted), not _is_furniture(cells, header)
        elif is_shifted or not _is_blank(cells):
            yield Row(line, cells, is_shifted), False


def _is_blank(cells: Sequence[Cell]) -> bool:
    return all(
        cell is None or (isinstance(cell, str) and (not cell or cell.isspace())) for cell in cells
    )


def _is_furniture(cells: tuple[Cell, ...], header: _Header) -> bool:
    """A sum, a signature, or the header repeated at the top of a printed page."""
    first = next(cell for cell in cells if not _is_blank((cell,)))
    if not isinstance(first, str):
        return False
    squeezed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", first))
    if _FOOTER.fullmatch(squeezed):
        return True
    return first in header.names and tuple(map(_legible, cells)) == header.names


# --- workbooks


def _read_workbook(content: bytes, known: Known, limits: Limits) -> Table:
    import python_calamine  # noqa: PLC0415 - a web worker that reads no file does without

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return _best_sheet(workbook, known, limits)
    except python_calamine.PasswordError as fault:
        raise Unreadable(REASONS["password"]) from fault
    except python_calamine.CalamineError as fault:
        raise Unreadable(REASONS["damaged"]) from fault


def _best_sheet(workbook: "CalamineWorkbook", known: Known, limits: Limits) -> Table:
    best: tuple[_Header, CalamineSheet] | None = None
    for name in workbook.sheet_names[:_SHEETS]:
        sheet = workbook.get_sheet_by_name(name)
        header = _find_header(enumerate(sheet.iter_rows(), start=1), known)
        if header is not None and (best is None or header.score > best[0].score):
            best = header, sheet
    if best is None:
        raise Unreadable(REASONS["no_header"], rows=_HEADER_ROWS)
    header, sheet = best
    below = islice(enumerate(sheet.iter_rows(), start=1), header.line, None)
    return _table(_Source(sheet.name, ""), header, below, limits)


# What a spreadsheet says of its own size may be a lie, and calamine lays a sheet out whole:
# two cells in opposite corners are half a terabyte, which ends the process.

_CHUNK = 16_384
"""Zipped bytes inflated at a time: at worst sixteen megabytes."""
_SMALL = 10 * 2**20
"""What unpacks to less is no bomb, however well it was packed."""
_LAST_ROW = 300_000
_LAST_COLUMN = 104
_FAR = re.compile(
    rb'<c r="(?:[A-Z]{3}|[D-Z][A-Z]|[A-Z]+(?:[3-9][0-9]{5}|[0-9]{7}))[^<>]*(?<!/)>',
)
_UNUSUAL = re.compile(rb'<(?!c r=")(?:[A-Za-z]\w*:)?c[\s/>]')
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _check_zip(content: bytes, limits: Limits) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
        _check_directory(content, entries, limits)
        for entry in entries:
            _check_entry(content, entry)
    except (zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, ValueError) as fault:
        raise Unreadable(REASONS["damaged"]) from fault


def _check_directory(content: bytes, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if not {entry.filename for entry in entries} & {"xl/workbook.xml", "content.xml"}:
        raise Unreadable(REASONS["not_table"])
    unzipped = sum(entry.file_size for entry in entries)
    is_bomb = unzipped > max(_SMALL, limits.ratio * len(content))
    if is_bomb or unzipped > limits.unzipped:
        raise Unreadable(REASONS["unzipped"])


def _check_entry(content: bytes, entry: zipfile.ZipInfo) -> None:
    """Look through all of the entry, which must not be larger than the directory says."""
    size, tail = 0, b""
    needs_walk = entry.filename == "content.xml"
    for piece in _inflated(content, entry):
        size += len(piece)
        seen = tail + piece
        if size > entry.file_size or b"<!DOCTYPE" in seen:
            raise Unreadable(REASONS["damaged"])
        if _FAR.search(seen):
            raise Unreadable(REASONS["far_cells"])
        needs_walk = needs_walk or _UNUSUAL.search(seen) is not None
        tail = seen[seen.rfind(b"<") :][-_CHUNK:]
    if needs_walk:
        _Places().walk(_inflated(content, entry))


def _inflated(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    name, extra = struct.unpack_from("<HH", content, entry.header_offset + 26)
    start = entry.header_offset + 30 + name + extra
    zipped = content[start : start + entry.compress_size]
    chunks = (zipped[at : at + _CHUNK] for at in range(0, len(zipped), _CHUNK))
    if entry.compress_type == zipfile.ZIP_STORED:
        return chunks
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable(REASONS["damaged"])
    return map(zlib.decompressobj(-zlib.MAX_WBITS).decompress, chunks)


class _Places:
    """Follows where the cells of a sheet stand, in XLSX without references and in ODS."""

    def __init__(self) -> None:
        self.row = 0
        self.column = 0
        self._steps: dict[str, Callable[[dict[str, str]], None]] = {
            "row": self._row,
            "c": self._cell,
            "v": self._value,
            "is": self._value,
            "table": self._table,
            "table-row": self._table_row,
            "p": self._value,
            **dict.fromkeys(("table-cell", "covered-table-cell"), self._table_cell),
        }

    def walk(self, markup: Iterable[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        for piece in markup:
            parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        step = self._steps.get(tag.rpartition(":")[2])
        if step is not None:
            step(attributes)

    def _row(self, attributes: dict[str, str]) -> None:
        self.row, self.column = int(attributes.get("r", self.row + 1)), 0

    def _cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        if (found := _REFERENCE.fullmatch(attributes.get("r", ""))) is not None:
            self.row, self.column = int(found[2]), 0
            for letter in found[1]:
                self.column = self.column * 26 + ord(letter) - ord("A") + 1

    def _table(self, attributes: dict[str, str]) -> None:
        self.row, self.column = 0, 0

    def _table_row(self, attributes: dict[str, str]) -> None:
        self.row += int(attributes.get("table:number-rows-repeated", "1"))
        self.column = 0

    def _table_cell(self, attributes: dict[str, str]) -> None:
        self.column += int(attributes.get("table:number-columns-repeated", "1"))
        if "office:value-type" in attributes:
            self._value(attributes)

    def _value(self, attributes: dict[str, str]) -> None:
        if self.row > _LAST_ROW or self.column > _LAST_COLUMN:
            raise Unreadable(REASONS["far_cells"])


# --- text

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head|meta|table|\?xml)\b", re.IGNORECASE)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BINARY_SHARE = 20
"""One control character in so many is no text; a slip of the pen in one name is."""
_HEAD = 65_536
_DELIMITERS = ",\t;|"


def _read_text(content: bytes, known: Known, limits: Limits) -> Table:
    written, encoding = _decoded(content)
    head = written[:_HEAD]
    if _WEB_PAGE.match(head):
        raise Unreadable(REASONS["web_page"])
    if head.startswith("%PDF") or len(_BINARY.findall(head)) * _BINARY_SHARE > len(head):
        raise Unreadable(REASONS["not_table"])
    delimiter, header = _best_delimiter(head, known)
    below = _text_lines(written, delimiter)
    for line, _cells in below:
        if line == header.line:
            break
    return _table(_Source("", encoding), header, below, limits)


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode(content, encoding), encoding
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return _decode(content, "gb18030"), "gb18030"


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise Unreadable(REASONS["undecodable"], line=line) from fault


def _best_delimiter(head: str, known: Known) -> tuple[str, _Header]:
    best: tuple[str, _Header] | None = None
    for delimiter in _DELIMITERS:
        header = _find_header(_text_lines(head, delimiter), known)
        if header is not None and (best is None or header.score > best[1].score):
            best = delimiter, header
    if best is None:
        raise Unreadable(REASONS["no_header"], rows=_HEADER_ROWS)
    return best


def _text_lines(written: str, delimiter: str) -> Iterator[_Line]:
    """The rows with the line each begins on.

    A quotation mark that is opened by mistake swallows rows; what it made has an odd number
    of marks, and is refused rather than imported as one very long remark.
    """
    spent: list[str] = []
    reader = csv.reader(_remembered(written, spent), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if len(spent) > 1 and "".join(spent).count('"') % 2:
                raise Unreadable(REASONS["open_quote"], line=line)
            yield line, cells
            spent.clear()
            line = reader.line_num + 1
    except csv.Error as fault:
        raise Unreadable(REASONS["open_quote"], line=line) from fault


def _remembered(written: str, spent: list[str]) -> Iterator[str]:
    for physical in io.StringIO(written, newline=""):
        spent.append(physical)
        yield physical
