"""Who may read what was done."""

from alumni.authz import Actor, Capability


def may_read_history(actor: Actor) -> bool:
    return actor.can(Capability.VIEW_AUDIT)
