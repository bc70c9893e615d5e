"""Reading history: the newest deeds first, and what happened to one person."""

from sqlalchemy import Select, column, func, select, table

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


def changes_of(deed_ids: list[int], *, each: int) -> Select[Change, int]:
    """The first rows that each of these deeds changed, with how many rows it changed in all."""
    deed = Change.change_set_id
    ranked = (
        select(
            Change.id,
            func.row_number().over(partition_by=deed, order_by=Change.id).label("rank"),
            func.count().over(partition_by=deed).label("rows"),
        )
        .where(deed.in_(deed_ids))
        .subquery()
    )
    return (
        select(Change, ranked.c.rows)
        .join(ranked, ranked.c.id == Change.id)
        .where(ranked.c.rank <= each)
        .order_by(deed.desc(), Change.id)
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
