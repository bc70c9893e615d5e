"""Who we know: persons, their names, studies, work, places, ways to reach them, and consents."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alumni.codes.models import Code, Place
from alumni.db import Model, Public, Words, enum, now, pk


class PersonStatus(StrEnum):
    KNOWN = "known"
    """Of the roster; never heard of."""
    APPLICANT = "applicant"
    VERIFIED = "verified"
    DECEASED = "deceased"
    DEPARTED = "departed"
    MERGED = "merged"
    ERASED = "erased"


class Level(StrEnum):
    """Who may see a thing, beside the person and the office."""

    OFFICE = "office"
    CLASS = "class"
    """Who was in a class with the person."""
    CHAPTERS = "chapters"
    """Who is in a chapter with the person, and who leads one that the person is in."""
    ALUMNI = "alumni"
    """Every verified graduate, the two above included."""
    PUBLIC = "public"


class Person(Model):
    """One human being the association knows, with or without an account."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(
            "name_zh IS NOT NULL OR name_latin IS NOT NULL OR name_en IS NOT NULL", name="named"
        ),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("birth_year BETWEEN 1880 AND 2100", name="birth_year"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        Index(None, "sort_key", "id", unique=True),  # the key that memberships point at
        Index(None, "status", "sort_key", "id", "listed"),
        Index(
            "ix_person_merged_into",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        *(
            Index(
                f"ix_person_{name}",
                name,
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("lost_since", "contact_stopped_on")
        ),
        # No number is given twice: the history of somebody removed must not become another's.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[pk]
    public_id: Mapped[Public]
    name_zh: Mapped[str | None] = mapped_column(Words(80), index=True)
    name_latin: Mapped[str | None] = mapped_column(Words(120))
    """As in the passport."""
    name_en: Mapped[str | None] = mapped_column(Words(120))
    """A chosen English name, such as Kevin."""
    pinyin_surname: Mapped[str] = mapped_column(Words(60), default="")
    """Lower case, without tones, syllables apart: ``ou yang``."""
    pinyin_given: Mapped[str] = mapped_column(Words(60), default="")
    pinyin_edited: Mapped[bool] = mapped_column(default=False)
    """Somebody who knows wrote the reading; a made one never replaces it."""
    sort_key: Mapped[str] = mapped_column(
        Words(220).with_variant(Words(220, collation="C"), "postgresql"), default=""
    )
    """What lists are sorted by, byte by byte: the reading, then the characters."""
    sex: Mapped[str | None] = mapped_column(Words(1))
    birth_year: Mapped[int | None]
    language: Mapped[str] = mapped_column(Words(2), default="zh")
    """What we write to them in."""
    time_zone: Mapped[str] = mapped_column(Words(40), default="Asia/Shanghai")
    status: Mapped[PersonStatus] = mapped_column(enum(PersonStatus), default=PersonStatus.KNOWN)
    listed: Mapped[Level] = mapped_column(enum(Level), default=Level.ALUMNI)
    """Who may find them at all."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    status_before: Mapped[str | None] = mapped_column(Words(24))
    """Of somebody deceased or departed: the status to go back to if that was an error."""
    status_since: Mapped[date | None]
    """Of somebody deceased or departed: since when, as far as the office was told."""
    lost_since: Mapped[date | None]
    """Since when nobody knows how to reach them."""
    contact_stopped_on: Mapped[date | None]
    """Since when they want no letters from us, whatever they agreed to once."""
    takes_relay: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether graduates who find them may write to them through us, who show no address."""
    relay_stopped_on: Mapped[date | None]
    """Since when they may not write to others through us."""
    confirmed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    former_names: Mapped[list["FormerName"]] = relationship(lazy="raise", back_populates="person")
    studies: Mapped[list["Study"]] = relationship(lazy="raise", back_populates="person")
    employments: Mapped[list["Employment"]] = relationship(lazy="raise", back_populates="person")
    trainings: Mapped[list["Training"]] = relationship(lazy="raise", back_populates="person")
    residences: Mapped[list["Residence"]] = relationship(lazy="raise", back_populates="person")
    contact_points: Mapped[list["ContactPoint"]] = relationship(
        lazy="raise", back_populates="person"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own way


class FormerName(Model):
    __tablename__ = "former_name"

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(Words(120), index=True)
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.OFFICE)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="former_names")


class Photo(Model):
    """What the person looks like: made anew from what was sent, and so without where it was."""

    __tablename__ = "photo"
    audited = False
    """A picture is no value to compare; the deed says that it was changed."""

    id: Mapped[pk]
    public_id: Mapped[Public]
    """New with each picture, so that a browser may keep it."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)
    """JPEG, square."""
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.OFFICE)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Study(Model):
    """A course of study. Registered at two universities it is one study with two institutions."""

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("entry_year BETWEEN 1900 AND 2100", name="entry_year"),
        CheckConstraint("graduation_year BETWEEN 1900 AND 2100", name="graduation_year"),
        CheckConstraint("graduation_year >= entry_year", name="order"),
        CheckConstraint("entry_month BETWEEN 1 AND 12", name="entry_month"),
        CheckConstraint("graduation_month BETWEEN 1 AND 12", name="graduation_month"),
        Index(
            "uq_study_primary",
            "person_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
        # Both hold all that is asked of the years of a list, which so reads no study at all.
        Index(None, "person_id", "graduation_year", "visibility"),
        Index(
            "ix_study_class",
            *("graduation_year", "college_id", "class_label", "visibility", "person_id"),
        ),
        Index(None, "college_id"),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    is_primary: Mapped[bool] = mapped_column(default=False)
    level: Mapped[str | None] = mapped_column(Words(20))
    """``college bachelor master doctor``"""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    college_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    major_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    class_label: Mapped[str | None] = mapped_column(Words(40))
    entry_year: Mapped[int | None]
    entry_month: Mapped[int | None]
    """None where only the year is known."""
    graduation_year: Mapped[int | None]
    graduation_month: Mapped[int | None]
    """None where only the year is known."""
    supervisor: Mapped[str | None] = mapped_column(Words(80))
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.ALUMNI)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="studies")
    programme: Mapped[Code | None] = relationship(lazy="raise", foreign_keys=programme_id)
    college: Mapped[Code | None] = relationship(lazy="raise", foreign_keys=college_id)
    major: Mapped[Code | None] = relationship(lazy="raise", foreign_keys=major_id)
    institutions: Mapped[list["StudyInstitution"]] = relationship(
        lazy="raise", back_populates="study"
    )


class StudyInstitution(Model):
    """A study's registration at one university, with its own student number."""

    __tablename__ = "study_institution"
    __table_args__ = (
        UniqueConstraint("study_id", "institution_id"),
        UniqueConstraint("institution_id", "student_number"),
        Index(None, "student_number"),
        # As certificates are compared, whatever way they are written.
        Index(
            "ix_study_institution_certificate_key",
            text(
                "upper(replace(replace(replace(replace("
                "certificate_number, ' ', ''), '-', ''), '–', ''), '—', ''))"
            ),
        ),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("code.id"))
    student_number: Mapped[str | None] = mapped_column(Words(40))
    degree: Mapped[str | None] = mapped_column(Words(80))
    certificate_number: Mapped[str | None] = mapped_column(Words(40))

    study: Mapped[Study] = relationship(lazy="raise", back_populates="institutions")
    institution: Mapped[Code] = relationship(lazy="raise")


class TrainingKind(StrEnum):
    RESIDENCY = "residency"
    """规培"""
    FELLOWSHIP = "fellowship"
    FURTHER = "further"
    """进修: sent by the own hospital to a greater one, for some months."""
    INTERN = "intern"


class Training(Model):
    """Time spent learning at a hospital."""

    __tablename__ = "training"
    __table_args__ = (
        CheckConstraint("from_year BETWEEN 1900 AND 2100", name="from_year"),
        CheckConstraint("to_year BETWEEN 1900 AND 2100", name="to_year"),
        CheckConstraint("to_year >= from_year", name="order"),
        CheckConstraint("from_month BETWEEN 1 AND 12", name="from_month"),
        CheckConstraint("to_month BETWEEN 1 AND 12", name="to_month"),
        Index(None, "hospital_id", "from_year"),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[TrainingKind] = mapped_column(enum(TrainingKind))
    hospital_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    written: Mapped[str] = mapped_column(Words(160))
    """The hospital as it was written: what is shown where none of the list is meant."""
    department: Mapped[str | None] = mapped_column(Words(120))
    from_year: Mapped[int | None]
    from_month: Mapped[int | None]
    to_year: Mapped[int | None]
    to_month: Mapped[int | None]
    certificate_number: Mapped[str | None] = mapped_column(Words(40))
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.OFFICE)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="trainings")
    hospital: Mapped[Code | None] = relationship(lazy="raise")


class Employment(Model):
    __tablename__ = "employment"
    __table_args__ = (
        Index(
            "uq_employment_current",
            "person_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("from_year BETWEEN 1900 AND 2100", name="from_year"),
        CheckConstraint("to_year BETWEEN 1900 AND 2100", name="to_year"),
        CheckConstraint("to_year >= from_year", name="order"),
        CheckConstraint("from_month BETWEEN 1 AND 12", name="from_month"),
        CheckConstraint("to_month BETWEEN 1 AND 12", name="to_month"),
        Index("ix_employment_by_employer", text("employer COLLATE NOCASE")).ddl_if(
            dialect="sqlite"
        ),
        Index("ix_employment_by_employer", text('(lower(employer) COLLATE "C")')).ddl_if(
            dialect="postgresql"
        ),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    employer: Mapped[str] = mapped_column(Words(160))
    department: Mapped[str | None] = mapped_column(Words(120))
    title: Mapped[str | None] = mapped_column(Words(80))
    industry_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))
    from_year: Mapped[int | None]
    from_month: Mapped[int | None]
    to_year: Mapped[int | None]
    to_month: Mapped[int | None]
    is_current: Mapped[bool] = mapped_column(default=True)
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.OFFICE)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="employments")
    industry: Mapped[Code | None] = relationship(lazy="raise")


