"""Fields of a study. A person may have several: they are read of the primary one, or of each."""

from typing import Any

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, CodeKind
from alumni.i18n import lazy_gettext
from alumni.people.fields.kinds import (
    Course,
    Field,
    FieldKind,
    Group,
    Joined,
    Reader,
    Taught,
    joined,
    listed,
    named,
    worded,
    year_month,
)
from alumni.people.fields.words import level_words
from alumni.people.models import Person, Study, StudyInstitution
from alumni.people.policy import shown

HOME_INSTITUTION = (
    select(Code.id)
    .where(Code.kind == CodeKind.INSTITUTION)
    .order_by(Code.position, Code.id)
    .limit(1)
    .scalar_subquery()
)
"""The own university: the first of the list."""

ONE_AFTER_THE_OTHER = (Study.is_primary.desc(), Study.graduation_year, Study.id)
"""The order of a person's studies: the primary one, then as they were done."""


def _course(joined_to: Joined) -> Course:
    study, here = joined_to.table, aliased(StudyInstitution)
    college, major, programme = aliased(Code), aliased(Code), aliased(Code)
    is_here = and_(here.study_id == study.id, here.institution_id == HOME_INSTITUTION)
    joins = {
        "study": joined_to,
        "here": joined(here, is_here),
        "college": joined(college, college.id == study.college_id),
        "major": joined(major, major.id == study.major_id),
        "programme": joined(programme, programme.id == study.programme_id),
    }
    return Course(study, here, college, major, programme, joins)


def primary_course() -> Course:
    """The primary study, so far as the reader may see it."""
    study = aliased(Study)
    return _course(
        joined(study, and_(study.person_id == Person.id, study.is_primary), is_levelled=True)
    )


def every_course() -> Course:
    """Each study that the reader may see: a row for each, and one for who has none."""
    study = aliased(Study)
    return _course(joined(study, study.person_id == Person.id, is_levelled=True))


def nth_course(number: int) -> Course:
    """Of the studies that the reader may see the first (0), the second (1) …"""
    study = aliased(Study)

    def on(reader: Reader) -> ColumnElement[bool]:
        nth = (
            select(Study.id)
            .where(Study.person_id == Person.id, shown(reader.actor, Study))
            .order_by(*ONE_AFTER_THE_OTHER)
            .offset(number)
            .limit(1)
            .correlate(Person)
        )
        return study.id == nth.scalar_subquery()

    return _course(Joined(table=study, on=on))


PRIMARY = primary_course()


def _of_partners(column: Any) -> Taught:
    """What stands at the other universities where the study is registered."""

    def taught(course: Course, reader: Reader) -> ColumnElement[Any]:
        there = aliased(StudyInstitution)
        rows = select().where(
            there.study_id == course.study.id, there.institution_id != HOME_INSTITUTION
        )
        value = getattr(there, column.key)
        return listed(rows, value, there.id, language=reader.language, of=course.study)

    return taught


def _institutions(course: Course, reader: Reader) -> ColumnElement[Any]:
    return _universities(course, reader, true())


def _partners(course: Course, reader: Reader) -> ColumnElement[Any]:
    return _universities(course, reader, StudyInstitution.institution_id != HOME_INSTITUTION)


def _universities(course: Course, reader: Reader, where: ColumnElement[bool]) -> ColumnElement[Any]:
    rows = (
        select()
        .select_from(StudyInstitution)
        .join(Code, Code.id == StudyInstitution.institution_id)
        .where(StudyInstitution.study_id == course.study.id, where)
    )
    name = named(Code, reader.language)
    order = (Code.position, Code.id)
    return listed(rows, name, *order, language=reader.language, of=course.study)


