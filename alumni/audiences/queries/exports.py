"""Whom a file is about, and what stands in it."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, case, exists, func, select, true

from alumni.accounts.models import Account
from alumni.audiences.criteria import Audience
from alumni.audiences.models import ExportProfile
from alumni.audiences.policy import may_export_from
from alumni.authz import SYSTEM, Actor, Class, require
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.db import db, streamed
from alumni.errors import NotFound
from alumni.i18n import either, language
from alumni.people.fields import (
    FIELDS,
    Course,
    every_course,
    export_select,
    nth_course,
    primary_course,
)
from alumni.people.models import Consent, ConsentPurpose, Person, Study
from alumni.people.policy import may_view_people, shown, visible

MOST_COURSES = 4
"""So many studies of a person stand side by side."""


class Rows(StrEnum):
    """How the studies of a person are written."""

    MAIN = "main"
    """A row for each person, with the primary study."""
    FLAT = "flat"
    """A row for each person, the studies side by side."""
    EACH = "each"
    """A row for each study; what the person has beside is repeated."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Whom a file is about: of everybody, or of the members of one chapter."""

    audience: Audience
    chapter_id: int | None = None
    chapter_slug: str = ""
    chapter_name: tuple[str, str] = ("", "")
    """In Chinese and English."""
    circle: Actor | None = None
    """For an address book: somebody of the class or chapter that gets it. Only those stand in it

    who agreed to that, and of each only what this actor may see.
    """

    @classmethod
    def of_chapter(cls, chapter: Chapter, audience: Audience) -> "Selection":
        return cls(
            audience=audience,
            chapter_id=chapter.id,
            chapter_slug=chapter.slug,
            chapter_name=(chapter.name_zh, chapter.name_en),
        )

    def sentence(self) -> str:
        """In words of the language of the moment."""
        said = self.audience.sentence()
        if self.chapter_id is None:
            return said
        name = either(*self.chapter_name)
        if not self.audience.to_query():
            return name
        return name + ("，" if language() == "zh" else ", ") + said

    def to_text(self) -> str:
        """As in the address of the list."""
        within = [("chapter", self.chapter_slug)] if self.chapter_id is not None else []
        return urlencode([*within, *self.audience.to_query().items()])

    def seen_by(self, actor: Actor) -> Actor:
        """Who is taken to read: what they may not see does not stand in the file."""
        return self.circle or actor

    def conditions(self, actor: Actor) -> list[ColumnElement[bool]]:
        """Over ``Person``, with what the actor may find at all."""
        meant = [visible(actor), self.audience.condition(actor)]
        if self.chapter_id is not None:
            meant.append(_belongs(self.chapter_id))
        if self.circle:
            meant += [visible(self.circle), _agreed()]
        return meant


def circle_of(selection: Selection) -> Actor | None:
    """Somebody of the class or chapter, where the file is about exactly one of either."""
    asked = selection.audience.to_query()
    if selection.chapter_id is not None:
        return None if asked else _chapter_mate(selection.chapter_id)
    if set(asked) == {"chapter"}:
        found = db.session.scalar(select(Chapter.id).where(Chapter.slug == asked["chapter"]))
        return _chapter_mate(found) if found else None
    if set(asked) - {"major"} == _A_CLASS and asked["year_from"] == asked["year_to"]:
        major = int(asked.get("major", "0"))
        own = Class(int(asked["year_to"]), int(asked["college"]), asked["class"], major)
        return Actor(is_verified=True, classes=frozenset({own}))
    return None


