"""What every kind of file is turned into: sheets, and lines of cells."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from alumni.roster.cells import Cell

Line: TypeAlias = tuple[int, Sequence[Cell]]
"""The row as the spreadsheet numbers it, or of a text the line where it begins; and its cells."""


class Place(NamedTuple):
    """Where in a file the table stands, so that it is found again."""

    sheet: str = ""
    """Empty where the file is no workbook."""
    encoding: str = ""
    """What text was decoded as; empty for a workbook."""
    delimiter: str = ""
    """Between the cells of a text."""


class Sheet(NamedTuple):
    place: Place
    top: Callable[[], Iterator[Line]]
    """The first lines, where the header is looked for."""
    lines: Callable[[], Iterator[Line]]
    """All of them, from the first on."""


def is_blank(cells: Sequence[Cell]) -> bool:
    for cell in cells:
        if cell is not None and (not isinstance(cell, str) or (cell and not cell.isspace())):
            return False
    return True
