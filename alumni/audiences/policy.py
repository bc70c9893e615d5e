"""Who may look through all people, and who may take lists of them away."""

from sqlalchemy import ColumnElement, false

from alumni.authz import Actor, Capability
from alumni.people.models import Person, PersonStatus

GONE = (PersonStatus.MERGED, PersonStatus.ERASED)
"""In no list: of these persons nothing is left but a number."""


def visible(actor: Actor) -> ColumnElement[bool]:
    """The office sees everyone but those who were merged into another person or erased."""
    if not may_list_people(actor):
        return false()
    return Person.status.not_in(GONE)


def may_list_people(actor: Actor) -> bool:
    """The list of all people. A leader's list is the chapter's desk."""
    return actor.can(Capability.VIEW_PEOPLE)


def may_export_people(actor: Actor) -> bool:
    """To see a list and to carry it away are two things."""
    return may_list_people(actor) and actor.can(Capability.EXPORT_PEOPLE)
