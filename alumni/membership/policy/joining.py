"""Who asks somebody to join, who makes them a member unasked, who ends what is another's."""

from alumni.authz import Actor
from alumni.chapters.models import ChapterMembership
from alumni.membership.policy import may_decide_in, may_manage_chapters


def may_ask(actor: Actor, chapter_id: int, person_id: int) -> bool:
    """Who decides about joiners, but nobody asks themselves."""
    return may_decide_in(actor, chapter_id) and person_id != actor.person_id


def may_add(actor: Actor, person_id: int) -> bool:
    """The office alone, and nobody themselves: what members let the chapter see is theirs to give,

    so that an officer can only ask.
    """
    return may_manage_chapters(actor) and person_id != actor.person_id


def may_end(actor: Actor, membership: ChapterMembership) -> bool:
    """Who decides about joiners. Who ends the own membership leaves."""
    return may_ask(actor, membership.chapter_id, membership.person_id)


def may_choose_primary(actor: Actor, membership: ChapterMembership) -> bool:
    """Which of the chapters is the main one everybody says for themselves."""
    return actor.person_id is not None and membership.person_id == actor.person_id
