"""Finding whom the rows of a file mean: a fixed number of statements, however many rows."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    String,
    and_,
    bindparam,
    collate,
    exists,
    null,
    or_,
    select,
    union_all,
)

from alumni.codes.models import CodeKind
from alumni.codes.queries import home_institution, normal_word
from alumni.db import db, is_postgresql
from alumni.people import names
from alumni.people.commands import in_characters
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Person,
    Study,
    StudyInstitution,
)
from alumni.roster.certificates import certificate_key, certificate_key_of
from alumni.roster.comparing import PlaceOf, Values, located, normal_words
from alumni.roster.matching import NOBODY, VERIFIED, Facts, Meant, meant
from alumni.roster.models import BatchKind
from alumni.roster.queries.asking import told_rows
from alumni.roster.queries.comparable import Somebody, people_by_id
from alumni.roster.queries.lists import words
from alumni.roster.queries.recognising import Told, compare, reading_keys
from alumni.roster.rows import normal_phone, year_month

MOST_BEARERS = 50_000
"""So many names are held in memory."""

Pairs: TypeAlias = dict[int, set[int]]
"""Number of a row → the people whom it may mean."""


class Bearers:
    """The names of people, as they are written, under whatever a row may write."""

    def __init__(self, known: Iterable[Sequence[str | None]]) -> None:
        """``known``: names in characters, and what those are sorted by who have none."""
        spellings: dict[str, set[str]] = defaultdict(set)
        keys: set[str] = set()
        for name, key in known:
            if name is not None:
                spellings[names.simplified(name)].add(name)
            elif key is not None:
                keys.add(key)
        self._spellings, self._keys = dict(spellings), frozenset(keys)

    def spellings(self, name: str) -> AbstractSet[str]:
        return self._spellings.get(names.simplified(name), frozenset())

    def keys(self, name: str) -> AbstractSet[str]:
        """By what to look for people without characters, and for everybody of a Latin name."""
        if not in_characters(name):
            return reading_keys(name)
        return reading_keys(name) & self._keys if self._keys else self._keys


class Matcher:
    """What is needed to find people, read once for many rows."""

    def __init__(self, kind: BatchKind, place_of: PlaceOf) -> None:
        self.kind = kind
        self.place_of = place_of
        self.institution_id = home_institution().id
        self.colleges, self.majors = (
            {word: code.id for word, code in words(one).items()}
            for one in (CodeKind.COLLEGE, CodeKind.MAJOR)
        )

    @cached_property
    def bearers(self) -> Bearers | None:
        """The names that a registrar's row may mean by name: of people to whom our university

        gave no number. None where they are many, or where others are meant as well: then each
        name is looked up. Most rosters come when nearly everybody has a number, and bearers of a
        name can be dozens.
        """
        if self.kind is not BatchKind.REGISTRAR:
            return None
        given = {"home": self.institution_id}
        numbered = select(StudyInstitution.person_id).where(_NUMBERED_HERE)
        others = select(Person.id).except_(numbered).limit(MOST_BEARERS + 1)
        person_ids = db.session.scalars(others, given).all()
        if len(person_ids) > MOST_BEARERS:
            return None
        told = {"rows": json.dumps([{"n": person_id} for person_id in person_ids])}
        return Bearers(db.session.execute(_names_of(is_postgresql()), told).all())

    def find(self, rows: Sequence[Values]) -> list[Meant]:
        """Whom each of the rows means, or may mean."""
        pairs = self._pairs(rows)
        known = people_by_id(
            {person_id for some in pairs.values() for person_id in some},
            institution_id=self.institution_id if self.kind is BatchKind.REGISTRAR else None,
        )
        return [
            meant(self.kind, self._compared(row, pairs[number], known))
            if number in pairs
            else NOBODY
            for number, row in enumerate(rows)
        ]

    def _pairs(self, rows: Sequence[Values]) -> Pairs:
        asked = {
            "numbers": list(_numbers(rows, self.kind)),
            "certificates": list(_certificates(rows)),
            "points": list(_points(rows)),
            "names": list(_names(rows, self.bearers)) if rows else [],
        }
        is_registrar = self.kind is BatchKind.REGISTRAR
        pairs: Pairs = defaultdict(set)
        for way, told in asked.items():
            if told:
                statement = _STATEMENTS[way](is_postgresql(), is_registrar)
                given = {"rows": json.dumps(told, ensure_ascii=False), "home": self.institution_id}
                for number, person_id in db.session.execute(statement, given):
                    pairs[number].add(person_id)
        return pairs

    def _compared(
        self, row: Values, person_ids: Iterable[int], known: Mapping[int, Somebody]
    ) -> dict[int, Facts]:
        told = self._told(row)
        return {
            person_id: self._facts(row, told, known[person_id])
            for person_id in person_ids
            if person_id in known
        }

    def _told(self, row: Values) -> Told:
        return Told(
            name=row.get("name", ""),
            student_number=row.get("student_number"),
            certificate_number=_certificate(row),
            graduation_year=_year(row),
            birth_year=row.get("birth_year"),
            college_id=self.colleges.get(normal_word(row.get("college", ""))),
            place_id=located(row, self.place_of).place_id,
            email=row.get("email", ""),
            phone=normal_phone(row["phone"]) if "phone" in row else "",
        )

    def _facts(self, row: Values, told: Told, somebody: Somebody) -> dict[str, bool]:
        facts = compare(told, somebody.known)
        major = self.majors.get(normal_word(row.get("major", "")))
        also = {
            "entry_year": _among(row.get("entry_year"), somebody.entry_years),
            "major": _among(major, somebody.majors),
            "class_label": _among(row.get("class_label"), somebody.labels),
            "employer": row.get("employer") in somebody.employers or None,
            "wechat": normal_words(row.get("wechat", "")) in somebody.wechats or None,
            VERIFIED: bool({told.phone, told.email} & somebody.verified) or None,
        }
        return facts | {fact: agrees for fact, agrees in also.items() if agrees is not None}


def _among(one: Any, some: frozenset[Any]) -> bool | None:
    return None if one is None or not some else one in some


def _year(row: Values) -> int | None:
    return year_month(row["graduation"]).year if "graduation" in row else None


def _certificate(row: Values) -> str | None:
    return certificate_key(row["certificate_number"]) if "certificate_number" in row else None


def _numbers(rows: Sequence[Values], kind: BatchKind) -> Iterable[dict[str, Any]]:
    """A registrar's numbers are looked up before, and mean nobody else's."""
    if kind is not BatchKind.REGISTRAR:
        for n, row in enumerate(rows):
            if "student_number" in row:
                yield {"n": n, "word": row["student_number"]}


def _certificates(rows: Sequence[Values]) -> Iterable[dict[str, Any]]:
    for n, row in enumerate(rows):
        if "certificate_number" in row:
            yield {"n": n, "word": certificate_key(row["certificate_number"])}


def _points(rows: Sequence[Values]) -> Iterable[dict[str, Any]]:
    for n, row in enumerate(rows):
        if "phone" in row:
            yield {"n": n, "kind": ContactKind.PHONE.value, "word": normal_phone(row["phone"])}
        if "email" in row:
            yield {"n": n, "kind": ContactKind.EMAIL.value, "word": row["email"]}


def _names(rows: Sequence[Values], bearers: Bearers | None) -> Iterable[dict[str, Any]]:
    """With the year in which they graduated, or else entered: what speaks against it is not

    looked at, where a name alone would bring up dozens.
    """
    for n, row in enumerate(rows):
        if "name" not in row:
            continue
        name = row["name"]
        written = {name, names.simplified(name)} if bearers is None else bearers.spellings(name)
        read = reading_keys(name) if bearers is None else bearers.keys(name)
        asked = [(word, "") for word in sorted(written)] + [("", key) for key in sorted(read)]
        year = _year(row)
        entry = row.get("entry_year") if year is None else None
        for word, key in asked:
            yield {"n": n, "word": word, "key": key, "year": year, "entry": entry}


@lru_cache(maxsize=4)
def _by_number(on_postgresql: bool, is_registrar: bool) -> Executable:  # noqa: FBT001 - to be cached by
    asked = told_rows(on_postgresql, word=String())
    there = StudyInstitution
    return select(asked.c.n, there.person_id).join(there, there.student_number == asked.c.word)


@lru_cache(maxsize=4)
def _by_certificate(on_postgresql: bool, is_registrar: bool) -> Executable:  # noqa: FBT001 - to be cached by
    asked = told_rows(on_postgresql, word=String())
    there = StudyInstitution
    borne = certificate_key_of(there.certificate_number)
    return select(asked.c.n, there.person_id).join(there, borne == asked.c.word)


@lru_cache(maxsize=4)
def _by_point(on_postgresql: bool, is_registrar: bool) -> Executable:  # noqa: FBT001 - to be cached by
    asked = told_rows(on_postgresql, kind=String(), word=String())
    same = and_(ContactPoint.kind == asked.c.kind, ContactPoint.normal == asked.c.word)
    return select(asked.c.n, ContactPoint.person_id).join(ContactPoint, same)


@lru_cache(maxsize=4)
def _by_name(on_postgresql: bool, is_registrar: bool) -> Executable:  # noqa: FBT001 - to be cached by
    """Those of the name, or who once had it, or whose name is read so, in a year that may be."""
    columns = {"word": String(), "key": String(), "year": Integer(), "entry": Integer()}
    asked = told_rows(on_postgresql, **columns)
    key = collate(asked.c.key, "C") if on_postgresql else asked.c.key
    is_key = asked.c.key != ""
    read_so = and_(is_key, Person.sort_key >= key, Person.sort_key < key + "!")
    once = select(asked.c.n, FormerName.person_id, asked.c.year, asked.c.entry).join(
        FormerName, and_(asked.c.word != "", FormerName.name == asked.c.word)
    )
    ways = [
        select(asked.c.n, Person.id.label("person_id"), asked.c.year, asked.c.entry).join(
            Person, way
        )
        for way in (Person.name_zh == asked.c.word, read_so)
    ]
    named = union_all(*ways, once).subquery("named")
    found = (
        select(named.c.n, named.c.person_id)
        .outerjoin(Study, Study.person_id == named.c.person_id)
        .where(
            or_(
                named.c.year.is_(None),
                Study.graduation_year.is_(None),
                Study.graduation_year == named.c.year,
            ),
            or_(
                named.c.entry.is_(None),
                Study.entry_year.is_(None),
                Study.entry_year == named.c.entry,
            ),
        )
    )
    return found.where(~_is_numbered(named.c.person_id)) if is_registrar else found


_NUMBERED_HERE = and_(
    StudyInstitution.institution_id == bindparam("home"),
    StudyInstitution.student_number.is_not(None),
)


def _is_numbered(person_id: Any) -> ColumnElement[bool]:
    """Whether our university gave the person a number already: then the row's is another's."""
    return exists().where(StudyInstitution.person_id == person_id, _NUMBERED_HERE)


@lru_cache(maxsize=2)
def _names_of(on_postgresql: bool) -> Executable:  # noqa: FBT001 - to be cached by
    """The names in characters, today's and former ones, and the sort keys, of people by their

    numbers.
    """
    asked = told_rows(on_postgresql)
    today = select(Person.name_zh, Person.sort_key).join(asked, asked.c.n == Person.id)
    once = select(FormerName.name, null()).join(asked, asked.c.n == FormerName.person_id)
    return union_all(today, once)


_STATEMENTS = {
    "numbers": _by_number,
    "certificates": _by_certificate,
    "points": _by_point,
    "names": _by_name,
}
