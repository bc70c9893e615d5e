"""Fields: training at hospitals, work, and where somebody lives."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, Place, PlaceKind
from alumni.i18n import lazy_gettext
from alumni.people.fields.kinds import (
    Column,
    Field,
    FieldKind,
    Group,
    Joined,
    Reader,
    joined,
    listed,
    named,
    plain,
    span,
    worded,
    year_month,
)
from alumni.people.fields.words import training_words
from alumni.people.models import Employment, Person, Residence, Training
from alumni.people.policy import shown

_Latest, _Hospital = aliased(Training), aliased(Code)
_Work, _Industry = aliased(Employment), aliased(Code)
_Home, _Here, _Above, _Top = aliased(Residence), aliased(Place), aliased(Place), aliased(Place)


def _is_latest(reader: Reader) -> ColumnElement[bool]:
    latest = (
        select(Training.id)
        .where(Training.person_id == Person.id, shown(reader.actor, Training))
        .order_by(func.coalesce(Training.from_year, 0).desc(), Training.id.desc())
        .limit(1)
        .correlate(Person)
    )
    return _Latest.id == latest.scalar_subquery()


LATEST = Joined(table=_Latest, on=_is_latest)
HOSPITAL = joined(_Hospital, _Hospital.id == _Latest.hospital_id)
WORK = joined(_Work, and_(_Work.person_id == Person.id, _Work.is_current), is_levelled=True)
INDUSTRY = joined(_Industry, _Industry.id == _Work.industry_id)
HOME = joined(_Home, and_(_Home.person_id == Person.id, _Home.is_current), is_levelled=True)
HERE = joined(_Here, _Here.id == _Home.place_id)
ABOVE = joined(_Above, _Above.id == _Here.parent_id)
TOP = joined(_Top, _Top.id == _Above.parent_id)


def _trainings(reader: Reader) -> ColumnElement[Any]:
    """规培 北京协和医院 心内科 2001–2004, one after the other."""
    training, hospital = aliased(Training), aliased(Code)
    rows = (
        select()
        .select_from(training)
        .outerjoin(hospital, hospital.id == training.hospital_id)
        .where(training.person_id == Person.id, shown(reader.actor, training))
    )
    parts = (
        worded(training_words, training.kind),
        named(hospital, reader.language, func.nullif(training.written, "")),
        training.department,
        span(training),
    )
    order = (training.from_year, training.id)
    return listed(rows, _spaced(*parts), *order, language=reader.language)


def _earlier_work(reader: Reader) -> ColumnElement[Any]:
    work = aliased(Employment)
    rows = select().where(
        work.person_id == Person.id, work.is_current.is_(False), shown(reader.actor, work)
    )
    value = _spaced(work.employer, work.department, work.title, span(work))
    return listed(rows, value, work.from_year, work.id, language=reader.language)


def _spaced(*parts: Any) -> ColumnElement[Any]:
    """The parts that there are, a blank between them."""
    said: ColumnElement[Any] = literal("")
    for part in parts:
        said = func.trim(said + " " + func.coalesce(part, ""))
    return func.nullif(said, "")


def _of_kind(kind: PlaceKind, *tables: Any) -> Column:
    """The name of the place of this kind among the one lived in and those it lies in."""

    def column(reader: Reader) -> ColumnElement[Any]:
        return case(*((table.kind == kind, named(table, reader.language)) for table in tables))

    return column


def _city(reader: Reader) -> ColumnElement[Any]:
    """The city of the list, or else the words it was given in, unless they name no city."""
    is_wider = _Here.kind.in_((PlaceKind.PROVINCE, PlaceKind.COUNTRY))
    is_named_so = or_(_Home.written == _Here.name_zh, _Home.written == _Here.name_en)
    return case(
        (and_(is_wider, is_named_so), None),
        (is_wider, _Home.written),
        else_=named(_Here, reader.language, _Home.written),
    )


TRAININGS_AND_WORK = (
    Field(
        key="employer",
        label=lazy_gettext("Employer"),
        group=Group.WORK,
        kind=FieldKind.TEXT,
        column=plain(_Work.employer),
        joins=(WORK,),
        synonyms="工作单位 单位 单位名称 就业单位 现工作单位 所在单位 "
        "employer company organization organisation workplace",
    ),
    Field(
        key="department",
        label=lazy_gettext("Department"),
        group=Group.WORK,
        kind=FieldKind.TEXT,
        column=plain(_Work.department),
        joins=(WORK,),
        synonyms="科室 所在科室 工作科室 部门 所在部门 工作部门 department division",
    ),
    Field(
        key="title",
        label=lazy_gettext("Job title"),
        group=Group.WORK,
        kind=FieldKind.TEXT,
        column=plain(_Work.title),
        joins=(WORK,),
        synonyms="职务 职称 职务职称 职位 岗位 title jobtitle position",
    ),
    Field(
        key="industry",
        label=lazy_gettext("Industry"),
        group=Group.WORK,
        column=lambda reader: named(_Industry, reader.language),
        joins=(WORK, INDUSTRY),
    ),
    Field(
        key="employed_since",
        label=lazy_gettext("Works there since"),
        group=Group.WORK,
        column=plain(year_month(_Work.from_year, _Work.from_month)),
        joins=(WORK,),
    ),
    Field(
        key="earlier_work",
        label=lazy_gettext("Earlier jobs"),
        group=Group.WORK,
        column=_earlier_work,
    ),
    Field(
        key="hospital",
        label=lazy_gettext("Training hospital"),
        group=Group.WORK,
        kind=FieldKind.TEXT,
        column=lambda reader: named(_Hospital, reader.language, func.nullif(_Latest.written, "")),
        joins=(LATEST, HOSPITAL),
        synonyms="培训医院 规培医院 规培基地 培训基地 进修医院 实习医院 培训单位 "
        "traininghospital hospitaloftraining trainedat",
    ),
    Field(
        key="training_kind",
        label=lazy_gettext("Kind of training"),
        group=Group.WORK,
        kind=FieldKind.TRAINING,
        column=lambda reader: worded(training_words, _Latest.kind),
        joins=(LATEST,),
        synonyms="培训类别 培训类型 培训性质 "
        "kindoftraining trainingkind typeoftraining trainingtype",
    ),
    Field(
        key="training_department",
        label=lazy_gettext("Department of training"),
        group=Group.WORK,
        kind=FieldKind.TEXT,
        column=plain(_Latest.department),
        joins=(LATEST,),
        synonyms="培训科室 规培科室 进修科室 实习科室 轮转科室 "
        "departmentoftraining trainingdepartment",
    ),
    Field(
        key="training_from",
        label=lazy_gettext("Beginning of training"),
        group=Group.WORK,
        kind=FieldKind.MONTH,
        column=plain(year_month(_Latest.from_year, _Latest.from_month)),
        joins=(LATEST,),
        synonyms="培训开始时间 培训起始时间 培训开始 规培开始时间 进修开始时间 实习开始时间 "
        "beginningoftraining trainingfrom trainingstart trainingbegan",
    ),
    Field(
        key="training_to",
        label=lazy_gettext("End of training"),
        group=Group.WORK,
        kind=FieldKind.MONTH,
        column=plain(year_month(_Latest.to_year, _Latest.to_month)),
        joins=(LATEST,),
        synonyms="培训结束时间 培训终止时间 培训结束 规培结束时间 进修结束时间 实习结束时间 "
        "endoftraining trainingto trainingend trainingended",
    ),
    Field(
        key="training_years",
        label=lazy_gettext("Time of training"),
        group=Group.WORK,
        column=plain(span(_Latest)),
        joins=(LATEST,),
    ),
    Field(
        key="training_certificate",
        label=lazy_gettext("Certificate of training"),
        group=Group.WORK,
        is_private=True,
        column=plain(_Latest.certificate_number),
        joins=(LATEST,),
    ),
    Field(
        key="trainings",
        label=lazy_gettext("All training"),
        group=Group.WORK,
        column=_trainings,
    ),
)

PLACES = (
    Field(
        key="province",
        label=lazy_gettext("Province"),
        group=Group.PLACES,
        kind=FieldKind.PLACE,
        column=_of_kind(PlaceKind.PROVINCE, _Here, _Above),
        joins=(HOME, HERE, ABOVE),
        synonyms="省 省份 所在省 所在省份 省市区 州 province state stateprovince",
    ),
    Field(
        key="city",
        label=lazy_gettext("City"),
        group=Group.PLACES,
        kind=FieldKind.PLACE,
        column=_city,
        joins=(HOME, HERE),
        synonyms="城市 所在城市 现居城市 居住城市 所在地 现居地 市 city town location",
    ),
    Field(
        key="country",
        label=lazy_gettext("Country"),
        group=Group.PLACES,
        kind=FieldKind.PLACE,
        column=_of_kind(PlaceKind.COUNTRY, _Here, _Above, _Top),
        joins=(HOME, HERE, ABOVE, TOP),
        synonyms="国家 所在国家 国家地区 country",
    ),
    Field(
        key="lives_since",
        label=lazy_gettext("Lives there since"),
        group=Group.PLACES,
        column=plain(_Home.starts_on),
        joins=(HOME,),
    ),
)
