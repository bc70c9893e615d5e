"""Tables of web pages: what many programs write under the name of a spreadsheet."""

import re
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser

from alumni.roster.cells import Unreadable
from alumni.roster.sheets.limits import REASONS
from alumni.roster.sheets.lines import Line, Place, Sheet

MOST_TABLES = 50


def is_page(written: str) -> bool:
    """Whether it is marked up. Raises for what looks like a page and is none that can be read."""
    if _PAGE.match(written):
        return True
    if _BUNDLE.match(written):
        raise Unreadable(REASONS["web_page"])
    if _MARKUP.match(written):
        raise Unreadable(REASONS["markup"])
    return False


def sheets_of(written: str, encoding: str) -> list[Sheet]:
    """Each table of the page."""
    import nh3  # noqa: PLC0415 - few files are web pages

    # It reads as browsers do, whatever the page forgot to close, and leaves sound markup only.
    sound = nh3.clean(
        written,
        tags={"table", "thead", "tbody", "tfoot", "tr", "td", "th", "br", "p", "div"},
        clean_content_tags={"script", "style", "title"},
        attributes={"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
    )
    reader = _Reader()
    reader.feed(sound)
    reader.close()
    if not reader.tables:
        raise Unreadable(REASONS["web_page"])
    return [
        _sheet(Place(sheet=str(number), encoding=encoding), table)
        for number, table in enumerate(reader.tables[:MOST_TABLES], start=1)
    ]


def _sheet(place: Place, table: list[list[str]]) -> Sheet:
    lines = partial(_lines, table)
    return Sheet(place, lines, lines)


def _lines(table: list[list[str]]) -> Iterator[Line]:
    yield from enumerate(table, start=1)


_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|meta|title|style|table|div|center)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKUP = re.compile(r"\s*<(?:\?xml|!doctype|workbook|[a-z]+:workbook)\b", re.IGNORECASE)
_BUNDLE = re.compile(r"\s*(?:MIME-Version:|From: <Saved by)", re.IGNORECASE)
_WIDEST = 104
_LONGEST = 10_000


class _Reader(HTMLParser):
    """Collects the rows of all tables, a cell that spans others standing in the first of them."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            table = _Table()
            self._open.append(table)
            self.tables.append(table.rows)
        elif self._open:
            self._open[-1].begin(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._open.pop().end_row()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].said.append(data)


class _Table:
    """One table while it is read."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.said: list[str] = []
        self._cells: list[str] | None = None
        self._at = 0
        self._taken: dict[int, int] = {}
        """Column → for how many more rows a cell from above reaches into it."""

    def begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "tr":
            self.end_row()
            self._cells = []
        elif tag in {"td", "th"}:
            self._begin_cell(attributes)
        else:
            self.said.append(" ")

    def end_row(self) -> None:
        self._end_cell()
        if self._cells is not None:
            self._reach()
            self.rows.append(self._cells)
        self._cells = None

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        if self._cells is None:
            self._cells = []
        self._reach()
        self._at = len(self._cells)
        wide, high = _span(attributes, "colspan", _WIDEST), _span(attributes, "rowspan", _LONGEST)
        self._cells.extend([""] * wide)
        if high > 1:
            self._taken |= dict.fromkeys(range(self._at, self._at + wide), high - 1)

    def _end_cell(self) -> None:
        if self._cells:
            self._cells[self._at] += "".join(self.said).strip()
        self.said.clear()

    def _reach(self) -> None:
        """Leave room for cells that reach down from the rows above."""
        if self._cells is None:
            return
        while (left := self._taken.get(len(self._cells), 0)) > 0:
            self._taken[len(self._cells)] = left - 1
            self._cells.append("")


def _span(attributes: dict[str, str | None], name: str, longest: int) -> int:
    written = attributes.get(name) or ""
    return min(max(int(written), 1), longest) if written.isdecimal() and len(written) < 6 else 1  # noqa: PLR2004
