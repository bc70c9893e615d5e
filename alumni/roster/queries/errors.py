"""The wrong rows of an import: what is wrong with each, and all as a table to be corrected."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, Protocol

from sqlalchemy import Select, select

from alumni.db import streamed
from alumni.exports.tables import Batch, Sheets, as_csv, as_xlsx
from alumni.i18n import _
from alumni.roster.cells import N_
from alumni.roster.models import ImportBatch, ImportRow, Verdict

LINE, REASON = N_("Line"), N_("What is wrong")
"""What the table adds to the columns of the file, before them and after them."""

HOW = N_(
    "Correct the cells and bring this file in again. The first and the last column are left out."
)


class Wrong(Protocol):
    """A row with what was written in it, by field key, and what is wrong with it."""

    line: Any
    values: Any
    reasons: Any


def wrong_rows(batch: ImportBatch) -> Select[Any]:
    """The wrong rows as they stand in the file."""
    return _of_wrong(batch, ImportRow.line, ImportRow.values, ImportRow.reasons)


def wrong_parts(batch: ImportBatch, *, unreadable: bool = False) -> Iterator[list[Any]]:
    """The same in lists, however many they are. ``unreadable``: only those wrong by themselves."""
    rows, keys = wrong_rows(batch), _of_wrong(batch, ImportRow.id)
    if unreadable:
        rows, keys = (one.where(ImportRow.is_unreadable) for one in (rows, keys))
    return streamed(keys, rows, ImportRow.id)


def wrong_cells(
    columns: Mapping[str, str | None], rows: Iterable[Wrong]
) -> Iterator[tuple[int, str, str, str]]:
    """What is wrong in each of the rows: line, header of the column, what was written, why."""
    headers = {key: header for header, key in columns.items()}
    for row in rows:
        for key, written, reason in row.reasons:
            yield row.line, headers.get(key, ""), written, _(reason)


def errors_as_xlsx(batch: ImportBatch, *, unreadable: bool = False) -> Generator[bytes, None, None]:
    """The wrong rows under the file's own headers. Corrected, the file can be brought in again."""
    notes = [(_("Roster file"), batch.file_name), (_("What to do"), _(HOW))]
    sheets = Sheets(rows=_("Wrong rows"), notes=_("About this table"))
    return as_xlsx(
        _labels(batch),
        _table(batch, unreadable=unreadable),
        sheets=sheets,
        notes=lambda _rows: notes,
    )


def errors_as_csv(batch: ImportBatch, *, unreadable: bool = False) -> Generator[bytes, None, None]:
    """The same as text."""
    return as_csv(_labels(batch), _table(batch, unreadable=unreadable))


def _of_wrong(batch: ImportBatch, *columns: Any) -> Select[Any]:
    wrong = (ImportRow.batch_id == batch.id, ImportRow.verdict == Verdict.ERROR)
    return select(*columns).where(*wrong).order_by(ImportRow.line)


def _headers(batch: ImportBatch) -> dict[str, str]:
    return {header: key for header, key in batch.columns.items() if key is not None}


def _labels(batch: ImportBatch) -> list[str]:
    return [_(LINE), *_headers(batch), _(REASON)]


def _table(batch: ImportBatch, *, unreadable: bool) -> Iterator[Batch]:
    keys, columns = list(_headers(batch).values()), dict(batch.columns)
    for rows in wrong_parts(batch, unreadable=unreadable):
        yield [
            [row.line, *(str(row.values.get(key, "")) for key in keys), _why(columns, row)]
            for row in rows
        ]


def _why(columns: Mapping[str, str | None], row: Wrong) -> str:
    told = wrong_cells(columns, [row])
    return "; ".join(f"{header} {reason}".strip() for _line, header, _written, reason in told)
