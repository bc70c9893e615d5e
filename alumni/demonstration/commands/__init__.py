"""Filling an empty database with an association that does not exist."""

from collections.abc import Callable
from random import Random
from typing import cast

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
    asking,
    chapters,
    classes,
    events,
    letters,
    lists,
    moves,
    notices,
    office,
    officers,
    people,
    petitions,
    regions,
    reports,
)
from alumni.demonstration.commands.acting import acting_as
from alumni.demonstration.inventing import graduates
from alumni.demonstration.texts import ASSOCIATION
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.mailings.commands import ensure_lists

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
    regions.found_parts()
    population = people.enter(graduates(number, seed, today()), number, entered)
    known = chapters.introduce()
    chapters.appoint(population)
    staff = _open_office()
    working = acting_as(staff)
    random = Random(f"{seed} offices")  # noqa: S311 - nothing secret: the same for the same seed
    gone = asking.draw_gone(population, random)
    moves.leave(population, random)
    guests = Random(seed)  # noqa: S311 - nothing secret: the same guests for the same seed
    authors = {LEADERS_CHAPTER: _account(LEADER).id, None: staff.id}
    events.hold(population, known, authors, guests)
    applications.apply(population)
    record(SYSTEM, "made_demonstration", None, facts={"people": number, "seed": seed})
    asking.say_what_became(working, gone)
    office.photograph(population)
    office.gather(population, working, acting_as(_account(GRADUATE)))
    _lead(population, working, random)
    _ask(population, working, random)
    _write(working, staff)


def _lead(population: people.Population, working: Actor, random: Random) -> None:
    """How chapters are led: by whom, and what they say, account for and hand over."""
    leader = _account(LEADER)
    leader_id = cast("int", leader.person_id)
    officers.promise(working, leader_id)
    officers.grant(working, leader_id)
    officers.appoint_coming(working, population)
    officers.hand_over(acting_as(leader), population)
    notices.tell(working, acting_as(leader))
    notices.show_groups(acting_as(leader))
    reports.report(working, acting_as(leader))
    moves.move(working, population, random)


def _ask(population: people.Population, working: Actor, random: Random) -> None:
    """What graduates want: chapters, lost classmates, changes, each other, answers."""
    petitions.plead(population, random)
    classes.keep_together(working, population)
    classes.look_for(population, random)
    asking.ask_for_changes(population, random)
    asking.write_to_each_other(population, random)
    asking.ask_office(working, population)


def _write(working: Actor, staff: Account) -> None:
    """Letters to many: one went out, one waits for the office."""
    ensure_lists()
    letters.send_one(working, staff)
    letters.submit_one(acting_as(_account(LEADER)), LEADERS_CHAPTER)


def _say_who_we_are() -> None:
    """What the association says of itself, and that nothing of it is true."""
    first_year = str(today().year - reports.YEARS_BACK)
    said = ASSOCIATION | {DEMONSTRATION: True, "first_report_year": first_year}
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
