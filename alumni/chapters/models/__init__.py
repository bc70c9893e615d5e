"""Chapters, their members and officers, as rows of ids: people are not in sight here."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    column,
    select,
    table,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.authz import Right
from alumni.codes.models import Place
from alumni.db import Model, Public, Words, enum, now, pk


class ChapterStatus(StrEnum):
    PLANNED = "planned"
    ACTIVE = "active"
    DORMANT = "dormant"
    ARCHIVED = "archived"


class JoinMode(StrEnum):
    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"


class Chapter(Model):
    """A local branch of the association, known by its place's code and never by its spelling."""

    __tablename__ = "chapter"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("parent_id <> id", name="not_in_itself"),
        CheckConstraint("merged_into_id IS NULL OR status = 'archived'", name="merged"),
    )

    id: Mapped[pk]
    code: Mapped[str] = mapped_column(Words(12), unique=True)
    slug: Mapped[str] = mapped_column(Words(60), unique=True)
    name_zh: Mapped[str] = mapped_column(Words(80))
    name_en: Mapped[str] = mapped_column(Words(120))
    intro_zh: Mapped[str] = mapped_column(Words(5000), default="")
    intro_en: Mapped[str] = mapped_column(Words(5000), default="")
    contact: Mapped[str] = mapped_column(Words(200), default="")
    """How anybody may reach the chapter: an address of its own, no member's."""
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    """The region it is part of. Officers there may do here what their position reaches down to."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("chapter.id"), index=True)
    """The chapter that took its members over. Its own address leads there."""
    time_zone: Mapped[str] = mapped_column(Words(40), default="Asia/Shanghai")
    language: Mapped[str] = mapped_column(Words(2), default="zh")
    join_mode: Mapped[JoinMode] = mapped_column(enum(JoinMode), default=JoinMode.APPROVAL)
    status: Mapped[ChapterStatus] = mapped_column(enum(ChapterStatus), default=ChapterStatus.ACTIVE)
    position: Mapped[int] = mapped_column(default=0)

    place: Mapped[Place | None] = relationship(lazy="raise")


class FormerSlug(Model):
    """An address that the chapter had once, and that leads on to it."""

    __tablename__ = "former_slug"
    audited = False
    """What the chapter was called stands in its own history."""

    slug: Mapped[str] = mapped_column(Words(60), primary_key=True)
    chapter_id: Mapped[int] = mapped_column(
        ForeignKey("chapter.id", ondelete="CASCADE"), index=True
    )


class GroupPicture(Model):
    """The picture by which members enter the chapter's WeChat group. For members only."""

    __tablename__ = "group_picture"
    audited = False
    """A picture is no value to compare; the deed says that it was changed."""

    id: Mapped[pk]
    public_id: Mapped[Public]
    """New with each picture, so that a browser may keep it."""
    chapter_id: Mapped[int] = mapped_column(
        ForeignKey("chapter.id", ondelete="CASCADE"), unique=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)
    """PNG, made anew from what was sent."""
    ends_on: Mapped[date | None]
    """WeChat lets such a picture lapse after a week: the last day on which it is shown."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class ChapterPlace(Model):
    """That people of a place belong to a chapter: 鞍山 to Anshan, Canada to North America."""

    __tablename__ = "chapter_place"

    place_id: Mapped[int] = mapped_column(
        ForeignKey("place.id", ondelete="CASCADE"), primary_key=True
    )
    chapter_id: Mapped[int] = mapped_column(
        ForeignKey("chapter.id", ondelete="CASCADE"), index=True
    )


class MembershipState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    REJECTED = "rejected"


_PERSON = table("person", column("id"), column("sort_key"))


def _sort_key_of(context: Any) -> Any:
    """That of the person of the row that is inserted."""
    person_id = context.get_current_parameters()["person_id"]
    return context.connection.scalar(select(_PERSON.c.sort_key).where(_PERSON.c.id == person_id))


class ChapterMembership(Model):
    """A spell of one person in one chapter. Coming back is a new spell."""

    __tablename__ = "chapter_membership"
    __table_args__ = (
        # The database itself keeps the copy of what people are sorted by: no other can be
        # inserted, and it follows the person's.
        ForeignKeyConstraint(
            ["sort_key", "person_id"], ["person.sort_key", "person.id"], onupdate="CASCADE"
        ),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="spell"),
        Index(
            "uq_chapter_membership_current",
            "person_id",
            "chapter_id",
            unique=True,
            sqlite_where=text("state IN ('pending', 'active')"),
            postgresql_where=text("state IN ('pending', 'active')"),
        ),
        Index(
            "uq_chapter_membership_primary",
            "person_id",
            unique=True,
            sqlite_where=text("is_primary AND state = 'active'"),
            postgresql_where=text("is_primary AND state = 'active'"),
        ),
        Index(None, "chapter_id", "state", "person_id"),
        Index(None, "chapter_id", "state", "sort_key", "person_id"),
        Index(None, "person_id", "state", "chapter_id"),
    )

    id: Mapped[pk]
    person_id: Mapped[int]
    sort_key: Mapped[str] = mapped_column(
        Words(220).with_variant(Words(220, collation="C"), "postgresql"), default=_sort_key_of
    )
    """The person's, so that the members of a chapter are read in their order."""
    chapter_id: Mapped[int] = mapped_column(ForeignKey("chapter.id"))
    state: Mapped[MembershipState] = mapped_column(
        enum(MembershipState), default=MembershipState.PENDING
    )
    is_primary: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(Words(500), default="")
    """What the joiner says to the chapter."""
    reason: Mapped[str] = mapped_column(Words(500), default="")
    """Why it was refused, in words for the person."""
    asked_at: Mapped[datetime] = mapped_column(default=now)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("chapter_membership.id", ondelete="SET NULL"), index=True
    )
    """The person's spell in another chapter that ends on the day when this one begins."""

    chapter: Mapped[Chapter] = relationship(lazy="raise")


