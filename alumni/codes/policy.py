"""Who may change what the association says of itself, and its lists."""

from alumni.authz import Actor, Capability


def may_change_settings(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_SETTINGS)


def may_manage_lists(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_SETTINGS)
