"""Who works in the office, what they hold and since when; and accounts whose owner needs help."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, column, exists, func, select, table

from alumni.accounts.models import Account, Assignment, SignIn
from alumni.accounts.policy import may_help_to_sign_in, may_make_staff
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability, require
from alumni.db import db, locked, today
from alumni.errors import NotFound
from alumni.terms import lasts, runs

_PERSON = table("person", column("id"), column("public_id"))
"""Of the slice above that knows whose account it is."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who works in the office, or did."""

    account: Account
    held: list[Assignment]
    """What they hold today or later."""
    past: list[Assignment]
    """What they held, the last first."""
    seen_at: datetime | None
    """When they were last at work here, as far as that is known."""

    @property
    def is_suspended(self) -> bool:
        return self.account.suspended_at is not None


@dataclass(frozen=True, kw_only=True)
class InNeed:
    """An account whose owner lost the mailbox or the telephone."""

    account: Account
    person: str | None
    """The public id of the person whose account it is."""
    of_staff: bool


def is_staff(account: Account) -> bool:
    """Whether the account holds anything of the staff's, today or later."""
    return bool(db.session.scalar(select(exists().where(_of(account), lasts(Assignment)))))


def staff(actor: Actor, *, former: bool = False) -> list[Member]:
    """Those who hold something today or later, by name; ``former``: those who only did."""
    require(may_make_staff, actor)
    works = exists().where(Assignment.account_id == Account.id, lasts(Assignment))
    worked = exists().where(Assignment.account_id == Account.id)
    meant = select(Account).where(worked, ~works if former else works)
    return _members(db.session.scalars(meant.order_by(Account.name, Account.id)).all())


def get_member(actor: Actor, public_id: str) -> Member:
    """One of them. An account that never worked in the office is not found."""
    require(may_make_staff, actor)
    worked = exists().where(Assignment.account_id == Account.id)
    account = db.session.scalar(select(Account).where(Account.public_id == public_id, worked))
    if account is None:
        raise NotFound
    return _members([account])[0]


def get_assignment(account: Account, assignment_id: int) -> Assignment:
    """One of the things that this account holds today or later."""
    asked = select(Assignment).where(
        Assignment.id == assignment_id, _of(account), lasts(Assignment)
    )
    found = db.session.scalar(asked)
    if found is None:
        raise NotFound
    return found


def held_by(account: Account) -> list[Assignment]:
    """What the account holds today or later."""
    return list(db.session.scalars(select(Assignment).where(_of(account), lasts(Assignment))))


def successors(account: Account) -> list[Account]:
    """Who may take over what this account leaves: those who work in the office today."""
    works = exists().where(Assignment.account_id == Account.id, runs(Assignment, today()))
    asked = select(Account).where(works, Account.suspended_at.is_(None), Account.id != account.id)
    return list(db.session.scalars(asked.order_by(Account.name, Account.id)))


def administrators() -> Select[Account]:
    """Those who manage accounts today, held until the transaction ends.

    Of two who close each other at one moment the second finds that nobody else is left.
    """
    asked = (
        select(Account)
        .join(Assignment, Assignment.account_id == Account.id)
        .where(
            Assignment.capability == Capability.MANAGE_ACCOUNTS,
            runs(Assignment, today()),
            Account.suspended_at.is_(None),
        )
    )
    return locked(asked.order_by(Account.id))


def get_in_need(actor: Actor, public_id: str) -> InNeed:
    """The account, if it is one that the actor may know of.

    The office knows those of people, and who manages accounts those of staff.
    """
    require(may_help_to_sign_in, actor)
    asked = (
        select(Account, _PERSON.c.public_id)
        .outerjoin(_PERSON, _PERSON.c.id == Account.person_id)
        .where(Account.public_id == public_id)
    )
    found = db.session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    account, person = found
    of_staff = is_staff(account)
    if not of_staff and not actor.can(Capability.VIEW_PEOPLE):
        raise NotFound
    return InNeed(
        account=account,
        person=person if actor.can(Capability.VIEW_PEOPLE) else None,
        of_staff=of_staff,
    )


def _members(accounts: Collection[Account]) -> list[Member]:
    ids = [account.id for account in accounts]
    held: defaultdict[int, list[Assignment]] = defaultdict(list)
    past: defaultdict[int, list[Assignment]] = defaultdict(list)
    asked = select(Assignment).where(Assignment.account_id.in_(ids))
    day = today()
    for one in db.session.scalars(asked.order_by(Assignment.starts_on.desc(), Assignment.id)):
        lasts = one.ends_on is None or one.ends_on >= day
        (held if lasts else past)[one.account_id].append(one)
    seen = _seen(ids)
    return [
        Member(
            account=account,
            held=sorted(held[account.id], key=_in_order),
            past=past[account.id],
            seen_at=seen.get(account.id),
        )
        for account in accounts
    ]


def _in_order(assignment: Assignment) -> tuple[int, date]:
    return list(Capability).index(assignment.capability), assignment.starts_on


def _seen(ids: Collection[int]) -> dict[int, datetime]:
    """The last use of a session that is still there, or the last deed, whichever is later."""
    sessions = select(SignIn.account_id, func.max(SignIn.seen_at)).where(SignIn.account_id.in_(ids))
    deeds = select(ChangeSet.account_id, func.max(ChangeSet.at)).where(
        ChangeSet.account_id.in_(ids)
    )
    seen: dict[Any, datetime] = {}
    rows = [
        *db.session.execute(sessions.group_by(SignIn.account_id)).all(),
        *db.session.execute(deeds.group_by(ChangeSet.account_id)).all(),
    ]
    for account_id, moment in rows:
        seen[account_id] = max(moment, seen.get(account_id, moment))
    return seen


def _of(account: Account) -> ColumnElement[bool]:
    return Assignment.account_id == account.id
