"""Joining and leaving chapters, and deciding about joiners."""

from typing import cast

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import Actor, Right, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
    Officer,
    PositionRight,
)
from alumni.db import db, inserted, locked, today
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.membership.policy import (
    may_decide,
    may_join,
    may_leave,
)
from alumni.membership.queries import CURRENT, current_spell
from alumni.membership.queries.public import in_term
from alumni.outbox.commands import queue
from alumni.people.models import Person
from alumni.people.queries import addressed, display_name


def join(actor: Actor, chapter: Chapter, message: str = "") -> ChapterMembership:
    """Ask to join the chapter, or join at once where it is open. Return the actor's spell.

    Asking twice is asking once. Raise Refusal where the chapter takes nobody, or by invitation
    only.
    """
    require(may_join, actor)
    return enter(actor, cast("int", actor.person_id), chapter, message=message)


def enter(
    actor: Actor, person_id: int, chapter: Chapter, *, message: str = ""
) -> ChapterMembership:
    """What ``join`` does, for any person: for commands that have a guard of their own."""
    _insist_on_open(chapter)
    person = _held(person_id)
    membership = ChapterMembership(
        person_id=person_id,
        chapter_id=chapter.id,
        state=MembershipState.PENDING,
        message=message,
    )
    if chapter.join_mode is JoinMode.OPEN:
        _begin(membership)
    if not inserted(membership):
        return cast("ChapterMembership", current_spell(person_id, chapter.id))
    record(actor, "asked_to_join", membership)
    _tell_officers(membership, chapter, person)
    _tell_joiner("membership_receipt", membership, chapter)
    return membership


def leave(actor: Actor, membership: ChapterMembership) -> None:
    """End the actor's own spell today, or take back the wish to join. Leaving twice is once."""
    require(may_leave, actor, membership)
    _held(membership.person_id)
    db.session.refresh(membership)
    if membership.state not in CURRENT:
        return
    was_primary = membership.is_primary
    membership.state = MembershipState.LEFT
    membership.is_primary = False
    membership.ends_on = today()
    db.session.flush()
    if was_primary:
        _promote(membership.person_id)
    record(actor, "left", membership)


def approve(actor: Actor, membership: ChapterMembership) -> None:
    """Make a joiner a member from today on, and tell them. Approving twice is approving once."""
    require(may_decide, actor, membership)
    if not _decide(membership, MembershipState.ACTIVE):
        return
    _begin(membership)
    membership.decided_by_id = actor.account_id
    record(actor, "approved", membership)
    _tell_joiner("membership_approved", membership, _chapter_of(membership))


def reject(actor: Actor, membership: ChapterMembership, reason: str) -> None:
    """Decline a joiner and tell them why. Declining twice is declining once."""
    require(may_decide, actor, membership)
    if not _decide(membership, MembershipState.REJECTED):
        return
    membership.state = MembershipState.REJECTED
    membership.reason = reason
    membership.decided_by_id = actor.account_id
    record(actor, "rejected", membership, why=reason)
    _tell_joiner("membership_rejected", membership, _chapter_of(membership))


def _insist_on_open(chapter: Chapter) -> None:
    if chapter.status is not ChapterStatus.ACTIVE:
        raise Refusal(
            _("This chapter takes no members at present. The alumni office is there for you.")
        )
    if chapter.join_mode is JoinMode.INVITATION:
        raise Refusal(_("This chapter takes new members by invitation only."))


def _held(person_id: int) -> Person:
    """The person, held until the transaction ends: one after another their spells change."""
    return db.session.scalars(locked(select(Person).where(Person.id == person_id))).one()


def _begin(membership: ChapterMembership) -> None:
    """Make it a running spell; the person's primary one if there is no other."""
    primary = select(ChapterMembership.id).where(
        ChapterMembership.person_id == membership.person_id,
        ChapterMembership.is_primary,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    membership.is_primary = db.session.scalar(primary) is None
    membership.state = MembershipState.ACTIVE
    membership.starts_on = today()


def _promote(person_id: int) -> None:
    """After the primary chapter was left: the oldest of the others takes its place."""
    oldest = (
        select(ChapterMembership)
        .where(
            ChapterMembership.person_id == person_id,
            ChapterMembership.state == MembershipState.ACTIVE,
        )
        .order_by(ChapterMembership.starts_on, ChapterMembership.id)
        .limit(1)
    )
    following = db.session.scalar(oldest)
    if following is not None:
        following.is_primary = True


def _decide(membership: ChapterMembership, wanted: MembershipState) -> bool:
    """Whether the decision is still to be taken; not if the same was taken already."""
    _held(membership.person_id)
    db.session.refresh(membership)
    if membership.state is wanted:
        return False
    if membership.state is not MembershipState.PENDING:
        raise Refusal(_("This request has been decided or taken back meanwhile."))
    return True


def _chapter_of(membership: ChapterMembership) -> Chapter:
    return db.session.get_one(Chapter, membership.chapter_id)


def _tell_joiner(template: str, membership: ChapterMembership, chapter: Chapter) -> None:
    to = addressed(membership.person_id)
    if to is None:
        return
    queue(
        template,
        to,
        deed=f"{template}:{membership.id}",
        chapter=chapter,
        membership=membership,
        link=address_of("membership.chapter", slug=chapter.slug),
    )


def _tell_officers(membership: ChapterMembership, chapter: Chapter, person: Person) -> None:
    """A letter to each officer in term who may approve."""
    approving = (
        select(Officer.person_id)
        .join(PositionRight, PositionRight.position_id == Officer.position_id)
        .where(Officer.chapter_id == chapter.id, in_term(), PositionRight.right == Right.APPROVE)
        .distinct()
        .order_by(Officer.person_id)
    )
    for officer_id in db.session.scalars(approving).all():
        to = addressed(officer_id)
        if to is not None:
            queue(
                "membership_asked",
                to,
                deed=f"membership_asked:{membership.id}:{officer_id}",
                chapter=chapter,
                membership=membership,
                name=display_name(person, to.language),
                link=address_of("membership.desk", slug=chapter.slug),
            )
