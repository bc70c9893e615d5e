"""The picture that opens a chapter's group, for those who may see it."""

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import undefer

from alumni.authz import Actor
from alumni.chapters.models import Chapter, GroupPicture
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.policy.chapters import may_see_group


def group_picture(actor: Actor, chapter: Chapter) -> GroupPicture | None:
    """That of today, without its content; None for who may not see it, and where it has lapsed."""
    if not may_see_group(actor, chapter.id):
        return None
    return db.session.scalar(_of(chapter).where(_stands()))


def get_picture(actor: Actor, chapter: Chapter, public_id: str) -> GroupPicture:
    """With its content."""
    if not may_see_group(actor, chapter.id):
        raise NotFound
    asked = _of(chapter).where(_stands(), GroupPicture.public_id == public_id)
    found = db.session.scalar(asked.options(undefer(GroupPicture.content)))
    if found is None:
        raise NotFound
    return found


def kept_picture(chapter: Chapter) -> GroupPicture | None:
    """The one that was put in last, lapsed or not, for who may change it."""
    return db.session.scalar(_of(chapter))


def _of(chapter: Chapter) -> Select[GroupPicture]:
    return select(GroupPicture).where(GroupPicture.chapter_id == chapter.id)


def _stands() -> ColumnElement[bool]:
    return or_(GroupPicture.ends_on.is_(None), GroupPicture.ends_on >= today())
