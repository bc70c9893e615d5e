"""All that the office knows of one person, on one page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from alumni.accounts.models import Account
from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, require
from alumni.chapters.models import ChapterMembership, Officer
from alumni.codes.models import Code
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.policy import may_view_people
from alumni.people.models import Consent, Person
from alumni.people.queries import whole

NEWEST = 20


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One column of one row that a deed changed."""

    table: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Deed:
    """A change set as far as it is about the person."""

    at: datetime
    by: str
    """The name of the account, or nothing where the program itself acted."""
    verb: str
    why: str
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person with all that hangs on them."""

    person: Person
    institutions: dict[int, Code]
    account: Account | None
    memberships: list[ChapterMembership]
    terms: list[Officer]
    consents: list[Consent]
    history: list[Deed]


def get_known(actor: Actor, public_id: str) -> Known:
    """The person as the office sees them, in a fixed number of statements."""
    require(may_view_people, actor)
    person_id = db.session.scalar(select(Person.id).where(Person.public_id == public_id))
    if person_id is None:
        raise NotFound
    person = db.session.scalars(whole([person_id])).one()
    return Known(
        person=person,
        institutions=_institutions(person),
        account=db.session.scalar(select(Account).where(Account.person_id == person.id)),
        memberships=_memberships(person),
        terms=_terms(person),
        consents=list(
            db.session.scalars(
                select(Consent).where(Consent.person_id == person.id).order_by(Consent.id.desc())
            )
        ),
        history=history(person),
    )


def history(person: Person) -> list[Deed]:
    """The newest deeds that changed something of the person, in one statement."""
    newest = (
        select(Change.change_set_id)
        .where(Change.person_id == person.id)
        .distinct()
        .order_by(Change.change_set_id.desc())
        .limit(NEWEST)
    )
    told = (
        select(ChangeSet, Account.name, Change)
        .join(Change, Change.change_set_id == ChangeSet.id)
        .outerjoin(Account, Account.id == ChangeSet.account_id)
        .where(Change.person_id == person.id, ChangeSet.id.in_(newest))
        .order_by(ChangeSet.id.desc(), Change.id)
    )
    deeds: dict[int, Deed] = {}
    for deed, by, change in db.session.execute(told):
        known = deeds.setdefault(
            deed.id, Deed(at=deed.at, by=by or "", verb=deed.verb, why=deed.why)
        )
        known.differences.extend(_differences(change))
    return list(deeds.values())


def _differences(change: Change) -> Iterator[Difference]:
    """What a reader wants to compare: not keys, and not what was empty and stayed empty."""
    before, after = change.before or {}, change.after or {}
    for column in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(column), after.get(column)
        empty = old in (None, "") and new in (None, "")
        if empty or column == "id" or column.endswith(("_id", "sort_key", "normal")):
            continue
        yield Difference(table=change.table_name, column=column, before=old, after=new)


def _institutions(person: Person) -> dict[int, Code]:
    """The universities of the person's studies, by id."""
    wanted = {there.institution_id for study in person.studies for there in study.institutions}
    return {code.id: code for code in db.session.scalars(select(Code).where(Code.id.in_(wanted)))}


def _memberships(person: Person) -> list[ChapterMembership]:
    spells = (
        select(ChapterMembership)
        .where(ChapterMembership.person_id == person.id)
        .options(joinedload(ChapterMembership.chapter))
        .order_by(ChapterMembership.id.desc())
    )
    return list(db.session.scalars(spells))


def _terms(person: Person) -> list[Officer]:
    held = (
        select(Officer)
        .where(Officer.person_id == person.id)
        .options(joinedload(Officer.chapter), joinedload(Officer.position))
        .order_by(Officer.starts_on.desc(), Officer.id.desc())
    )
    return list(db.session.scalars(held))
