"""Joining and leaving chapters, and deciding about joiners."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.db import db, inserted, today
from alumni.errors import NotFound, Refusal
from alumni.i18n import _
from alumni.membership.commands import spells
from alumni.membership.commands.telling import (
    chapter_of,
    tell_member,
    tell_of_joiner,
    tell_of_transfer,
)
from alumni.membership.policy import may_decide, may_join, may_leave
from alumni.membership.policy.joining import may_choose_primary
from alumni.membership.queries import CURRENT, current_spell
from alumni.membership.queries.joining import replaced

REGRET = timedelta(days=1)
"""Who has left comes back as if nothing had been, up to so many days later."""


@dataclass(frozen=True, kw_only=True)
class Approved:
    """What came of approving several joiners together."""

    number: int
    """How many were approved by this."""
    too_late: int
    """Of how many others the wish had been declined or taken back meanwhile."""


def join(actor: Actor, chapter: Chapter, message: str = "") -> ChapterMembership:
    """Ask to join the chapter, or join at once where it is open. Return the actor's spell.

    Asking twice is asking once. Raise Refusal where the chapter takes nobody, or by invitation
    only.
    """
    require(may_join, actor)
    return enter(actor, cast("int", actor.person_id), chapter, message=message)


def enter(
    actor: Actor,
    person_id: int,
    chapter: Chapter,
    *,
    message: str = "",
    is_invited: bool = False,
) -> ChapterMembership:
    """What ``join`` does, for any person: for commands that have a guard of their own.

    Whom the chapter has invited it takes at once, whether they have asked before or not.
    """
    spells.insist_on_open(chapter, is_invited=is_invited)
    person = spells.held(person_id)
    membership = ChapterMembership(
        person_id=person_id,
        chapter_id=chapter.id,
        state=MembershipState.PENDING,
        message=message,
    )
    if is_invited or chapter.join_mode is JoinMode.OPEN:
        spells.begin(membership)
    if not inserted(membership):
        there = cast("ChapterMembership", current_spell(person_id, chapter.id))
        if is_invited and there.state is MembershipState.PENDING:
            _take_up(actor, there)
        return there
    record(actor, "accepted_invitation" if is_invited else "asked_to_join", membership)
    tell_of_joiner(membership, chapter, person)
    tell_member("membership_receipt", membership)
    return membership


def leave(actor: Actor, membership: ChapterMembership) -> None:
    """End the actor's own spell today, or take back the wish to join. Leaving twice is once."""
    require(may_leave, actor, membership)
    spells.held(membership.person_id)
    db.session.refresh(membership)
    if membership.state not in CURRENT:
        return
    spells.end(membership)
    record(actor, "left", membership)


def take_back_leaving(actor: Actor, membership: ChapterMembership, *, is_primary: bool) -> None:
    """Let the own spell go on as if it had never been left. Twice is once.

    Raise Refusal for one that is over for longer than REGRET, or that somebody else has ended.
    """
    require(may_join, actor)
    require(may_leave, actor, membership)
    spells.held(membership.person_id)
    db.session.refresh(membership)
    if membership.state is MembershipState.ACTIVE:
        return
    if not _was_left_lately(membership):
        raise Refusal(_("This cannot be taken back any more. You can join the chapter again."))
    if current_spell(membership.person_id, membership.chapter_id) is not None:
        raise Refusal(_("You have joined this chapter again, or asked to."))
    since = membership.starts_on
    membership.ends_on = None
    spells.begin(membership, since)
    if is_primary:
        spells.prefer(membership)
    record(actor, "took_back_leaving", membership)


def choose_primary(actor: Actor, membership: ChapterMembership) -> None:
    """Make this the chapter that the actor counts for. The one before is so no more."""
    require(may_choose_primary, actor, membership)
    spells.held(membership.person_id)
    db.session.refresh(membership)
    if membership.state is not MembershipState.ACTIVE:
        raise Refusal(_("You are not a member of this chapter any more."))
    if not membership.is_primary:
        spells.prefer(membership)
        record(actor, "chose_primary", membership)


def approve(actor: Actor, membership: ChapterMembership) -> None:
    """Make a joiner a member from today on, and tell them. Approving twice is approving once.

    Of who moves here the spell in the other chapter ends on the same day.
    """
    require(may_decide, actor, membership)
    if _decide(membership, MembershipState.ACTIVE):
        membership.decided_by_id = actor.account_id
        _take_up(actor, membership)


def approve_all(actor: Actor, chapter: Chapter, membership_ids: Collection[int]) -> Approved:
    """Approve these joiners of the chapter together: all who wait still, or nobody at all.

    Raise NotFound where one of them asks for another chapter.
    """
    chosen = (
        select(ChapterMembership)
        .where(ChapterMembership.id.in_(membership_ids), ChapterMembership.chapter_id == chapter.id)
        .order_by(ChapterMembership.person_id)  # everybody holds people in one order
    )
    joiners = db.session.scalars(chosen).all()
    if len(joiners) != len(set(membership_ids)):
        raise NotFound
    for membership in joiners:
        require(may_decide, actor, membership)
    number = too_late = 0
    for membership in joiners:
        spells.held(membership.person_id)
        db.session.refresh(membership)
        if membership.state is MembershipState.PENDING:
            membership.decided_by_id = actor.account_id
            _take_up(actor, membership)
            number += 1
        elif membership.state is not MembershipState.ACTIVE:
            too_late += 1
    return Approved(number=number, too_late=too_late)


def reject(actor: Actor, membership: ChapterMembership, reason: str) -> None:
    """Decline a joiner and tell them why. Declining twice is declining once."""
    require(may_decide, actor, membership)
    if not _decide(membership, MembershipState.REJECTED):
        return
    membership.state = MembershipState.REJECTED
    membership.reason = reason
    membership.decided_by_id = actor.account_id
    record(actor, "rejected", membership, why=reason)
    tell_member("membership_rejected", membership)


def _take_up(actor: Actor, membership: ChapterMembership) -> None:
    """Let the wish come true, with what is to end when it does."""
    before = replaced(membership)
    if before is None:
        spells.begin(membership)
        record(actor, "approved", membership)
        tell_member("membership_approved", membership)
        return
    spells.hand_over(before, membership)
    record(actor, "transferred", membership)
    person = spells.held(membership.person_id)
    tell_of_transfer(membership, chapter_of(before), person)


def _decide(membership: ChapterMembership, wanted: MembershipState) -> bool:
    """Whether the decision is still to be taken; not if the same was taken already."""
    spells.held(membership.person_id)
    db.session.refresh(membership)
    if membership.state is wanted:
        return False
    if membership.state is not MembershipState.PENDING:
        raise Refusal(_("This request has been decided or taken back meanwhile."))
    return True


def _was_left_lately(membership: ChapterMembership) -> bool:
    """Whether the person left it themselves, for no other chapter, and not long ago."""
    if membership.state is not MembershipState.LEFT or membership.starts_on is None:
        return False
    if membership.reason or membership.ends_on is None:
        return False
    if chapter_of(membership).status is not ChapterStatus.ACTIVE:
        return False
    after = select(ChapterMembership.id).where(ChapterMembership.replaces_id == membership.id)
    is_over = after.where(ChapterMembership.state == MembershipState.ACTIVE)
    return membership.ends_on >= today() - REGRET and db.session.scalar(is_over) is None