class Position(Model):
    """A titled position in a chapter: 会长, 秘书长."""

    __tablename__ = "position"

    id: Mapped[pk]
    code: Mapped[str] = mapped_column(Words(20), unique=True)
    name_zh: Mapped[str] = mapped_column(Words(40))
    name_en: Mapped[str] = mapped_column(Words(60))
    order: Mapped[int] = mapped_column(default=0)
    reaches_below: Mapped[bool] = mapped_column(default=False)
    """Whether its rights hold in the chapters below the own one too."""
    is_retired: Mapped[bool] = mapped_column(default=False)
    """Given to nobody any more; who holds it keeps it."""


class PositionRight(Model):
    """What the position brings with it in its chapter."""

    __tablename__ = "position_right"
    __table_args__ = (UniqueConstraint("position_id", "right"),)

    id: Mapped[pk]
    position_id: Mapped[int] = mapped_column(ForeignKey("position.id", ondelete="CASCADE"))
    right: Mapped[Right] = mapped_column(enum(Right))


class OfficerRight(Model):
    """A right that the office gave to an officer beside those of the position, for some time.

    It holds on the days of both: its own and the officer's term.
    """

    __tablename__ = "officer_right"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="term"),
        Index(None, "officer_id", "right"),
    )

    id: Mapped[pk]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"))
    right: Mapped[Right] = mapped_column(enum(Right))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """Never without an end: what was granted once is looked at again."""
    reason: Mapped[str] = mapped_column(Words(200), default="")
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Officer(Model):
    """A person in a position of a chapter, from one day through another."""

    __tablename__ = "officer"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term"),
        Index(None, "person_id", "starts_on"),
        Index(None, "chapter_id", "starts_on"),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    chapter_id: Mapped[int] = mapped_column(ForeignKey("chapter.id"))
    position_id: Mapped[int] = mapped_column(ForeignKey("position.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    position: Mapped[Position] = relationship(lazy="raise")
    chapter: Mapped[Chapter] = relationship(lazy="raise")
