"""Filling an empty database with an association that does not exist."""

from collections.abc import Callable
from random import Random

from alumni.accounts.models import Account, Assignment
from alumni.accounts.passwords import hashed
from alumni.accounts.policy import ROLES
from alumni.accounts.queries import account_of
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor
from alumni.codes.models import Setting
from alumni.codes.queries import DEMONSTRATION, forget_settings
from alumni.db import db, today
from alumni.demonstration import queries
from alumni.demonstration.cast import GRADUATE, LEADER, LEADERS_CHAPTER, OFFICE, PASSWORD
from alumni.demonstration.commands import (
    applications,
    chapters,
    events,
    letters,
    lists,
    office,
    people,
)
from alumni.demonstration.inventing import graduates
from alumni.demonstration.texts import ASSOCIATION
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.mailings.commands import ensure_lists
from alumni.people.queries import find_actor

FEWEST = 200
"""With fewer people there would be offices and dinners without anybody."""


def fill(*, number: int, seed: int, entered: Callable[[int], object]) -> None:
    """Fill the database with so many invented people and all that an association has.

    The same seed gives the same people. ``entered`` is called with how many more there are, over
    and over. Raise Refusal where there is somebody already.
    """
    if not queries.is_empty():
        raise Refusal(_("There are people or accounts in this database. Nothing was changed."))
    _say_who_we_are()
    lists.name_universities()
    population = people.enter(graduates(number, seed, today()), number, entered)
    known = chapters.introduce()
    chapters.appoint(population)
    staff = _open_office()
    leader = _account(LEADER)
    random = Random(seed)  # noqa: S311 - nothing secret: the same guests for the same seed
    events.hold(population, known, {LEADERS_CHAPTER: leader.id, None: staff.id}, random)
    applications.apply(population)
    office.photograph(population)
    office.gather(population, _actor(staff), _actor(_account(GRADUATE)))
    record(SYSTEM, "made_demonstration", None, facts={"people": number, "seed": seed})
    ensure_lists()
    letters.send_one(_actor(staff), staff)
    letters.submit_one(_actor(leader), LEADERS_CHAPTER)


def _say_who_we_are() -> None:
    """What the association says of itself, and that nothing of it is true."""
    said = ASSOCIATION | {DEMONSTRATION: True}
    db.session.add_all(Setting(key=key, value=value) for key, value in said.items())
    db.session.flush()
    forget_settings()


def _open_office() -> Account:
    account = Account(
        email=OFFICE,
        name="校友会办公室",
        password_hash=hashed(PASSWORD),
        is_demonstration=True,
    )
    db.session.add(account)
    db.session.flush()
    db.session.add_all(
        Assignment(account_id=account.id, capability=capability, starts_on=today())
        for capability in ROLES["office"]
    )
    db.session.flush()
    return account


def _account(email: str) -> Account:
    account = account_of(email)
    if account is None:
        raise LookupError(email)
    return account


def _actor(account: Account) -> Actor:
    return find_actor(account.id, account.person_id, account.time_zone)