STUDIES = (
    Field(
        key="student_number",
        label=lazy_gettext("Student number"),
        group=Group.STUDIES,
        is_private=True,
        kind=FieldKind.NUMBER,
        taught=lambda course, reader: course.here.student_number,
        needs=("here",),
        synonyms="学号 学生学号 学籍号 studentnumber studentno studentid",
    ),
    Field(
        key="entry_year",
        label=lazy_gettext("Entry year"),
        group=Group.STUDIES,
        kind=FieldKind.YEAR,
        taught=lambda course, reader: course.study.entry_year,
        synonyms="入学年份 入学年 入学时间 入学年度 入学日期 年级 级 "
        "entryyear enrolled enrolledin yearofentry enrollmentyear",
    ),
    Field(
        key="entry",
        label=lazy_gettext("Entered in"),
        group=Group.STUDIES,
        taught=lambda course, reader: year_month(course.study.entry_year, course.study.entry_month),
    ),
    Field(
        key="graduation",
        label=lazy_gettext("Graduated in"),
        group=Group.STUDIES,
        kind=FieldKind.MONTH,
        taught=lambda course, reader: year_month(
            course.study.graduation_year, course.study.graduation_month
        ),
        synonyms="毕业时间 毕业年月 毕业日期 "
        "graduation graduationdate graduated graduatedin dateofgraduation",
    ),
    Field(
        key="graduation_year",
        label=lazy_gettext("Graduation year"),
        group=Group.STUDIES,
        kind=FieldKind.YEAR,
        taught=lambda course, reader: course.study.graduation_year,
        synonyms="毕业年份 毕业年 届别 毕业届别 届 graduationyear yearofgraduation classof",
    ),
    Field(
        key="college",
        label=lazy_gettext("College"),
        group=Group.STUDIES,
        kind=FieldKind.TEXT,
        taught=lambda course, reader: named(course.college, reader.language),
        needs=("college",),
        synonyms="学院 院系 学院系 所在学院 学院名称 系别 college school faculty",
    ),
    Field(
        key="major",
        label=lazy_gettext("Major"),
        group=Group.STUDIES,
        kind=FieldKind.TEXT,
        taught=lambda course, reader: named(course.major, reader.language),
        needs=("major",),
        synonyms="专业 专业名称 所学专业 major program programme subject",
    ),
    Field(
        key="level",
        label=lazy_gettext("Level of study"),
        group=Group.STUDIES,
        kind=FieldKind.LEVEL,
        taught=lambda course, reader: worded(level_words, course.study.level),
        synonyms="培养层次 学历层次 层次 学历 学位 学历学位 level levelofstudy degree",
    ),
    Field(
        key="programme",
        label=lazy_gettext("Programme"),
        group=Group.STUDIES,
        taught=lambda course, reader: named(course.programme, reader.language),
        needs=("programme",),
    ),
    Field(
        key="class_label",
        label=lazy_gettext("Class"),
        group=Group.STUDIES,
        kind=FieldKind.TEXT,
        taught=lambda course, reader: course.study.class_label,
        synonyms="班级 班 班级名称 行政班 class classlabel classname",
    ),
    Field(
        key="institutions",
        label=lazy_gettext("Universities"),
        group=Group.STUDIES,
        taught=_institutions,
    ),
    Field(
        key="supervisor",
        label=lazy_gettext("Supervisor"),
        group=Group.STUDIES,
        taught=lambda course, reader: course.study.supervisor,
    ),
    Field(
        key="degree",
        label=lazy_gettext("Degree awarded"),
        group=Group.STUDIES,
        kind=FieldKind.TEXT,
        taught=lambda course, reader: course.here.degree,
        needs=("here",),
        synonyms="授予学位 所授学位 学位名称 degreeawarded degreeconferred",
    ),
    Field(
        key="certificate_number",
        label=lazy_gettext("Certificate number"),
        group=Group.STUDIES,
        is_private=True,
        kind=FieldKind.CERTIFICATE,
        taught=lambda course, reader: course.here.certificate_number,
        needs=("here",),
        synonyms="毕业证号 毕业证书号 毕业证编号 毕业证书编号 证书编号 证书号 "
        "certificatenumber certificateno diplomanumber diplomano",
    ),
    Field(
        key="partner",
        label=lazy_gettext("Partner university"),
        group=Group.STUDIES,
        taught=_partners,
    ),
    Field(
        key="partner_number",
        label=lazy_gettext("Student number there"),
        group=Group.STUDIES,
        is_private=True,
        taught=_of_partners(StudyInstitution.student_number),
    ),
    Field(
        key="partner_degree",
        label=lazy_gettext("Degree awarded there"),
        group=Group.STUDIES,
        taught=_of_partners(StudyInstitution.degree),
    ),
)
