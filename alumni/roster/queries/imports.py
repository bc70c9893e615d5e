"""Imports as the office reads them, and whom the rows of a roster mean."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, null, select
from sqlalchemy.orm import aliased

from alumni.authz import Actor, require
from alumni.codes.models import Code
from alumni.codes.queries import home_institution
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.people.fields import level_words, sex_words
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.people.policy import GONE
from alumni.roster.cells import REASONS
from alumni.roster.comparing import Changes, PlaceOf, changes
from alumni.roster.models import ImportBatch, ImportRow, RosterEntry, Verdict
from alumni.roster.policy import may_import
from alumni.roster.rows import Told, year_month


class Judged(NamedTuple):
    """A row of a file and what it means for what we know."""

    told: Told
    verdict: Verdict
    changes: Changes
    person_id: int | None
    """Whom it changes; of a possible one, whom it may mean."""


def batches(actor: Actor) -> Select[ImportBatch]:
    """All imports, the newest first."""
    require(may_import, actor)
    return select(ImportBatch).order_by(ImportBatch.id.desc())


def get_batch(actor: Actor, public_id: str) -> ImportBatch:
    require(may_import, actor)
    batch = db.session.scalar(select(ImportBatch).where(ImportBatch.public_id == public_id))
    if batch is None:
        raise NotFound
    return batch


def batch_rows(batch: ImportBatch, verdict: Verdict) -> Select[ImportRow]:
    """The rows of this verdict as they stand in the file."""
    return (
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.verdict == verdict)
        .order_by(ImportRow.line)
    )


def people_of(rows: Sequence[ImportRow]) -> dict[int, Person]:
    """The persons whom the rows mean or may mean, by their id."""
    person_ids = {row.person_id for row in rows if row.person_id is not None}
    found = db.session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return {person.id: person for person in found}


def said(key: str, value: Any) -> str:
    """A value of a field as the reader says it."""
    words = {"sex": sex_words, "level": level_words}
    if value is None:
        return ""
    return words[key]().get(value, str(value)) if key in words else str(value)


def wrong_cells(
    columns: Mapping[str, str | None], rows: Iterable[Told | ImportRow]
) -> Iterator[tuple[int, str, str, str]]:
    """What is wrong in each of the rows: line, header of the column, what was written, why."""
    headers = {key: header for header, key in columns.items()}
    for row in rows:
        for key, written, reason in row.reasons:
            yield row.line, headers.get(key, ""), written, _(reason)


def wrong_table(
    columns: Mapping[str, str | None], rows: Iterable[Told | ImportRow]
) -> tuple[list[str], list[list[str | int | None]]]:
    """Labels and rows of the wrong rows as they were written, to be corrected and brought in."""
    headers = {header: key for header, key in columns.items() if key is not None}
    table: list[list[str | int | None]] = []
    for row in rows:
        named = wrong_cells(columns, [row])
        why = "; ".join(f"{header} {reason}".strip() for _line, header, _cell, reason in named)
        table.append([row.line, *(row.values.get(key, "") for key in headers.values()), why])
    return [_("Line"), *headers, _("What is wrong")], table


def judged(rows: Sequence[Told], place_of: PlaceOf) -> Iterator[Judged]:
    """Say of each row what it would do. It is compared in three statements, however many."""
    good = [row for row in rows if not row.reasons]
    known = known_people([row.values["student_number"] for row in good])
    unknown = [row for row in good if row.values["student_number"] not in known]
    alike = _look_alikes({row.values["name"] for row in unknown if "name" in row.values})
    for row in rows:
        if row.reasons:
            yield Judged(row, Verdict.ERROR, {}, None)
        elif row.values["student_number"] in known:
            yield _judged_known(row, known[row.values["student_number"]], place_of)
        else:
            yield _judged_new(row, alike)


def known_people(numbers: Collection[str]) -> dict[str, Any]:
    """What we know of those with these student numbers of our university.

    From the roster, or of who gave the number without being in the roster (``entry_id`` None).
    """
    institution_id = home_institution().id
    listed = _listed().where(
        RosterEntry.institution_id == institution_id, RosterEntry.number.in_(numbers)
    )
    found = {row.number: row for row in db.session.execute(listed)}
    missing = [number for number in numbers if number not in found]
    if missing:
        unlisted = _unlisted(StudyInstitution.student_number).join(
            StudyInstitution, StudyInstitution.person_id == Person.id
        )
        theirs = _with_record(unlisted.join(Study, Study.id == StudyInstitution.study_id)).where(
            StudyInstitution.institution_id == institution_id,
            StudyInstitution.student_number.in_(missing),
        )
        found |= {row.number: row for row in db.session.execute(theirs)}
    return found


def known_persons(person_ids: Collection[int]) -> dict[int, Any]:
    """What we know of persons who have no student number, by their id."""
    main = and_(Study.person_id == Person.id, Study.is_primary)
    theirs = _with_record(_unlisted(null()).outerjoin(Study, main)).where(Person.id.in_(person_ids))
    return {row.person_id: row for row in db.session.execute(theirs)}


_Work, _Home, _Mail, _Phone = (
    aliased(Employment),
    aliased(Residence),
    aliased(ContactPoint),
    aliased(ContactPoint),
)
_College, _Major = aliased(Code), aliased(Code)

_ENTRY: tuple[Any, ...] = (
    RosterEntry.number,
    RosterEntry.id.label("entry_id"),
    RosterEntry.name_zh.label("name"),
    RosterEntry.sex,
    RosterEntry.entry_year,
    RosterEntry.graduation_year,
    RosterEntry.graduation_month,
    RosterEntry.college,
    RosterEntry.major,
    RosterEntry.level,
    RosterEntry.class_label,
)
"""What the registrar said last."""

_PERSONAL: tuple[Any, ...] = (
    Person.id.label("person_id"),
    Person.status,
    Person.name_zh,
    Person.name_latin,
    Person.name_en,
    Person.pinyin_edited,
    Person.sex.label("own_sex"),
    Study.id.label("study_id"),
    Study.entry_year.label("own_entry_year"),
    Study.graduation_year.label("own_graduation_year"),
    Study.graduation_month.label("own_graduation_month"),
    Study.level.label("own_level"),
    Study.class_label.label("own_class_label"),
    _College.name_zh.label("own_college"),
    _Major.name_zh.label("own_major"),
    _Work.id.label("employment_id"),
    _Work.employer,
    _Work.title,
    _Home.id.label("residence_id"),
    _Home.written.label("city"),
    _Home.place_id,
    _Mail.id.label("email_id"),
    _Mail.normal.label("email"),
    _Phone.id.label("phone_id"),
    _Phone.value.label("phone"),
    _Phone.normal.label("phone_normal"),
)
"""What a person's own record says."""


