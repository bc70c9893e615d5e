"""Who may bring in the roster, and who decides about applications."""

from alumni.accounts.models import Account
from alumni.authz import Actor, Capability

# Applications


def may_see_applications(actor: Actor) -> bool:
    return actor.can(Capability.DECIDE_APPLICATIONS)


def may_decide_application(actor: Actor, applicant: Account | None) -> bool:
    """Nobody decides about the own application."""
    own = applicant is not None and applicant.id == actor.account_id
    return may_see_applications(actor) and not own


# Imports


def may_import(actor: Actor) -> bool:
    return actor.can(Capability.IMPORT_ROSTER)
