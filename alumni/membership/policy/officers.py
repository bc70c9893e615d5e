"""Who gives positions and rights, hands a chapter over, and promises to guard members' data."""

from collections.abc import Collection

from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import Officer
from alumni.membership.policy import may_manage_chapters


def may_appoint(actor: Actor, person_id: int) -> bool:
    """Nobody appoints themselves."""
    return may_manage_chapters(actor) and person_id != actor.person_id


def may_grant(actor: Actor, officer: Officer, right: Right | None = None) -> bool:
    """Nobody gives rights to themselves, nor more than they have.

    Who keeps chapters has all there but one: to export is theirs who may export all people.
    """
    has_it = right is not Right.EXPORT or _may_export(actor)
    return may_manage_chapters(actor) and officer.person_id != actor.person_id and has_it


def may_prepare(actor: Actor, chapter_id: int) -> bool:
    """Who may name the next officers of the chapter. That alone gives nobody a right."""
    return may_manage_chapters(actor) or actor.may_in(Right.EDIT, chapter_id)


def may_confirm(actor: Actor, person_ids: Collection[int]) -> bool:
    """Who may put these persons into office: not one of them."""
    return may_manage_chapters(actor) and actor.person_id not in person_ids


def may_accept(actor: Actor) -> bool:
    """Who can promise something for themselves. Whether they are asked to is in the terms."""
    return actor.person_id is not None


def _may_export(actor: Actor) -> bool:
    return actor.can(Capability.VIEW_PEOPLE) and actor.can(Capability.EXPORT_PEOPLE)


def may_give_to_position(actor: Actor, *, holds_it: bool) -> bool:
    """Let a position bring more than it did: nobody the one they hold, or will."""
    return may_manage_chapters(actor) and not holds_it
