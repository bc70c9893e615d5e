"""The picture by which members enter a chapter's group."""

from datetime import date, timedelta

from sqlalchemy import Select, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, GroupPicture
from alumni.db import db, inserted, now, public_id, today
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.membership.pictures import prepare
from alumni.membership.policy.chapters import may_edit_page

LONGEST = timedelta(days=366)


def set_picture(actor: Actor, chapter: Chapter, content: bytes, ends_on: date | None) -> None:
    """Show the picture, made anew, to the members through the day, in the place of the one before.

    ``content`` is a file as it was sent; what cannot be taken is a BadRequest that says why.
    """
    require(may_edit_page, actor, chapter.id)
    if ends_on is not None and not today() <= ends_on <= today() + LONGEST:
        raise Invalid(_("The last day lies between today and a year from now."), field="ends_on")
    made = prepare(content)
    picture = GroupPicture(chapter_id=chapter.id, content=made, ends_on=ends_on)
    if not inserted(picture):
        picture = db.session.scalars(_of(chapter)).one()
        picture.public_id = public_id()
        picture.content = made
        picture.ends_on = ends_on
        picture.created_at = now()
    record(actor, "set_group_picture", chapter, facts={"until": ends_on and ends_on.isoformat()})


def remove_picture(actor: Actor, chapter: Chapter) -> None:
    """Take the picture away for good. Removing twice is removing once."""
    require(may_edit_page, actor, chapter.id)
    picture = db.session.scalar(_of(chapter))
    if picture is None:
        return
    db.session.delete(picture)
    record(actor, "removed_group_picture", chapter)


def _of(chapter: Chapter) -> Select[GroupPicture]:
    return select(GroupPicture).where(GroupPicture.chapter_id == chapter.id)
