"""The photograph of a person: putting it in and taking it away."""

from sqlalchemy import Select, select

from alumni.audit.commands import record, record_changes
from alumni.authz import Actor, require
from alumni.db import db, inserted, now, public_id
from alumni.people.models import Level, Person, Photo
from alumni.people.photos import prepare
from alumni.people.policy import may_edit


def set_photo(actor: Actor, person: Person, content: bytes, level: Level) -> Photo:
    """Keep the picture, made anew, in the place of the one before, and show it to that level.

    ``content`` is a file as it was sent; what cannot be read is a BadRequest that says why.
    """
    require(may_edit, actor, person)
    made = prepare(content)
    photo = Photo(person_id=person.id, content=made, visibility=level)
    before = None
    if not inserted(photo):
        photo = db.session.scalars(_of(person)).one()
        before = photo.visibility
        photo.public_id = public_id()
        photo.content = made
        photo.visibility = level
        photo.created_at = now()
    _record(actor, "set_photo", person, photo.id, before, level)
    return photo


def remove_photo(actor: Actor, person: Person) -> None:
    """Take the picture away for good. Removing twice is removing once."""
    require(may_edit, actor, person)
    photo = db.session.scalar(_of(person))
    if photo is None:
        return
    db.session.delete(photo)
    _record(actor, "removed_photo", person, photo.id, photo.visibility, None)


def _of(person: Person) -> Select[Photo]:
    return select(Photo).where(Photo.person_id == person.id)


def _record(actor: Actor, verb: str, person: Person, row_id: int, *levels: Level | None) -> None:
    """Write the deed into the person's history: a picture has no column of its own to tell of."""
    before, after = ({"visibility": level.value} if level else None for level in levels)
    deed = record(actor, verb, person)
    change = {
        "person_id": person.id,
        "table_name": Photo.__tablename__,
        "row_id": row_id,
        "before": before,
        "after": after,
    }
    record_changes(deed, [change])
