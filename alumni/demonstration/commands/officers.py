"""What officers have promised, may do beside their position, and pass on to the next team."""

from datetime import timedelta

from sqlalchemy import insert, select, update

from alumni.authz import Actor, Right
from alumni.chapters.models import Officer, OfficerRight
from alumni.chapters.models.governance import Acceptance, Agreement
from alumni.db import changed, db, now, today
from alumni.demonstration.cast import LEADERS_CHAPTER
from alumni.demonstration.commands.acting import (
    chapter_called,
    get_person,
    position_ids,
)
from alumni.demonstration.commands.people import Population
from alumni.membership.commands.agreements import AgreementText, publish_agreement
from alumni.membership.commands.handovers import Plan, prepare, seat, tick
from alumni.membership.commands.officers import Appointment, Grant, appoint, grant_right
from alumni.membership.forms.agreements import proposed
from alumni.membership.queries.handovers import Step

PUBLISHED = timedelta(days=200)
"""Ago."""

ONE_IN = 6
"""So many officers have one among them who has yet to accept."""

GRANTED, LAPSED = timedelta(days=75), timedelta(days=20)
COMING = timedelta(days=38)
"""Until a new vice president begins, and a new team."""

TERM = timedelta(days=3 * 365)


def promise(office: Actor, leader_id: int) -> None:
    """Publish what officers promise, and let most have accepted it."""
    agreement = publish_agreement(
        office, AgreementText(text_zh=proposed("zh"), text_en=proposed("en"))
    )
    published_at = now() - PUBLISHED
    changed(update(Agreement).where(Agreement.id == agreement.id).values(published_at=published_at))
    in_term = select(Officer.person_id).where(
        Officer.starts_on <= today(), Officer.ends_on >= today()
    )
    people = sorted(set(db.session.scalars(in_term)))
    rows = [
        {
            "person_id": person_id,
            "agreement_id": agreement.id,
            "accepted_at": published_at + timedelta(days=1 + number % 40, minutes=17 * number),
        }
        for number, person_id in enumerate(people)
        if number % ONE_IN != ONE_IN - 1 or person_id == leader_id
    ]
    db.session.execute(insert(Acceptance), rows)


def grant(office: Actor, leader_id: int) -> None:
    """Let the leader export for some weeks, and one before have done so."""
    officer = db.session.scalars(select(Officer).where(Officer.person_id == leader_id)).one()
    grant_right(
        office,
        officer,
        Grant(
            right=Right.EXPORT,
            starts_on=today(),
            ends_on=today() + GRANTED,
            reason="核对新春聚餐通讯录",
        ),
    )
    held = select(Officer.id).where(
        Officer.chapter_id == chapter_called("beijing").id,
        Officer.starts_on <= today() - 3 * LAPSED,
        Officer.ends_on >= today(),
    )
    before = db.session.scalars(held.order_by(Officer.id)).first()
    if before is not None:
        row = {
            "officer_id": before,
            "right": Right.PUBLISH,
            "starts_on": today() - 3 * LAPSED,
            "ends_on": today() - LAPSED,
            "reason": "校庆周活动较多，试行自行发布",
            "granted_by_id": office.account_id,
        }
        db.session.execute(insert(OfficerRight), [row])


def appoint_coming(office: Actor, population: Population) -> None:
    """Let somebody be appointed whose term has yet to begin."""
    chapter = chapter_called("shenyang")
    somebody = get_person(population.members[chapter.id][-1])
    starts_on = today() + COMING
    appoint(
        office,
        chapter,
        Appointment(
            person=somebody.public_id,
            position_id=position_ids()["treasurer"],
            starts_on=starts_on,
            ends_on=starts_on + TERM,
        ),
    )


def hand_over(leader: Actor, population: Population) -> None:
    """Let the leader prepare the next team, which the office has yet to confirm."""
    chapter, positions = chapter_called(LEADERS_CHAPTER), position_ids()
    effective_on = today() + COMING
    plan = Plan(
        effective_on=effective_on,
        ends_on=effective_on + TERM,
        note="10月18日理事会推选，新春聚餐上宣布。",
    )
    handover = prepare(leader, chapter, plan)
    members = population.members[chapter.id]
    team = (
        ("president", population.named("仇志刚")[0][0]),
        ("secretary", population.named("欧阳静")[0][0]),
        ("vice_president", members[-1]),
    )
    for position, person_id in team:
        seat(leader, handover, get_person(person_id).public_id, positions[position])
    tick(leader, handover, {Step.GROUPS, Step.PAPERS})
