"""What chapters and the association announce, for its readers and for those who write it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select

from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.chapters.models.governance import Announcement
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.i18n import either
from alumni.membership.policy.chapters import may_announce, may_read

MOST = 10
"""Of one chapter, or of all: who announces more is not read."""

REMOVED = "removed_announcement"
"""The deed after which one can be put back."""


@dataclass(frozen=True, kw_only=True)
class News:
    """An announcement as a page shows it, in the language it is read in."""

    announcement: Announcement
    chapter: Chapter | None
    """None: of the association."""

    @property
    def title(self) -> str:
        return either(self.announcement.title_zh, self.announcement.title_en)

    @property
    def body(self) -> str:
        return either(self.announcement.body_zh, self.announcement.body_en)

    @property
    def state(self) -> str:
        """``coming``, ``running`` or ``over``, as of today."""
        if self.announcement.starts_on > today():
            return "coming"
        return "over" if self.announcement.ends_on < today() else "running"


@dataclass(frozen=True, kw_only=True)
class Removed:
    """An announcement that was taken away, as the history has it."""

    deed_id: int
    values: dict[str, Any]


def of_chapter(actor: Actor, chapter: Chapter) -> list[News]:
    """What the chapter tells this reader today, the newest first."""
    return _told(_readable(actor).where(Announcement.chapter_id == chapter.id).limit(MOST))


def news(actor: Actor, limit: int = 3) -> list[News]:
    """What is new for this reader: of the association, and of their chapters."""
    own = actor.chapters | actor.leads
    whose = or_(Announcement.chapter_id.is_(None), Announcement.chapter_id.in_(own))
    return _told(_readable(actor).where(whose).limit(limit))


def get_news(actor: Actor, public_id: str) -> News:
    """The announcement, if it is shown to the actor today."""
    found = _told(_readable(actor).where(Announcement.public_id == public_id))
    if not found:
        raise NotFound
    return found[0]


def written(actor: Actor, chapter: Chapter | None) -> list[News]:
    """All of the chapter, or of the association: those to come, of today and of former times."""
    require(may_announce, actor, chapter.id if chapter else None)
    latest = _of(chapter).order_by(Announcement.ends_on.desc(), Announcement.id.desc())
    return _told(latest.limit(100))


def get_written(actor: Actor, chapter: Chapter | None, public_id: str) -> Announcement:
    """One of them, whenever it is shown."""
    require(may_announce, actor, chapter.id if chapter else None)
    found: Announcement | None = db.session.scalar(
        _of(chapter).where(Announcement.public_id == public_id)
    )
    if found is None:
        raise NotFound
    return found


def get_removed(actor: Actor, chapter: Chapter | None, deed_id: int) -> Removed:
    """What a deed took away from this chapter, or from the association, and nobody put back."""
    require(may_announce, actor, chapter.id if chapter else None)
    asked = (
        select(Change.before)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(
            ChangeSet.id == deed_id,
            ChangeSet.verb == REMOVED,
            Change.table_name == Announcement.__tablename__,
        )
    )
    values = db.session.scalar(asked.limit(1))
    if not values or values.get("chapter_id") != (chapter.id if chapter else None):
        raise NotFound
    is_there = select(Announcement.id).where(Announcement.public_id == values["public_id"])
    if db.session.scalar(is_there) is not None:
        raise NotFound
    return Removed(deed_id=deed_id, values=values)


def _of(chapter: Chapter | None) -> Select[Announcement, Chapter]:
    return (
        select(Announcement, Chapter)
        .outerjoin(Chapter, Chapter.id == Announcement.chapter_id)
        .where(Announcement.chapter_id == (chapter.id if chapter else None))
    )


def _readable(actor: Actor) -> Select[Announcement, Chapter]:
    return (
        select(Announcement, Chapter)
        .outerjoin(Chapter, Chapter.id == Announcement.chapter_id)
        .where(may_read(actor, today()))
        .order_by(Announcement.starts_on.desc(), Announcement.id.desc())
    )


def _told(rows: Select[Announcement, Chapter]) -> list[News]:
    return [
        News(announcement=announcement, chapter=chapter)
        for announcement, chapter in db.session.execute(rows)
    ]
