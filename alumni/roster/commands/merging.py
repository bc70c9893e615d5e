"""Making two records of one graduate one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select

from alumni.accounts.commands import end_sessions
from alumni.accounts.models import Account, Assignment
from alumni.audit.commands import record, record_changes
from alumni.authz import Actor, require
from alumni.db import Model, db, locked, now, public_id
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.people.commands.search import reindex
from alumni.people.models import FormerName, Level, Person, PersonStatus
from alumni.people.names import simplified
from alumni.people.policy import GONE
from alumni.people.queries import display_name
from alumni.roster.merging import PERSON, Merging, follow
from alumni.roster.merging.rules import end_before_today
from alumni.roster.models import DuplicatePair, Merge, PairState
from alumni.roster.policy import may_merge
from alumni.roster.queries.choosing import (
    COLUMNS,
    FIELDS,
    READING,
    default,
    waits_for_verification,
)
from alumni.roster.queries.sides import Side, sides

TABLES = Model.metadata.tables

MERGED = "merged_people"


def merge(actor: Actor, kept: Person, gone: Person, choices: Mapping[str, str]) -> Merge:
    """Make the record ``gone`` part of ``kept``, with all that hangs on it.

    ``choices`` says by field (``roster.queries.choosing.FIELDS``) the public id of the record whose
    value is kept; what is not chosen is the better value, and a blank never stands in for one.
    Nobody gets rights by it: terms under way and sessions of the record that goes end, and two
    accounts in use are refused. What was done can be taken back: ``unmerging.unmerge``.
    """
    require(may_merge, actor, kept, gone)
    ours, theirs = _held(kept, gone)
    picked = _picked(choices, ours, theirs)
    _refuse_rights(ours, theirs, picked)
    taken = frozenset(field for field, side in picked.items() if side is theirs)
    merging = Merging(actor, kept.id, gone.id, taken)
    columns = _columns(ours, theirs, picked)
    account_ids = [side.account.id for side in (ours, theirs) if side.account is not None]
    follow(merging)
    _close(merging, ours, theirs)
    _write(merging, columns, account_ids)
    _settle_pair(merging)
    made = _recorded(actor, merging, ours, theirs, picked)
    db.session.expire_all()
    reindex([merging.kept_id, merging.gone_id])
    return made


def _held(kept: Person, gone: Person) -> tuple[Side, Side]:
    """Both records, which nobody else changes until the transaction ends."""
    if kept.id == gone.id:
        raise Invalid(_("Choose two records."))
    both = select(Person).where(Person.id.in_((kept.id, gone.id))).order_by(Person.id)
    people = db.session.scalars(locked(both)).all()
    if any(person.status in GONE for person in people):
        raise Refusal(_("One of the two records was merged or erased in the meantime."))
    found = sides((kept.id, gone.id))
    return found[kept.id], found[gone.id]


def _picked(choices: Mapping[str, str], ours: Side, theirs: Side) -> dict[str, Side]:
    """Whose value is kept, by field."""
    by_id = {side.public_id: side for side in (ours, theirs)}
    if not choices.keys() <= set(FIELDS) or not set(choices.values()) <= by_id.keys():
        raise Invalid(_("Please choose one of the two values of each field."))
    return {
        field: by_id[choices[field]] if field in choices else default(field, ours, theirs, ours)
        for field in FIELDS
    }


def _refuse_rights(ours: Side, theirs: Side, picked: Mapping[str, Side]) -> None:
    """Let nobody who signs in be more afterwards than they were."""
    if theirs.account is not None and ours.account is not None:
        _refuse_two_accounts(ours, theirs)
    elif theirs.account is not None:
        _refuse_gains(ours, theirs)
    is_verified = picked["status"].person.status is PersonStatus.VERIFIED
    if is_verified and waits_for_verification(ours, theirs):
        raise Refusal(
            _(
                "Whoever signs in here has not been recognised as a graduate yet, and a merge must"
                " not do it. Decide about the application first, or choose the other state."
            ),
            field="status",
        )


def _refuse_two_accounts(ours: Side, theirs: Side) -> None:
    """One account stays. The other one is to be closed already, or nobody has ever used it."""
    if ours.is_used and theirs.is_used:
        raise Refusal(
            _("Both records sign in. Close one of the two accounts first, then merge."),
            field="kept",
        )
    if theirs.is_used:
        raise Refusal(_("Keep the record that somebody signs in with."), field="kept")


def _refuse_gains(ours: Side, theirs: Side) -> None:
    """The account becomes that of the kept record: not if it gains, or takes along, an office."""
    if theirs.is_staff:
        raise Refusal(
            _("%(name)s works for the office. Keep that record.", name=theirs.name), field="kept"
        )
    if ours.terms:
        raise Refusal(
            _(
                "One record holds an office in a chapter, and the account belongs to the other one,"
                " which would get it so. Keep the record with the account."
            ),
            field="kept",
        )


def _columns(ours: Side, theirs: Side, picked: Mapping[str, Side]) -> dict[str, Any]:
    """The columns of the kept record as they will be."""
    columns: dict[str, Any] = {}
    for field, names in COLUMNS.items():
        chosen = picked[field]
        other = theirs if chosen is ours else ours
        source = other if getattr(chosen.person, names[0]) is None else chosen
        columns |= {name: getattr(source.person, name) for name in names}
    reader = _reader(ours, theirs, columns)
    columns |= {name: getattr(reader.person, name) for name in READING}
    confirmed = (side.person.confirmed_at for side in (ours, theirs))
    columns["confirmed_at"] = max(filter(None, confirmed), default=None)
    return columns | _wishes(ours.person, theirs.person)


def _wishes(one: Person, other: Person) -> dict[str, Any]:
    """What somebody does not want, or may not do, with either record holds; but who can be reached

    by either is not lost.
    """
    stops = {
        name: min(filter(None, (getattr(one, name), getattr(other, name))), default=None)
        for name in ("contact_stopped_on", "relay_stopped_on")
    }
    lost = one.lost_since and other.lost_since and max(one.lost_since, other.lost_since)
    return stops | {"takes_relay": one.takes_relay and other.takes_relay, "lost_since": lost}


def _reader(ours: Side, theirs: Side, columns: Mapping[str, Any]) -> Side:
    """The record whose reading belongs to the name that is kept; one that somebody wrote first."""
    name = next(name for name in COLUMNS if columns[name])
    bearers = [side for side in (ours, theirs) if getattr(side.person, name) == columns[name]]
    return next((side for side in bearers if side.person.pinyin_edited), bearers[0])


def _close(merging: Merging, ours: Side, theirs: Side) -> None:
    """End the sessions of the account of the record that goes; one that is nobody's now holds

    nothing any more.
    """
    if theirs.account is None:
        return
    end_sessions(theirs.account)
    if ours.account is not None:
        table = TABLES[Assignment.__tablename__]
        is_theirs = table.c.account_id == theirs.account.id
        end_before_today(merging, table, merging.of(table, is_theirs))


def _write(merging: Merging, columns: dict[str, Any], account_ids: list[int]) -> None:
    """Write the two records, with the names that are lost as former ones."""
    kept, gone = (
        merging.of(PERSON, PERSON.c.id == person_id)[0]
        for person_id in (merging.kept_id, merging.gone_id)
    )
    merging.change(PERSON, kept, {k: value for k, value in columns.items() if kept[k] != value})
    went = {"status": PersonStatus.MERGED, "merged_into_id": merging.kept_id}
    merging.change(PERSON, gone, went)
    _keep_names(merging, columns, (kept, gone))
    _greet(merging, kept, columns, account_ids)


def _keep_names(
    merging: Merging, columns: Mapping[str, Any], before: tuple[dict[str, Any], ...]
) -> None:
    """Let the person be found by every name that stood in either record."""
    table = TABLES[FormerName.__tablename__]
    former = merging.of(table, table.c.person_id == merging.kept_id)
    known = {simplified(row["name"]) for row in former}
    known |= {simplified(columns[name]) for name in ("name_zh", "name_latin") if columns[name]}
    for row in before:
        for name in filter(None, (row["name_zh"], row["name_latin"])):
            if simplified(name) not in known:
                known.add(simplified(name))
                told = {"person_id": merging.kept_id, "name": name, "visibility": Level.OFFICE}
                merging.add(table, told)


def _greet(
    merging: Merging, kept: Mapping[str, Any], columns: Mapping[str, Any], account_ids: list[int]
) -> None:
    """Let the pages call the person by the new name, on the clocks that were chosen."""
    table = TABLES[Account.__tablename__]
    mine = merging.of(table, table.c.id.in_(account_ids), table.c.person_id == merging.kept_id)
    names = ("name_zh", "name_latin", "name_en")
    name, before = (next(filter(None, map(one.get, names)), "") for one in (columns, kept))
    for row in mine:
        told = {"time_zone": columns["time_zone"]} | ({"name": name} if name != before else {})
        merging.change(table, row, {k: value for k, value in told.items() if row[k] != value})


def _settle_pair(merging: Merging) -> None:
    table: Table = TABLES[DuplicatePair.__tablename__]
    first, second = sorted((merging.kept_id, merging.gone_id))
    decided = {
        "state": PairState.MERGED,
        "decided_by_id": merging.actor.account_id,
        "decided_at": now(),
    }
    for row in merging.of(table, table.c.person_id == first, table.c.other_id == second):
        merging.change(table, row, decided)


def _recorded(
    actor: Actor, merging: Merging, ours: Side, theirs: Side, picked: Mapping[str, Side]
) -> Merge:
    """Write down what was done, row by row, so that it can be taken back."""
    made = Merge(
        public_id=public_id(),
        kept_id=merging.kept_id,
        gone_id=merging.gone_id,
        choices={field: side.public_id for field, side in picked.items()},
        account_id=actor.account_id,
    )
    name = display_name(theirs.person, "zh")
    facts = {"name": name, "rows": len(merging.changes), "merge": made.public_id}
    deed = record(actor, MERGED, ours.person, facts=facts)
    record_changes(deed, merging.changes)
    made.change_set_id = deed.id
    db.session.add(made)
    db.session.flush()
    return made
