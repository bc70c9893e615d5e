"""Sealing the history, and finding out whether anybody altered it since.

The worker seals what has been committed; nobody waits for it. The order of the seals is the order
in which they were made, not that of the change sets: on PostgreSQL a change set may be committed
after one with a higher number.

Values can be erased for good, by ``commands.erase`` alone: a deed that names the changes is sealed
in the same transaction. What they were about stays, under a digest of its own. Values that are
gone without such a deed are a fault.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import ColumnElement, Select, Table, func, insert, or_, select, update

from alumni.audit.models import Change, ChangeSeal, ChangeSet, Seal
from alumni.db import any_of, changed, db, is_postgresql, now

T = TypeVar("T")

AT_ONCE = 500
"""Change sets that are sealed, or looked at, at a time."""

FIRST = "0" * 64
"""What the first seal is chained to."""

_LOCK = 0x5EA1
"""The number under which PostgreSQL lets one process seal at a time."""

ERASED = "erased"
"""The verb of a deed whose facts name, as ``changes``, the changes whose values it erased."""


_DEEDS: Select[Any] = select(*cast("Table", ChangeSet.__table__).c)
_SEALS: Select[Any] = select(*cast("Table", Seal.__table__).c)
"""As rows and not as things of the session: a whole history is read, and none of it is kept."""


class Fault(NamedTuple):
    """The first thing in the history that is not as it was sealed."""

    seal: int
    """The number of the seal. Up to the one before, all is as it was."""
    table_name: str
    """Where the fault is: ``change_set``, ``change``, ``change_seal`` or ``seal``."""
    row_id: int
    what: str
    """``altered``, ``blanked``, ``missing`` or ``added``."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a look at the whole history told."""

    sealed: int
    """Change sets that are as they were sealed."""
    unsealed: int
    """Change sets that wait for their seal."""
    erased: int
    """Changes whose values were erased for good."""
    head: str
    """The chain's last digest. Whoever notes it elsewhere can tell later that none was cut off."""
    fault: Fault | None


def seal(*, at_most: int = AT_ONCE) -> int:
    """Seal the next change sets and return how many they were. Where another seals: none."""
    if is_postgresql() and not db.session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return 0
    deeds = db.session.execute(
        _DEEDS.where(~ChangeSet.is_sealed, _is_closed()).order_by(ChangeSet.id).limit(at_most)
    ).all()
    if not deeds:
        return 0
    deeds = next(_bounded(deeds, lambda deed: deed.id, _sizes([deed.id for deed in deeds])))
    return _put_seals(deeds)


def seal_at_once(deed: ChangeSet) -> None:
    """Seal this one before those that wait, for a deed that must not be without its seal."""
    if is_postgresql():
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    _put_seals(db.session.execute(_DEEDS.where(ChangeSet.id == deed.id)).all())


def blank(change_ids: Collection[int]) -> None:
    """Empty the values of these changes, and take away by what their digests could be guessed."""
    ids = list(change_ids)
    emptied = update(Change).where(any_of(Change.id, ids))
    db.session.execute(emptied.values(before=None, after=None))
    db.session.execute(update(ChangeSeal).where(any_of(ChangeSeal.change_id, ids)).values(salt=""))


def _put_seals(deeds: Sequence[Any]) -> int:
    changes = _changes_by_deed([deed.id for deed in deeds])
    number, chain = _last()
    seals: list[dict[str, Any]] = []
    change_seals: list[dict[str, Any]] = []
    for deed in deeds:
        number += 1
        salt = secrets.token_hex(16)
        theirs = [_change_seal(row, number, salt) for row in changes.get(deed.id, ())]
        seals.append(_seal(deed, number, chain, salt, theirs))
        change_seals += theirs
        chain = seals[-1]["chain"]
    db.session.execute(insert(Seal), seals)
    if change_seals:
        db.session.execute(insert(ChangeSeal), change_seals)
    sealed = update(ChangeSet).where(ChangeSet.id.in_([deed.id for deed in deeds]))
    return changed(sealed.values(is_sealed=True))


def _is_closed() -> ColumnElement[bool]:
    return or_(ChangeSet.open_until.is_(None), ChangeSet.open_until <= now())


