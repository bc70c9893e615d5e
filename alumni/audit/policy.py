"""Who may read what was done."""

from alumni.authz import Actor, Capability


def may_read_history(actor: Actor) -> bool:
    return actor.can(Capability.VIEW_AUDIT)


def may_read_values(actor: Actor) -> bool:
    """Whether the values before and after are shown, too: they are what we know of people."""
    return may_read_history(actor) and actor.can(Capability.VIEW_PEOPLE)


def may_take_values(actor: Actor) -> bool:
    """Whether they stand in a file, too: who takes people's data away may export people."""
    return may_read_values(actor) and actor.can(Capability.EXPORT_PEOPLE)
