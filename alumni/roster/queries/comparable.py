"""Of many people what a row can be compared with, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Executable, bindparam, select

from alumni.db import db
from alumni.people import names
from alumni.people.commands import in_characters
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Person,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.people.policy import GONE
from alumni.roster.certificates import certificate_key
from alumni.roster.queries.recognising import Known


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """What we know of one person, as far as a row can be compared with it."""

    known: Known
    entry_years: frozenset[int]
    majors: frozenset[int]
    labels: frozenset[str]
    employers: frozenset[str]
    wechats: frozenset[str]
    verified: frozenset[str]
    """The telephones and addresses that are proven to be theirs."""


def people_by_id(
    person_ids: Collection[int], *, institution_id: int | None = None
) -> dict[int, Somebody]:
    """What we know of these people; nothing of those who are gone.

    With an ``institution_id`` the numbers are those that it gave, and no other's.
    """
    asked = {"ids": list(person_ids)}
    if not person_ids:
        return {}
    facts: dict[int, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for name, statement in _statements().items():
        for person_id, *said in db.session.execute(statement, asked):
            facts[person_id][name].add(tuple(said))
    people = db.session.execute(_people(), asked).all()
    for rows in facts.values():
        rows["registered"] = {
            (number if institution_id in (None, given_by) else None, certificate)
            for given_by, number, certificate in rows["registered"]
        }
    return {person.id: _somebody(person, facts[person.id]) for person in people}


def _somebody(person: Any, facts: dict[str, set[Any]]) -> Somebody:
    written = [person.name_zh, *_firsts(facts["former_names"])]
    english = person.name_en if " " in (person.name_en or "") else None
    latin = {_letters(name) for name in (*written, person.name_latin, english) if name}
    pinyin = _letters(f"{person.pinyin_surname} {person.pinyin_given}")
    studies, registered, points = facts["studies"], facts["registered"], facts["points"]
    known = Known(
        person_id=person.id,
        names=frozenset(names.simplified(name) for name in written if name),
        readings=frozenset({pinyin, *latin} - {""}),
        student_numbers=frozenset(number for number, _certificate in registered if number),
        certificate_numbers=frozenset(certificate_key(one) for _number, one in registered if one),
        studies=frozenset((year, college) for _entry, year, college, *_rest in studies),
        birth_year=person.birth_year,
        places=frozenset(_firsts(facts["places"])),
        emails=_of_kind(points, ContactKind.EMAIL),
        phones=_of_kind(points, ContactKind.PHONE),
        status=person.status,
    )
    return Somebody(
        known=known,
        entry_years=frozenset(entry for entry, *_rest in studies if entry),
        majors=frozenset(major for *_rest, major, _label in studies if major),
        labels=frozenset(label for *_rest, label in studies if label),
        employers=frozenset(_firsts(facts["employers"])),
        wechats=_of_kind(points, ContactKind.WECHAT),
        verified=frozenset(normal for _kind, normal, at in points if at is not None),
    )


def _firsts(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    return [row[0] for row in rows if row[0] is not None]


def _of_kind(points: Iterable[tuple[Any, ...]], kind: ContactKind) -> frozenset[str]:
    return frozenset(normal for one, normal, _at in points if one is kind)


def _letters(name: str) -> str:
    return "" if in_characters(name) else names.tidy_reading(name).replace(" ", "")


_WHOSE: BindParameter[Any] = bindparam("ids", expanding=True)


@lru_cache(maxsize=1)
def _people() -> Executable:
    return select(
        Person.id,
        Person.status,
        Person.name_zh,
        Person.name_latin,
        Person.name_en,
        Person.pinyin_surname,
        Person.pinyin_given,
        Person.birth_year,
    ).where(Person.id.in_(_WHOSE), Person.status.not_in(GONE))


@lru_cache(maxsize=1)
def _statements() -> dict[str, Executable]:
    told = {
        "former_names": (FormerName, FormerName.name),
        "studies": (
            Study,
            Study.entry_year,
            Study.graduation_year,
            Study.college_id,
            Study.major_id,
            Study.class_label,
        ),
        "registered": (
            StudyInstitution,
            StudyInstitution.institution_id,
            StudyInstitution.student_number,
            StudyInstitution.certificate_number,
        ),
        "points": (ContactPoint, ContactPoint.kind, ContactPoint.normal, ContactPoint.verified_at),
        "employers": (Employment, Employment.employer),
        "places": (Residence, Residence.place_id),
    }
    return {
        name: select(table.person_id, *columns).where(table.person_id.in_(_WHOSE))
        for name, (table, *columns) in told.items()
    }
