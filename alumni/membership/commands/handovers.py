"""Handing a chapter over: the leader names the next team, the office puts it into office.

Whoever leads a chapter knows who is to follow, but could otherwise give rights to anybody, the
own ones among them, and for ever. So what is prepared changes nothing until the office confirms.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from alumni.audit.commands import record
from alumni.audit.models import Change
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, Officer, OfficerRight, Position
from alumni.chapters.models.governance import (
    Handover,
    HandoverSeat,
    HandoverState,
    HandoverStep,
)
from alumni.db import db, locked, now, today
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, either, speaking
from alumni.links import address_of
from alumni.membership.commands.officers import (
    APPOINTABLE,
    DAY,
    hold_chapter,
    insist_on_offered,
)
from alumni.membership.commands.telling import tell_office_of_handover
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_confirm, may_prepare
from alumni.membership.queries.handovers import (
    CONFIRMED,
    Step,
    changes_of_terms,
    coming_handover,
    find_member,
    has_approver,
    plan_of,
    prepared_handover,
    steps_done,
)
from alumni.outbox.commands import queue
from alumni.people.models import Person
from alumni.people.queries import addressed_all, display_name
from alumni.terms import lasts


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When a new team begins, and how long it is to stay."""

    effective_on: date
    ends_on: date | None
    """The last day of the new terms; None until further notice."""
    note: str


def prepare(actor: Actor, chapter: Chapter, plan: Plan) -> Handover:
    """Begin to prepare a handover, or change the day of the one that is prepared."""
    require(may_prepare, actor, chapter.id)
    if plan.effective_on < today():
        raise Invalid(_("This day has passed."), field="effective_on")
    if plan.ends_on is not None and plan.ends_on < plan.effective_on:
        raise Invalid(_("The last day lies before the first."), field="ends_on")
    chapter = hold_chapter(chapter.id)
    if coming_handover(chapter) is not None:
        raise Refusal(_("A handover is confirmed already. It can be called off before its day."))
    handover = prepared_handover(chapter)
    verb = "changed_handover"
    if handover is None:
        verb = "prepared_handover"
        handover = Handover(chapter_id=chapter.id, created_by_id=actor.account_id)
        db.session.add(handover)
    handover.effective_on = plan.effective_on
    handover.ends_on = plan.ends_on
    handover.note = plan.note
    record(actor, verb, handover)
    _tell_office(actor, handover, chapter)
    return handover


def seat(actor: Actor, handover: Handover, person: str, position_id: int) -> HandoverSeat:
    """Name a member, by public id, for a position of the new team. Naming twice is once."""
    chapter = _prepared(actor, handover)
    person_id = find_member(actor, chapter, person)
    if person_id is None:
        raise Invalid(_("Please choose a person from the list."), field="person")
    insist_on_offered(position_id)
    named = select(HandoverSeat).where(
        HandoverSeat.handover_id == handover.id,
        HandoverSeat.person_id == person_id,
        HandoverSeat.position_id == position_id,
    )
    already = db.session.scalar(named)
    if already is not None:
        return already
    added = HandoverSeat(handover_id=handover.id, person_id=person_id, position_id=position_id)
    db.session.add(added)
    record(actor, "named_officer", handover)
    _tell_office(actor, handover, chapter)
    return added


def unseat(actor: Actor, handover: Handover, seated: HandoverSeat) -> None:
    """Take a person out of the new team."""
    _prepared(actor, handover)
    db.session.delete(seated)
    record(actor, "unnamed_officer", handover)


def tick(actor: Actor, handover: Handover, done: Collection[Step]) -> None:
    """Say which points of the checklist are done. Who did one, and when, stays as it was."""
    _prepared(actor, handover)
    before = steps_done(handover)
    if before.keys() == set(done):
        return
    for step in set(done) - before.keys():
        db.session.add(
            HandoverStep(handover_id=handover.id, step=step, done_by_id=actor.account_id)
        )
    for step in before.keys() - set(done):
        db.session.delete(before[step])
    record(actor, "ticked_handover", handover)


