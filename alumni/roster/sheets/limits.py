"""What a file may cost us, and what is said of one that cannot be read."""

from typing import NamedTuple

from alumni.roster.cells import N_


class Limits(NamedTuple):
    """What a file may cost us. Sizes are bytes; ``ratio`` is unzipped to zipped."""

    size: int = 20 * 2**20
    unzipped: int = 200 * 2**20
    ratio: int = 100
    rows: int = 200_000
    columns: int = 100


REASONS = {
    "empty": N_("The file is empty."),
    "too_large": N_("The file is larger than {megabytes} MB. Split it into several files."),
    "unzipped": N_("The file is too large to process once unpacked. Split it into several files."),
    "too_long": N_("Reading the file takes too long. Split it into several files."),
    "far_cells": N_(
        "A sheet has cells far to the right or far below the table. "
        "Copy the table into a new workbook and try again."
    ),
    "too_many_rows": N_("The file has more than {rows} rows. Split it into several files."),
    "too_many_columns": N_("The table has more than {columns} columns. Remove some."),
    "damaged": N_("The file is damaged or unsafe. Open it, save it as .xlsx and try again."),
    "password": N_("The file is protected by a password. Save it without one and try again."),
    "web_page": N_(
        "This is a web page under the name of a spreadsheet, and no table is in it. "
        "Open it in Excel or WPS, save it as .xlsx and try again."
    ),
    "markup": N_(
        "This is XML under the name of a spreadsheet. "
        "Open it in Excel or WPS, save it as .xlsx and try again."
    ),
    "binary_workbook": N_("This is a binary workbook. Save it as .xlsx and try again."),
    "numbers": N_(
        "This is a spreadsheet of Apple Numbers. Export it there as Excel (.xlsx) and try again."
    ),
    "document": N_(
        "This is a text document. Copy its table into a spreadsheet, save that as .xlsx and try "
        "again."
    ),
    "archive": N_("This is an archive. Unpack it and send the spreadsheet that is in it."),
    "picture": N_(
        "This is a picture. The rows of a list can only be read from a spreadsheet: "
        "ask for that, or type the rows into one."
    ),
    "pdf": N_("This is a PDF. Ask for the spreadsheet that it was printed from."),
    "not_table": N_("This is not a table. Save it as .xlsx or .csv and try again."),
    "undecodable": N_(
        "The text is neither UTF-8 nor GB18030 nor UTF-16. Save it as .xlsx and try again."
    ),
    "no_header": N_(
        "No header was found: none of the first {rows} rows names a column that we know, "
        "such as name or student number."
    ),
    "open_quote": N_("A quotation mark is opened and never closed."),
}
"""Why a file cannot be read, as sentences for the person who brought it."""
