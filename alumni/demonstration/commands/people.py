"""Entering invented people, a thousand at a time, with all that hangs on them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert

from alumni.accounts.models import Account
from alumni.accounts.passwords import hashed
from alumni.chapters.models import ChapterMembership, MembershipState
from alumni.codes.models import CodeKind, Place
from alumni.codes.queries import association, home_institution
from alumni.db import Model, db, now, today
from alumni.demonstration import queries
from alumni.demonstration.cast import PASSWORD, Standing
from alumni.demonstration.inventing import Course, Graduate
from alumni.people.commands import named
from alumni.people.commands.search import keep, tidy_index
from alumni.people.models import (
    Consent,
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.people.tokens import Findable, document
from alumni.roster.models import BatchState, ImportBatch, RosterEntry

AT_A_TIME = 1000

FIRST_ROSTER = 2500
"""Days since the roster came in: before anybody invented was verified."""

WITH_NULLS = {"render_nulls": True}
"""Else SQLAlchemy makes a statement of its own for each set of columns that have a value."""

Rows = list[dict[str, Any]]
Pair = tuple[int, Graduate]
"""A person's id, and who it is."""


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
        self.batch_id = batch.id
        self.since = batch.created_at
        self.now, self.today = now(), today()
        self.places: dict[str, Place] = queries.places()
        self.colleges = queries.codes(CodeKind.COLLEGE)
        self.majors = queries.codes(CodeKind.MAJOR)
        self.home_id = home_institution().id
        self.chapters = queries.chapters_by_place()
        self.notice_version = association()["notice_version"]
        self.password_hash = hashed(PASSWORD)
        self.population = Population()

    def enter(self, graduates: Sequence[Graduate]) -> None:
        ids = _insert_and_number(Person, [self._person(graduate) for graduate in graduates])
        pairs = list(zip(ids, graduates, strict=True))
        self._enter_studies(pairs)
        _insert(FormerName, _former_names(pairs))
        _insert(Employment, _employments(pairs))
        _insert(Residence, [row for pair in pairs for row in self._residence(pair)])
        _insert(ContactPoint, [row for pair in pairs for row in self._contact_points(pair)])
        _insert(Consent, [row for pair in pairs for row in self._consents(pair)])
        _insert(Account, [self._account(pair) for pair in pairs if _is_verified(pair)])
        _insert(ChapterMembership, [row for pair in pairs for row in self._membership(pair)])
        keep(
            [{"person_id": pair[0], "tokens": document(self._findable(pair[1]))} for pair in pairs]
        )
        for pair in pairs:
            self._remember(pair)

    def _person(self, graduate: Graduate) -> dict[str, Any]:
        place = self._place(graduate)
        verified_at = self._verified_at(graduate)
        return named(graduate.name_zh) | {
            "name_en": graduate.name_en,
            "sex": graduate.sex,
            "birth_year": graduate.birth_year,
            "language": graduate.language,
            "time_zone": place.time_zone if place else "Asia/Shanghai",
            "status": graduate.status,
            "confirmed_at": verified_at,
            "created_at": self.since,
            "updated_at": verified_at or self.since,
        }

    def _enter_studies(self, pairs: Sequence[Pair]) -> None:
        studied = [
            (person_id, graduate, course)
            for person_id, graduate in pairs
            for course in graduate.courses
        ]
        rows = [
            self._study(person_id, course, is_primary=course is graduate.courses[0])
            for person_id, graduate, course in studied
        ]
        there, entries = [], []
        for study_id, (person_id, graduate, course) in zip(
            _insert_and_number(Study, rows), studied, strict=True
        ):
            there.append(
                {
                    "person_id": person_id,
                    "study_id": study_id,
                    "institution_id": self.home_id,
                    "student_number": course.number,
                }
            )
            entries.append(self._roster_entry(person_id, graduate, course))
        _insert(StudyInstitution, there)
        _insert(RosterEntry, entries)

    def _study(self, person_id: int, course: Course, *, is_primary: bool) -> dict[str, Any]:
        return {
            "person_id": person_id,
            "is_primary": is_primary,
            "level": course.level,
            "college_id": self.colleges[course.college].id,
            "major_id": self.majors[course.major].id,
            "class_label": course.class_label,
            "entry_year": course.entry_year,
            "graduation_year": course.graduation_year,
            "graduation_month": 7,
        }

    def _roster_entry(self, person_id: int, graduate: Graduate, course: Course) -> dict[str, Any]:
        return {
            "institution_id": self.home_id,
            "number": course.number,
            "name_zh": graduate.name_zh,
            "sex": graduate.sex,
            "entry_year": course.entry_year,
            "graduation_year": course.graduation_year,
            "graduation_month": 7,
            "college": course.college,
            "major": course.major,
            "level": course.level,
            "class_label": course.class_label,
            "person_id": person_id,
            "batch_id": self.batch_id,
        }

    def _residence(self, pair: Pair) -> Iterator[dict[str, Any]]:
        person_id, graduate = pair
        place = self._place(graduate)
        if place is not None:
            written = place.name_en if graduate.language == "en" else place.name_zh
            yield {"person_id": person_id, "place_id": place.id, "written": written}

    def _contact_points(self, pair: Pair) -> Iterator[dict[str, Any]]:
        person_id, graduate = pair
        told = ((ContactKind.EMAIL, graduate.email), (ContactKind.PHONE, graduate.phone))
        for kind, value in told:
            if value is not None:
                yield {
                    "person_id": person_id,
                    "kind": kind,
                    "value": value,
                    "normal": value,
                    "is_primary": True,
                    "verified_at": (
                        self._verified_at(graduate) if kind is ContactKind.EMAIL else None
                    ),
                }

    def _consents(self, pair: Pair) -> Iterator[dict[str, Any]]:
        person_id, graduate = pair
        for purpose in graduate.consents:
            yield {
                "person_id": person_id,
                "purpose": purpose,
                "version": self.notice_version,
                "language": graduate.language,
                "source": "join",
                "given_at": self._verified_at(graduate),
            }

    def _account(self, pair: Pair) -> dict[str, Any]:
        """Those with a part may sign in by the printed password; the others have none yet."""
        person_id, graduate = pair
        place = self._place(graduate)
        return {
            "email": graduate.email,
            "password_hash": self.password_hash if graduate.part.email else None,
            "person_id": person_id,
            "name": graduate.name_zh,
            "language": graduate.language,
            "time_zone": place.time_zone if place else "Asia/Shanghai",
            "is_demonstration": True,
            "created_at": self._verified_at(graduate),
        }

    def _membership(self, pair: Pair) -> Iterator[dict[str, Any]]:
        person_id, graduate = pair
        chapter_id = self._chapter_id(graduate)
        if chapter_id is None or graduate.standing is Standing.OUTSIDE:
            return
        is_member = graduate.standing is Standing.MEMBER
        asked_at = self._verified_at(graduate) if is_member else self.now - timedelta(days=2)
        yield {
            "person_id": person_id,
            "chapter_id": chapter_id,
            "state": MembershipState.ACTIVE if is_member else MembershipState.PENDING,
            "is_primary": is_member,
            "message": graduate.part.message,
            "asked_at": asked_at,
            "starts_on": (
                self.today - timedelta(days=graduate.days_known - 1) if is_member else None
            ),
        }

    def _findable(self, graduate: Graduate) -> Findable:
        courses = graduate.courses
        place = self._place(graduate)
        written = (place.name_en if graduate.language == "en" else place.name_zh) if place else ""
        return Findable(
            name_zh=graduate.name_zh,
            surname=graduate.reading.surname,
            given=graduate.reading.given,
            latin_names=(graduate.name_en,) if graduate.name_en else (),
            other_names=(graduate.former_name,) if graduate.former_name else (),
            emails=(graduate.email,) if graduate.email else (),
            phones=(graduate.phone,) if graduate.phone else (),
            student_numbers=tuple(course.number for course in courses),
            years=tuple(
                year for course in courses for year in (course.entry_year, course.graduation_year)
            ),
            employers=(graduate.job.employer,) if graduate.job else (),
            cities=(written,) if written else (),
            colleges=tuple(course.college for course in courses),
            majors=tuple(course.major for course in courses),
            class_labels=tuple(course.class_label for course in courses if course.class_label),
        )

    def _remember(self, pair: Pair) -> None:
        person_id, graduate = pair
        chapter_id, part = self._chapter_id(graduate), graduate.part
        if part.name or part.post:
            self.population.cast.append((person_id, chapter_id, graduate))
        if chapter_id is not None and graduate.standing is Standing.MEMBER:
            self.population.members.setdefault(chapter_id, []).append(person_id)
        elif graduate.status is PersonStatus.VERIFIED and not part.email:
            self.population.others.append(person_id)

    def _place(self, graduate: Graduate) -> Place | None:
        return self.places[graduate.place] if graduate.place else None

    def _chapter_id(self, graduate: Graduate) -> int | None:
        place = self._place(graduate)
        return self.chapters.get(place.id) if place else None

    def _verified_at(self, graduate: Graduate) -> datetime | None:
        if not graduate.days_known:
            return None
        return self.now - timedelta(days=graduate.days_known)


def _former_names(pairs: Sequence[Pair]) -> Rows:
    return [
        {"person_id": person_id, "name": graduate.former_name}
        for person_id, graduate in pairs
        if graduate.former_name
    ]


def _employments(pairs: Sequence[Pair]) -> Rows:
    return [
        {
            "person_id": person_id,
            "employer": graduate.job.employer,
            "department": graduate.job.department,
            "title": graduate.job.title,
        }
        for person_id, graduate in pairs
        if graduate.job
    ]


def _is_verified(pair: Pair) -> bool:
    return pair[1].status is PersonStatus.VERIFIED


def _insert(table: type[Model], rows: Rows) -> None:
    if rows:
        db.session.execute(insert(table), rows, execution_options=WITH_NULLS)


def _insert_and_number(table: Any, rows: Rows) -> Sequence[int]:
    """Insert the rows and return their ids in the order of the rows."""
    numbered = insert(table).returning(table.id, sort_by_parameter_order=True)
    return db.session.scalars(numbered, rows, execution_options=WITH_NULLS).all()
