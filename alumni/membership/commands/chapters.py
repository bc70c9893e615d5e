"""What the office says of a chapter."""

from dataclasses import dataclass, fields

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterStatus,
    JoinMode,
)
from alumni.membership.policy import (
    may_manage_chapters,
)


@dataclass(frozen=True, kw_only=True)
class ChapterDetails:
    """What the office says of a chapter; its address and code stay."""

    name_zh: str
    name_en: str
    intro_zh: str
    intro_en: str
    contact: str
    join_mode: JoinMode
    status: ChapterStatus
    language: str
    time_zone: str


def change_chapter(actor: Actor, chapter: Chapter, details: ChapterDetails) -> None:
    require(may_manage_chapters, actor)
    for column in fields(details):
        setattr(chapter, column.name, getattr(details, column.name))
    record(actor, "changed", chapter)


def open_chapter(actor: Actor, chapter: Chapter) -> None:
    """Let the chapter take members: one that was planned, dormant or archived."""
    require(may_manage_chapters, actor)
    if chapter.status is ChapterStatus.ACTIVE:
        return
    chapter.status = ChapterStatus.ACTIVE
    record(actor, "opened", chapter)
