"""Where somebody is found whose record was made part of another."""

from sqlalchemy import select

from alumni.authz import Actor
from alumni.db import db
from alumni.people.models import Person, PersonStatus
from alumni.people.policy import visible


def successor(actor: Actor, public_id: str) -> str | None:
    """The public id of the record that this one is part of now, if the actor may find that one."""
    way = (
        select(Person.id, Person.merged_into_id)
        .where(Person.public_id == public_id, Person.status == PersonStatus.MERGED)
        .cte("way", recursive=True)
    )
    way = way.union(
        select(Person.id, Person.merged_into_id).join(way, way.c.merged_into_id == Person.id)
    )
    end = (
        select(Person.public_id)
        .join(way, way.c.id == Person.id)
        .where(Person.status != PersonStatus.MERGED, visible(actor))
    )
    return db.session.scalar(end)
