"""Members whom the office takes up, and whose membership an officer or the office ends."""

from dataclasses import dataclass
from datetime import date

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db, today
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.membership.commands import spells
from alumni.membership.commands.joining import approve
from alumni.membership.commands.telling import tell_member
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.joining import may_add, may_end
from alumni.membership.queries import current_spell
from alumni.membership.queries.joining import get_findable

FIRST_DAY = date(1900, 1, 1)
"""Nobody has been a member for longer."""


@dataclass(frozen=True, kw_only=True)
class Addition:
    """Whom the office makes a member, since when, and by what it knows that they want to be."""

    person: str
    """The person's public id."""
    since: date
    basis: str


def add_member(actor: Actor, chapter: Chapter, addition: Addition) -> ChapterMembership:
    """Make a graduate a member who has not asked here. They get a letter that says how to leave.

    The basis stays in the history. Who has asked is approved by it, from today on. Adding twice
    is adding once. Officers ask instead: what chapters see of members needs their own word.
    """
    require(may_manage_chapters, actor)
    person = get_findable(actor, chapter, addition.person)
    if person is None:
        raise Invalid(_("Please choose a person from the list."), field="person")
    require(may_add, actor, person.id)
    if not FIRST_DAY <= addition.since <= today():
        raise Invalid(
            _("This day lies before the chapter’s time, or in the future."), field="since"
        )
    if not addition.basis:
        raise Invalid(_("Please say how we know that they want to be a member."), field="basis")
    spells.insist_on_open(chapter, is_invited=True)
    spells.held(person.id)
    there = current_spell(person.id, chapter.id)
    if there is not None:
        approve(actor, there)
        return there
    membership = ChapterMembership(
        person_id=person.id, chapter_id=chapter.id, decided_by_id=actor.account_id
    )
    spells.begin(membership, addition.since)
    db.session.add(membership)
    record(actor, "added_member", membership, why=addition.basis)
    tell_member("membership_added", membership)
    return membership


def end_membership(actor: Actor, membership: ChapterMembership, reason: str) -> None:
    """End another's membership today, and tell them why. Ending twice is ending once."""
    require(may_end, actor, membership)
    spells.held(membership.person_id)
    db.session.refresh(membership)
    if membership.state is MembershipState.LEFT:
        return
    if membership.state is not MembershipState.ACTIVE:
        raise Refusal(_("This person is not a member."))
    membership.reason = reason
    membership.decided_by_id = actor.account_id
    spells.end(membership)
    record(actor, "ended_membership", membership, why=reason)
    tell_member("membership_ended", membership)
