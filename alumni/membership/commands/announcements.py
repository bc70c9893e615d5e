"""Announcing something, for a chapter or for the association."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.chapters.models.governance import Announcement, Readers
from alumni.db import db, inserted
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.membership.policy.chapters import may_announce
from alumni.membership.queries.announcements import REMOVED, Removed

LONGEST_DAYS = 366

KEPT = ("public_id", "chapter_id", "title_zh", "title_en", "body_zh", "body_en", "created_by_id")
"""What comes back as the history has it, beside readers and days."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What is announced, to whom, and on which days."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    readers: Readers
    starts_on: date
    ends_on: date


def announce(actor: Actor, chapter: Chapter | None, words: Wording) -> Announcement:
    """Show it from the first day through the last; then it is gone by itself."""
    require(may_announce, actor, chapter.id if chapter else None)
    _check(words, is_of_chapter=chapter is not None)
    announcement = Announcement(
        chapter_id=chapter.id if chapter else None, created_by_id=actor.account_id
    )
    _put(announcement, words)
    db.session.add(announcement)
    record(actor, "announced", announcement)
    return announcement


def change_announcement(actor: Actor, announcement: Announcement, words: Wording) -> None:
    require(may_announce, actor, announcement.chapter_id)
    _check(words, is_of_chapter=announcement.chapter_id is not None)
    _put(announcement, words)
    record(actor, "changed_announcement", announcement)


def remove_announcement(actor: Actor, announcement: Announcement) -> int:
    """Take it away. Return the id of the deed, by which it can be put back."""
    require(may_announce, actor, announcement.chapter_id)
    db.session.delete(announcement)
    return record(actor, REMOVED, announcement).id


def put_back(actor: Actor, removed: Removed) -> Announcement:
    """Announce it again as it was, under the address it had."""
    require(may_announce, actor, removed.values.get("chapter_id"))
    announcement = Announcement(**_restored(removed.values))
    if inserted(announcement):
        record(actor, "put_back_announcement", announcement)
    return announcement


def _put(announcement: Announcement, words: Wording) -> None:
    for column in fields(words):
        setattr(announcement, column.name, getattr(words, column.name))


def _check(words: Wording, *, is_of_chapter: bool) -> None:
    if not (words.title_zh or words.title_en):
        raise Invalid(_("It needs a title in one of the two languages."), field="title_zh")
    if words.ends_on < words.starts_on:
        raise Invalid(_("The last day lies before the first."), field="ends_on")
    if (words.ends_on - words.starts_on).days > LONGEST_DAYS:
        raise Invalid(_("It may be shown for a year at most."), field="ends_on")
    if words.readers is Readers.MEMBERS and not is_of_chapter:
        raise Invalid(_("The association has no members but all graduates."), field="readers")


def _restored(values: dict[str, Any]) -> dict[str, Any]:
    """The columns as the history keeps them, which leaves out what is empty."""
    return {
        **{name: values[name] for name in KEPT if name in values},
        "readers": Readers(values["readers"]),
        "starts_on": date.fromisoformat(values["starts_on"]),
        "ends_on": date.fromisoformat(values["ends_on"]),
    }
