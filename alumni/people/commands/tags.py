"""The office's own words for people."""

from sqlalchemy import select

from alumni.authz import Actor, require
from alumni.db import db, inserted
from alumni.people.commands import done
from alumni.people.models import Person, PersonTag, Tag
from alumni.people.policy import may_edit_people


def tag_named(actor: Actor, name_zh: str, name_en: str = "") -> Tag:
    """The tag of that name; a new one where there is none."""
    require(may_edit_people, actor)
    tag = Tag(name_zh=name_zh, name_en=name_en)
    if inserted(tag):
        return tag
    return db.session.scalars(select(Tag).where(Tag.name_zh == name_zh)).one()


def add_tag(actor: Actor, person: Person, tag: Tag) -> None:
    """Give the person the tag. Twice is once."""
    require(may_edit_people, actor)
    if db.session.get(PersonTag, (person.id, tag.id)) is None:
        db.session.add(PersonTag(person_id=person.id, tag_id=tag.id))
        done(actor, "tagged", person)


def remove_tag(actor: Actor, person: Person, tag: Tag) -> None:
    """Take the tag away. Twice is once."""
    require(may_edit_people, actor)
    held = db.session.get(PersonTag, (person.id, tag.id))
    if held is not None:
        db.session.delete(held)
        done(actor, "untagged", person)
