"""XLSX, XLS and ODS."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import BinaryIO

import python_calamine

from alumni.roster.cells import Unreadable
from alumni.roster.sheets.limits import REASONS
from alumni.roster.sheets.lines import Line, Place, Sheet

MOST_SHEETS = 50


def sheets_of(source: str | BinaryIO) -> Iterator[Sheet]:
    """One after the other: each is laid out in memory as soon as its lines are asked for.

    Of a path calamine reads what it needs; of anything else it takes a copy of its own.
    """
    with _said():
        workbook = python_calamine.CalamineWorkbook.from_object(source)
        del source
        names = workbook.sheet_names[:MOST_SHEETS]
    for name in names:
        lines = _Lines(workbook, name)
        yield Sheet(Place(sheet=name), lines, lines)


class _Lines:
    """The lines of a sheet, which is read once."""

    def __init__(self, workbook: python_calamine.CalamineWorkbook, name: str) -> None:
        self._workbook = workbook
        self._name = name

    def __call__(self) -> Iterator[Line]:
        with _said():
            return enumerate(self._sheet.iter_rows(), start=1)

    @cached_property
    def _sheet(self) -> python_calamine.CalamineSheet:
        return self._workbook.get_sheet_by_name(self._name)


@contextmanager
def _said() -> Iterator[None]:
    """What the reader of workbooks says of a file, in our words."""
    try:
        yield
    except python_calamine.PasswordError as fault:
        raise Unreadable(REASONS["password"]) from fault
    except python_calamine.CalamineError as fault:
        raise Unreadable(REASONS["damaged"]) from fault
