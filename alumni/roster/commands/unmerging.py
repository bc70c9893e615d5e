"""Taking a merge back: both records as they were, and what was done since as it is."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError

from alumni.accounts.commands import end_sessions
from alumni.accounts.models import Account
from alumni.audit.commands import record, record_changes
from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, require
from alumni.db import Model, db, locked, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands.search import reindex
from alumni.people.models import Person
from alumni.people.policy import GONE
from alumni.people.queries import display_name
from alumni.roster.commands.merging import MERGED
from alumni.roster.merging import GUARDS, PERSON, Reference, references
from alumni.roster.merging.rows import Row, Rows, as_kept, in_parts, is_row, key_of
from alumni.roster.models import Merge
from alumni.roster.policy import may_merge
from alumni.roster.queries.merging import can_be_undone

UNMERGED = "unmerged_people"

EDITED, REMOVED, TAKEN = "edited", "removed", "taken"
REASONS = (EDITED, REMOVED, TAKEN)
"""Why a row is not as it was: somebody changed it since, somebody removed it, or something else

stands where it stood.
"""

Conflict = dict[str, Any]


def unmerge(actor: Actor, merge: Merge) -> list[Conflict]:
    """Make two records of the one again, each with what was its own.

    What was changed since the merge keeps the later change, and what was added since stays with
    the record that was kept. Return what is therefore not as it was, as ``Merge.conflicts`` keeps
    it. Refuse after thirty days, and while the record has itself become part of another.
    """
    kept, gone = _held(merge)
    require(may_merge, actor, kept, gone)
    _refuse_late(merge, kept)
    changes = _changes(merge)
    restoring = Restoring(kept.id, _edited_since(changes))
    _end_sessions(changes)
    for (name, _before, _after), alike in groupby(changes, key=_alike):
        restoring.restore(Model.metadata.tables[name], list(alike))
    merge.undone_at = now()
    merge.undone_by_id = actor.account_id
    merge.conflicts = restoring.conflicts
    facts = {
        "name": display_name(gone, "zh"),
        "merge": merge.public_id,
        "conflicts": len(restoring.conflicts),
    }
    deed = record(actor, UNMERGED, kept, facts=facts)
    record_changes(deed, restoring.changes)
    db.session.expire_all()
    reindex([kept.id, gone.id])
    return restoring.conflicts


class Restoring(Rows):
    """Rows on their way back to what they were."""

    def __init__(self, person_id: int, edited: frozenset[tuple[str, int]]) -> None:
        super().__init__(person_id)
        self.edited = edited
        """Rows that somebody changed after the merge, by table and number."""
        self.conflicts: list[Conflict] = []

    def restore(self, table: Table, alike: Sequence[Change]) -> None:
        """Undo changes that did the same to rows of one table."""
        first = alike[0]
        if first.before is None:
            for change in alike:
                self._take_away(table, change)
        elif first.after is None:
            for change in alike:
                self._enter_again(table, change)
        else:
            self._set_back(table, alike)

    def _take_away(self, table: Table, change: Change) -> None:
        """Remove a row that the merge made, if it is still so."""
        told = as_kept(table, change.after or {})
        rows = self.of(table, is_row(table, told))
        if rows and all(rows[0][name] == value for name, value in told.items()):
            self.remove(table, rows[0])
        elif rows:
            self._leave(table, change.row_id, EDITED)

    def _enter_again(self, table: Table, change: Change) -> None:
        """Enter a row that the merge took away."""
        row = as_kept(table, change.before or {})
        try:
            with db.session.begin_nested():
                self.add(table, row | _beside(table, row))
        except IntegrityError:
            self._leave(table, change.row_id, TAKEN)

    def _set_back(self, table: Table, alike: Sequence[Change]) -> None:
        """Set columns back: of all rows that are as the merge left them in one statement."""
        before, after = (as_kept(table, told or {}) for told in (alike[0].before, alike[0].after))
        key = key_of(table)
        row_ids = {change.row_id for change in alike}
        rows = {
            row[key.name]: row
            for some in in_parts(sorted(row_ids))
            for row in self.of(table, key.in_(some))
        }
        whole = [
            row_id
            for row_id, row in rows.items()
            if all(row[name] == value for name, value in after.items())
        ]
        self._set(table, [rows[row_id] for row_id in sorted(whole)], before)
        for row_id in sorted(row_ids - set(whole)):
            self._set_partly(table, rows.get(row_id), row_id, (before, after))
        if _is_move(table, before):
            for row_id in sorted(row_ids & rows.keys()):
                if (table.name, row_id) in self.edited and row_id in whole:
                    self._leave(table, row_id, EDITED)

    def _set(self, table: Table, rows: list[dict[str, Any]], before: Row) -> None:
        """Set the columns of these rows; where that cannot be, of each by itself."""
        free = [row for row in rows if _may_become(table, row, before)]
        for row in rows:
            if row not in free:
                self._set_owner(table, row, before)
        for some in in_parts(free):
            try:
                with db.session.begin_nested():
                    self._write(table, some, before)
            except IntegrityError:
                for row in some:
                    self._set_alone(table, row, before)

    def _set_owner(self, table: Table, row: dict[str, Any], before: Row) -> None:
        """Let the row be whose it was, without what it was: somebody else has that now."""
        owner = {one.column.name for one in _of(table)} & before.keys()
        if owner:
            self._write(table, [row], {name: before[name] for name in owner})
        self._leave(table, row[key_of(table).name], TAKEN, sorted(before.keys() - owner))

    def _set_alone(self, table: Table, row: dict[str, Any], before: Row) -> None:
        try:
            with db.session.begin_nested():
                self._write(table, [row], before)
        except IntegrityError:
            self._leave(table, row[key_of(table).name], TAKEN)

    def _write(self, table: Table, rows: list[dict[str, Any]], before: Row) -> None:
        key = key_of(table)
        told = ({name: rows[0][name] for name in before}, before)
        values = {**before, **_beside(table, before)}
        self.change_all(table, [row[key.name] for row in rows], values, told)

    def _set_partly(
        self, table: Table, row: dict[str, Any] | None, row_id: int, told: tuple[Row, Row]
    ) -> None:
        """Set back what is still so; the later edit of the rest is kept."""
        if row is None:
            self._leave(table, row_id, REMOVED)
            return
        before, after = told
        still = {name: value for name, value in before.items() if row[name] == after[name]}
        if still:
            self._set(table, [row], still)
        self._leave(table, row_id, EDITED, sorted(before.keys() - still.keys()))

    def _leave(self, table: Table, row_id: int, why: str, columns: Iterable[str] = ()) -> None:
        self.conflicts.append(
            {"table": table.name, "row": row_id, "why": why, "columns": list(columns)}
        )


def _held(merge: Merge) -> tuple[Person, Person]:
    both = select(Person).where(Person.id.in_((merge.kept_id, merge.gone_id))).order_by(Person.id)
    people = {person.id: person for person in db.session.scalars(locked(both))}
    return people[merge.kept_id], people[merge.gone_id]


def _refuse_late(merge: Merge, kept: Person) -> None:
    if merge.undone_at is not None:
        raise Refusal(_("This merge has been taken back already."))
    if not can_be_undone(merge):
        raise Refusal(_("A merge can be taken back for thirty days. They are over."))
    if kept.status in GONE:
        raise Refusal(
            _("The record was itself merged into another since then. Take that merge back first.")
        )


def _changes(merge: Merge) -> Sequence[Change]:
    """What the merge did, the last first."""
    done = select(Change).where(Change.change_set_id == merge.change_set_id)
    changes = db.session.scalars(done.order_by(Change.id.desc())).all()
    if any(one.before is None and one.after is None for one in changes):
        raise Refusal(_("What it did was erased from the history. It cannot be taken back."))
    return changes


def _end_sessions(changes: Sequence[Change]) -> None:
    """Of accounts that become another record's."""
    moved = {one.row_id for one in changes if one.table_name == Account.__tablename__}
    for account in db.session.scalars(select(Account).where(Account.id.in_(moved))):
        end_sessions(account)


