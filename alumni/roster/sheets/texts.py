"""Text with a delimiter between its cells."""

import csv
import io
import re
from collections.abc import Iterator
from functools import partial

from alumni.roster.cells import Unreadable
from alumni.roster.sheets.limits import REASONS
from alumni.roster.sheets.lines import Line, Place, Sheet

DELIMITERS = ",\t;|"


def decoded(content: bytes) -> tuple[str, str]:
    """The text, and what it was decoded as."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode(content, encoding), encoding
    if (wide := _wide(content[:_HEAD])) is not None:
        return _decode(content, wide), wide
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return _decode(content, "gb18030"), "gb18030"


def sheets_of(written: str, encoding: str) -> list[Sheet]:
    """The same text parted by each of the delimiters."""
    head = written[:_HEAD]
    if len(_BINARY.findall(head)) * _BINARY_SHARE > len(head):
        raise Unreadable(REASONS["not_table"])
    return [
        Sheet(
            Place(encoding=encoding, delimiter=delimiter),
            partial(_lines, head, delimiter),
            partial(_lines, written, delimiter),
        )
        for delimiter in DELIMITERS
    ]


_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BINARY_SHARE = 20
"""One control character in so many is no text; a slip of the pen in one name is."""
_NOUGHT_SHARE = 40
_HEAD = 65_536


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of its digits and line ends is nought."""
    noughts = tuple(head[lane::2].count(0) for lane in (0, 1))
    if sum(noughts) * _NOUGHT_SHARE < len(head) or 0 not in noughts:
        return None
    return "utf-16-be" if noughts[0] else "utf-16-le"


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise Unreadable(REASONS["undecodable"], line=line) from fault


def _lines(written: str, delimiter: str) -> Iterator[Line]:
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
