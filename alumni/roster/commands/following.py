"""Inviting a graduate into a chapter by name, and following an invitation or declining it."""

import secrets
from datetime import timedelta
from typing import cast

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor, require
from alumni.chapters.models import Chapter, ChapterMembership, JoinMode, MembershipState
from alumni.db import db, hold, now
from alumni.errors import Gone, Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.membership.commands import spells
from alumni.membership.commands.joining import enter
from alumni.membership.policy import may_join
from alumni.membership.policy.joining import may_ask
from alumni.membership.queries import current_spell
from alumni.membership.queries.joining import get_findable
from alumni.outbox.commands import queue
from alumni.people.models import Person
from alumni.people.queries import addressed, display_name
from alumni.roster.commands.inviting import take_place
from alumni.roster.models import Invitation
from alumni.roster.queries.following import (
    came_by,
    has_been_there,
    has_declined,
    open_by_name,
    open_to,
    was_asked_since,
)

LASTS = timedelta(days=30)


def invite_person(actor: Actor, chapter: Chapter, public_id: str) -> Invitation:
    """Invite a graduate by name: a letter, and a word on their page. Twice is once.

    Who is invited so is a member as soon as they say yes, whatever the chapter asks of others.
    Until then nobody there sees more of them than before. Whoever said no is not asked again; and
    taking invitations back and asking anew writes no second letter within thirty days.
    """
    person = get_findable(actor, chapter, public_id)
    if person is None:
        raise Invalid(_("Please choose a person from the list."), field="person")
    require(may_ask, actor, chapter.id, person.id)
    spells.insist_on_open(chapter, is_invited=True)
    spells.held(person.id)
    _insist_on_stranger(current_spell(person.id, chapter.id))
    already = open_to(person.id, chapter.id)
    if already is not None:
        return already
    if has_declined(person.id, chapter.id):
        raise Refusal(_("They were invited and said no. They can still ask to join themselves."))
    is_told = was_asked_since(person.id, chapter.id, now() - LASTS)
    invitation = Invitation(
        token=secrets.token_urlsafe(16),
        chapter_id=chapter.id,
        person_id=person.id,
        most_uses=1,
        ends_at=now() + LASTS,
        note=display_name(person),
        account_id=actor.account_id,
    )
    db.session.add(invitation)
    record(actor, "invited_person", invitation)
    if not is_told:
        _tell(invitation, chapter, person)
    return invitation


def follow(actor: Actor, invitation: Invitation, message: str = "") -> ChapterMembership:
    """Join the chapter that the link invites to. Following twice is following once.

    By a link for many, a chapter that decides about joiners is only asked. Raise Gone where the
    last place of the link is taken at this moment.
    """
    require(may_join, actor)
    person_id = cast("int", actor.person_id)
    chapter = db.session.get_one(Chapter, invitation.chapter_id)
    spells.held(person_id)
    there = current_spell(person_id, chapter.id)
    if there is not None and there.state is MembershipState.ACTIVE:
        return there
    if not _has_place(actor, invitation) and not take_place(invitation.id):
        raise Gone(_("This invitation has been used up, has ended, or is for somebody else."))
    db.session.refresh(invitation)
    is_invited = invitation.person_id is not None or chapter.join_mode is JoinMode.INVITATION
    return enter(actor, person_id, chapter, message=message, is_invited=is_invited)


def decline(token: str) -> None:
    """The graduate who is invited by name does not want to. Declining is done once."""
    invitation: Invitation = open_by_name(token).Invitation
    hold(invitation)
    open_by_name(token)  # they may have said yes at the same moment
    invitation.declined_at = now()
    record(SYSTEM, "declined_invitation", invitation)


def _has_place(actor: Actor, invitation: Invitation) -> bool:
    """Whether the actor took a place of the link by signing up, and has not used it yet."""
    mine = select(Invitation.id).where(
        Invitation.id == invitation.id, came_by(actor, invitation.id)
    )
    is_theirs = db.session.scalar(mine) is not None
    person_id, chapter_id = cast("int", actor.person_id), cast("int", invitation.chapter_id)
    return is_theirs and not has_been_there(person_id, chapter_id)


def _insist_on_stranger(there: ChapterMembership | None) -> None:
    if there is None:
        return
    if there.state is MembershipState.ACTIVE:
        raise Refusal(_("This person is a member already."))
    raise Refusal(_("This person waits for your decision already."))


def _tell(invitation: Invitation, chapter: Chapter, person: Person) -> None:
    to = addressed(person.id)
    if to is not None:
        queue(
            "chapter_invitation",
            to,
            deed=f"chapter_invitation:{invitation.id}",
            chapter=chapter,
            ends_on=invitation.ends_at.date(),
            link=address_of("roster.follow_invitation", token=invitation.token),
            decline=address_of("roster.decline_invitation", token=invitation.token),
        )
