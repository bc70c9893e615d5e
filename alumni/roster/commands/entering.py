"""Entering the people of a roster whom we did not know, a few statements for thousands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert

from alumni.codes.commands import add_code
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import home_institution, normal_word
from alumni.db import Model, db, now, public_id
from alumni.people.commands import named
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.roster.comparing import PlaceOf, Values, city_of
from alumni.roster.models import RosterEntry
from alumni.roster.queries.lists import place_finder, words
from alumni.roster.rows import normal_phone, year_month

Row = dict[str, Any]

LONGEST = {"pinyin_surname": 60, "pinyin_given": 60, "sort_key": 220}
"""Characters that are kept of what follows from a name."""


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The office's lists as they stand in this transaction."""

    institution_id: int
    place_of: PlaceOf
    codes: dict[CodeKind, dict[str, Code]] = field(repr=False)

    def code(self, kind: CodeKind, name: str | None) -> Code | None:
        """The college or major of this name. One that we did not know is entered."""
        if name is None:
            return None
        known = self.codes[kind]
        normal = normal_word(name)
        if normal not in known:
            known[normal] = add_code(kind, name)
        return known[normal]


def read_lists() -> Lists:
    return Lists(
        institution_id=home_institution().id,
        place_of=place_finder(),
        codes={kind: words(kind) for kind in (CodeKind.COLLEGE, CodeKind.MAJOR)},
    )


def enter(rows: Sequence[Values], lists: Lists, batch_id: int) -> list[int]:
    """Enter a person for each of the rows, with all that the row says. Return their ids."""
    moment = now()
    people = [person_columns(values, moment) for values in rows]
    by_public_id = inserted_ids(Person, people, "public_id")
    person_ids = [by_public_id[person["public_id"]] for person in people]
    told = list(zip(person_ids, rows, strict=True))
    by_person = inserted_ids(Study, [study_row(*one, lists) for one in told], "person_id")
    insert_rows(StudyInstitution, [number_row(*one, by_person[one[0]], lists) for one in told])
    insert_rows(RosterEntry, [entry_row(*one, lists, batch_id) for one in told])
    insert_rows(Employment, [work_row(*one) for one in told if "employer" in one[1]])
    insert_rows(Residence, [home_row(*one, lists) for one in told if city_of(one[1])])
    insert_rows(ContactPoint, [point for one in told for point in contact_rows(*one)])
    reindex(person_ids)
    return person_ids


def insert_rows(model: type[Model], rows: list[Row]) -> None:
    if rows:
        db.session.execute(insert(cast("Table", model.__table__)), rows)


def inserted_ids(model: type[Model], rows: list[Row], key: str) -> dict[Any, int]:
    """Insert the rows and return the id of each by a column that tells them apart."""
    if not rows:
        return {}
    table = cast("Table", model.__table__)
    made = db.session.execute(insert(table).returning(table.c[key], table.c.id), rows)
    return dict(made.all())


def person_columns(values: Values, moment: datetime) -> Row:
    person = name_columns(values["name"])
    return person | {
        "public_id": public_id(),
        "name_latin": values.get("name_latin") or person["name_latin"],
        "name_en": values.get("name_en"),
        "sex": values.get("sex"),
        "status": PersonStatus.KNOWN,
        "created_at": moment,
        "updated_at": moment,
    }


def name_columns(name: str) -> Row:
    """The columns that follow from a name, of the longest as much as is kept."""
    columns: Row = {**named(name)}
    return columns | {key: columns[key][:longest] for key, longest in LONGEST.items()}


def study_row(person_id: int, values: Values, lists: Lists) -> Row:
    college = lists.code(CodeKind.COLLEGE, values.get("college"))
    major = lists.code(CodeKind.MAJOR, values.get("major"))
    return {
        "person_id": person_id,
        "is_primary": True,
        "level": values.get("level"),
        "college_id": college.id if college else None,
        "major_id": major.id if major else None,
        "class_label": values.get("class_label"),
        "entry_year": values.get("entry_year"),
        **graduation_columns(values),
    }


def graduation_columns(values: Values) -> Row:
    graduated = year_month(values["graduation"]) if "graduation" in values else None
    return {
        "graduation_year": graduated.year if graduated else None,
        "graduation_month": graduated.month if graduated else None,
    }


def number_row(person_id: int, values: Values, study_id: int, lists: Lists) -> Row:
    return {
        "person_id": person_id,
        "study_id": study_id,
        "institution_id": lists.institution_id,
        "student_number": values["student_number"],
    }


def entry_row(person_id: int, values: Values, lists: Lists, batch_id: int) -> Row:
    return {
        "institution_id": lists.institution_id,
        "number": values["student_number"],
        "name_zh": values["name"],
        "sex": values.get("sex"),
        "entry_year": values.get("entry_year"),
        **graduation_columns(values),
        "college": values.get("college"),
        "major": values.get("major"),
        "level": values.get("level"),
        "class_label": values.get("class_label"),
        "person_id": person_id,
        "batch_id": batch_id,
    }


def work_row(person_id: int, values: Values) -> Row:
    return {
        "person_id": person_id,
        "employer": values["employer"],
        "title": values.get("title"),
        "is_current": True,
    }


def home_row(person_id: int, values: Values, lists: Lists) -> Row:
    city = city_of(values) or ""
    return {
        "person_id": person_id,
        "written": city,
        "place_id": lists.place_of(city, values.get("province", "")),
        "is_current": True,
    }


def contact_rows(person_id: int, values: Values) -> list[Row]:
    """The ways to reach the person, each the first of its kind."""
    normal_forms: dict[ContactKind, Callable[[str], str]] = {
        ContactKind.EMAIL: str,
        ContactKind.PHONE: normal_phone,
    }
    return [
        {
            "person_id": person_id,
            "kind": kind,
            "value": values[kind.value],
            "normal": normal(values[kind.value]),
            "is_primary": True,
        }
        for kind, normal in normal_forms.items()
        if kind.value in values
    ]
