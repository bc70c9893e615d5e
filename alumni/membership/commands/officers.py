"""Who holds which position, for how long, and what was granted to them beside it."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import Actor, Right, require
from alumni.chapters.models import (
    Chapter,
    ChapterStatus,
    Officer,
    OfficerRight,
    Position,
)
from alumni.db import db, locked, today
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, date_text
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_appoint, may_grant
from alumni.membership.queries.officers import (
    is_led_on,
    rights_going_on,
    rights_of_position,
)
from alumni.people.models import Person, PersonStatus
from alumni.terms import lasts

DAY = timedelta(days=1)

LONGEST_GRANT = timedelta(days=366)
"""From the first day to the last: what was granted once is looked at again within a year."""

APPOINTABLE = (PersonStatus.KNOWN, PersonStatus.VERIFIED)


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """Who is to hold which position from when; without a last day until further notice."""

    person: str
    """The person's public id."""
    position_id: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A right for an officer from one day through another, and why."""

    right: Right
    starts_on: date
    ends_on: date
    reason: str


def appoint(actor: Actor, chapter: Chapter, appointment: Appointment) -> Officer:
    """Give a person a position for a time. Appointing twice is appointing once.

    A term may overlap with another person's in the same position.
    """
    require(may_manage_chapters, actor)
    if appointment.ends_on and appointment.ends_on < appointment.starts_on:
        raise Invalid(_("The last day lies before the first."), field="ends_on")
    if hold_chapter(chapter.id).status is ChapterStatus.ARCHIVED:
        raise Refusal(_("This chapter is archived. Open it first."))
    # The person is held, so that nobody becomes them by signing up at the same moment: after the
    # chapter, as a handover does it, or each of the two would wait for the other.
    chosen = select(Person).where(
        Person.public_id == appointment.person, Person.status.in_(APPOINTABLE)
    )
    person = db.session.scalar(locked(chosen))
    if person is None:
        raise Invalid(_("Please choose a person from the list."), field="person")
    require(may_appoint, actor, person.id)
    already = _same_term(chapter, person, appointment)
    if already is not None:
        return already
    insist_on_offered(appointment.position_id)
    officer = Officer(
        person_id=person.id,
        chapter_id=chapter.id,
        position_id=appointment.position_id,
        starts_on=appointment.starts_on,
        ends_on=appointment.ends_on,
    )
    db.session.add(officer)
    record(actor, "appointed", officer)
    return officer


def end_term(
    actor: Actor, officer: Officer, last_day: date, *, leaving_nobody: bool = False
) -> None:
    """Let the term run through this day, and the rights with it.

    Raise Refusal where nobody would be left who may decide in the chapter, unless that is meant.
    Nobody makes the own term longer: that is to appoint oneself; nor one in which something was
    granted that goes on with it, and that they could not grant.
    """
    require(may_manage_chapters, actor)
    if last_day < officer.starts_on:
        raise Invalid(_("The last day lies before the first."), field="last_day")
    # One after another: two who end the terms of the last two must not both find the other there.
    chapter = hold_chapter(officer.chapter_id)
    db.session.refresh(officer)
    if officer.ends_on is not None and last_day > officer.ends_on:
        require(may_appoint, actor, officer.person_id)
        for right in rights_going_on(officer, last_day):
            require(may_grant, actor, officer, right)
    if not leaving_nobody and _leaves_nobody(chapter, officer, last_day):
        raise Refusal(
            _(
                "Then nobody in the chapter could decide about joiners from %(day)s on. Appoint a"
                " successor first, or say that the chapter is to be without officers.",
                day=date_text(max(last_day + DAY, today())),
            )
        )
    officer.ends_on = last_day
    facts = {"without_officers": True} if leaving_nobody else None
    record(actor, "ended_term", officer, facts=facts)


def grant_right(actor: Actor, officer: Officer, grant: Grant) -> OfficerRight:
    """Give the officer a right beside those of the position. Granting twice is granting once."""
    require(may_grant, actor, officer, grant.right)
    hold_chapter(officer.chapter_id)
    db.session.refresh(officer)
    _insist_on_days(officer, grant)
    if grant.right in rights_of_position(officer.position_id):
        raise Invalid(_("The position brings this right already."), field="right")
    same = _same_grant(officer, grant)
    if same is not None:
        if (same.starts_on, same.ends_on) == (grant.starts_on, grant.ends_on):
            return same
        raise Invalid(
            _(
                "It was granted already, through %(day)s. Take that away first.",
                day=date_text(same.ends_on),
            ),
            field="right",
        )
    given = OfficerRight(
        officer_id=officer.id,
        right=grant.right,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        reason=grant.reason,
        granted_by_id=actor.account_id,
    )
    db.session.add(given)
    record(actor, "granted_right", officer, why=grant.reason)
    return given


def take_right_away(actor: Actor, officer: Officer, given: OfficerRight) -> None:
    """End what was granted at once. Taking away twice is once; what is over stays as it was."""
    require(may_manage_chapters, actor)
    yesterday = today() - DAY
    if given.ends_on <= yesterday:
        return
    if given.starts_on > yesterday:  # it never held for a whole day
        db.session.delete(given)
    else:
        given.ends_on = yesterday
    record(actor, "took_right_away", officer)


def hold_chapter(chapter_id: int) -> Chapter:
    """The chapter, held until the transaction ends: one after another its officers change."""
    return db.session.scalars(locked(select(Chapter).where(Chapter.id == chapter_id))).one()


def insist_on_offered(position_id: int) -> None:
    """Raise Invalid where the position is retired."""
    offered = select(Position.id).where(Position.id == position_id, ~Position.is_retired)
    if db.session.scalar(offered) is None:
        raise Invalid(_("This position is given to nobody any more."), field="position_id")


def _same_term(chapter: Chapter, person: Person, appointment: Appointment) -> Officer | None:
    return db.session.scalar(
        select(Officer)
        .where(
            Officer.chapter_id == chapter.id,
            Officer.person_id == person.id,
            Officer.position_id == appointment.position_id,
            Officer.starts_on <= appointment.starts_on,
            lasts(Officer, appointment.starts_on),
        )
        .order_by(Officer.id)
        .limit(1)
    )


def _leaves_nobody(chapter: Chapter, officer: Officer, last_day: date) -> bool:
    """Whether the chapter had somebody who may decide, and would have nobody the day after."""
    if chapter.status is ChapterStatus.ARCHIVED:
        return False
    if officer.ends_on is not None and last_day >= officer.ends_on:
        return False
    day = max(last_day + DAY, today())
    return is_led_on(chapter.id, day) and not is_led_on(chapter.id, day, without=officer.id)


def _insist_on_days(officer: Officer, grant: Grant) -> None:
    if grant.ends_on < grant.starts_on:
        raise Invalid(_("The last day lies before the first."), field="ends_on")
    if grant.starts_on < today():
        raise Invalid(_("A right is granted from today on at the earliest."), field="starts_on")
    if grant.ends_on - grant.starts_on > LONGEST_GRANT - DAY:
        raise Invalid(_("A right is granted for a year at most."), field="ends_on")
    if officer.ends_on is not None and grant.starts_on > officer.ends_on:
        raise Invalid(
            _("The term ends with %(day)s.", day=date_text(officer.ends_on)), field="starts_on"
        )


def _same_grant(officer: Officer, grant: Grant) -> OfficerRight | None:
    """The same right, on one of the same days."""
    return db.session.scalar(
        select(OfficerRight)
        .where(
            OfficerRight.officer_id == officer.id,
            OfficerRight.right == grant.right,
            OfficerRight.starts_on <= grant.ends_on,
            OfficerRight.ends_on >= grant.starts_on,
        )
        .order_by(OfficerRight.ends_on.desc())
        .limit(1)
    )
