"""Who may make accounts for staff, and who may change how somebody signs in."""

from alumni.accounts.models import Account
from alumni.authz import Actor, Capability

ROLES: dict[str, tuple[Capability, ...]] = {
    "office": (
        Capability.VIEW_PEOPLE,
        Capability.EDIT_PEOPLE,
        Capability.EXPORT_PEOPLE,
        Capability.IMPORT_ROSTER,
        Capability.DECIDE_APPLICATIONS,
        Capability.MANAGE_CHAPTERS,
        Capability.MANAGE_EVENTS,
        Capability.MANAGE_MAILINGS,
        Capability.VIEW_LETTERS,
        Capability.VIEW_AUDIT,
        Capability.MANAGE_SETTINGS,
        Capability.HANDLE_REQUESTS,
    ),
    "administrator": (
        Capability.MANAGE_ACCOUNTS,
        Capability.MANAGE_SETTINGS,
        Capability.VIEW_AUDIT,
    ),
    "auditor": (Capability.VIEW_AUDIT,),
    "privacy": (Capability.VIEW_PEOPLE, Capability.VIEW_AUDIT),
}
"""What each role of ``alumni accounts create`` brings. An administrator keeps the machine running

and sees no people; an auditor sees what was done and changes nothing.
"""


GRANTABLE = frozenset(capability for brought in ROLES.values() for capability in brought)
"""Whoever manages accounts may give what any role brings, held by themselves or not: but never to
themselves, and always on record.
"""


def may_make_staff(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_ACCOUNTS)


def may_manage_staff(actor: Actor, account: Account) -> bool:
    """Decide what somebody holds and whether they can sign in: nobody about themselves."""
    return may_make_staff(actor) and actor.account_id != account.id


def may_help_to_sign_in(actor: Actor) -> bool:
    """Help some of those who lost their mailbox or their telephone."""
    return may_make_staff(actor) or _edits_people(actor)


def may_rescue(actor: Actor, account: Account, *, of_staff: bool) -> bool:
    """Give the account another address, or take its second factor away.

    The office does so for graduates, and for staff only who manages accounts. Nobody for
    themselves; and that somebody leads a chapter gives them no say.
    """
    is_enough = may_make_staff(actor) if of_staff else _edits_people(actor)
    return is_enough and actor.account_id != account.id


def may_secure(actor: Actor, account: Account) -> bool:
    """Change the password or the second factor: of the own account alone, whatever one holds."""
    return actor.account_id == account.id


def may_do_without(actor: Actor, account: Account) -> bool:
    """Sign in with the password alone: not who works with other people's data."""
    works = actor.capabilities or actor.rights or actor.owes
    return account.is_demonstration or not works


def _edits_people(actor: Actor) -> bool:
    return actor.can(Capability.VIEW_PEOPLE) and actor.can(Capability.EDIT_PEOPLE)