def _alike(change: Change) -> tuple[str, Any, Any]:
    """Neighbours that are alike are undone together."""
    return change.table_name, change.before, change.after


def _edited_since(changes: Sequence[Change]) -> frozenset[tuple[str, int]]:
    """Of the rows that the merge changed, those that were changed again, but for other merges."""
    if not changes:
        return frozenset()
    last = changes[0].id
    found: set[tuple[str, int]] = set()
    by_table: dict[str, set[int]] = {}
    for change in changes:
        by_table.setdefault(change.table_name, set()).add(change.row_id)
    for name, row_ids in by_table.items():
        for some in in_parts(sorted(row_ids)):
            later = (
                select(Change.row_id)
                .join(ChangeSet, ChangeSet.id == Change.change_set_id)
                .where(
                    Change.table_name == name,
                    Change.row_id.in_(some),
                    Change.id > last,
                    ChangeSet.verb.not_in((MERGED, UNMERGED)),
                )
            )
            found.update((name, row_id) for row_id in db.session.scalars(later))
    return frozenset(found)


def _of(table: Table) -> list[Reference]:
    return [one for one in references() if one.table is table]


def _is_move(table: Table, before: Row) -> bool:
    """Whether the change made the row another person's."""
    return table is not PERSON and any(one.column.name in before for one in _of(table))


def _beside(table: Table, values: Row) -> dict[str, Any]:
    """What the row repeats of the person whose it is now."""
    beside: dict[str, Any] = {}
    for reference in _of(table):
        person_id = values.get(reference.column.name)
        if person_id is not None:
            beside |= reference.to(person_id)
    return beside


def _may_become(table: Table, row: Row, before: Row) -> bool:
    guard = GUARDS.get(table.name)
    return guard is None or guard(row, before)
