"""Who asks for a chapter, stands behind it, and decides about it."""

from sqlalchemy import ColumnElement, exists, false, or_

from alumni.authz import Actor
from alumni.chapters.models.governance import Petition, PetitionState, Supporter
from alumni.membership.policy import may_manage_chapters

OPEN = (PetitionState.GATHERING, PetitionState.SUBMITTED, PetitionState.RETURNED)


def may_petition(actor: Actor) -> bool:
    """Only who is known to be a graduate begins a petition or supports one."""
    return actor.is_verified and actor.person_id is not None


def may_lead_petition(actor: Actor, petition: Petition) -> bool:
    """Who began it adds papers, hands it in and takes it back."""
    return actor.person_id is not None and petition.begun_by_id == actor.person_id


def may_decide_petitions(actor: Actor) -> bool:
    return may_manage_chapters(actor)


def may_decide_petition(actor: Actor, petition: Petition) -> bool:
    """Nobody decides about the own petition."""
    return may_decide_petitions(actor) and not may_lead_petition(actor, petition)


def seen(actor: Actor) -> ColumnElement[bool]:
    """The petitions that the actor may know of: graduates of those under way and of what came of

    the others if they took part, the office of all.
    """
    if may_decide_petitions(actor):
        return Petition.id.is_not(None)
    if not may_petition(actor):
        return false()
    takes_part = exists().where(
        Supporter.petition_id == Petition.id, Supporter.person_id == actor.person_id
    )
    return or_(Petition.state.in_(OPEN), Petition.begun_by_id == actor.person_id, takes_part)
