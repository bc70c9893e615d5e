"""Finding the header of a table, and telling people from sums and signatures below it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from alumni.roster.cells import Cell, Unreadable, plain
from alumni.roster.sheets.lines import Line, is_blank

Known: TypeAlias = Callable[[str], str | None]
"""From a header's normal form to the key of the field it names; empty where it surely is none."""

HEADER_ROWS = 30
"""Among so many of the first rows the header is looked for."""


class Header(NamedTuple):
    line: int
    names: tuple[str, ...]
    """As they are written; empty for a column that has none."""
    known: int
    """How many of them name a field."""


class Guess(NamedTuple):
    """What a column may hold."""

    key: str | None
    """None for what is left out."""
    is_sure: bool
    """Whether nobody needs to look at it."""


class Row(NamedTuple):
    line: int
    """The row as the spreadsheet numbers it; in a text file the line where the row begins."""
    cells: tuple[Cell, ...]
    """As many as the header has."""
    is_shifted: bool = False
    """A text file's row with more cells than the header: a stray delimiter has moved its values."""


def normal_header(header: str) -> str:
    """The form in which 姓 名 meets 姓名, ``Student No.`` ``student no`` and 姓名(必填) 姓名."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return _NO_LETTER.sub("", _REMARK.sub("", folded))


def find_header(lines: Iterable[Line], known: Known) -> Header | None:
    """The row that names most fields, one at least, beside another cell."""
    headers = (_as_header(line, cells, known) for line, cells in islice(lines, HEADER_ROWS))
    best = max(headers, key=lambda header: header.known, default=None)
    return best if best is not None and best.known and sum(map(bool, best.names)) > 1 else None


def guess(names: Sequence[str], known: Known) -> tuple[Guess, ...]:
    """What each column holds, each field once.

    A whole name goes before one in front of brackets: ``Name (Pinyin)`` is a name only where
    there is no better one, and then somebody has to look.
    """
    whole = [known(normal_header(name)) for name in names]
    times = Counter(whole)
    fields = [key if key not in whole[:column] else None for column, key in enumerate(whole)]
    for column, name in enumerate(names):
        if whole[column] is None:
            key = known(normal_header(_BRACKETED.sub("", name)))
            fields[column] = None if key in fields else key
    return tuple(
        Guess(key or None, is_sure=first == "" or (first is not None and times[first] == 1))
        for key, first in zip(fields, whole, strict=True)
    )


def people(
    header: Header, below: Iterable[Line], columns: Sequence[int], *, is_text: bool
) -> Iterator[Row]:
    """The rows below the header that say something in these columns and are a person's."""
    width = len(header.names)
    for line, found in below:
        cells = tuple(found[:width])
        if len(cells) < width:
            cells += ("",) * (width - len(cells))
        if not is_blank([cells[at] for at in columns]) and not _is_furniture(cells, header):
            yield Row(line, cells, is_text and len(found) > width and not is_blank(found[width:]))


def _as_header(line: int, cells: Sequence[Cell], known: Known) -> Header:
    names = [legible(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    found = sum(one.key is not None for one in guess(names, known))
    return Header(line, tuple(names), found)


def legible(cell: Cell) -> str:
    """What the cell says, which is nothing where it cannot be read."""
    try:
        return plain(cell)
    except Unreadable:
        return ""


def _is_furniture(cells: tuple[Cell, ...], header: Header) -> bool:
    """A sum, a signature, an example, or the header repeated at the top of a printed page."""
    first = next(cell for cell in cells if not is_blank((cell,)))
    if not isinstance(first, str) or not (_LIKELY.search(first) or first in header.names):
        return False
    squeezed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", first))
    if _FOOTER.fullmatch(squeezed):
        return True
    return first in header.names and tuple(map(legible, cells)) == header.names


_NO_LETTER = re.compile(r"[\W_]+")
_REMARK = re.compile(r"[(\[【〔<][^)\]】〕>]*(?:填|可选|required|optional)[^)\]】〕>]*[)\]】〕>]")
_BRACKETED = re.compile(r"[(（\[【〔][^)）\]】〕]*[)）\]】〕]")
_LIKELY = re.compile(r"[:：计总]|共[\s\d０-９]|total", re.IGNORECASE)
"""What may be a footer: most rows need not be looked at more closely."""
_FOOTER = re.compile(
    r"(?:合计|总计|小计|共计|总人数|人数合计)(?:[:\d].*)?"
    r"|共\d+[人名条].*"
    r"|(?:制表|填表|审核|复核|统计|打印|导出|经办|负责)(?:人|者|员|单位|部门|日期|时间)?:.*"
    r"|(?:备注|说明|注|示例|样例|example):.*"
    r"|(?:grand|sub)?total(?:[:\d].*)?",
    re.IGNORECASE,
)
