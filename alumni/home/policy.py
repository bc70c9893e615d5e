"""Who may see the office's desk."""

from alumni.authz import Actor


def may_see_office(actor: Actor) -> bool:
    return actor.is_staff
