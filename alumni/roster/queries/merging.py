"""What was made one: a merge, by its address and by the record that went."""

from datetime import timedelta

from sqlalchemy import select

from alumni.authz import Actor, require
from alumni.db import db, now
from alumni.errors import NotFound
from alumni.people.models import Person
from alumni.roster.models import Merge
from alumni.roster.policy import may_see_duplicates

TERM = timedelta(days=30)
"""For so long a merge can be taken back."""


def get_merge(actor: Actor, public_id: str, *, hold: bool = False) -> Merge:
    require(may_see_duplicates, actor)
    asked = select(Merge).where(Merge.public_id == public_id)
    if hold:
        asked = asked.with_for_update()
    merge = db.session.scalar(asked.execution_options(populate_existing=True))
    if merge is None:
        raise NotFound
    return merge


def last_merge_of(actor: Actor, person: Person) -> Merge | None:
    """The merge by which the record went."""
    require(may_see_duplicates, actor)
    asked = select(Merge).where(Merge.gone_id == person.id, Merge.undone_at.is_(None))
    return db.session.scalar(asked.order_by(Merge.id.desc()).limit(1))


def can_be_undone(merge: Merge) -> bool:
    return merge.undone_at is None and merge.at > now() - TERM