class Residence(Model):
    """Where a person lives or lived: a place of the list, and the words it was given in."""

    __tablename__ = "residence"
    __table_args__ = (
        Index(
            "uq_residence_current",
            "person_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("ends_on >= starts_on", name="order"),
        Index(None, "place_id", "is_current"),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    written: Mapped[str] = mapped_column(Words(80))
    """The city as it was written, tidied: what is shown where no place of the list is meant."""
    is_current: Mapped[bool] = mapped_column(default=True)
    starts_on: Mapped[date | None]
    """As far as we were told: the day the move was noted."""
    ends_on: Mapped[date | None]
    chapter_declined: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the person wants to hear no more of the chapter of this place."""
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.ALUMNI)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="residences")
    place: Mapped[Place | None] = relationship(lazy="raise")


class ContactKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    WECHAT = "wechat"
    POSTAL = "postal"


class ContactPoint(Model):
    """A way to reach a person. Two persons may share one."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "normal"),
        Index(
            "uq_contact_point_primary",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
        Index(None, "kind", "normal"),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[ContactKind] = mapped_column(enum(ContactKind))
    value: Mapped[str] = mapped_column(Words(254))
    """As it was given."""
    normal: Mapped[str] = mapped_column(Words(254))
    """E.164, or the address in lower case: what it is compared by."""
    label: Mapped[str | None] = mapped_column(Words(40))
    """What the person calls it: work, home, my daughter's."""
    is_primary: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]
    visibility: Mapped[Level] = mapped_column(enum(Level), default=Level.OFFICE)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="contact_points")


class ConsentPurpose(StrEnum):
    MEMBERSHIP = "membership"
    """To keep and use what the person gives us, as the notice says."""
    MAILINGS = "mailings"
    """To be written to by the association and the own chapters."""
    CHAPTER_SHARING = "chapter_sharing"
    """That officers of the own chapters see the ways to reach them."""
    ADDRESS_BOOK = "address_book"
    """To stand in the address book of the own classes and chapters."""


class Consent(Model):
    """That a person agreed to a purpose, by which words, and until when."""

    __tablename__ = "consent"
    untold: ClassVar[frozenset[str]] = frozenset()
    """Its version is that of the notice."""

    __table_args__ = (
        Index(
            "uq_consent_given",
            "person_id",
            "purpose",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(enum(ConsentPurpose))
    version: Mapped[str] = mapped_column(Words(20))
    """Of the notice: the day it was published."""
    language: Mapped[str] = mapped_column(Words(2))
    source: Mapped[str] = mapped_column(Words(40))
    given_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]


class Tag(Model):
    """A word by which the office gathers people: honorary guests of 2027."""

    __tablename__ = "tag"
    __table_args__ = (CheckConstraint("name_zh <> ''", name="named"),)

    id: Mapped[pk]
    public_id: Mapped[Public]
    name_zh: Mapped[str] = mapped_column(Words(60), unique=True)
    name_en: Mapped[str] = mapped_column(Words(60), default="")


class PersonTag(Model):
    """That a person has a tag."""

    __tablename__ = "person_tag"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True
    )
