"""Who may read letters that went out, and decide about those in doubt."""

from alumni.authz import Actor, Capability


def may_read_letters(actor: Actor) -> bool:
    return actor.can(Capability.VIEW_LETTERS)


def may_settle(actor: Actor) -> bool:
    """To send a letter again, or not, is for who sends letters."""
    return may_read_letters(actor) and actor.can(Capability.MANAGE_MAILINGS)
