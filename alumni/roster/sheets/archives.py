"""Zip archives, looked through before anything lays them out.

What a spreadsheet says of its own size may be a lie, and calamine lays a sheet out whole:
two cells in opposite corners are half a terabyte, which ends the process.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from alumni.roster.cells import Unreadable
from alumni.roster.sheets.limits import REASONS, Limits


def check(content: bytes, limits: Limits) -> None:
    """Raise ``Unreadable`` for what is no workbook, or would cost more than ``limits`` allow."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
        _check_directory(content, entries, limits)
        for entry in sorted(entries, key=lambda entry: entry.filename != _MANIFEST):
            _check_entry(content, entry)
    except (zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, ValueError) as fault:
        raise Unreadable(REASONS["damaged"]) from fault


def _check_directory(content: bytes, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = {entry.filename for entry in entries}
    if not names & {"xl/workbook.xml", "content.xml"}:
        raise Unreadable(REASONS[_other(names)])
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Unreadable(REASONS["password"])
    unzipped = sum(entry.file_size for entry in entries)
    is_bomb = unzipped > max(_SMALL, limits.ratio * len(content))
    if is_bomb or unzipped > limits.unzipped:
        raise Unreadable(REASONS["unzipped"])


def _other(names: set[str]) -> str:
    """What an archive is that is no workbook: the key of what is said of it."""
    for pattern, key in _KINDS:
        if any(map(pattern.match, names)):
            return key
    return "archive"


def _check_entry(content: bytes, entry: zipfile.ZipInfo) -> None:
    """Look through all of the entry, which must not be larger than the directory says."""
    size, tail = 0, b""
    needs_walk = entry.filename == "content.xml"
    for piece in _inflated(content, entry):
        size += len(piece)
        if size > entry.file_size:
            raise Unreadable(REASONS["damaged"])
        whole, tail = _cut(tail + piece)
        _check_markup(entry, whole)
        needs_walk = needs_walk or _is_unusual(whole)
    _check_markup(entry, tail)
    if needs_walk or _is_unusual(tail):
        _Places().walk(_inflated(content, entry))


def _cut(seen: bytes) -> tuple[bytes, bytes]:
    """Whole tags with the text between them, and the tag that may go on."""
    begun = seen.rfind(b"<")
    if begun < 0 or b">" in seen[begun:]:
        return seen, b""
    if len(seen) - begun > _LONGEST_TAG:
        raise Unreadable(REASONS["damaged"])
    return seen[:begun], seen[begun:]


def _check_markup(entry: zipfile.ZipInfo, markup: bytes) -> None:
    if b"<!DOCTYPE" in markup:
        raise Unreadable(REASONS["damaged"])
    if entry.filename == _MANIFEST and b"encryption-data" in markup:
        raise Unreadable(REASONS["password"])
    if _FAR.search(markup):
        raise Unreadable(REASONS["far_cells"])


def _is_unusual(markup: bytes) -> bool:
    """Whether cells are written so that only a parser can say where they stand."""
    if markup.count(b"<c") == markup.count(b'<c r="') and b":c" not in markup:
        return False
    return _UNUSUAL.search(markup) is not None


def _inflated(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    name, extra = struct.unpack_from("<HH", content, entry.header_offset + 26)
    start = entry.header_offset + 30 + name + extra
    zipped = memoryview(content)[start : start + entry.compress_size]
    chunks = (bytes(zipped[at : at + _CHUNK]) for at in range(0, len(zipped), _CHUNK))
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


_ENCRYPTED = 1
_MANIFEST = "META-INF/manifest.xml"
"""Of an OpenDocument: what of it is encrypted."""
_KINDS = (
    (re.compile(r"xl/workbook\.bin$"), "binary_workbook"),
    (re.compile(r"(?:.*/)?Index(?:\.zip$|/.+\.iwa$)"), "numbers"),
    (re.compile(r"word/document\.xml$"), "document"),
    (re.compile(r"ppt/presentation\.xml$"), "not_table"),
)
_CHUNK = 65_536
"""Zipped bytes inflated at a time: at worst sixty-four megabytes."""
_SMALL = 10 * 2**20
"""What unpacks to less is no bomb, however well it was packed."""
_LAST_ROW = 300_000
_LAST_COLUMN = 104
_FAR = re.compile(
    rb'<c r="(?:[A-Z]{3}|[D-Z][A-Z]|[A-Z]+(?:[3-9][0-9]{5}|[0-9]{7}))[^<>]*(?<!/)>',
)
_UNUSUAL = re.compile(rb'<(?!c r=")(?:[A-Za-z]\w*:)?c[\s/>]')
_LONGEST_TAG = 2**20
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
