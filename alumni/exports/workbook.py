"""The parts of an XLSX file that are the same for every table, or nearly so."""

import re
from collections.abc import Sequence
from html import escape
from itertools import chain, count

LONGEST_CELL = 32_767
"""Characters; Excel calls a file with a longer cell damaged."""


def text(wanted: str) -> str:
    """The text as XML can hold it: no control characters, and line ends as a cell has them."""
    lines = wanted.replace("\r\n", "\n").replace("\r", "\n")
    legal = _ILLEGAL.sub("", lines)[:LONGEST_CELL]
    return escape(_LIKE_AN_ESCAPE.sub("_x005F_", legal), quote=False)


_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Excel reads `_x0041_` as A."""


def letters(number: int) -> str:
    """A for 1, Z for 26, AA for 27."""
    before, last = divmod(number - 1, 26)
    return (letters(before) if before else "") + chr(ord("A") + last)


def widths(rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as what stands in these rows, within reason."""
    wide = (max(map(_width, column)) for column in zip(*rows, strict=True))
    each = [
        f'<col min="{n}" max="{n}" width="{min(max(width, 6), 50) + 2}" customWidth="1"/>'
        for n, width in enumerate(wide, 1)
    ]
    return f"<cols>{''.join(each)}</cols>" if each else ""


def _width(cell: object) -> int:
    """A Chinese character is as wide as two Latin ones, and as many bytes in GB18030."""
    lines = str(cell)[:200].splitlines()
    return max((len(line.encode("gb18030", "replace")) for line in lines), default=0)


def filtered(cells: str) -> str:
    """A filter over the cells (`A1:C9`), and no warning that their numbers are text."""
    return (
        f'<autoFilter ref="{cells}"/><ignoredErrors>'
        f'<ignoredError sqref="{cells}" numberStoredAsText="1"/></ignoredErrors>'
    )


def title(wanted: str, taken: Sequence[str]) -> str:
    """The sheet's name as spreadsheets allow it, unlike the others."""
    allowed = _ILLEGAL.sub("", re.sub(r"[\[\]:*?/\\\s]+", " ", wanted))[:27].strip(" '") or "-"
    names = chain([allowed], (f"{allowed} {n}" for n in count(2)))
    lowered = {name.casefold() for name in taken}
    return next(name for name in names if name.casefold() not in lowered)


def path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def book(titles: Sequence[str]) -> str:
    sheets = (
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(titles, 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}/relationships">'
        f"<bookViews><workbookView/></bookViews><sheets>{''.join(sheets)}</sheets></workbook>"
    )


def relations(titles: Sequence[str]) -> str:
    kinds = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(titles) + 1)]
    return _relationships([*kinds, ("styles", "styles.xml")])


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    each = (
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_FORMATS}/relationships">{"".join(each)}</Relationships>'


def content_types(titles: Sequence[str]) -> str:
    parts = [(f"/{path(n)}", "worksheet") for n in range(1, len(titles) + 1)]
    parts += [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    each = (
        f'<Override PartName="{path}" ContentType="{_SPREADSHEET}.{kind}+xml"/>'
        for path, kind in parts
    )
    return (
        f'{_XML}<Types xmlns="{_FORMATS}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{''.join(each)}</Types>"
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORMATS = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"

PACKAGE = _relationships([("officeDocument", "xl/workbook.xml")])

TEXT = 1
"""The style of cells with text: format `@`, so that a phone number that is edited stays text."""

BOLD = 2

STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
    ' applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0"'
    ' builtinId="0"/></cellStyles></styleSheet>'
)

WORKSHEET = f'{_XML}<worksheet xmlns="{_MAIN}">'

FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
    ' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
