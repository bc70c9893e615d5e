"""Fields: what a person is to the association. The office's alone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Dialect, TextClause, case, exists, select, text, type_coerce
from sqlalchemy import types as column_types
from sqlalchemy.orm import aliased

from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import Moment
from alumni.i18n import LANGUAGES, _, lazy_gettext
from alumni.people.fields.kinds import (
    Column,
    Field,
    FieldKind,
    Group,
    Reader,
    listed,
    named,
    plain,
    worded,
)
from alumni.people.fields.words import listed_words, status_words
from alumni.people.models import Consent, ConsentPurpose, Person, PersonTag, Tag


class DayThere(column_types.TypeDecorator[str]):
    """Of a moment the day it was in a time zone, as 2026-05-03."""

    impl = Moment
    cache_ok = True

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.zone = zone

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        moment: datetime | None = value
        return moment.astimezone(ZoneInfo(self.zone)).date().isoformat() if moment else None


def _confirmed(reader: Reader) -> ColumnElement[Any]:
    return type_coerce(Person.confirmed_at, DayThere(reader.actor.time_zone))


_OPEN = text("chapter_membership.state IN ('pending', 'active')")
_PRIMARY = text("chapter_membership.is_primary AND chapter_membership.state = 'active'")
"""Word for word as the partial indexes say it: by these SQLite finds the memberships of a person,

of which a file asks for one person after the other.
"""


def _chapters(reader: Reader) -> ColumnElement[Any]:
    return _in_chapters(reader, _OPEN)


def _primary_chapter(reader: Reader) -> ColumnElement[Any]:
    return _in_chapters(reader, _PRIMARY)


def _in_chapters(reader: Reader, indexed: TextClause) -> ColumnElement[Any]:
    rows = (
        select()
        .select_from(ChapterMembership)
        .join(Chapter, Chapter.id == ChapterMembership.chapter_id)
        .where(
            ChapterMembership.person_id == Person.id,
            ChapterMembership.state == MembershipState.ACTIVE,
            indexed,
        )
    )
    name = named(Chapter, reader.language)
    return listed(rows, name, Chapter.position, Chapter.id, language=reader.language)


def _tags(reader: Reader) -> ColumnElement[Any]:
    rows = (
        select()
        .select_from(PersonTag)
        .join(Tag, Tag.id == PersonTag.tag_id)
        .where(PersonTag.person_id == Person.id)
    )
    return listed(rows, named(Tag, reader.language), Tag.id, language=reader.language)


def _agreed(purpose: ConsentPurpose) -> Column:
    def column(reader: Reader) -> ColumnElement[Any]:
        given = aliased(Consent)
        agreed = exists().where(
            given.person_id == Person.id, given.purpose == purpose, given.withdrawn_at.is_(None)
        )
        return case((agreed, _("Yes")), else_=_("No"))

    return column


RECORD = (
    Field(
        key="chapters",
        label=lazy_gettext("Chapters"),
        group=Group.RECORD,
        is_private=True,
        column=_chapters,
    ),
    Field(
        key="primary_chapter",
        label=lazy_gettext("Primary chapter"),
        group=Group.RECORD,
        is_private=True,
        column=_primary_chapter,
    ),
    Field(
        key="status",
        label=lazy_gettext("Status"),
        group=Group.RECORD,
        is_private=True,
        kind=FieldKind.CHOICE,
        column=lambda reader: worded(status_words, Person.status),
    ),
    Field(
        key="status_since",
        label=lazy_gettext("Status since"),
        group=Group.RECORD,
        is_private=True,
        column=plain(Person.status_since),
    ),
    Field(
        key="lost_since",
        label=lazy_gettext("Lost since"),
        group=Group.RECORD,
        is_private=True,
        column=plain(Person.lost_since),
    ),
    Field(
        key="contact_stopped_on",
        label=lazy_gettext("Wants no letters since"),
        group=Group.RECORD,
        is_private=True,
        column=plain(Person.contact_stopped_on),
    ),
    Field(
        key="listed",
        label=lazy_gettext("Who may find them"),
        group=Group.RECORD,
        is_private=True,
        kind=FieldKind.CHOICE,
        column=lambda reader: worded(listed_words, Person.listed),
    ),
    Field(
        key="tags",
        label=lazy_gettext("Tags"),
        group=Group.RECORD,
        is_private=True,
        column=_tags,
    ),
    Field(
        key="mailings",
        label=lazy_gettext("Agreed to letters"),
        group=Group.RECORD,
        is_private=True,
        column=_agreed(ConsentPurpose.MAILINGS),
    ),
    Field(
        key="address_book",
        label=lazy_gettext("Agreed to the address book"),
        group=Group.RECORD,
        is_private=True,
        column=_agreed(ConsentPurpose.ADDRESS_BOOK),
    ),
    Field(
        key="chapter_sharing",
        label=lazy_gettext("Contact details shared with officers"),
        group=Group.RECORD,
        is_private=True,
        column=_agreed(ConsentPurpose.CHAPTER_SHARING),
    ),
    Field(
        key="confirmed_at",
        label=lazy_gettext("Facts confirmed on"),
        group=Group.RECORD,
        is_private=True,
        column=_confirmed,
    ),
    Field(
        key="language",
        label=lazy_gettext("Language"),
        group=Group.RECORD,
        is_private=True,
        kind=FieldKind.CHOICE,
        column=lambda reader: worded(lambda: LANGUAGES, Person.language),
    ),
    Field(
        key="time_zone",
        label=lazy_gettext("Time zone"),
        group=Group.RECORD,
        is_private=True,
        column=plain(Person.time_zone),
    ),
    Field(
        key="public_id",
        label=lazy_gettext("Identifier"),
        group=Group.RECORD,
        is_private=True,
        kind=FieldKind.CHOICE,
        column=plain(Person.public_id),
    ),
)
