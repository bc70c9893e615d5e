"""Bilingual lists that the office keeps: places, and the words for schools, subjects, employers."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.db import Model, Public, Words, enum, pk


class PlaceKind(StrEnum):
    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"


class Place(Model):
    """A country, province or city, keyed by its division code: 朝阳 exists more than once."""

    __tablename__ = "place"

    id: Mapped[pk]
    code: Mapped[str] = mapped_column(Words(24), unique=True)
    """The Chinese division code (210300), or ISO 3166 elsewhere (US, US-MA); cities abroad
    ``US-MA-boston``."""
    kind: Mapped[PlaceKind] = mapped_column(enum(PlaceKind))
    name_zh: Mapped[str] = mapped_column(Words(80))
    name_en: Mapped[str] = mapped_column(Words(80))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    time_zone: Mapped[str] = mapped_column(Words(40), default="Asia/Shanghai")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    """The place that this one turned out to be. Nothing hangs on this one any more."""

    parent: Mapped["Place | None"] = relationship(
        lazy="raise", remote_side="Place.id", foreign_keys=parent_id
    )


class PlaceName(Model):
    """A name under which a place is found, in its normal form. 朝阳 finds several places."""

    __tablename__ = "place_name"
    __table_args__ = (UniqueConstraint("name", "place_id"),)

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(Words(80))
    written: Mapped[str | None] = mapped_column(Words(80))
    """The name as the office wrote it; None for those that the place's own names make."""
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)


class CodeKind(StrEnum):
    INSTITUTION = "institution"
    COLLEGE = "college"
    MAJOR = "major"
    PROGRAMME = "programme"
    """How one studied: full time, part time, a joint programme of two universities."""
    HOSPITAL = "hospital"
    INDUSTRY = "industry"


class Code(Model):
    """A word of one of the lists that the office keeps."""

    __tablename__ = "code"
    __table_args__ = (
        UniqueConstraint("kind", "name_zh"),
        CheckConstraint("name_zh <> ''", name="named"),
        CheckConstraint("merged_into_id IS NULL OR is_obsolete", name="merged"),
    )

    id: Mapped[pk]
    kind: Mapped[CodeKind] = mapped_column(enum(CodeKind))
    name_zh: Mapped[str] = mapped_column(Words(120))
    name_en: Mapped[str] = mapped_column(Words(160), default="")
    position: Mapped[int] = mapped_column(default=0)
    is_obsolete: Mapped[bool] = mapped_column(default=False)
    """Kept for who has it, and offered to nobody any more."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"), index=True)
    """The word that this one turned out to be. Nothing hangs on this one any more."""


class CodeAlias(Model):
    """A former or other name of a code, in its normal form."""

    __tablename__ = "code_alias"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: Mapped[pk]
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id", ondelete="CASCADE"), index=True)
    kind: Mapped[CodeKind] = mapped_column(enum(CodeKind))
    name: Mapped[str] = mapped_column(Words(160))
    written: Mapped[str | None] = mapped_column(Words(160))
    """The name as the office wrote it; None for those that the code's own names make."""


class Setting(Model):
    """The association's own: its names, address, contact, 备案号, accent colour, logo."""

    __tablename__ = "setting"

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(Words(40), unique=True)
    value: Mapped[Any] = mapped_column(sa.JSON())


class Logo(Model):
    """The association's picture beside its name, which the setting of that name points at."""

    __tablename__ = "logo"
    audited = False
    """A picture is no value to compare; the setting says that it was changed."""

    id: Mapped[pk]
    public_id: Mapped[Public]
    """New with each picture, so that a browser may keep it."""
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)
    """PNG, made anew from what was sent."""