def verify() -> Finding:
    """Look at every seal and at what it stands for, up to the first fault.

    To be called at the beginning of a transaction: all is looked at as it is at one moment, so
    that nothing sealed or erased meanwhile looks like a fault.
    """
    if is_postgresql():
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    chain, sealed, erased = FIRST, 0, 0
    for one in _each(_rightly_erased()):
        fault = one.fault(sealed + 1, chain)
        if fault is not None:
            break
        chain, sealed, erased = one.seal.chain, one.seal.number, erased + one.erased
    else:
        fault = _lost_seal(sealed)
    return Finding(sealed=sealed, unsealed=_waiting(), erased=erased, head=chain, fault=fault)


def has_head(number: int, chain: str) -> bool:
    """Whether the seal of this number is the one that somebody noted. Not whether it is right."""
    noted = select(Seal.chain).where(Seal.number == number)
    return db.session.scalar(noted) == chain


class _Sealed(NamedTuple):
    """A seal with all that it stands for."""

    seal: Any
    deed: Any
    """None where it is gone."""
    changes: Sequence[Any]
    seals: Mapping[int, Any]
    erasable: AbstractSet[int]
    """The changes whose values a sealed deed says were erased."""

    @property
    def erased(self) -> int:
        return sum(_is_blank(row) and row.id in self.erasable for row in self.changes)

    def fault(self, number: int, before: str) -> Fault | None:
        """What is wrong with it, where it should be the ``number``-th and follow on ``before``."""
        if self.seal.number != number:
            return Fault(number, "seal", number, "missing")
        if self.deed is None:
            return Fault(number, "change_set", self.seal.change_set_id, "missing")
        if self.seal.digest != _digest(self.seal.salt, _told_of_deed(self.deed)):
            return Fault(number, "change_set", self.deed.id, "altered")
        wrong = self._wrong_change(number)
        if wrong is not None:
            return wrong
        digests = _digests(self.seals[change_id] for change_id in sorted(self.seals))
        if self.seal.chain != _chained(before, number, self.seal.digest, digests):
            return Fault(number, "seal", number, "altered")
        return None

    def _wrong_change(self, number: int) -> Fault | None:
        for row in self.changes:
            kept = self.seals.get(row.id)
            if kept is None:
                return Fault(number, "change", row.id, "added")
            if what := self._wrong_with(row, kept):
                return Fault(number, "change", row.id, what)
        gone = sorted(self.seals.keys() - {row.id for row in self.changes})
        return Fault(number, "change", gone[0], "missing") if gone else None

    def _wrong_with(self, row: Any, kept: Any) -> str:
        """Empty: nothing. Before there was a digest of what a change is about, one was of all."""
        if kept.about and kept.about != _digest(self.seal.salt, _about(row)):
            return "altered"
        told = _values(row) if kept.about else [*_about(row), *_values(row)]
        if kept.digest == _digest(kept.salt, told):
            return ""
        if not _is_blank(row):
            return "altered"
        return "" if row.id in self.erasable else "blanked"


def _rightly_erased() -> AbstractSet[int]:
    """The changes that sealed deeds name as erased.

    A deed put in afterwards, or made to name more, is a fault of its own when its seal's turn
    comes.
    """
    deeds = select(ChangeSet.facts).join(Seal, Seal.change_set_id == ChangeSet.id)
    named = db.session.scalars(deeds.where(ChangeSet.verb == ERASED))
    return {change_id for facts in named for change_id in facts.get("changes", ())}


def _each(erasable: AbstractSet[int]) -> Iterator[_Sealed]:
    """Every seal in its order, holding no more than a part of them in memory."""
    after = 0
    while True:
        seals = db.session.execute(
            _SEALS.where(Seal.number > after).order_by(Seal.number).limit(AT_ONCE)
        ).all()
        if not seals:
            return
        after = seals[-1].number
        for part in _with_changes(seals, erasable):
            yield from part


def _with_changes(seals: Sequence[Any], erasable: AbstractSet[int]) -> Iterator[list[_Sealed]]:
    ids = [one.change_set_id for one in seals]
    deeds = {deed.id: deed for deed in db.session.execute(_DEEDS.where(ChangeSet.id.in_(ids)))}
    for wanted in _bounded(seals, lambda one: one.change_set_id, _sizes(ids)):
        rows = _changes_by_deed([one.change_set_id for one in wanted])
        kept = _change_seals([one.number for one in wanted])
        yield [
            _Sealed(
                seal=one,
                deed=deeds.get(one.change_set_id),
                changes=rows.get(one.change_set_id, []),
                seals=kept.get(one.number, {}),
                erasable=erasable,
            )
            for one in wanted
        ]


