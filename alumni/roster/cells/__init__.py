"""What a spreadsheet's cell says: one parser for each kind of value.

A parser returns the clean value, or ``None`` for a cell that says nothing, or raises
``Unreadable`` and nothing else, whatever the cell holds. Nothing here needs the program: it is
what a file is read with in a process of its own.
"""

from alumni.roster.cells.reaching import Phone, email, phone
from alumni.roster.cells.saying import N_, REASONS, Cell, Unreadable, plain
from alumni.roster.cells.words import certificate, city, level, name, number, sex, text, training
from alumni.roster.cells.years import (
    EARLIEST_YEAR,
    YearMonth,
    birth_year,
    check_row,
    month,
    year,
)

__all__ = [
    "EARLIEST_YEAR",
    "N_",
    "REASONS",
    "Cell",
    "Phone",
    "Unreadable",
    "YearMonth",
    "birth_year",
    "certificate",
    "check_row",
    "city",
    "email",
    "level",
    "month",
    "name",
    "number",
    "phone",
    "plain",
    "sex",
    "text",
    "training",
    "year",
]
