"""Comparing the rows of a file with what we know, in parts that survive a stop.

Nothing is written but what the rows would do.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, delete, func, select, update

from alumni.db import changed, db, locked, now, transaction
from alumni.roster.cells import N_
from alumni.roster.commands.ledger import set_rows
from alumni.roster.commands.loading import load
from alumni.roster.comparing import rules_of
from alumni.roster.matching import row_key
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportRow, Verdict
from alumni.roster.queries.judging import Judge, Judged, wrong
from alumni.roster.sheets.telling import Told

PART = 5000
"""Rows that are worked through at a time."""

AT_A_TIME = 500
"""Rows that are held in memory with all that they say."""

TWICE = N_("stands in the file more than once, with different values")

COUNTED = {
    Verdict.NEW: "new",
    Verdict.UPDATED: "updated",
    Verdict.UNCHANGED: "unchanged",
    Verdict.POSSIBLE: "possible",
    Verdict.ERROR: "errors",
    Verdict.SKIPPED: "skipped",
}
"""The column in which an import counts the rows of each verdict."""


def stage_rows(
    batch_id: int, rows: Iterator[Told], *, done: Callable[[int], object] = lambda _read: None
) -> None:
    """Compare all rows of a file that is being read, a part of them in each transaction.

    ``rows`` are those of the file from its beginning: those that were compared before a stop are
    passed over. ``done`` is called with how many rows of the file were compared so far. Somebody
    else who stages the same file at the same time goes on where this one was.
    """
    with transaction():
        begun = _reading(batch_id)
        judge = Judge(rules_of(begun)) if begun else None
    place = begun.read_rows if begun else 0
    rows = islice(rows, place, None)
    while judge and (part := list(islice(rows, PART))):
        with transaction():
            batch = _reading(batch_id)
            if batch is None or batch.read_rows != place:
                return
            stage_part(batch, judge, part)
            place = batch.read_rows
        done(place)
    with transaction():
        batch = _reading(batch_id)
        if batch is not None and batch.read_rows == place:
            finish_staging(batch)


def stage_part(batch: ImportBatch, judge: Judge, rows: Sequence[Told]) -> None:
    """Compare the next rows with what we know and keep what each would do."""
    judged = zip(rows, judge.judged(rows), strict=True)
    load(ImportRow, [_row(batch.id, told, one) for told, one in judged])
    batch.read_rows += len(rows)
    db.session.flush()


def finish_staging(batch: ImportBatch) -> None:
    """Find the rows that stand in the file twice, and count. Unchanged ones are not kept.

    A file without news is done by that, but for one that a chapter proposed: the office says so.
    """
    batch.rows = batch.read_rows
    _find_repeated(batch)
    count(batch)
    mine = (ImportRow.batch_id == batch.id, ImportRow.verdict == Verdict.UNCHANGED)
    changed(delete(ImportRow).where(*mine))
    batch.state = BatchState.STAGED
    has_news = batch.new + batch.updated + batch.possible + batch.errors
    if not has_news and batch.proposal is None:
        batch.state, batch.done_at = BatchState.APPLIED, now()
    db.session.flush()


def count(batch: ImportBatch) -> None:
    """Count the rows of each verdict. Unchanged ones that are not kept any more still count."""
    db.session.flush()
    counted = (
        select(ImportRow.verdict, func.count())
        .where(ImportRow.batch_id == batch.id)
        .group_by(ImportRow.verdict)
    )
    found: Counter[Verdict] = Counter(dict(db.session.execute(counted).all()))
    kept = sum(found.values()) - found[Verdict.UNCHANGED]
    found[Verdict.UNCHANGED] = batch.rows - kept
    for verdict, column in COUNTED.items():
        setattr(batch, column, found[verdict])


def _reading(batch_id: int) -> ImportBatch | None:
    """The import, held, if it is being read."""
    mine = select(ImportBatch).where(ImportBatch.id == batch_id)
    return db.session.scalar(locked(mine.where(ImportBatch.state == BatchState.READING)))


def _row(batch_id: int, told: Told, one: Judged) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "line": one.told.line,
        "key": None if one.verdict is Verdict.ERROR else row_key(one.told.values),
        "verdict": one.verdict,
        "values": one.told.values,
        "changes": one.changes,
        "reasons": one.told.reasons,
        "candidates": [list(candidate) for candidate in one.candidates],
        "person_id": one.person_id,
        "is_unreadable": bool(told.reasons),
    }


def _find_repeated(batch: ImportBatch) -> None:
    """Say of rows that stand in the file more than once that they are needless, or wrong.

    They have the same key; or, where no registrar's number tells one study of a person from the
    other, they mean the same person.
    """
    columns: list[tuple[Any, Any]] = [(ImportRow.key, "")]
    if batch.kind is not BatchKind.REGISTRAR:
        columns.append((ImportRow.person_id, 0))
    for column, last in columns:
        after = last
        while some := _repeated(batch, column, after):
            needless, contradicted = _told_apart(batch, column, some)
            _set_verdict(needless, Verdict.UNCHANGED)
            _refuse(contradicted)
            after = some[-1]


def _repeated(batch: ImportBatch, column: Any, after: Any) -> Sequence[Any]:
    """What stands in more rows than one, the next in order."""
    some = (
        _good(select(column), batch)
        .where(column > after)
        .group_by(column)
        .having(func.count() > 1)
        .order_by(column)
        .limit(PART)
    )
    return db.session.scalars(some).all()


def _told_apart(
    batch: ImportBatch, column: Any, some: Sequence[Any]
) -> tuple[list[int], list[int]]:
    """The rows that say no more than another, and those of which none can be believed."""
    rows = _good(select(column, ImportRow.id, ImportRow.values), batch).where(column.in_(some))
    found = db.session.execute(
        rows.order_by(column, ImportRow.line).execution_options(yield_per=500)
    )
    needless: list[int] = []
    contradicted: list[int] = []
    for _same, group in groupby(found, key=itemgetter(0)):
        row_ids, fullest = _fullest((row_id, values) for _same, row_id, values in group)
        if fullest is None:
            contradicted += row_ids
        else:
            needless += [row_id for row_id in row_ids if row_id != fullest]
    return needless, contradicted


def _fullest(rows: Iterable[tuple[int, dict[str, Any]]]) -> tuple[list[int], int | None]:
    """All rows, and the one of which each other is a part; None where two contradict each other."""
    row_ids: list[int] = []
    fullest: int | None = None
    most: dict[str, Any] | None = {}
    for row_id, values in rows:
        row_ids.append(row_id)
        if most is not None and most.items() <= values.items():
            if len(values) > len(most) or fullest is None:
                fullest, most = row_id, values
        elif most is None or not values.items() <= most.items():
            fullest, most = None, None
    return row_ids, fullest


def _good(rows: Select[Any], batch: ImportBatch) -> Select[Any]:
    return rows.where(ImportRow.batch_id == batch.id, ImportRow.verdict != Verdict.ERROR)


def _set_verdict(row_ids: Sequence[int], verdict: Verdict) -> None:
    for begin in range(0, len(row_ids), PART):
        some = ImportRow.id.in_(row_ids[begin : begin + PART])
        changed(update(ImportRow).where(some).values(verdict=verdict))


def _refuse(row_ids: Sequence[int]) -> None:
    """Say of each of the rows that it contradicts another one, with its values to be corrected."""
    for begin in range(0, len(row_ids), AT_A_TIME):
        some = ImportRow.id.in_(row_ids[begin : begin + AT_A_TIME])
        rows = db.session.execute(
            select(ImportRow.id, ImportRow.line, ImportRow.values).where(some)
        )
        set_rows(ImportRow, [_contradicting(*row) for row in rows])


def _contradicting(row_id: int, line: int, values: dict[str, Any]) -> dict[str, Any]:
    key = "student_number" if "student_number" in values else "name"
    told = wrong(Told(line, values, []), key, TWICE)
    return {
        "id": row_id,
        "verdict": Verdict.ERROR,
        "values": told.values,
        "reasons": told.reasons,
        "changes": {},
        "candidates": [],
        "person_id": None,
    }
