"""Reading history: the newest deeds first, and what happened to one person."""

from sqlalchemy import Select, column, select, table

from alumni.audit.models import Change, ChangeSet

account = table("account", column("id"), column("name"))
"""The accounts' table by its name: the slice stands above this one."""


def deeds(*, before: int | None = None, verb: str = "") -> Select[ChangeSet, str]:
    """Deeds with the name of who did them, the newest first, older than ``before``."""
    listed = (
        select(ChangeSet, account.c.name)
        .outerjoin(account, account.c.id == ChangeSet.account_id)
        .order_by(ChangeSet.id.desc())
    )
    if before is not None:
        listed = listed.where(ChangeSet.id < before)
    if verb:
        listed = listed.where(ChangeSet.verb == verb)
    return listed


def changes_of(deed_ids: list[int], *, at_most: int = 500) -> Select[Change]:
    """What these deeds did to rows."""
    return (
        select(Change)
        .where(Change.change_set_id.in_(deed_ids))
        .order_by(Change.change_set_id.desc(), Change.id)
        .limit(at_most)
    )


def history_of(person_id: int, *, at_most: int = 20) -> Select[Change, ChangeSet, str]:
    """What was changed of this person, the newest first, with the deed and who did it."""
    return (
        select(Change, ChangeSet, account.c.name)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .outerjoin(account, account.c.id == ChangeSet.account_id)
        .where(Change.person_id == person_id)
        .order_by(Change.id.desc())
        .limit(at_most)
    )
