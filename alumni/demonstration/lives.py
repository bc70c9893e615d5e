"""What is told of somebody's life: studies, training, work, homes and ways to reach them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from alumni.people.models import ContactKind, Level, TrainingKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """Of a study in a joint programme at the other university."""

    institution: str
    """Its Chinese name."""
    number: str
    degree: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """A course of study."""

    level: str
    college: str
    major: str
    class_label: str | None
    entry_year: int
    graduation_year: int
    number: str
    degree: str | None = None
    programme: str = "全日制"
    supervisor: str | None = None
    partner: Registration | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    employer: str
    department: str | None
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """Training at a hospital, in months as (year, month)."""

    kind: TrainingKind
    hospital: str
    """By its name in the list, or as it is called where it is not there."""
    department: str | None
    begins: tuple[int, int]
    ends: tuple[int, int] | None
    """None: it goes on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A former job with its years."""

    job: Job
    begins: int
    ends: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A way to reach somebody beside the first ones."""

    kind: ContactKind
    value: str
    label: str | None = None


class Fact:
    """Kinds of rows that have a level of their own, as ``Life.levels`` calls them."""

    STUDY, TRAINING, WORK, HOME = "study", "training", "work", "home"
    FORMER_NAME, PHOTO = "former_name", "photo"
    EMAIL, PHONE, WECHAT = "email", "phone", "wechat"


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """What is told of somebody beside what everybody has."""

    stays: tuple[Stay, ...] = ()
    posts: tuple[Post, ...] = ()
    works_there_since: int | None = None
    former_homes: tuple[tuple[str, date], ...] = ()
    """Places with the last day there."""
    lives_there_since: date | None = None
    phone_label: str | None = None
    ways: tuple[Way, ...] = ()
    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    """By kind of row; those that are not named are shown as everybody's are at first."""
    listed: Level = Level.ALUMNI
