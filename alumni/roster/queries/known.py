"""What we know of the people whom rows of a file mean, to be compared with what the rows say."""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from alumni.codes.models import Code
from alumni.codes.queries import home_institution
from alumni.db import db, is_postgresql
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    Residence,
    Study,
    StudyInstitution,
    Training,
)
from alumni.people.policy import GONE
from alumni.roster.models import RosterEntry
from alumni.roster.queries.asking import told_rows


def numbered_people(numbers: Collection[str]) -> dict[str, int]:
    """Whom our university gave these student numbers, as far as we know."""
    told = [{"n": 0, "word": number} for number in numbers]
    given = {"rows": json.dumps(told), "home": home_institution().id}
    return dict(db.session.execute(_numbered(is_postgresql()), given).all())


@lru_cache(maxsize=2)
def _numbered(on_postgresql: bool) -> Executable:  # noqa: FBT001 - the engine at hand, to be cached by
    asked = told_rows(on_postgresql, word=String())
    home = bindparam("home", type_=Integer())
    ways = (
        (StudyInstitution, StudyInstitution.student_number),
        (RosterEntry, RosterEntry.number),
    )
    return union_all(
        *(
            select(number, table.person_id).where(
                table.institution_id == home, number.in_(select(asked.c.word))
            )
            for table, number in ways
        )
    )


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
        unlisted = _unlisted().join(StudyInstitution, StudyInstitution.person_id == Person.id)
        theirs = _with_record(unlisted.join(Study, Study.id == StudyInstitution.study_id)).where(
            StudyInstitution.institution_id == institution_id,
            StudyInstitution.student_number.in_(missing),
        )
        found |= {row.number: row for row in db.session.execute(theirs)}
    return found


def known_persons(person_ids: Collection[int]) -> dict[int, Any]:
    """What we know of these persons by their own record, by their id; of those gone nothing."""
    main = and_(Study.person_id == Person.id, Study.is_primary)
    here = and_(
        StudyInstitution.study_id == Study.id,
        StudyInstitution.institution_id == home_institution().id,
    )
    own = _unlisted().outerjoin(Study, main).outerjoin(StudyInstitution, here)
    theirs = _with_record(own).where(Person.id.in_(person_ids), Person.status.not_in(GONE))
    return {row.person_id: row for row in db.session.execute(theirs)}


_Work, _Home, _Mail, _Phone, _Chat, _Post = (
    aliased(Employment),
    aliased(Residence),
    aliased(ContactPoint),
    aliased(ContactPoint),
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
    Person.birth_year,
    Study.id.label("study_id"),
    StudyInstitution.id.label("registration_id"),
    StudyInstitution.certificate_number,
    StudyInstitution.degree,
    Study.entry_year.label("own_entry_year"),
    Study.graduation_year.label("own_graduation_year"),
    Study.graduation_month.label("own_graduation_month"),
    Study.level.label("own_level"),
    Study.class_label.label("own_class_label"),
    _College.name_zh.label("own_college"),
    _Major.name_zh.label("own_major"),
    _Work.id.label("employment_id"),
    _Work.employer,
    _Work.department,
    _Work.title,
    _Home.id.label("residence_id"),
    _Home.written.label("city"),
    _Home.place_id,
    _Mail.id.label("email_id"),
    _Mail.normal.label("email"),
    _Phone.id.label("phone_id"),
    _Phone.value.label("phone"),
    _Phone.normal.label("phone_normal"),
    _Chat.id.label("wechat_id"),
    _Chat.value.label("wechat"),
    _Chat.normal.label("wechat_normal"),
    _Post.id.label("postal_id"),
    _Post.value.label("postal"),
    _Post.normal.label("postal_normal"),
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


def _unlisted() -> Select[Any]:
    """Where no registrar has spoken, the own record stands for what we know."""
    own: tuple[Any, ...] = (
        StudyInstitution.student_number.label("number"),
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
    )
    return select(*own, *_PERSONAL).select_from(Person)


def _with_record(rows: Select[Any]) -> Select[Any]:
    """Join what there is once of each person, with the words for the study."""

    def primary(point: Any, kind: ContactKind) -> ColumnElement[bool]:
        return and_(point.person_id == Person.id, point.kind == kind, point.is_primary)

    return (
        rows.add_columns(_trainings().label("trainings"))
        .outerjoin(_College, _College.id == Study.college_id)
        .outerjoin(_Major, _Major.id == Study.major_id)
        .outerjoin(_Work, and_(_Work.person_id == Person.id, _Work.is_current))
        .outerjoin(_Home, and_(_Home.person_id == Person.id, _Home.is_current))
        .outerjoin(_Mail, primary(_Mail, ContactKind.EMAIL))
        .outerjoin(_Phone, primary(_Phone, ContactKind.PHONE))
        .outerjoin(_Chat, primary(_Chat, ContactKind.WECHAT))
        .outerjoin(_Post, primary(_Post, ContactKind.POSTAL))
    )


def _trainings() -> ColumnElement[Any]:
    """All trainings of the person, each as ``comparing.Trained`` has it."""
    hospital = aliased(Code)
    facts = (
        *(Training.id, Training.kind, Training.written, hospital.name_zh, hospital.name_en),
        Training.department,
        *(Training.from_year, Training.from_month, Training.to_year, Training.to_month),
    )
    told = (
        func.json_agg(func.json_build_array(*facts), type_=JSON())
        if is_postgresql()
        else func.json_group_array(func.json_array(*facts), type_=JSON())
    )
    mine = select(told).where(Training.person_id == Person.id).select_from(Training)
    listed = mine.outerjoin(hospital, hospital.id == Training.hospital_id)
    return listed.correlate(Person).scalar_subquery()
