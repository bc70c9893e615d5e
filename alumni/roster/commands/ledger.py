"""Writing to rows of many people, set-based, with what each of the rows was before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, cast

from sqlalchemy import Table, bindparam, select, update

from alumni.audit.commands import as_told
from alumni.db import Model, db, now
from alumni.people.models import Person
from alumni.roster.commands.loading import Row, load, new_ids, whole

AT_A_TIME = 5000
"""So many rows are read before they are changed."""

Rows: TypeAlias = dict[type[Model], dict[int, Row]]
"""Table → number of the row → the columns that are set."""


class Ledger:
    """What is to be done to rows of people whom we knew.

    Rows of which there is one at most are ended before the next is added.
    """

    def __init__(self) -> None:
        self._ended: Rows = defaultdict(dict)
        self._set: Rows = defaultdict(dict)
        self._added: dict[type[Model], list[Row]] = defaultdict(list)

    def end(self, model: type[Model], row_id: int | None, **columns: Any) -> None:
        """Make room for the next: these columns are set before any row is added."""
        if row_id is not None:
            self._ended[model].setdefault(row_id, {}).update(columns)

    def set(self, model: type[Model], row_id: int, columns: Row) -> None:
        if columns:
            self._set[model].setdefault(row_id, {}).update(columns)

    def add(self, model: type[Model], row: Row) -> None:
        """The row, with a number of its own where it will be referred to."""
        self._added[model].append(row)

    def write(self) -> list[Row]:
        """Do all of it. Return the changes for the history, of each row that became another."""
        told = [change for model in self._models() for change in self._changes(model)]
        for model, rows in self._ended.items():
            set_rows(model, _with_ids(rows))
        for model, added in self._added.items():
            told += _entered(model, added)
        for model, rows in self._set.items():
            set_rows(model, _with_ids(rows))
        return told

    def _models(self) -> list[type[Model]]:
        return list(dict.fromkeys([*self._ended, *self._set]))

    def _changes(self, model: type[Model]) -> Iterator[Row]:
        """What becomes of the rows that are there. Those that stay what they are, are left out."""
        wanted: dict[int, Row] = defaultdict(dict)
        for rows in (self._ended[model], self._set[model]):
            for row_id, columns in rows.items():
                wanted[row_id].update(columns)
        names = sorted({name for columns in wanted.values() for name in columns})
        for row in _rows(model, wanted, names):
            after = {
                name: value
                for name, value in wanted[row["id"]].items()
                if row[name] != value and name not in model.untold
            }
            if after:
                before = {name: row[name] for name in after}
                yield _change(model, row, before, after)


def set_rows(model: type[Model], rows: Iterable[Row]) -> None:
    """Set columns of rows by their ``id``, in one statement for each set of columns."""
    table = cast("Table", model.__table__)
    by_columns: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        columns = tuple(sorted(row.keys() - {"id"}))
        by_columns[columns].append({f"new_{key}": value for key, value in row.items()})
    for columns, group in by_columns.items():
        db.session.connection().execute(
            update(table)
            .where(table.c.id == bindparam("new_id"))
            .values({column: bindparam(f"new_{column}") for column in columns}),
            group,
        )


def touch(person_ids: Sequence[int]) -> None:
    """Who still looks at these people as they were before is told so."""
    for begin in range(0, len(person_ids), AT_A_TIME):
        some = Person.id.in_(person_ids[begin : begin + AT_A_TIME])
        touched = update(Person).where(some)
        db.session.execute(
            touched.values(version=Person.version + 1, updated_at=now()),
            execution_options={"synchronize_session": False},
        )


def _with_ids(rows: dict[int, Row]) -> Iterator[Row]:
    return ({"id": row_id, **columns} for row_id, columns in rows.items())


def _rows(model: type[Model], wanted: dict[int, Row], names: Sequence[str]) -> Iterator[Row]:
    table = cast("Table", model.__table__)
    whose = (table.c.id if model is Person else table.c.person_id).label("whose")
    columns = [table.c.id, whose, *(table.c[name] for name in names)]
    row_ids = list(wanted)
    for begin in range(0, len(row_ids), AT_A_TIME):
        some = table.c.id.in_(row_ids[begin : begin + AT_A_TIME])
        for row in db.session.execute(select(*columns).where(some)):
            yield row._asdict()


def _entered(model: type[Model], rows: list[Row]) -> list[Row]:
    """Add the rows, each set of columns in one statement."""
    numbered = [row for row in rows if "id" not in row]
    ids = iter(new_ids(model, len(numbered)) if numbered else ())
    full = [whole(model, row if "id" in row else {"id": next(ids), **row}) for row in rows]
    by_columns: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in full:
        by_columns[tuple(sorted(row))].append(row)
    for columns, group in by_columns.items():
        load(model, [{name: row[name] for name in columns} for row in group])
    return [
        _change(model, {**row, "whose": row["person_id"]}, None, _told(model, row)) for row in full
    ]


def _told(model: type[Model], row: Row) -> Row:
    told = {name: value for name, value in row.items() if name not in model.untold}
    return {name: value for name, value in told.items() if value is not None}


def _change(model: type[Model], row: Row, before: Row | None, after: Row) -> Row:
    return {
        "person_id": row["whose"],
        "table_name": model.__tablename__,
        "row_id": row["id"],
        "before": None if before is None else as_told(before),
        "after": as_told(after),
    }
