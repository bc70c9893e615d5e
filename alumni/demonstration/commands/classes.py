"""Who keeps classes together, and where lost classmates may be found."""

import secrets
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select

from alumni.accounts.models import Account
from alumni.accounts.queries import token_hash
from alumni.authz import Actor, Roll
from alumni.codes.models import CodeKind
from alumni.db import db, now, public_id, today
from alumni.demonstration import queries
from alumni.demonstration.cast import CLINICAL, NURSING
from alumni.demonstration.commands.acting import acting_person, get_person
from alumni.demonstration.commands.people import WITH_NULLS, Population
from alumni.membership.commands.leads import give_lead_to_missing
from alumni.membership.commands.liaisons import LiaisonAppointment, appoint_liaison
from alumni.membership.queries.classmates import missing
from alumni.people.models import Person, PersonStatus, Study
from alumni.people.models.classes import ClassLiaison, Lead, LeadState

LEADS = (LeadState.SENT,) * 9 + (LeadState.DECLINED, LeadState.WRONG, LeadState.UNSENT)
CLINICAL_MEDICINE = "临床医学"
LAST_LEAD = 20
"""Days ago: nobody of them has to wait for the next one."""

SIGNED_UP = 4
"""So many of those who were found have signed up since."""


def keep_together(office: Actor, population: Population) -> None:
    """Appoint liaisons: of a class, of a whole college's year, of a year; and one before."""
    college = {name: code.id for name, code in queries.codes(CodeKind.COLLEGE).items()}
    major = {name: code.id for name, code in queries.codes(CodeKind.MAJOR).items()}
    wanted = (
        ("李雪梅", Roll(2006, college[CLINICAL], "2班", major[CLINICAL_MEDICINE])),
        ("解晓东", Roll(1995, college[CLINICAL], None)),
        ("欧阳静", Roll(2003, college[NURSING], None)),
        ("单文华", Roll(1986, None, None)),
    )
    since = today() - timedelta(days=240)
    for name, roll in wanted:
        (person_id, _who), *_others = population.named(name)
        appoint_liaison(
            office,
            LiaisonAppointment(
                person=get_person(person_id).public_id,
                roll=roll,
                starts_on=since,
                ends_on=since + timedelta(days=2 * 365),
            ),
        )
    (former, _who), *_others = population.named("单文华")
    db.session.execute(
        insert(ClassLiaison),
        [
            {
                "person_id": former,
                "graduation_year": 1986,
                "college_id": college[CLINICAL],
                "starts_on": date(2019, 3, 1),
                "ends_on": date(2022, 2, 28),
                "granted_by_id": office.account_id,
            }
        ],
    )


def look_for(population: Population, random: Random) -> None:
    """Let graduates have said where others are, and the liaison of 2006 say so of one today."""
    people = _found() + _signed_up()
    givers = random.sample(population.verified(), len(people))
    rows = [
        _lead(person_id, giver, number)
        for number, (person_id, giver) in enumerate(zip(people, givers, strict=True))
    ]
    db.session.execute(insert(Lead), rows, execution_options=WITH_NULLS)
    (liaison_id, _who), *_others = population.named("李雪梅")
    actor = acting_person(liaison_id)
    (roll,) = actor.liaises
    lost = missing(actor, roll)[:1]
    for one in lost:
        give_lead_to_missing(actor, roll, one.public_id, "classmate.of.2006@example.net")


def _found() -> list[int]:
    """Known people of the middle years who have not signed up."""
    chosen = (
        select(Person.id)
        .join(Study, Study.person_id == Person.id)
        .where(
            Person.status == PersonStatus.KNOWN,
            Study.is_primary,
            Study.graduation_year.between(1985, 2003),
        )
    )
    return list(db.session.scalars(chosen.order_by(Person.id).limit(len(LEADS))))


def _signed_up() -> list[int]:
    """Those whose accounts were made last, of those who have one by chance."""
    made = func.max(Account.created_at)
    chosen = (
        select(Account.person_id)
        .where(Account.person_id.is_not(None), Account.password_hash.is_(None))
        .group_by(Account.person_id)
    )
    return list(
        db.session.scalars(chosen.order_by(made.desc(), Account.person_id).limit(SIGNED_UP))
    )


def _lead(person_id: int, giver: int, number: int) -> dict[str, Any]:
    state = LEADS[number % len(LEADS)]
    given_at = now() - timedelta(days=LAST_LEAD * 2 + 3 * number)
    return {
        "public_id": public_id(),
        "person_id": None if state is LeadState.UNSENT else person_id,
        "given_by_id": giver,
        "given_at": given_at,
        "address_hash": token_hash(f"found.{person_id}@example.net"),
        "token_hash": token_hash(secrets.token_urlsafe(32)),
        "state": state,
        "answered_at": (
            given_at + timedelta(days=2) if state in (LeadState.DECLINED, LeadState.WRONG) else None
        ),
    }
