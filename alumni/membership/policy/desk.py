"""Who meets a chapter's members at its desk."""

from alumni.authz import Actor, Right
from alumni.membership.policy import may_decide_in, may_manage_chapters


def may_list_members(actor: Actor, chapter_id: int) -> bool:
    """Who is a member, and what the numbers say of them. Not every position brings this."""
    return may_manage_chapters(actor) or actor.may_in(Right.VIEW, chapter_id)


def may_see_joiners(actor: Actor, chapter_id: int) -> bool:
    """Who wants to become a member."""
    return may_list_members(actor, chapter_id) or may_decide_in(actor, chapter_id)