def _sizes(deed_ids: Sequence[int]) -> dict[int, int]:
    """How many changes each change set has. One without any is not in it."""
    counted = (
        select(Change.change_set_id, func.count())
        .where(Change.change_set_id.in_(deed_ids))
        .group_by(Change.change_set_id)
    )
    return {deed_id: int(number) for deed_id, number in db.session.execute(counted)}


_MOST_ROWS = 10_000
"""Changes that are held in memory at a time, if not one change set alone has more."""


def _bounded(
    deeds: Sequence[T], key: Callable[[T], int], sizes: Mapping[int, int]
) -> Iterator[list[T]]:
    part: list[T] = []
    rows = 0
    for one in deeds:
        size = sizes.get(key(one), 0)
        if part and rows + size > _MOST_ROWS:
            yield part
            part, rows = [], 0
        part.append(one)
        rows += size
    if part:
        yield part


def _changes_by_deed(deed_ids: Sequence[int]) -> dict[int, list[Any]]:
    rows = _changes(deed_ids)
    return {
        deed_id: list(group) for deed_id, group in groupby(rows, key=lambda row: row.change_set_id)
    }


def _changes(deed_ids: Sequence[int]) -> Iterable[Any]:
    return db.session.execute(
        select(
            Change.id,
            Change.change_set_id,
            Change.person_id,
            Change.table_name,
            Change.row_id,
            Change.before,
            Change.after,
        )
        .where(Change.change_set_id.in_(deed_ids))
        .order_by(Change.change_set_id, Change.id)
    )


def _change_seals(numbers: Sequence[int]) -> dict[int, dict[int, Any]]:
    """By seal and change. They are asked for by the seal: a change may be gone."""
    found: dict[int, dict[int, Any]] = {}
    kept = select(*cast("Table", ChangeSeal.__table__).c)
    for row in db.session.execute(kept.where(ChangeSeal.number.in_(numbers))):
        found.setdefault(row.number, {})[row.change_id] = row
    return found


def _last() -> tuple[int, str]:
    newest = select(Seal.number, Seal.chain).order_by(Seal.number.desc()).limit(1)
    row = db.session.execute(newest).first()
    return (row.number, row.chain) if row else (0, FIRST)


def _waiting() -> int:
    waiting = select(func.count()).select_from(ChangeSet).where(~ChangeSet.is_sealed)
    return db.session.scalar(waiting) or 0


def _lost_seal(sealed: int) -> Fault | None:
    """A change set that was sealed, whose seal was cut off the end of the chain."""
    lost = (
        select(ChangeSet.id)
        .outerjoin(Seal, Seal.change_set_id == ChangeSet.id)
        .where(ChangeSet.is_sealed, Seal.number.is_(None))
        .order_by(ChangeSet.id)
        .limit(1)
    )
    deed_id = db.session.scalar(lost)
    return None if deed_id is None else Fault(sealed + 1, "change_set", deed_id, "missing")


def _seal(
    deed: Any, number: int, before: str, salt: str, change_seals: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    digest = _digest(salt, _told_of_deed(deed))
    digests = (one[name] for one in change_seals for name in ("about", "digest"))
    return {
        "number": number,
        "change_set_id": deed.id,
        "salt": salt,
        "digest": digest,
        "chain": _chained(before, number, digest, digests),
    }


def _change_seal(row: Any, number: int, deed_salt: str) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {
        "change_id": row.id,
        "number": number,
        "salt": salt,
        "about": _digest(deed_salt, _about(row)),
        "digest": _digest(salt, _values(row)),
    }


def _digests(kept: Iterable[Any]) -> Iterator[str]:
    for one in kept:
        if one.about:
            yield one.about
        yield one.digest


def _told_of_deed(deed: Any) -> list[Any]:
    return [
        deed.id,
        deed.public_id,
        deed.account_id,
        deed.batch_id,
        deed.verb,
        deed.subject_table,
        deed.subject_id,
        deed.why,
        deed.facts,
        deed.request,
        _moment(deed.at),
    ]


def _about(row: Any) -> list[Any]:
    return [row.id, row.change_set_id, row.person_id, row.table_name, row.row_id]


def _values(row: Any) -> list[Any]:
    return [row.before, row.after]


def _is_blank(row: Any) -> bool:
    return row.before is None and row.after is None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _digest(salt: str, told: list[Any]) -> str:
    written = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{salt}{written}".encode()).hexdigest()


def _chained(before: str, number: int, digest: str, changes: Iterable[str]) -> str:
    return hashlib.sha256(" ".join([before, str(number), digest, *changes]).encode()).hexdigest()
