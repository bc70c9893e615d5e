"""Who does what in the demonstration: the office, leaders, and graduates by chance."""

from sqlalchemy import func, select

from alumni.accounts.models import Account
from alumni.authz import Actor
from alumni.chapters.models import Chapter, Officer, Position
from alumni.db import db, today
from alumni.people.models import Person
from alumni.people.queries import find_actor


def acting_as(account: Account) -> Actor:
    return find_actor(account.id, account.person_id, account.time_zone)


def acting_person(person_id: int) -> Actor:
    """The person as they act when they have signed in."""
    return acting_as(
        db.session.scalars(select(Account).where(Account.person_id == person_id)).one()
    )


def get_person(person_id: int) -> Person:
    return db.session.get_one(Person, person_id)


def chapter_called(slug: str) -> Chapter:
    return db.session.scalars(select(Chapter).where(Chapter.slug == slug)).one()


def position_ids() -> dict[str, int]:
    """By their codes."""
    return {position.code: position.id for position in db.session.scalars(select(Position))}


def officer_accounts(position: str) -> dict[int, int]:
    """By chapter the account of who holds the position today."""
    held = (
        select(Officer.chapter_id, func.min(Account.id))
        .join(Position, Position.id == Officer.position_id)
        .join(Account, Account.person_id == Officer.person_id)
        .where(Position.code == position, Officer.starts_on <= today(), Officer.ends_on >= today())
        .group_by(Officer.chapter_id)
    )
    return dict(db.session.execute(held).all())
