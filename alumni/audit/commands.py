"""Writing history. What a deed does to rows is noted by the session; the deed says what it was.

Only what goes through the ORM is noted by itself. A command that changes rows by a statement
writes their changes with ``record_changes``, set-based.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Update, event, insert, inspect, update
from sqlalchemy.orm import ColumnProperty, InstanceState, Session
from structlog.contextvars import get_contextvars

from alumni.audit.models import Change, ChangeSet
from alumni.audit.sealing import ERASED, blank, seal_at_once
from alumni.authz import Actor
from alumni.db import Model, db


class Unrecorded(Exception):
    """A command changed rows and did not say what it did. A fault of the program."""


def record(
    actor: Actor,
    verb: str,
    subject: Model | None,
    *,
    why: str = "",
    facts: dict[str, Any] | None = None,
) -> ChangeSet:
    """Write down what the actor did, with all that changed since the last deed was recorded.

    To be called in the transaction of the deed. ``facts`` is for what no row says.
    """
    db.session.flush()
    deed = ChangeSet(
        account_id=actor.account_id,
        verb=verb,
        subject_table=subject.__tablename__ if subject is not None else "",
        subject_id=_key(subject) if subject is not None else None,
        why=why,
        facts=facts or {},
        request=get_contextvars().get("request", ""),
    )
    db.session.add(deed)
    db.session.flush()
    record_changes(deed, db.session.info.pop("changes", []))
    return deed


def closed(deed_id: int, facts: dict[str, Any]) -> Update:
    """The statement that says the last of a deed that was left open: its facts as they are now.

    It changes nothing of one that was sealed meanwhile.
    """
    unsealed = update(ChangeSet).where(ChangeSet.id == deed_id, ~ChangeSet.is_sealed)
    return unsealed.values(facts=facts, open_until=None)


def erase(actor: Actor, change_ids: Collection[int], *, why: str = "") -> ChangeSet:
    """Take the values of these changes out of the history for good. Returns the deed that says so.

    That something was changed then, by whom and of which row, stays. To be called in the
    transaction of a command that has found out whether the actor may.
    """
    deed = record(actor, ERASED, None, why=why, facts={"changes": sorted(change_ids)})
    blank(change_ids)
    seal_at_once(deed)
    return deed


def record_changes(deed: ChangeSet, changes: Iterable[dict[str, Any]]) -> None:
    """Add changes of rows to a deed: dicts of ``person_id table_name row_id before after``."""
    rows = [{"change_set_id": deed.id, **change} for change in changes]
    if rows:
        db.session.execute(insert(Change), rows)


def as_told(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON keeps them."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def _key(thing: Model) -> int | None:
    """The row's number, where its key is one."""
    key = inspect(thing).identity
    return key[0] if key and isinstance(key[0], int) else None


@event.listens_for(Model, "attribute_instrument", propagate=True)
def _keep_old(_class: object, _key: str, attribute: Any) -> None:
    """Load what a column holds before it is set: a transaction begins with all forgotten."""
    if isinstance(getattr(attribute, "property", None), ColumnProperty):
        event.listen(attribute, "set", lambda *_: None, active_history=True)


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    """Note what the flush did to each row that has a history."""
    noted: list[dict[str, Any]] = []
    for thing in session.new:
        noted += _noted(thing, before=False, after=True)
    for thing in session.dirty:
        noted += _noted(thing, before=True, after=True)
    for thing in session.deleted:
        noted += _noted(thing, before=True, after=False)
    if noted:
        session.info.setdefault("changes", []).extend(noted)


def _noted(thing: Any, *, before: bool, after: bool) -> list[dict[str, Any]]:
    if not thing.audited:
        return []
    state: InstanceState[Any] = inspect(thing)
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        _compare(state, attribute.key, old, new)
    if before and after and not new:
        return []
    if not after:
        old = _columns(state)
    if not before:
        new = _columns(state)
    return [
        {
            "person_id": thing.id if thing.__tablename__ == "person" else _person(thing),
            "table_name": thing.__tablename__,
            "row_id": state.mapper.primary_key_from_instance(thing)[0],
            "before": as_told(_masked(state, old)) if before else None,
            "after": as_told(_masked(state, new)) if after else None,
        }
    ]


def _compare(
    state: InstanceState[Any], name: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    history = state.attrs[name].history
    if name in state.mapper.class_.untold or not history.has_changes():
        return
    if history.deleted:
        old[name] = history.deleted[0]
    if history.added:
        new[name] = history.added[0]
        old.setdefault(name, None)


def _columns(state: InstanceState[Any]) -> dict[str, Any]:
    """All that the row has, what the tables put in by themselves included."""
    return {
        name: value
        for name, value in state.dict.items()
        if name in state.mapper.columns
        and name not in state.mapper.class_.untold
        and value is not None
    }


def _person(thing: Any) -> int | None:
    person_id: int | None = getattr(thing, "person_id", None)
    return person_id


def _masked(state: InstanceState[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Secrets stand in no history, only that they changed."""
    columns = state.mapper.columns
    return {
        name: "•••" if value is not None and columns[name].info.get("secret") else value
        for name, value in values.items()
    }


@event.listens_for(Session, "before_commit")
def _insist(session: Session) -> None:
    """Let no change go unsaid: the transaction fails, so that a test finds it and no user does."""
    if session.in_nested_transaction():
        return
    session.flush()
    untold = session.info.get("changes")
    if untold:
        tables = sorted({change["table_name"] for change in untold})
        raise Unrecorded(f"changes of {', '.join(tables)} are not recorded")
