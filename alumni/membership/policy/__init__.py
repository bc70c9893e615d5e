"""Who may join, lead, decide, and look at whom."""

from sqlalchemy import ColumnElement, and_, true

from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import ChapterMembership


def may_join(actor: Actor) -> bool:
    """Only who is known to be a graduate. The office decides that, not the chapter."""
    return actor.is_verified and actor.person_id is not None


def may_leave(actor: Actor, membership: ChapterMembership) -> bool:
    return actor.person_id is not None and membership.person_id == actor.person_id


def may_see_members(actor: Actor) -> bool:
    """Whether the public page of a chapter shows who leads it and how many belong to it."""
    return actor.is_verified or actor.is_staff


def may_see_desk(actor: Actor, chapter_id: int) -> bool:
    """Who has anything to do there. Who meets the members is in ``policy.desk``."""
    return may_manage_chapters(actor) or chapter_id in actor.leads


def may_decide_in(actor: Actor, chapter_id: int) -> bool:
    return may_manage_chapters(actor) or actor.may_in(Right.APPROVE, chapter_id)


def may_decide(actor: Actor, membership: ChapterMembership) -> bool:
    """Nobody decides about the own wish to join."""
    own = membership.person_id == actor.person_id
    return may_decide_in(actor, membership.chapter_id) and not own


def may_manage_chapters(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_CHAPTERS)


def may_view_people(actor: Actor) -> bool:
    return actor.can(Capability.VIEW_PEOPLE)


def decidable(actor: Actor) -> ColumnElement[bool]:
    """The spells about which the actor may decide."""
    others: ColumnElement[bool] = true()
    if actor.person_id is not None:
        others = ChapterMembership.person_id != actor.person_id
    if may_manage_chapters(actor):
        return others
    return and_(others, ChapterMembership.chapter_id.in_(actor.chapters_with(Right.APPROVE)))
