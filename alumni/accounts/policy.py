"""Who may make accounts for staff."""

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


def may_make_staff(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_ACCOUNTS)
