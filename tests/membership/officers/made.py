"""Terms, grants and deeds as these tests say them."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability
from alumni.chapters.models import Officer
from alumni.db import db
from alumni.people.models import Person
from tests.browser import Browser

SignIn = Callable[[Account | Person], Browser]


OFFICE = Actor(
    account_id=None,
    capabilities=frozenset(
        {Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE, Capability.EXPORT_PEOPLE}
    ),
)


DAY = timedelta(days=1)


def term_of(person: Person) -> Officer:
    newest = select(Officer).where(Officer.person_id == person.id).order_by(Officer.id.desc())
    return db.session.scalars(newest.limit(1)).one()


def deeds() -> list[str]:
    made = ("loaded_lists", "loaded_chapters", "made")
    done = select(ChangeSet.verb).where(ChangeSet.verb.not_in(made)).order_by(ChangeSet.id)
    return list(db.session.scalars(done))
