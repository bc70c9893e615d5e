"""Who may look through lists of people, and who may take them away."""

from alumni.authz import Actor, Capability
from alumni.people.policy import may_view_people


def may_list_people(actor: Actor) -> bool:
    """The office's list of all people. Graduates have the directory, a leader the desk."""
    return may_view_people(actor)


def may_export_people(actor: Actor) -> bool:
    """To see a list and to carry it away are two things."""
    return may_list_people(actor) and actor.can(Capability.EXPORT_PEOPLE)
