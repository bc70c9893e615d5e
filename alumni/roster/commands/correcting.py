"""Bringing people whom we knew into line with a roster, a few statements for thousands."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update

from alumni.codes.models import CodeKind
from alumni.db import Model, db, today, upsert
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    Level,
    Person,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.roster.commands.entering import (
    Lists,
    Row,
    contact_rows,
    entry_row,
    graduation_columns,
    home_row,
    insert_rows,
    inserted_ids,
    name_columns,
    number_row,
    study_row,
    work_row,
)
from alumni.roster.comparing import Changes, Values
from alumni.roster.models import RosterEntry

AT_A_TIME = 500
"""So many people are held in memory while their search words are made."""

PLAIN = ("sex", "entry_year", "level", "class_label")
"""Columns of the same name in the roster and in the own record."""

WORDS = {"college": CodeKind.COLLEGE, "major": CodeKind.MAJOR}


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a row says, what we know of the person, and where the two differ."""

    values: Values
    known: Any
    changes: Changes

    @property
    def person_id(self) -> int:
        return int(self.known.person_id)


def correct(corrections: Sequence[Correction], lists: Lists, batch_id: int) -> None:
    """Write what differs: into the roster always, into the own record as far as it is not theirs.

    What somebody wrote there instead of what the registrar used to say is left alone.
    """
    _entries(corrections, lists, batch_id)
    set_rows(Person, filter(None, map(_person, corrections)), version=Person.version + 1)
    set_rows(Study, filter(None, (_study(one, lists) for one in corrections)))
    _numbers([one for one in corrections if one.known.number is None], lists)
    _work(corrections)
    _homes([one for one in corrections if "city" in one.changes], lists)
    _contacts([one for one in corrections if {"email", "phone"} & one.changes.keys()])
    person_ids = [one.person_id for one in corrections]
    for start in range(0, len(person_ids), AT_A_TIME):
        reindex(person_ids[start : start + AT_A_TIME])


def set_rows(model: type[Model], rows: Iterable[Row], **always: Any) -> None:
    """Set columns of rows by their ``id``, in one statement for each set of columns."""
    table = cast("Table", model.__table__)
    by_columns: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        columns = tuple(sorted(row.keys() - {"id"}))
        by_columns[columns].append({f"new_{key}": value for key, value in row.items()})
    for columns, group in by_columns.items():
        db.session.execute(
            update(table)
            .where(table.c.id == bindparam("new_id"))
            .values({column: bindparam(f"new_{column}") for column in columns} | always),
            group,
        )


def _entries(corrections: Sequence[Correction], lists: Lists, batch_id: int) -> None:
    fresh = [one for one in corrections if one.known.entry_id is None]
    named = ({"name": one.known.name, **one.values} for one in fresh)
    insert_rows(
        RosterEntry,
        [
            entry_row(one.person_id, values, lists, batch_id)
            for one, values in zip(fresh, named, strict=True)
        ],
    )
    set_rows(
        RosterEntry,
        (
            {"id": one.known.entry_id, "batch_id": batch_id, **columns}
            for one in corrections
            if one.known.entry_id is not None and (columns := _entry_columns(one.changes))
        ),
    )


def _entry_columns(changes: Changes) -> Row:
    columns = {key: changes[key][1] for key in (*PLAIN, *WORDS) if key in changes}
    if "name" in changes:
        columns["name_zh"] = changes["name"][1]
    if "graduation" in changes:
        columns |= graduation_columns({"graduation": changes["graduation"][1]})
    return columns


def _person(one: Correction) -> Row:
    """What changes in the person's own row, with its id; nothing, if nothing does."""
    known, changes = one.known, one.changes
    columns: Row = {}
    if "name" in changes and changes["name"][0] in (known.name_zh, known.name_latin):
        columns |= name_columns(changes["name"][1])
        if known.pinyin_edited:
            columns = {key: columns[key] for key in ("name_zh", "name_latin")}
    columns |= {key: changes[key][1] for key in ("name_latin", "name_en") if key in changes}
    if "sex" in changes and known.own_sex in (None, changes["sex"][0]):
        columns["sex"] = changes["sex"][1]
    return columns and {"id": known.person_id, **columns}


