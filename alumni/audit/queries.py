"""Reading history: the newest deeds first, narrowed, and what each changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, literal, select, table

from alumni.audit.models import Change, ChangeSet
from alumni.audit.policy import may_read_history, may_read_values
from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import NotFound

account = table("account", column("id"), column("name"))
person = table(
    "person",
    column("id"),
    column("public_id"),
    column("merged_into_id"),
    column("name_zh"),
    column("name_latin"),
    column("name_en"),
)
"""The tables of accounts and people by their names: their slices stand above this one."""


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """Which part of the history is meant. What is empty narrows nothing."""

    verb: str = ""
    account_id: int | None = None
    """Who did it."""
    person_id: int | None = None
    """Whom it changed, under whatever record."""
    since: datetime | None = None
    until: datetime | None = None
    """Until that moment, which itself is not meant."""

    def condition(self) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = []
        if self.verb:
            wanted.append(ChangeSet.verb == self.verb)
        if self.account_id is not None:
            wanted.append(ChangeSet.account_id == self.account_id)
        if self.person_id is not None:
            changed = select(Change.change_set_id).where(about(self.person_id))
            wanted.append(ChangeSet.id.in_(changed))
        if self.since is not None:
            wanted.append(ChangeSet.at >= self.since)
        if self.until is not None:
            wanted.append(ChangeSet.at < self.until)
        return wanted


def about(person_id: int) -> ColumnElement[bool]:
    """Changes of this person, and of the records that were merged into theirs."""
    records = select(literal(person_id).label("id")).cte("records", recursive=True)
    merged = select(person.c.id).where(person.c.merged_into_id == records.c.id)
    return Change.person_id.in_(select(records.union_all(merged).c.id))


def deeds(actor: Actor, narrowed: Narrowed, *, before: int | None = None) -> Select[ChangeSet, str]:
    """Deeds with the name of who did them, the newest first, older than the number ``before``."""
    require(may_read_history, actor)
    listed = (
        select(ChangeSet, account.c.name)
        .outerjoin(account, account.c.id == ChangeSet.account_id)
        .where(*narrowed.condition())
        .order_by(ChangeSet.id.desc())
    )
    return listed if before is None else listed.where(ChangeSet.id < before)


def get_deed(actor: Actor, public_id: str) -> tuple[ChangeSet, str | None]:
    """One deed and the name of who did it."""
    found = db.session.execute(
        deeds(actor, Narrowed()).where(ChangeSet.public_id == public_id)
    ).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def changes_after(deed_id: int, number: int) -> Select[Change]:
    """What a deed changed, behind the change of this number."""
    return (
        select(Change)
        .where(Change.change_set_id == deed_id, Change.id > number)
        .order_by(Change.id)
    )


def changes_of(deed_ids: list[int], *, each: int) -> Select[Change, int]:
    """The first rows that each of these deeds changed, with how many rows it changed in all."""
    deed = Change.change_set_id
    ranked = (
        select(
            Change.id,
            func.row_number().over(partition_by=deed, order_by=Change.id).label("rank"),
            func.count().over(partition_by=deed).label("rows"),
        )
        .where(deed.in_(deed_ids))
        .subquery()
    )
    return (
        select(Change, ranked.c.rows)
        .join(ranked, ranked.c.id == Change.id)
        .where(ranked.c.rank <= each)
        .order_by(deed.desc(), Change.id)
    )


def told(actor: Actor, narrowed: Narrowed) -> Select[Any]:
    """Each change with its deed and who did it, the oldest first: for a file."""
    require(may_read_history, actor)
    return (
        select(
            ChangeSet.at,
            account.c.name.label("by"),
            ChangeSet.verb,
            ChangeSet.subject_table,
            ChangeSet.subject_id,
            ChangeSet.why,
            ChangeSet.facts,
            ChangeSet.request,
            person.c.public_id.label("person"),
            Change.table_name,
            Change.row_id,
            Change.before,
            Change.after,
        )
        .outerjoin(Change, Change.change_set_id == ChangeSet.id)
        .outerjoin(account, account.c.id == ChangeSet.account_id)
        .outerjoin(person, person.c.id == Change.person_id)
        .where(*narrowed.condition())
        .order_by(ChangeSet.id, Change.id)
    )


def people_named(person_ids: Collection[int]) -> dict[int, Any]:
    """Public id and names of the people with these ids. Who is gone is not in it."""
    if not person_ids:
        return {}
    wanted = select(
        person.c.id, person.c.public_id, person.c.name_zh, person.c.name_latin, person.c.name_en
    ).where(person.c.id.in_(person_ids))
    return {row.id: row for row in db.session.execute(wanted)}


def person_called(actor: Actor, public_id: str) -> Any:
    """The person with this public id, for who may see what was changed of them."""
    require(may_read_values, actor)
    wanted = select(person.c.id, person.c.public_id, person.c.name_zh, person.c.name_latin)
    found = db.session.execute(wanted.where(person.c.public_id == public_id)).first()
    if found is None:
        raise NotFound
    return found


def account_named(account_id: int) -> str:
    """The name of the account with this number."""
    name = db.session.scalar(select(account.c.name).where(account.c.id == account_id))
    if name is None:
        raise NotFound
    return str(name)
