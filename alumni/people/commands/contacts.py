"""Ways to reach a person."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.people.commands import done, put
from alumni.people.models import ContactKind, ContactPoint, Level, Person
from alumni.people.policy import may_edit


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A way to reach somebody, as a form says it. What its kind is does not change."""

    value: str
    normal: str
    """What it is compared by: E.164, or the address in lower case."""
    label: str | None
    visibility: Level


def add_contact(
    actor: Actor, person: Person, kind: ContactKind, told: Contact, *, first: bool
) -> None:
    """Add a way to reach the person; with ``first`` it is the one of its kind to be used."""
    require(may_edit, actor, person)
    others = db.session.scalars(_points(person, kind)).all()
    _refuse_twice(told, [point.normal for point in others])
    if first:
        _step_back(person, kind)
    is_primary = first or not any(point.is_primary for point in others)
    db.session.add(
        ContactPoint(person_id=person.id, kind=kind, is_primary=is_primary, **vars(told))
    )
    done(actor, "added_contact", person)


def change_contact(
    actor: Actor, person: Person, point: ContactPoint, told: Contact, *, first: bool
) -> None:
    """Change a way to reach the person. Another number or address has not been confirmed yet."""
    require(may_edit, actor, person)
    others = _points(person, point.kind).where(ContactPoint.id != point.id)
    _refuse_twice(told, [other.normal for other in db.session.scalars(others)])
    if told.normal != point.normal:
        point.verified_at = None
    if first and not point.is_primary:
        _step_back(person, point.kind)
        point.is_primary = True
    put(point, told)
    done(actor, "changed_contact", person)


def remove_contact(actor: Actor, person: Person, point: ContactPoint) -> None:
    """Take a way away. If it was the first of its kind, the oldest of the others becomes it."""
    require(may_edit, actor, person)
    kind, was_primary = point.kind, point.is_primary
    db.session.delete(point)
    db.session.flush()
    heir = db.session.scalar(_points(person, kind).limit(1)) if was_primary else None
    if heir is not None:
        heir.is_primary = True
    done(actor, "removed_contact", person)


def _points(person: Person, kind: ContactKind) -> Select[ContactPoint]:
    """The confirmed ones first, then the oldest."""
    return (
        select(ContactPoint)
        .where(ContactPoint.person_id == person.id, ContactPoint.kind == kind)
        .order_by(ContactPoint.verified_at.is_(None), ContactPoint.id)
    )


def _refuse_twice(told: Contact, others: list[str]) -> None:
    if told.normal in others:
        raise Invalid(_("This stands here already."), field="value")


def _step_back(person: Person, kind: ContactKind) -> None:
    """Make room for another first one. Written first: the table takes no two."""
    for point in db.session.scalars(_points(person, kind).where(ContactPoint.is_primary)):
        point.is_primary = False
    db.session.flush()