def obstacles(handover: Handover) -> list[str]:
    """Why it cannot be confirmed as it stands, in sentences."""
    found = []
    if handover.effective_on < today():
        found.append(_("The day of the handover has passed. Please choose another one."))
    if not has_approver(handover):
        found.append(
            _(
                "Nobody of the new team could decide about joiners: name a verified graduate as"
                " president or secretary."
            )
        )
    if _is_somebody_gone(handover):
        found.append(_("Somebody of the new team can hold no position. Please name another."))
    if _is_something_retired(handover):
        found.append(_("One of the positions is given to nobody any more."))
    return found


def confirm(actor: Actor, handover: Handover, seen: str | None = None) -> None:
    """Put the new team into office from its day on, and let all terms before end the day before.

    Everybody of both teams gets a letter. Confirming twice is confirming once. Raise Refusal
    where nobody of the new team could decide about joiners, or where it is not the plan any more
    that was ``seen`` (``queries.handovers.plan_of``): its chapter can change it until now.
    """
    chapter = hold_chapter(handover.chapter_id)
    db.session.refresh(handover)
    team = list(db.session.scalars(_team(handover)))
    _hold_people(team)
    require(may_confirm, actor, [one.person_id for one in team])
    if handover.state is HandoverState.CONFIRMED:
        return
    _insist_on(handover, HandoverState.PREPARED)
    if seen is not None and seen != plan_of(handover, team):
        raise Refusal(_("The plan was changed meanwhile. Please look at it again."))
    for problem in obstacles(handover):
        raise Refusal(problem)
    leaving = list(db.session.scalars(_leaving(handover)))
    for officer in leaving:
        officer.ends_on = handover.effective_on - DAY
    db.session.add_all(
        Officer(
            person_id=one.person_id,
            chapter_id=chapter.id,
            position_id=one.position_id,
            starts_on=handover.effective_on,
            ends_on=handover.ends_on,
        )
        for one in team
    )
    handover.state = HandoverState.CONFIRMED
    handover.confirmed_at = now()
    handover.confirmed_by_id = actor.account_id
    record(actor, CONFIRMED, handover)
    _tell("handover_confirmed", handover, chapter, team, {officer.person_id for officer in leaving})


def call_off(actor: Actor, handover: Handover) -> None:
    """Let the handover not happen. Before its day a confirmed one is taken back by the office:

    the terms are again as they were, but where somebody changed one meanwhile. Nobody gives the
    own term back to themselves.
    """
    chapter = hold_chapter(handover.chapter_id)
    db.session.refresh(handover)
    if handover.state is HandoverState.CANCELLED:
        require(may_prepare, actor, chapter.id)
        return
    if handover.state is HandoverState.PREPARED:
        require(may_prepare, actor, chapter.id)
    else:
        require(may_manage_chapters, actor)
        if handover.effective_on <= today():
            raise Refusal(_("The new team is in office. Appoint others, or hand over again."))
    was_confirmed = handover.state is HandoverState.CONFIRMED
    left = _take_back(changes_of_terms(handover)) if was_confirmed else set()
    if was_confirmed:
        require(may_confirm, actor, left)
    handover.state = HandoverState.CANCELLED
    record(actor, "called_off_handover", handover)
    if was_confirmed:
        team = list(db.session.scalars(_team(handover)))
        _tell("handover_called_off", handover, chapter, team, left)


def _prepared(actor: Actor, handover: Handover) -> Chapter:
    """The chapter of the handover, which may still be changed."""
    require(may_prepare, actor, handover.chapter_id)
    chapter = hold_chapter(handover.chapter_id)
    db.session.refresh(handover)
    _insist_on(handover, HandoverState.PREPARED)
    return chapter


def _insist_on(handover: Handover, state: HandoverState) -> None:
    if handover.state is not state:
        raise Refusal(_("This handover has been confirmed or called off meanwhile."))


