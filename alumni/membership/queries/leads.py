"""Leads to lost classmates: how many were given, and what came of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from alumni.accounts.models import Account
from alumni.accounts.queries import token_hash
from alumni.authz import Actor, Roll, require
from alumni.db import db, now
from alumni.errors import NotFound
from alumni.membership.policy.classes import may_see_cohorts
from alumni.people.models import ContactKind, ContactPoint, Person, PersonStatus, Study
from alumni.people.models.classes import Lead, LeadState

QUIET = timedelta(days=30)
"""Between two letters to one person, or to one address."""

A_DAY = timedelta(days=1)
MOST_A_DAY = 5
"""Leads that one graduate gives, those that came to nothing included."""

ENDED = (LeadState.DECLINED, LeadState.WRONG)
"""What the reader of a letter can say; then the address is left alone for good."""

MOST_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Success:
    """What came of the letters to some people."""

    given: int = 0
    """Letters that went out."""
    signed_up: int = 0
    declined: int = 0
    wrong: int = 0


@dataclass(frozen=True, kw_only=True)
class ClassSuccess:
    roll: Roll | None
    """None: of people whose class nobody knows."""
    success: Success


def lately() -> ColumnElement[bool]:
    """Over ``Lead``: whether it caused a letter of which the next one has to keep its distance."""
    return and_(Lead.state != LeadState.UNSENT, Lead.given_at > now() - QUIET)


def given_lately(person_id: int) -> int:
    """How many the graduate gave in the last day."""
    asked = select(func.count()).where(Lead.given_by_id == person_id, Lead.given_at > now() - A_DAY)
    return db.session.scalar(asked) or 0


def gave(person_id: int, address_hash: str) -> bool:
    """Whether this graduate gave this address lately, whatever came of it."""
    asked = select(Lead.id).where(
        Lead.given_by_id == person_id,
        Lead.address_hash == address_hash,
        Lead.given_at > now() - QUIET,
    )
    return db.session.scalar(asked.limit(1)) is not None


def is_own_address(person_id: int, email: str) -> bool:
    """Whether the graduate signs in with the address, or gave it as their own."""
    login = select(Account.id).where(Account.person_id == person_id, Account.email == email)
    point = select(ContactPoint.id).where(
        ContactPoint.person_id == person_id,
        ContactPoint.kind == ContactKind.EMAIL,
        ContactPoint.normal == email,
    )
    return bool(db.session.scalar(select(or_(login.exists(), point.exists()))))


def was_looked_for(person_id: int) -> bool:
    """Whether a letter went out to the person lately."""
    asked = select(Lead.id).where(Lead.person_id == person_id, lately())
    return db.session.scalar(asked.limit(1)) is not None


def letters_to(address_hash: str) -> tuple[int, bool]:
    """How many letters ever went to the address, and whether the next one has to wait or is

    refused for good.
    """
    refuses = Lead.state.in_(ENDED)
    asked = select(func.count(), func.count().filter(lately() | refuses)).where(
        Lead.address_hash == address_hash, Lead.state != LeadState.UNSENT
    )
    number, against = db.session.execute(asked).one()
    return int(number), against > 0


def get_lead(token: str) -> Lead:
    """The one whose letter has this token: it is the permission to answer."""
    found = db.session.scalar(select(Lead).where(Lead.token_hash == token_hash(token)))
    if found is None:
        raise NotFound
    return found


def success_in(studied: Select[int]) -> Success:
    """Of these persons."""
    row = db.session.execute(
        select(*_counted())
        .select_from(Lead)
        .join(Person, Person.id == Lead.person_id)
        .where(Lead.state != LeadState.UNSENT, Lead.person_id.in_(studied))
    ).one()
    return _success(row)


def success_by_class(actor: Actor) -> list[ClassSuccess]:
    """Of each class, by people's main study, the latest first."""
    require(may_see_cohorts, actor)
    key: tuple[Any, ...] = (
        Study.graduation_year,
        Study.college_id,
        Study.class_label,
        Study.major_id,
    )
    counted = (
        select(*key, *_counted())
        .select_from(Lead)
        .join(Person, Person.id == Lead.person_id)
        .outerjoin(Study, and_(Study.person_id == Person.id, Study.is_primary))
        .where(Lead.state != LeadState.UNSENT)
        .group_by(*key)
        .order_by(
            func.coalesce(Study.graduation_year, 0).desc(),
            func.coalesce(Study.college_id, 0),
            func.coalesce(Study.class_label, ""),
            func.coalesce(Study.major_id, 0),
        )
        .limit(MOST_SHOWN)
    )
    return [
        ClassSuccess(
            roll=Roll(row.graduation_year, row.college_id, row.class_label, row.major_id)
            if row.graduation_year
            else None,
            success=_success(row),
        )
        for row in db.session.execute(counted)
    ]


def _counted() -> tuple[Any, ...]:
    def number(condition: ColumnElement[bool], of: Any) -> Any:
        return func.count(of.distinct()).filter(condition)

    signed_up = Person.status == PersonStatus.VERIFIED
    return (
        func.count(Lead.id).label("given"),
        number(signed_up, Lead.person_id).label("signed_up"),
        number(Lead.state == LeadState.DECLINED, Lead.id).label("declined"),
        number(Lead.state == LeadState.WRONG, Lead.id).label("wrong"),
    )


def _success(row: Any) -> Success:
    return Success(given=row.given, signed_up=row.signed_up, declined=row.declined, wrong=row.wrong)
