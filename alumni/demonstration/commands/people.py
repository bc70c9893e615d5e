"""Entering invented people, a thousand at a time, with all that hangs on them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from sqlalchemy import insert

from alumni.accounts.models import Account
from alumni.chapters.models import ChapterMembership
from alumni.db import Model, db, now
from alumni.demonstration.cast import Standing
from alumni.demonstration.commands.rows import Pair, Row, Rows, shown_to
from alumni.demonstration.graduates import Graduate
from alumni.demonstration.lives import Fact
from alumni.people.commands.search import reindex, tidy_index
from alumni.people.models import (
    Consent,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
    Training,
)
from alumni.roster.models import BatchState, ImportBatch, RosterEntry

AT_A_TIME = 1000

FIRST_ROSTER = 2500
"""Days since the roster came in: before anybody invented was verified."""

WITH_NULLS = {"render_nulls": True}
"""Else SQLAlchemy makes a statement of its own for each set of columns that have a value."""


@dataclass
class Population:
    """Whom the rest of the demonstration is about, by their ids."""

    members: dict[int, list[int]] = field(default_factory=dict)
    """By chapter, with the officers first."""
    others: list[int] = field(default_factory=list)
    """Verified and in no chapter, but for the graduate who signs in."""
    cast: list[tuple[int, int | None, Graduate]] = field(default_factory=list)
    """Those with a part: the person, the chapter of their city, and who it is."""

    def verified(self) -> list[int]:
        return [*(one for members in self.members.values() for one in members), *self.others]

    def officers(self) -> set[int]:
        """Who holds a position, or held one."""
        return {found for found, _chapter, who in self.cast if who.part.post}

    def named(self, name: str) -> list[Pair]:
        """Those with a part of this name."""
        return [(found, who) for found, _chapter, who in self.cast if who.name_zh == name]


def enter(
    graduates: Iterable[Graduate], number: int, entered: Callable[[int], object]
) -> Population:
    """Enter the people and call ``entered`` with how many more there are, over and over."""
    entry = _Entry(_batch(number))
    waiting = iter(graduates)
    while some := list(islice(waiting, AT_A_TIME)):
        entry.enter(some)
        entered(len(some))
    tidy_index()
    return entry.population


def _batch(number: int) -> ImportBatch:
    """The roster that these people are said to come from."""
    long_ago = now() - timedelta(days=FIRST_ROSTER)
    batch = ImportBatch(
        kind="registrar",
        file_name="历届毕业生名册（演示）.xlsx",
        sha256="0" * 64,
        state=BatchState.APPLIED,
        rows=number,
        new=number,
        applied_rows=number,
        created_at=long_ago,
        done_at=long_ago + timedelta(minutes=2),
    )
    db.session.add(batch)
    db.session.flush()
    return batch


class _Entry:
    def __init__(self, batch: ImportBatch) -> None:
        self.rows = Rows(batch)
        self.population = Population()

    def enter(self, graduates: Sequence[Graduate]) -> None:
        ids = _insert_and_number(Person, [self.rows.person(graduate) for graduate in graduates])
        pairs = list(zip(ids, graduates, strict=True))
        self._enter_studies(pairs)
        told = {
            FormerName: self.rows.former_names,
            Training: self.rows.trainings,
            Employment: self.rows.employments,
            Residence: self.rows.residences,
            ContactPoint: self.rows.contact_points,
            Consent: self.rows.consents,
            Account: self.rows.account,
            ChapterMembership: self.rows.membership,
        }
        for table, rows_of in told.items():
            _insert(table, list(chain.from_iterable(map(rows_of, pairs))))
        reindex(ids)
        for pair in pairs:
            self._remember(pair)

    def _enter_studies(self, pairs: Sequence[Pair]) -> None:
        studied = [
            (person_id, graduate, course)
            for person_id, graduate in pairs
            for course in graduate.courses
        ]
        rows = [
            {
                "person_id": person_id,
                "is_primary": course is graduate.courses[0],
                **self.rows.study(course),
                **shown_to(graduate, Fact.STUDY, Level.ALUMNI),
            }
            for person_id, graduate, course in studied
        ]
        there, entries = [], []
        for study_id, (person_id, graduate, course) in zip(
            _insert_and_number(Study, rows), studied, strict=True
        ):
            there += [
                {"person_id": person_id, "study_id": study_id, **registration}
                for registration in self.rows.registrations(course)
            ]
            entries.append(self.rows.roster_entry(person_id, graduate, course))
        _insert(StudyInstitution, there)
        _insert(RosterEntry, entries)

    def _remember(self, pair: Pair) -> None:
        person_id, graduate = pair
        chapter_id, part = self.rows.chapter_id(graduate), graduate.part
        if part.name or part.post:
            self.population.cast.append((person_id, chapter_id, graduate))
        if chapter_id is not None and graduate.standing is Standing.MEMBER:
            self.population.members.setdefault(chapter_id, []).append(person_id)
        elif graduate.status is PersonStatus.VERIFIED and not part.email:
            self.population.others.append(person_id)


def _insert(table: type[Model], rows: list[Row]) -> None:
    if rows:
        db.session.execute(insert(table), rows, execution_options=WITH_NULLS)


def _insert_and_number(table: Any, rows: list[Row]) -> Sequence[int]:
    """Insert the rows and return their ids in the order of the rows."""
    numbered = insert(table).returning(table.id, sort_by_parameter_order=True)
    return db.session.scalars(numbered, rows, execution_options=WITH_NULLS).all()
