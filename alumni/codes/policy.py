"""Who may change what the association says of itself."""

from alumni.authz import Actor, Capability


def may_change_settings(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_SETTINGS)
