"""What an import did to whom, and what happened to that since."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, require
from alumni.codes.models import Code, CodeAlias
from alumni.codes.queries.references import references_to
from alumni.db import Model, db, is_postgresql, locked
from alumni.people.models import Person
from alumni.roster.models import (
    BatchState,
    DuplicatePair,
    ImportBatch,
    ImportRow,
    PairState,
    Verdict,
)
from alumni.roster.policy import may_import

UNDONE = "undid_import"
"""The verb of the deeds by which an import is taken back. They are the import's own, too."""

FILLED = (
    "contact_point",
    "employment",
    "residence",
    "roster_entry",
    "study_institution",
    "study",
    "training",
    "former_name",
)
"""Tables that an import may fill for a person, rows before those they hang on."""

SEARCHED = ("person_search", "stale_search")
"""Tables by which people are found."""

_OWN = frozenset({*FILLED, *SEARCHED, "import_row"})
"""Where a row says nothing of what somebody did: it was filled by an import, or follows from it."""

_BECAUSE = (
    ("account", "account"),
    ("merge", "merged"),
    ("person", "merged"),
    ("application", "application"),
    ("match", "application"),
    ("vouch", "application"),
    ("chapter_membership", "chapter"),
    ("officer", "chapter"),
    ("registration", "event"),
    ("consent", "consent"),
    ("activation", "invited"),
    ("subscription", "letters"),
    ("delivery", "letters"),
    ("duplicate_pair", "compared"),
    ("", "used"),
)
"""Tables whose rows refer to people, with the reason why such a person stays: the first counts."""

_RANKS = {table: rank for rank, (table, _why) in enumerate(_BECAUSE)}