def _listed() -> Select[Any]:
    rows = (
        select(*_ENTRY, *_PERSONAL)
        .join(Person, Person.id == RosterEntry.person_id)
        .outerjoin(
            StudyInstitution,
            and_(
                StudyInstitution.person_id == Person.id,
                StudyInstitution.institution_id == RosterEntry.institution_id,
                StudyInstitution.student_number == RosterEntry.number,
            ),
        )
        .outerjoin(Study, Study.id == StudyInstitution.study_id)
    )
    return _with_record(rows)


def _unlisted(number: Any) -> Select[Any]:
    """Where no registrar has spoken, the own record stands for what we know."""
    return select(
        number.label("number"),
        cast(null(), Integer).label("entry_id"),
        func.coalesce(Person.name_zh, Person.name_latin, Person.name_en).label("name"),
        Person.sex,
        Study.entry_year,
        Study.graduation_year,
        Study.graduation_month,
        _College.name_zh.label("college"),
        _Major.name_zh.label("major"),
        Study.level,
        Study.class_label,
        *_PERSONAL,
    ).select_from(Person)


def _with_record(rows: Select[Any]) -> Select[Any]:
    """Join what there is once of each person, with the words for the study."""

    def primary(point: Any, kind: ContactKind) -> ColumnElement[bool]:
        return and_(point.person_id == Person.id, point.kind == kind, point.is_primary)

    return (
        rows.outerjoin(_College, _College.id == Study.college_id)
        .outerjoin(_Major, _Major.id == Study.major_id)
        .outerjoin(_Work, and_(_Work.person_id == Person.id, _Work.is_current))
        .outerjoin(_Home, and_(_Home.person_id == Person.id, _Home.is_current))
        .outerjoin(_Mail, primary(_Mail, ContactKind.EMAIL))
        .outerjoin(_Phone, primary(_Phone, ContactKind.PHONE))
    )


def _judged_known(row: Told, known: Any, place_of: PlaceOf) -> Judged:
    name = row.values.get("name")
    if known.entry_id is None and name not in (None, known.name):
        return Judged(row, Verdict.POSSIBLE, {}, known.person_id)
    told = changes(row.values, known, place_of)
    verdict = Verdict.UPDATED if told else Verdict.UNCHANGED
    return Judged(row, verdict, told, known.person_id)


def _judged_new(row: Told, alike: dict[tuple[str, int], int]) -> Judged:
    name = row.values.get("name")
    if name is None:
        values = {key: str(value) for key, value in row.values.items()}
        wrong = row._replace(values=values, reasons=[["name", "", REASONS["missing"]]])
        return Judged(wrong, Verdict.ERROR, {}, None)
    if "graduation" in row.values:
        other = alike.get((name, year_month(row.values["graduation"]).year))
        if other is not None:
            return Judged(row, Verdict.POSSIBLE, {}, other)
    return Judged(row, Verdict.NEW, {}, None)


def _look_alikes(names: Collection[str]) -> dict[tuple[str, int], int]:
    """Persons without a student number of ours by name and year of graduation."""
    if not names:
        return {}
    numbered = select(StudyInstitution.id).where(
        StudyInstitution.study_id == Study.id,
        StudyInstitution.institution_id == home_institution().id,
        StudyInstitution.student_number.is_not(None),
    )
    alike = (
        select(Person.name_zh, Study.graduation_year, Person.id)
        .join(Study, and_(Study.person_id == Person.id, Study.is_primary))
        .where(Person.name_zh.in_(names), Person.status.not_in(GONE), ~numbered.exists())
        .where(Study.graduation_year.is_not(None))
        .order_by(Person.id.desc())
    )
    found: dict[tuple[str, int], int] = {}
    for name, year, person_id in db.session.execute(alike):
        found[str(name), int(year or 0)] = person_id
    return found