def _study(one: Correction, lists: Lists) -> Row:
    """What changes in the study, with its id; nothing where that would make no sense."""
    known, changes = one.known, one.changes
    if known.study_id is None:
        return {}
    columns: Row = {
        key: changes[key][1]
        for key in ("entry_year", "level", "class_label")
        if key in changes and getattr(known, f"own_{key}") in (None, changes[key][0])
    }
    columns |= _study_words(one, lists)
    own = (known.own_graduation_year, known.own_graduation_month)
    if "graduation" in changes and own in (
        (None, None),
        (known.graduation_year, known.graduation_month),
    ):
        columns |= graduation_columns({"graduation": changes["graduation"][1]})
    entered = columns.get("entry_year", known.own_entry_year)
    graduated = columns.get("graduation_year", known.own_graduation_year)
    if entered and graduated and entered > graduated:
        return {}
    return columns and {"id": known.study_id, **columns}


def _study_words(one: Correction, lists: Lists) -> Row:
    columns: Row = {}
    for key, kind in WORDS.items():
        if key in one.changes:
            old, new = (lists.code(kind, name) for name in one.changes[key])
            own = lists.code(kind, getattr(one.known, f"own_{key}"))
            if new is not None and own in (None, old):
                columns[f"{key}_id"] = new.id
    return columns


def _numbers(corrections: Sequence[Correction], lists: Lists) -> None:
    """Give the student number to people who had none: the office said whom the row means."""
    if not corrections:
        return
    without = [one for one in corrections if one.known.study_id is None]
    made = inserted_ids(
        Study, [study_row(one.person_id, one.values, lists) for one in without], "person_id"
    )
    statement = upsert(StudyInstitution)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[StudyInstitution.study_id, StudyInstitution.institution_id],
            set_={"student_number": statement.excluded.student_number},
        ),
        [
            number_row(one.person_id, one.values, one.known.study_id or made[one.person_id], lists)
            for one in corrections
        ],
    )


def _work(corrections: Sequence[Correction]) -> None:
    """A new employer follows the old one; a new title takes the place of the old."""
    moved = [one for one in corrections if "employer" in one.changes]
    promoted = [
        one for one in corrections if "title" in one.changes and "employer" not in one.changes
    ]
    _end(Employment, "is_current", (one.known.employment_id for one in moved))
    insert_rows(Employment, [work_row(one.person_id, one.values) for one in moved])
    set_rows(
        Employment,
        ({"id": one.known.employment_id, "title": one.changes["title"][1]} for one in promoted),
    )


def _homes(corrections: Sequence[Correction], lists: Lists) -> None:
    """A new home follows the old one, and is shown to whom that was."""
    former = [one.known.residence_id for one in corrections if one.known.residence_id is not None]
    shown_to = select(Residence.id, Residence.visibility).where(Residence.id.in_(former))
    levels: dict[int | None, Level] = dict(db.session.execute(shown_to).all())
    set_rows(Residence, ({"id": i, "is_current": False, "ends_on": today()} for i in former))
    insert_rows(
        Residence,
        [
            {
                **home_row(one.person_id, one.values, lists),
                "starts_on": today(),
                "visibility": levels.get(one.known.residence_id, Level.ALUMNI),
            }
            for one in corrections
        ],
    )


def _contacts(corrections: Sequence[Correction]) -> None:
    """What the roster says comes first; the former address or number stays beside it."""
    wanted = [
        point
        for one in corrections
        for point in contact_rows(one.person_id, one.values)
        if point["kind"].value in one.changes
    ]
    _end(ContactPoint, "is_primary", _former(corrections))
    mine = select(
        ContactPoint.person_id, ContactPoint.kind, ContactPoint.normal, ContactPoint.id
    ).where(ContactPoint.person_id.in_({point["person_id"] for point in wanted}))
    known = {tuple(theirs): i for *theirs, i in db.session.execute(mine)}

    def known_id(point: Row) -> int | None:
        return known.get((point["person_id"], point["kind"], point["normal"]))

    insert_rows(ContactPoint, [point for point in wanted if known_id(point) is None])
    set_rows(
        ContactPoint,
        ({"id": i, "is_primary": True} for point in wanted if (i := known_id(point)) is not None),
    )


def _former(corrections: Sequence[Correction]) -> Iterator[int | None]:
    for one in corrections:
        for kind in (ContactKind.EMAIL, ContactKind.PHONE):
            if kind.value in one.changes:
                yield getattr(one.known, f"{kind.value}_id")


def _end(model: type[Model], column: str, row_ids: Iterable[int | None]) -> None:
    """Rows of which there is one at most make room for the next."""
    set_rows(model, ({"id": i, column: False} for i in row_ids if i is not None))