@dataclass
class Trace:
    """What the import did to one row of a person whom we knew."""

    table: str
    row_id: int
    is_new: bool
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def add(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        """Let a later change of the same row follow."""
        for name in {**(before or {}), **(after or {})}:
            if not self.is_new:
                self.before.setdefault(name, (before or {}).get(name))
            self.after[name] = (after or {}).get(name)


@dataclass(frozen=True)
class Done:
    """What an import did: whom it entered, as it said then, and what it did to others' rows."""

    entered: dict[int, dict[str, Any]]
    touched: dict[int, list[Trace]]


def these(ids: Iterable[int]) -> Select[int]:
    """The numbers as rows of a table: one parameter, however many they are."""
    told = bindparam(None, json.dumps(sorted(ids)), type_=Text(), unique=True)
    if is_postgresql():
        rows = func.json_array_elements_text(cast(told, JSON)).table_valued("value")
        return select(cast(rows.c.value, Integer))
    return select(func.json_each(told).table_valued("value").c.value)


def done_to(batch_id: int, person_ids: Collection[int]) -> Done:
    """What the import did to these people."""
    entered: dict[int, dict[str, Any]] = {}
    touched: dict[int, dict[tuple[str, int], Trace]] = defaultdict(dict)
    changes = _changes(batch_id).where(Change.person_id.in_(these(person_ids)))
    for person_id, table, row_id, before, after in _known(changes):
        if table == Person.__tablename__ and before is None:
            entered[person_id] = after
        elif person_id not in entered:
            rows = touched[person_id]
            trace = rows.setdefault((table, row_id), Trace(table, row_id, is_new=before is None))
            trace.add(before, after)
    return Done(
        entered,
        {i: [*rows.values()] for i, rows in touched.items() if i not in entered},
    )


def words_entered(batch_id: int) -> list[tuple[int, dict[str, Any]]]:
    """Words of the office's lists that the import entered, with what they were then."""
    changes = _changes(batch_id).where(
        Change.person_id.is_(None), Change.table_name == Code.__tablename__
    )
    return [
        (row_id, after)
        for _person_id, _table, row_id, before, after in _known(changes)
        if before is None
    ]


def words_in_use(batch_id: int, code_ids: Collection[int]) -> set[int]:
    """Which of these words somebody else uses by now, or has changed."""
    some = these(code_ids)
    named = select(Change.row_id).join(ChangeSet).where(ChangeSet.batch_id == batch_id)
    own_names = named.where(Change.table_name == CodeAlias.__tablename__)
    using = [
        select(reference.column).where(reference.column.in_(some))
        for reference in references_to(Code.__tablename__)
    ]
    using += [
        select(CodeAlias.code_id).where(
            CodeAlias.code_id.in_(some), CodeAlias.id.not_in(own_names)
        ),
        select(Change.row_id)
        .join(ChangeSet)
        .where(
            Change.table_name == Code.__tablename__,
            Change.row_id.in_(some),
            ChangeSet.batch_id.is_distinct_from(batch_id),
        ),
    ]
    return set(db.session.scalars(union_all(*using)))


def kept_back(batch_id: int, entered: Collection[int]) -> dict[int, str]:
    """Whom of those that the import entered somebody did something with since, and what."""
    some = these(entered)
    hanging = [
        select(column, literal(_rank(column))).where(column.in_(some), *_counting(column))
        for column in _hanging()
    ]
    ranks: dict[int, int] = {}
    for person_id, rank in db.session.execute(union_all(*hanging)):
        ranks[person_id] = min(rank, ranks.get(person_id, rank))
    found = {person_id: _BECAUSE[rank][1] for person_id, rank in ranks.items()}
    return _by_others(batch_id, Change.person_id, Change.person_id.in_(some)) | found


def not_as_left(batch_id: int, touched: Mapping[int, Sequence[Trace]]) -> dict[int, str]:
    """Whose rows are not any more as the import left them, and why."""
    by_table: dict[str, list[int]] = defaultdict(list)
    for trace in (one for traces in touched.values() for one in traces):
        by_table[trace.table].append(trace.row_id)
    rows: dict[tuple[str, int], Mapping[Any, Any]] = {}
    later: dict[tuple[str, int], str] = {}
    for name, row_ids in by_table.items():
        table, some = Model.metadata.tables[name], these(row_ids)
        held = db.session.execute(locked(select(table).where(table.c.id.in_(some)))).mappings()
        rows |= {(name, row["id"]): row for row in held}
        mine = and_(Change.table_name == name, Change.row_id.in_(some))
        later |= {(name, i): why for i, why in _by_others(batch_id, Change.row_id, mine).items()}
    found = {}
    for person_id, traces in touched.items():
        reasons = (_why(one, rows.get((one.table, one.row_id)), later) for one in traces)
        if why := next(filter(None, reasons), ""):
            found[person_id] = why
    return found


def as_kept(column: Column[Any], told: Any) -> Any:
    """A value of the history as the column keeps it."""
    kind = column.type.python_type
    if told is None:
        return None
    if issubclass(kind, (date, datetime)):
        return kind.fromisoformat(told)
    return kind(told) if issubclass(kind, Enum) else told


def to_take_back(batch: ImportBatch) -> dict[Verdict, int]:
    """How many rows that were brought in are not taken back yet, by what they did."""
    rows = (
        select(ImportRow.verdict, func.count())
        .where(
            ImportRow.batch_id == batch.id,
            ImportRow.is_applied,
            ImportRow.is_undone.is_(False),
            ImportRow.left == "",
        )
        .group_by(ImportRow.verdict)
    )
    return dict(db.session.execute(rows).all())


def left_rows(actor: Actor, batch: ImportBatch, *, after: int = 0) -> Select[ImportRow, Person]:
    """The rows that could not be taken back, with whom they mean, from below this line on."""
    require(may_import, actor)
    return (
        select(ImportRow, Person)
        .join(Person, Person.id == ImportRow.person_id)
        .where(ImportRow.batch_id == batch.id, ImportRow.left != "", ImportRow.line > after)
        .order_by(ImportRow.line)
    )


def _changes(batch_id: int) -> Select[Any]:
    """What the import changed, the oldest first."""
    return (
        select(Change.person_id, Change.table_name, Change.row_id, Change.before, Change.after)
        .join(ChangeSet)
        .where(ChangeSet.batch_id == batch_id, ChangeSet.verb != UNDONE)
        .order_by(Change.id)
    )


def _known(changes: Select[Any]) -> Iterator[Any]:
    """But for those whose values were erased from the history: what they did stays as it is."""
    for row in db.session.execute(changes):
        if (row.before, row.after) != (None, None):
            yield row


def _by_others(batch_id: int, key: Any, mine: ColumnElement[bool]) -> dict[int, str]:
    """Of these changes by what they concern: by whom one was made after the import began.

    What another import did and took back again does not count.
    """
    first = select(func.min(ChangeSet.id)).where(ChangeSet.batch_id == batch_id).scalar_subquery()
    undone = select(ImportBatch.id).where(ImportBatch.state == BatchState.UNDONE)
    stayed = exists().where(
        ImportRow.batch_id == ChangeSet.batch_id,
        ImportRow.person_id == Change.person_id,
        ImportRow.left != "",
    )
    is_import = case((ChangeSet.batch_id.is_not(None), 1), else_=0)
    found = (
        select(key, func.max(is_import))
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(
            mine,
            Change.table_name != DuplicatePair.__tablename__,  # found by itself, judged or not
            ChangeSet.id > first,
            ChangeSet.batch_id.is_distinct_from(batch_id),
            or_(ChangeSet.batch_id.is_(None), ChangeSet.batch_id.not_in(undone), stayed),
        )
        .group_by(key)
    )
    return {i: "imported" if by_import else "edited" for i, by_import in db.session.execute(found)}


def _hanging() -> list[Column[Any]]:
    """Columns of other tables that hold the number of a person."""
    number = Model.metadata.tables[Person.__tablename__].c.id
    return [
        column
        for table in Model.metadata.sorted_tables
        if table.name not in _OWN
        for column in table.columns
        if any(key.column is number for key in column.foreign_keys)
    ]


def _counting(column: Column[Any]) -> list[ColumnElement[bool]]:
    """Which rows of the table say that somebody did something: of pairs those that were judged."""
    judged = column.table.name == DuplicatePair.__tablename__
    return [DuplicatePair.state != PairState.OPEN] if judged else []


def _rank(column: Column[Any]) -> int:
    return _RANKS.get(str(column.table.name), _RANKS[""])


def _why(trace: Trace, row: Mapping[Any, Any] | None, later: Mapping[tuple[str, int], str]) -> str:
    """Why the row cannot be taken back. Empty: it can."""
    if row is None:
        return "gone"
    since = later.get((trace.table, trace.row_id), "")
    columns = Model.metadata.tables[trace.table].c
    is_still_so = all(
        row[name] == as_kept(columns[name], told)
        for name, told in trace.after.items()
        if name in columns
    )
    if is_still_so:
        return since if trace.is_new else ""
    return since or "edited"
