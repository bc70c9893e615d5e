"""Moving from one chapter to another in one step."""

from typing import cast

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterMembership, JoinMode, MembershipState
from alumni.db import db
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.membership.commands import spells
from alumni.membership.commands.telling import (
    chapter_of,
    tell_member,
    tell_of_joiner,
    tell_of_transfer,
)
from alumni.membership.policy import may_join, may_leave
from alumni.membership.queries import current_spell


def transfer(
    actor: Actor, leaving: ChapterMembership, chapter: Chapter, message: str = ""
) -> ChapterMembership:
    """End the actor's own spell and begin one in the chapter, both today. Return the new one.

    Where the chapter decides about joiners the old spell goes on until it has: then both happen
    together. Transferring twice is once.
    """
    require(may_join, actor)
    require(may_leave, actor, leaving)
    person = spells.held(leaving.person_id)
    db.session.refresh(leaving)
    there = current_spell(person.id, chapter.id)
    if there is not None and _is_agreed(leaving, there):
        return there
    _insist_on_two(leaving, there, chapter)
    spells.insist_on_open(chapter)
    wish = there or ChapterMembership(
        person_id=person.id, chapter_id=chapter.id, state=MembershipState.PENDING
    )
    wish.replaces_id = leaving.id
    wish.message = message or cast("str | None", wish.message) or ""
    if chapter.join_mode is JoinMode.OPEN:
        spells.hand_over(leaving, wish)
    db.session.add(wish)
    is_done = wish.state is MembershipState.ACTIVE
    record(actor, "transferred" if is_done else "asked_to_transfer", wish)
    if is_done:
        tell_of_transfer(wish, chapter_of(leaving), person)
    else:
        before = chapter_of(leaving)
        tell_of_joiner(wish, chapter, person, before)
        tell_member("membership_receipt", wish, leaving=before)
    return wish


def _is_agreed(leaving: ChapterMembership, there: ChapterMembership) -> bool:
    """Whether the one spell has replaced the other, or will when it is approved."""
    one_goes_on = (leaving.state is MembershipState.ACTIVE) != (
        there.state is MembershipState.ACTIVE
    )
    return there.replaces_id == leaving.id and one_goes_on


def _insist_on_two(
    leaving: ChapterMembership, there: ChapterMembership | None, chapter: Chapter
) -> None:
    """Raise Refusal unless there is a spell to end and another to begin."""
    if leaving.state is not MembershipState.ACTIVE:
        raise Refusal(_("You are not a member of the chapter you want to leave any more."))
    if leaving.chapter_id == chapter.id:
        raise Refusal(_("This is the chapter you want to leave. Please choose another one."))
    if there is not None and there.state is MembershipState.ACTIVE:
        raise Refusal(_("You are a member of both chapters already: you can leave one of them."))
