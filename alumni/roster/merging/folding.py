"""Making one of rows that say the same of both records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from alumni.people.models import Level
from alumni.roster.merging import Merging, Reference
from alumni.roster.merging.rows import Row

WIDENESS = {level: number for number, level in enumerate(Level)}
"""Levels from the narrowest to the widest."""


def _all(_row: Row) -> Any:
    return None


def _never(_row: Row) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Folds:
    """The rule of a table where a row of one record may say what a row of the other says.

    Such two become one: what only the row that goes says is kept, and the narrower level. The
    others move. Where one row at most may bear a mark, one of the two that do keeps it.
    """

    same: Callable[[Row, Row], bool]
    """Whether a row of the record that is kept says what a row of the other says."""
    mark: str = ""
    """The column of the mark: main, current, first."""
    among: Callable[[Row], Any] = _all
    """Of which rows one bears the mark."""
    taken: Callable[[Row], str] = _never
    """The field by which is chosen whose row bears it."""
    take_over: Callable[[Merging, dict[str, Any], Row], None] | None = None
    """What else becomes of a row that goes: its own rows are handed over to the first one."""

    def __call__(self, merging: Merging, reference: Reference) -> None:
        table, column = reference.table, reference.column
        kept = merging.of(table, column == merging.kept_id)
        gone = merging.of(table, column == merging.gone_id)
        losing = self._losing(merging, kept, gone)
        for row in kept:
            if row["id"] in losing:
                merging.change(table, row, {self.mark: False})
        moving = []
        for row in gone:
            twin = next((one for one in kept if self.same(one, row)), None)
            if twin is not None:
                self._fold(merging, table, (twin, row), losing)
            elif row["id"] in losing:
                merging.move_changed(reference, row, {self.mark: False})
            else:
                moving.append(row["id"])
        merging.move(reference, moving)

    def _losing(self, merging: Merging, kept: list[Any], gone: list[Any]) -> set[int]:
        """The rows that lose their mark, by their numbers."""
        if not self.mark:
            return set()
        ours = {self.among(row): row["id"] for row in kept if row[self.mark]}
        losing = set()
        for row in gone:
            if row[self.mark] and self.among(row) in ours:
                is_taken = self.taken(row) in merging.taken
                losing.add(ours[self.among(row)] if is_taken else row["id"])
        return losing

    def _fold(
        self, merging: Merging, table: Table, two: tuple[dict[str, Any], Row], losing: set[int]
    ) -> None:
        """Let the first row say what the second one says, too, and remove that."""
        twin, row = two
        if self.take_over is not None:
            self.take_over(merging, twin, row)
        merging.remove(table, row)
        twin_now, more = dict(twin), filled(twin, row)
        if "visibility" in twin:
            more["visibility"] = narrower(twin["visibility"], row["visibility"])
        twin.update(more)
        if self.mark:
            twin_now[self.mark] = twin[self.mark] and twin["id"] not in losing
            if row[self.mark] and row["id"] not in losing:
                more[self.mark] = True
        differing = {name: value for name, value in more.items() if twin_now[name] != value}
        merging.change(table, twin_now, differing)


def filled(twin: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """What only the second row says."""
    return {name: value for name, value in row.items() if value is not None and twin[name] is None}


def narrower(one: Level, other: Level) -> Level:
    """The level that fewer people are of."""
    return min(one, other, key=WIDENESS.__getitem__)


def agree(one: Row, other: Row, *names: str) -> bool:
    """Whether the rows say the same in these columns, where both say something."""
    return all(
        one[name] is None or other[name] is None or one[name] == other[name] for name in names
    )


def in_order(one: Row, other: Row, first: str, last: str) -> bool:
    """Whether together they do not end before they begin."""
    begin = one[first] if one[first] is not None else other[first]
    end = one[last] if one[last] is not None else other[last]
    return begin is None or end is None or begin <= end