def counted(actor: Actor, selection: Selection, *, at_most: int) -> int:
    """How many people they are; ``at_most + 1`` says that they are more than that."""
    require(may_export_from, actor, selection.chapter_id)
    some = select(Person.id).where(*selection.conditions(actor)).limit(at_most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def most_studies(actor: Actor, selection: Selection) -> int:
    """How many studies anybody of them has that may be seen, at least 1."""
    studies = (
        select(func.count().label("number"))
        .select_from(Person)
        .join(Study, Study.person_id == Person.id)
        .where(shown(selection.seen_by(actor), Study), *selection.conditions(actor))
        .group_by(Person.id)
        .subquery()
    )
    return db.session.scalar(select(func.max(studies.c.number))) or 1


class Table(NamedTuple):
    """The rows of a file, which are read slice by slice: neither is sorted as a whole."""

    people: Select[Any]
    """The ids of those it is about, in its order."""
    rows: Select[Any]
    """What stands in it of everybody, in the same order."""

    def streamed(self, *others: Any) -> Generator[list[Any], None, None]:
        """In lists, with ``others`` after the fields. Needs no application context to be read."""
        return streamed(self.people, self.rows.add_columns(*others), Person.id)


def table(
    actor: Actor,
    selection: Selection,
    columns: Sequence[str],
    rows: Rows = Rows.MAIN,
    courses: int = 1,
) -> Table:
    """The fields of those whom the selection means: the same people as the pages show.

    ``courses``: how many studies stand side by side, for ``Rows.FLAT``. For ``Rows.EACH`` the last
    column, which is no field, is the person's id.
    """
    require(may_export_from, actor, selection.chapter_id)
    read = _courses(rows, courses)
    found = export_select(selection.seen_by(actor), columns, language(), read)
    within: list[Any] = []
    if rows is Rows.EACH:
        found = found.add_columns(Person.id.label("person_id"))
        if any(FIELDS[key].is_of_study for key in columns):
            study = read[0].study
            within = [study.is_primary.desc(), study.graduation_year, study.id]
    ranked = _ranked(selection.audience)
    people = select(Person.id).where(*selection.conditions(actor))
    return Table(
        people.order_by(*ranked, Person.sort_key, Person.id),
        # An expression, so that SQLite does not walk its index of all for the people of a slice.
        found.order_by(*ranked, Person.sort_key + "", Person.id, *within),
    )


def withheld(
    actor: Actor, selection: Selection, columns: Sequence[str], rows: Rows
) -> dict[str, int]:
    """For each column how many cells are empty, or not whole, because the actor may not see what

    stands there: in one statement. Nothing is withheld from who may see all. Of a person's row
    that is repeated for each study the cells are counted once.
    """
    require(may_export_from, actor, selection.chapter_id)
    if may_view_people(selection.seen_by(actor)):
        return {}
    of_studies = [] if rows is Rows.MAIN else [key for key in columns if FIELDS[key].is_of_study]
    of_people = [key for key in columns if key not in of_studies]
    asked = select(_hidden_cells(actor, selection, of_people).subquery())
    if of_studies:
        beside = _hidden_studies(actor, selection, of_studies).subquery()
        asked = asked.join(beside, true()).add_columns(*beside.c)
    numbers = db.session.execute(asked).mappings().one()
    return {key: numbers[key] for key in columns if numbers[key]}


def profiles(actor: Actor) -> Select[ExportProfile]:
    """The actor's own, by name."""
    own = select(ExportProfile).where(ExportProfile.account_id == actor.account_id)
    return own.order_by(ExportProfile.name, ExportProfile.id)


def get_profile(actor: Actor, public_id: str) -> ExportProfile:
    profile = db.session.scalar(profiles(actor).where(ExportProfile.public_id == public_id))
    if profile is None:
        raise NotFound
    return profile


def exporter(actor: Actor) -> str | None:
    """The name of the actor's account; None for the program itself."""
    account = db.session.get(Account, actor.account_id) if actor.account_id else None
    return account.name if account else None


_A_CLASS = {"year_from", "year_to", "college", "class"}


def _chapter_mate(chapter_id: int) -> Actor:
    return Actor(is_verified=True, chapters=frozenset({chapter_id}))


def _belongs(chapter_id: int) -> ColumnElement[bool]:
    return exists().where(
        ChapterMembership.person_id == Person.id,
        ChapterMembership.chapter_id == chapter_id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )


def _agreed() -> ColumnElement[bool]:
    """To stand in the address book of the own classes and chapters."""
    return exists().where(
        Consent.person_id == Person.id,
        Consent.purpose == ConsentPurpose.ADDRESS_BOOK,
        Consent.withdrawn_at.is_(None),
    )


def _courses(rows: Rows, number: int) -> list[Course]:
    if rows is Rows.EACH:
        return [every_course()]
    if rows is Rows.FLAT and number > 1:
        return [nth_course(place) for place in range(number)]
    return [primary_course()]


def _ranked(audience: Audience) -> list[ColumnElement[int]]:
    words = audience.text
    return [case((words.names_exactly(), 0), else_=1)] if words else []


def _hidden_cells(actor: Actor, selection: Selection, columns: Sequence[str]) -> Select[Any]:
    """One row: for each column in how many cells the actor sees other than all that there is."""
    meant = selection.conditions(actor)
    own, whole = (
        export_select(who, columns, language())
        .add_columns(Person.id.label("person_id"))
        .where(*meant)
        .subquery()
        for who in (selection.seen_by(actor), SYSTEM)
    )
    numbers: list[ColumnElement[Any]] = [
        func.count(case((whole.c[key].is_distinct_from(own.c[key]), 1))).label(key)
        for key in columns
    ]
    people = func.count().label("person_id")
    both = whole.join(own, own.c.person_id == whole.c.person_id)
    return select(people, *numbers).select_from(both)


def _hidden_studies(actor: Actor, selection: Selection, columns: Sequence[str]) -> Select[Any]:
    """One row: for each column how many values it has in studies that the actor may not see."""
    course = every_course()
    hidden = (
        export_select(SYSTEM, columns, language(), [course])
        .where(*selection.conditions(actor), ~shown(selection.seen_by(actor), course.study))
        .subquery()
    )
    numbers: list[ColumnElement[Any]] = [func.count(hidden.c[key]).label(key) for key in columns]
    return select(*numbers)
