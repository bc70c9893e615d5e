"""Appointing the liaisons of classes, and ending their terms."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from alumni.audit.commands import record
from alumni.authz import Actor, Roll, require
from alumni.codes.models import Code, CodeKind
from alumni.db import db, locked
from alumni.errors import Invalid
from alumni.i18n import _, speaking
from alumni.links import address_of
from alumni.membership.policy.classes import may_appoint_liaison, may_appoint_liaisons
from alumni.membership.queries.classmates import names_of_rolls
from alumni.outbox.commands import queue
from alumni.people.models import Person, PersonStatus
from alumni.people.models.classes import ClassLiaison
from alumni.people.queries import addressed


@dataclass(frozen=True, kw_only=True)
class LiaisonAppointment:
    """Who is to be the liaison of which class from when; until further notice without an end."""

    person: str
    """The person's public id."""
    roll: Roll
    starts_on: date
    ends_on: date | None


def appoint_liaison(actor: Actor, appointment: LiaisonAppointment) -> ClassLiaison:
    """Let a verified graduate be the liaison of a class, with a letter. Twice is once."""
    require(may_appoint_liaisons, actor)
    if appointment.ends_on and appointment.ends_on < appointment.starts_on:
        raise Invalid(_("The last day lies before the first."), field="ends_on")
    # The person is held: two appointments at one moment come one after the other.
    chosen = select(Person).where(
        Person.public_id == appointment.person, Person.status == PersonStatus.VERIFIED
    )
    person = db.session.scalar(locked(chosen))
    if person is None:
        raise Invalid(_("Please choose a person from the list."), field="person")
    require(may_appoint_liaison, actor, person.id)
    _check(appointment.roll)
    already = _same_term(person, appointment)
    if already is not None:
        return already
    liaison = ClassLiaison(
        person_id=person.id,
        graduation_year=appointment.roll.graduation_year,
        college_id=appointment.roll.college_id,
        major_id=appointment.roll.major_id,
        class_label=appointment.roll.label,
        starts_on=appointment.starts_on,
        ends_on=appointment.ends_on,
        granted_by_id=actor.account_id,
    )
    db.session.add(liaison)
    record(actor, "appointed_liaison", liaison)
    _tell("liaison_appointed", liaison)
    return liaison


def end_liaison(actor: Actor, liaison: ClassLiaison, last_day: date) -> None:
    """Let the term run through this day, and what the liaison is told with it.

    Nobody makes the own term longer. Whose term ends earlier than it would have gets a letter.
    """
    require(may_appoint_liaisons, actor)
    if last_day < liaison.starts_on:
        raise Invalid(_("The last day lies before the first."), field="last_day")
    if liaison.ends_on is not None and last_day > liaison.ends_on:
        require(may_appoint_liaison, actor, liaison.person_id)
    is_earlier = liaison.ends_on is None or last_day < liaison.ends_on
    liaison.ends_on = last_day
    record(actor, "ended_liaison", liaison)
    if is_earlier:
        _tell("liaison_ended", liaison, f":{last_day}")


def _check(roll: Roll) -> None:
    if roll.label is not None and roll.college_id is None:
        raise Invalid(_("A class belongs to a college: please choose it, too."), field="label")
    if roll.major_id is not None and roll.college_id is None:
        raise Invalid(_("A major belongs to a college: please choose it, too."), field="major_id")
    if not _is_there(CodeKind.COLLEGE, roll.college_id):
        raise Invalid(_("Please choose a college from the list."), field="college_id")
    if not _is_there(CodeKind.MAJOR, roll.major_id):
        raise Invalid(_("Please choose a major from the list."), field="major_id")


def _is_there(kind: CodeKind, code_id: int | None) -> bool:
    """Whether the list has it, where one is named at all."""
    wanted = select(Code.id).where(Code.id == code_id, Code.kind == kind)
    return code_id is None or db.session.scalar(wanted) is not None


def _tell(template: str, liaison: ClassLiaison, occasion: str = "") -> None:
    to = addressed(liaison.person_id)
    if to is None:
        return
    roll = Roll(liaison.graduation_year, liaison.college_id, liaison.class_label, liaison.major_id)
    with speaking(to.language):
        (said,) = names_of_rolls([roll])
    queue(
        template,
        to,
        deed=f"{template}:{liaison.id}{occasion}",
        liaison=liaison,
        roll=said,
        link=address_of("membership.my_classes"),
    )


def _same_term(person: Person, appointment: LiaisonAppointment) -> ClassLiaison | None:
    roll = appointment.roll
    return db.session.scalar(
        select(ClassLiaison)
        .where(
            ClassLiaison.person_id == person.id,
            ClassLiaison.graduation_year == roll.graduation_year,
            ClassLiaison.college_id.is_not_distinct_from(roll.college_id),
            ClassLiaison.class_label.is_not_distinct_from(roll.label),
            ClassLiaison.major_id.is_not_distinct_from(roll.major_id),
            ClassLiaison.starts_on <= appointment.starts_on,
            or_(
                ClassLiaison.ends_on.is_(None),
                ClassLiaison.ends_on >= appointment.starts_on,
            ),
        )
        .order_by(ClassLiaison.id)
        .limit(1)
    )
