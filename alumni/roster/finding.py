"""Finding records that may stand for one graduate.

The worker looks at whoever was changed since it last looked, and at everybody where the office asks
for it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select

from alumni.audit.models import Change, ChangeSet
from alumni.db import changed, db, insert_or_ignore, is_postgresql, locked, now, transaction, upsert
from alumni.people.models import Person
from alumni.roster.models import DuplicatePair, DuplicateSearch, PairState
from alumni.roster.queries.likeness import LIKELY, alike, known_by_id, score
from alumni.roster.queries.neighbours import Pair, neighbours

PEOPLE = 500
"""So many are looked at in one round of the worker."""

SETTLES = timedelta(minutes=2)
"""On PostgreSQL a change with a lower number may be committed after one with a higher: so long are

changes left alone. Whatever takes longer to commit is found by the next search through everybody.
"""


def find_duplicates(*, at_most: int = PEOPLE, settles: timedelta = SETTLES) -> int:
    """Look at the next people and return how many they were. Safe with several workers.

    Most of the work is done before the transaction that keeps it, so that nobody waits for it.
    """
    search = _search()
    part = _Part(search, at_most, settles)
    if part.is_empty:
        return 0
    told = _judged(neighbours(part.person_ids))
    with transaction():
        kept = db.session.scalars(locked(select(DuplicateSearch))).one()
        if (kept.change_id, kept.person_id) != part.began:
            return 0  # another worker was faster
        _keep(part.person_ids, told)
        kept.change_id, kept.person_id = part.ends
        if part.is_last:
            kept.done_at = now()
    return len(part.person_ids)


class _Part:
    """The people to be looked at next, and how far the search has come then."""

    def __init__(self, search: DuplicateSearch, at_most: int, settles: timedelta) -> None:
        self.began = search.change_id, search.person_id
        self.ends = self.began
        self.person_ids: list[int] = []
        if search.person_id is None:
            self._changed(search.change_id, at_most, settles)
        else:
            self._everybody(search.person_id, at_most)

    @property
    def is_empty(self) -> bool:
        return self.ends == self.began

    @property
    def is_last(self) -> bool:
        """Whether a search through everybody ends with it."""
        return self.began[1] is not None and self.ends[1] is None

    def _everybody(self, after: int, at_most: int) -> None:
        following = select(Person.id).where(Person.id > after).order_by(Person.id).limit(at_most)
        self.person_ids = list(db.session.scalars(following))
        is_over = len(self.person_ids) < at_most
        self.ends = self.began[0], None if is_over else self.person_ids[-1]

    def _changed(self, after: int, at_most: int, settles: timedelta) -> None:
        changes = select(Change.id, Change.person_id).where(Change.id > after).order_by(Change.id)
        if is_postgresql():
            is_settled = ChangeSet.at <= now() - settles
            changes = changes.join(ChangeSet, ChangeSet.id == Change.change_set_id)
            changes = changes.where(is_settled)
        rows = db.session.execute(changes.limit(at_most)).all()
        if rows:
            self.person_ids = sorted({who for _id, who in rows if who is not None})
            self.ends = rows[-1][0], None


def _search() -> DuplicateSearch:
    """How far the search has come. The first one goes through everybody."""
    search = db.session.scalar(select(DuplicateSearch))
    if search is None:
        with transaction():
            last = db.session.scalar(select(func.max(Change.id))) or 0
            first = insert_or_ignore(DuplicateSearch).values(id=1, change_id=last, person_id=0)
            changed(first)
        search = db.session.scalars(select(DuplicateSearch)).one()
    return search


def _judged(pairs: set[Pair]) -> list[dict[str, Any]]:
    """The pairs that are alike enough to be asked about, as rows."""
    known = known_by_id({person_id for pair in pairs for person_id in pair})
    rows = []
    for first, second in sorted(pairs):
        reasons = alike(known[first], known[second])
        points = score(reasons)
        if points >= LIKELY:
            rows.append(
                {"person_id": first, "other_id": second, "score": points, "reasons": reasons}
            )
    return rows


def _keep(person_ids: Sequence[int], rows: list[dict[str, Any]]) -> None:
    """Write down the pairs of these people, and forget those that are alike no more.

    What the office has decided stays decided.
    """
    found = {(row["person_id"], row["other_id"]) for row in rows}
    theirs = select(DuplicatePair.id, DuplicatePair.person_id, DuplicatePair.other_id).where(
        DuplicatePair.state == PairState.OPEN,
        or_(DuplicatePair.person_id.in_(person_ids), DuplicatePair.other_id.in_(person_ids)),
    )
    past = [row.id for row in db.session.execute(theirs) if tuple(row[1:]) not in found]
    if past:
        changed(delete(DuplicatePair).where(DuplicatePair.id.in_(past)))
    if rows:
        statement = upsert(DuplicatePair)
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=[DuplicatePair.person_id, DuplicatePair.other_id],
                set_={
                    "score": statement.excluded.score,
                    "reasons": statement.excluded.reasons,
                },
                where=DuplicatePair.state == PairState.OPEN,
            ),
            rows,
        )
