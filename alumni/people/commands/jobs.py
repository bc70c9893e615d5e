"""Where a person works and worked."""

from dataclasses import dataclass

from sqlalchemy import select

from alumni.authz import Actor, require
from alumni.db import db
from alumni.people.commands import done, put
from alumni.people.models import Employment, Level, Person
from alumni.people.policy import may_edit


@dataclass(frozen=True, kw_only=True)
class Job:
    employer: str
    department: str | None
    title: str | None
    industry_id: int | None
    from_year: int | None
    from_month: int | None
    to_year: int | None
    to_month: int | None
    is_current: bool
    """There is one current job at most: the one before is no longer."""
    visibility: Level


def add_job(actor: Actor, person: Person, told: Job) -> None:
    require(may_edit, actor, person)
    if told.is_current:
        _leave_current(person)
    db.session.add(Employment(person_id=person.id, **vars(told)))
    done(actor, "added_job", person)


def change_job(actor: Actor, person: Person, job: Employment, told: Job) -> None:
    require(may_edit, actor, person)
    if told.is_current and not job.is_current:
        _leave_current(person)
    put(job, told)
    done(actor, "changed_job", person)


def remove_job(actor: Actor, person: Person, job: Employment) -> None:
    require(may_edit, actor, person)
    db.session.delete(job)
    done(actor, "removed_job", person)


def _leave_current(person: Person) -> None:
    """Make room for another current job. Written first: the table takes no two, ever so shortly."""
    current = select(Employment).where(Employment.person_id == person.id, Employment.is_current)
    for job in db.session.scalars(current):
        job.is_current = False
    db.session.flush()