def _team(handover: Handover) -> Select[HandoverSeat]:
    return (
        select(HandoverSeat)
        .join(Position, Position.id == HandoverSeat.position_id)
        .where(HandoverSeat.handover_id == handover.id)
        .order_by(Position.order, HandoverSeat.id)
    )


def _tell_office(actor: Actor, handover: Handover, chapter: Chapter) -> None:
    """As soon as it could be confirmed, unless it is the office that prepares it."""
    if not may_manage_chapters(actor) and not obstacles(handover):
        tell_office_of_handover(actor, handover, chapter)


def _hold_people(team: Iterable[HandoverSeat]) -> None:
    """Nobody of them becomes somebody else, or dies, until the transaction ends."""
    ids = [one.person_id for one in team]
    db.session.scalars(locked(select(Person).where(Person.id.in_(ids)).order_by(Person.id))).all()


def _leaving(handover: Handover) -> Select[Officer]:
    """In term the day before. Who begins on the day or later is left alone."""
    return (
        select(Officer)
        .where(
            Officer.chapter_id == handover.chapter_id,
            Officer.starts_on < handover.effective_on,
            lasts(Officer, handover.effective_on),
        )
        .order_by(Officer.id)
    )


def _is_somebody_gone(handover: Handover) -> bool:
    gone = (
        select(HandoverSeat.id)
        .join(Person, Person.id == HandoverSeat.person_id)
        .where(HandoverSeat.handover_id == handover.id, Person.status.not_in(APPOINTABLE))
    )
    return db.session.scalar(gone.limit(1)) is not None


def _is_something_retired(handover: Handover) -> bool:
    retired = (
        select(HandoverSeat.id)
        .join(Position, Position.id == HandoverSeat.position_id)
        .where(HandoverSeat.handover_id == handover.id, Position.is_retired)
    )
    return db.session.scalar(retired.limit(1)) is not None


def _take_back(changes: Iterable[Change]) -> set[int]:
    """Make the terms as they were. Return the persons whose terms go on after all."""
    going_on = set()
    for change in changes:
        officer = db.session.get(Officer, change.row_id)
        if officer is None or change.after is None:  # removed, or taken out of the history
            continue
        if change.before is None:
            _remove(officer)
        elif _day(change.after["ends_on"]) == officer.ends_on:
            officer.ends_on = _day(change.before["ends_on"])
            going_on.add(officer.person_id)
    return going_on


def _remove(officer: Officer) -> None:
    """A term that has not begun, with what was granted for it."""
    granted = select(OfficerRight).where(OfficerRight.officer_id == officer.id)
    for one in db.session.scalars(granted):
        db.session.delete(one)
    db.session.flush()
    db.session.delete(officer)


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


def _tell(
    template: str,
    handover: Handover,
    chapter: Chapter,
    team: list[HandoverSeat],
    leaving: Collection[int],
) -> None:
    """One letter to each of both teams, in their own language."""
    positions = {one.id: one for one in db.session.scalars(select(Position))}
    people = {
        person.id: person
        for person in db.session.scalars(
            select(Person).where(Person.id.in_([one.person_id for one in team]))
        )
    }
    beginning = {one.person_id for one in team}
    recipients = addressed_all(beginning | set(leaving))
    for person_id, to in sorted(recipients.items()):
        with speaking(to.language):
            listed = [
                (
                    either(positions[one.position_id].name_zh, positions[one.position_id].name_en),
                    display_name(people[one.person_id], to.language),
                )
                for one in team
            ]
        queue(
            template,
            to,
            deed=f"{template}:{handover.id}:{person_id}",
            chapter=chapter,
            handover=handover,
            team=listed,
            begins=person_id in beginning,
            leaves=person_id in leaving,
            last_day=handover.effective_on - DAY,
            link=address_of("membership.desk", slug=chapter.slug),
        )
