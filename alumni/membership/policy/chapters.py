"""Who writes a chapter's page, says what is new, and sees the picture that opens its group."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, true

from alumni.authz import Actor, Right
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.chapters.models.governance import Announcement, Readers
from alumni.membership.policy import may_manage_chapters, may_see_desk


def may_edit_page(actor: Actor, chapter_id: int) -> bool:
    """What the chapter says of itself, and the picture for its group."""
    return may_manage_chapters(actor) or actor.may_in(Right.EDIT, chapter_id)


def may_announce(actor: Actor, chapter_id: int | None) -> bool:
    """Without a chapter it is a word of the association."""
    return may_manage_chapters(actor) or actor.may_in(Right.EDIT, chapter_id)


def may_see_group(actor: Actor, chapter_id: int) -> bool:
    """Members of the chapter, and those who work at its desk."""
    return chapter_id in actor.chapters or may_see_desk(actor, chapter_id)


def may_read(actor: Actor, day: date) -> ColumnElement[bool]:
    """The announcements that are shown to the actor on the day, over ``Announcement`` joined to

    its ``Chapter``, if it has one.
    """
    days = and_(Announcement.starts_on <= day, Announcement.ends_on >= day)
    stands = or_(Announcement.chapter_id.is_(None), Chapter.status != ChapterStatus.ARCHIVED)
    return and_(days, stands, _meant_for(actor))


def _meant_for(actor: Actor) -> ColumnElement[bool]:
    if may_manage_chapters(actor):
        return true()
    own = actor.chapters | actor.leads
    ways = [Announcement.readers == Readers.PUBLIC]
    if actor.is_verified:
        ways.append(Announcement.readers == Readers.ALUMNI)
    if own:
        ways.append(Announcement.chapter_id.in_(own))
    return or_(*ways)
