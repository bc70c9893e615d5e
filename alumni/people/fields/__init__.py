"""What there is to say of a person: one catalogue for what files bring in and what goes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from alumni.authz import Actor
from alumni.codes.models import Code, CodeKind, Place, PlaceKind
from alumni.i18n import LANGUAGES, _, lazy_gettext, speaking
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
from alumni.people.policy import may_view_people, shown


class FieldKind(StrEnum):
    """How a field's values are written, and so how a cell of a file is read."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    SEX = "sex"
    YEAR = "year"
    MONTH = "month"
    LEVEL = "level"
    PHONE = "phone"
    EMAIL = "email"
    PLACE = "place"
    CHOICE = "choice"


class Joined(NamedTuple):
    """A table of which a person has one row at most."""

    table: Any
    on: ColumnElement[bool]
    is_levelled: bool = False
    """Whether its rows say who may see them."""

    def seen_by(self, actor: Actor) -> ColumnElement[bool]:
        """How it is joined, so that a row which the actor may not see is as if it were not."""
        return and_(self.on, shown(actor, self.table)) if self.is_levelled else self.on


Column: TypeAlias = Callable[[str], ColumnElement[Any]]
"""From a language to the SQL that reads the value in it: text, a whole number or NULL."""


@dataclass(frozen=True, kw_only=True)
class Field:
    key: str
    label: LazyString
    """In the language of the moment it is shown."""
    kind: FieldKind
    column: Column
    joins: tuple[Joined, ...] = ()
    is_private: bool = False
    """Whether it is for the office alone, whatever levels say."""
    synonyms: str = ""
    """The headers it stands under, each without punctuation and capitals, a space apart."""


def known(header: str) -> str | None:
    """The key of the field that a header names, which is in its normal form."""
    return _HEADERS.get(header)


def fields_for(actor: Actor) -> dict[str, Field]:
    """What the actor may ask for at all, of people they may find. Rows have their levels beside."""
    if may_view_people(actor):
        return FIELDS
    return {key: field for key, field in FIELDS.items() if not field.is_private}


def export_select(actor: Actor, keys: Sequence[str], language: str) -> Select[Any]:
    """The values of these fields in one row for each person, in this order, labelled by key.

    It selects from ``Person``; the caller says which and in what order. What the actor may not
    see is NULL. A field that is not the actor's to ask for is a KeyError.
    """
    known = fields_for(actor)
    fields = [known[key] for key in keys]
    with speaking(language):
        columns = [field.column(language).label(field.key) for field in fields]
    rows = select(*columns).select_from(Person)
    for joined in dict.fromkeys(joined for field in fields for joined in field.joins):
        rows = rows.outerjoin(joined.table, joined.seen_by(actor))
    return rows


_home = (
    select(Code.id)
    .where(Code.kind == CodeKind.INSTITUTION)
    .order_by(Code.position, Code.id)
    .limit(1)
    .scalar_subquery()
)
_Main, _There = aliased(Study), aliased(StudyInstitution)
_College, _Major = aliased(Code), aliased(Code)
_Work, _Home = aliased(Employment), aliased(Residence)
_Here, _Above, _Top = aliased(Place), aliased(Place), aliased(Place)
_Mail, _Telephone = aliased(ContactPoint), aliased(ContactPoint)

STUDY = Joined(_Main, and_(_Main.person_id == Person.id, _Main.is_primary), is_levelled=True)
THERE = Joined(_There, and_(_There.study_id == _Main.id, _There.institution_id == _home))
COLLEGE = Joined(_College, _College.id == _Main.college_id)
MAJOR = Joined(_Major, _Major.id == _Main.major_id)
WORK = Joined(_Work, and_(_Work.person_id == Person.id, _Work.is_current), is_levelled=True)
HOME = Joined(_Home, and_(_Home.person_id == Person.id, _Home.is_current), is_levelled=True)
HERE = Joined(_Here, _Here.id == _Home.place_id)
ABOVE = Joined(_Above, _Above.id == _Here.parent_id)
TOP = Joined(_Top, _Top.id == _Above.parent_id)
MAIL = Joined(
    _Mail,
    and_(_Mail.person_id == Person.id, _Mail.kind == ContactKind.EMAIL, _Mail.is_primary),
    is_levelled=True,
)
TELEPHONE = Joined(
    _Telephone,
    and_(
        _Telephone.person_id == Person.id,
        _Telephone.kind == ContactKind.PHONE,
        _Telephone.is_primary,
    ),
    is_levelled=True,
)


def level_words() -> dict[str, str]:
    """Levels of study in the language of the moment."""
    return {
        "college": _("Junior college"),
        "bachelor": _("Bachelor"),
        "master": _("Master"),
        "doctor": _("Doctor"),
    }


def sex_words() -> dict[str, str]:
    return {"m": _("Male"), "f": _("Female")}


def status_words() -> dict[str, str]:
    """What a person is to the association, in the language of the moment."""
    return {
        PersonStatus.KNOWN.value: _("Known"),
        PersonStatus.APPLICANT.value: _("Applicant"),
        PersonStatus.VERIFIED.value: _("Verified"),
        PersonStatus.DECEASED.value: _("Deceased"),
        PersonStatus.DEPARTED.value: _("Departed"),
        PersonStatus.MERGED.value: _("Merged"),
        PersonStatus.ERASED.value: _("Erased"),
    }


def _plain(column: Any) -> Column:
    return lambda language: column


def _worded(words: Callable[[], dict[str, str]], column: Any) -> Column:
    """A word of ours instead of the key that stands in the column."""
    return lambda language: case(words(), value=cast(column, String))


def _named(table: Any, otherwise: Any = None) -> Column:
    """The name of a code or place in the language, or else in the other."""

    def column(language: str) -> ColumnElement[Any]:
        pair = (table.name_zh, table.name_en)
        names = pair if language == "zh" else pair[::-1]
        others = () if otherwise is None else (otherwise,)
        return func.coalesce(*(func.nullif(name, "") for name in names), *others)

    return column


def _of_kind(kind: PlaceKind, *tables: Any) -> Column:
    """The name of the place of this kind among the one lived in and those it lies in."""

    def column(language: str) -> ColumnElement[Any]:
        return case(*((table.kind == kind, _named(table)(language)) for table in tables))

    return column


def _city(language: str) -> ColumnElement[Any]:
    """The city of the list, or else the words it was given in, unless they name no city."""
    is_wider = _Here.kind.in_((PlaceKind.PROVINCE, PlaceKind.COUNTRY))
    is_named_so = or_(_Home.written == _Here.name_zh, _Home.written == _Here.name_en)
    return case(
        (and_(is_wider, is_named_so), None),
        (is_wider, _Home.written),
        else_=_named(_Here, _Home.written)(language),
    )


def _graduation(language: str) -> ColumnElement[Any]:
    """1998-07, or 1998 where only the year is known."""
    month = cast(_Main.graduation_month, String)
    is_short = _Main.graduation_month < 10  # noqa: PLR2004 - one digit
    padded = case((is_short, "0" + month), else_=month)
    return cast(_Main.graduation_year, String) + func.coalesce("-" + padded, "")


_CATALOGUE = (
    Field(
        key="name",
        label=lazy_gettext("Name"),
        kind=FieldKind.NAME,
        column=_plain(func.coalesce(Person.name_zh, Person.name_latin, Person.name_en)),
        synonyms="姓名 学生姓名 校友姓名 中文姓名 中文名 名字 name fullname chinesename",
    ),
    Field(
        key="name_latin",
        label=lazy_gettext("Name in passport"),
        kind=FieldKind.NAME,
        column=_plain(Person.name_latin),
        synonyms="护照姓名 护照名 拉丁字母姓名 nameinpassport passportname",
    ),
    Field(
        key="name_en",
        label=lazy_gettext("English name"),
        kind=FieldKind.NAME,
        column=_plain(Person.name_en),
        synonyms="英文名 英文姓名 englishname",
    ),
    Field(
        key="pinyin",
        label=lazy_gettext("Pinyin"),
        kind=FieldKind.TEXT,
        column=_plain(
            func.nullif(func.trim(Person.pinyin_surname + " " + Person.pinyin_given), "")
        ),
        synonyms="拼音 姓名拼音 拼音姓名 namepinyin pinyin",
    ),
    Field(
        key="sex",
        label=lazy_gettext("Sex"),
        is_private=True,
        kind=FieldKind.SEX,
        column=_worded(sex_words, Person.sex),
        synonyms="性别 sex gender",
    ),
    Field(
        key="student_number",
        label=lazy_gettext("Student number"),
        is_private=True,
        kind=FieldKind.NUMBER,
        column=_plain(_There.student_number),
        joins=(STUDY, THERE),
        synonyms="学号 学生学号 学籍号 studentnumber studentno studentid",
    ),
    Field(
        key="entry_year",
        label=lazy_gettext("Entry year"),
        kind=FieldKind.YEAR,
        column=_plain(_Main.entry_year),
        joins=(STUDY,),
        synonyms="入学年份 入学年 入学时间 入学年度 入学日期 年级 级 "
        "entryyear enrolled enrolledin yearofentry enrollmentyear",
    ),
    Field(
        key="graduation",
        label=lazy_gettext("Graduated in"),
        kind=FieldKind.MONTH,
        column=_graduation,
        joins=(STUDY,),
        synonyms="毕业时间 毕业年月 毕业日期 graduation graduationdate graduated dateofgraduation",
    ),
    Field(
        key="graduation_year",
        label=lazy_gettext("Graduation year"),
        kind=FieldKind.YEAR,
        column=_plain(_Main.graduation_year),
        joins=(STUDY,),
        synonyms="毕业年份 毕业年 届别 毕业届别 届 graduationyear yearofgraduation classof",
    ),
    Field(
        key="college",
        label=lazy_gettext("College"),
        kind=FieldKind.TEXT,
        column=_named(_College),
        joins=(STUDY, COLLEGE),
        synonyms="学院 院系 学院系 所在学院 学院名称 系别 college school faculty",
    ),
    Field(
        key="major",
        label=lazy_gettext("Major"),
        kind=FieldKind.TEXT,
        column=_named(_Major),
        joins=(STUDY, MAJOR),
        synonyms="专业 专业名称 所学专业 major program programme subject",
    ),
    Field(
        key="level",
        label=lazy_gettext("Level of study"),
        kind=FieldKind.LEVEL,
        column=_worded(level_words, _Main.level),
        joins=(STUDY,),
        synonyms="培养层次 学历层次 层次 学历 学位 学历学位 level levelofstudy degree",
    ),
    Field(
        key="class_label",
        label=lazy_gettext("Class"),
        kind=FieldKind.TEXT,
        column=_plain(_Main.class_label),
        joins=(STUDY,),
        synonyms="班级 班 班级名称 行政班 class classlabel classname",
    ),
    Field(
        key="employer",
        label=lazy_gettext("Employer"),
        kind=FieldKind.TEXT,
        column=_plain(_Work.employer),
        joins=(WORK,),
        synonyms="工作单位 单位 单位名称 就业单位 现工作单位 所在单位 "
        "employer company organization organisation workplace",
    ),
    Field(
        key="title",
        label=lazy_gettext("Job title"),
        kind=FieldKind.TEXT,
        column=_plain(_Work.title),
        joins=(WORK,),
        synonyms="职务 职称 职务职称 职位 岗位 title jobtitle position",
    ),
    Field(
        key="phone",
        label=lazy_gettext("Phone"),
        kind=FieldKind.PHONE,
        column=_plain(_Telephone.value),
        joins=(TELEPHONE,),
        synonyms="手机 手机号 手机号码 电话 联系电话 电话号码 联系方式 "
        "phone phonenumber mobile mobilephone telephone tel",
    ),
    Field(
        key="email",
        label=lazy_gettext("E-mail"),
        kind=FieldKind.EMAIL,
        column=_plain(_Mail.value),
        joins=(MAIL,),
        synonyms="电子邮箱 邮箱 电子邮件 邮件 邮箱地址 邮件地址 email emailaddress mail",
    ),
    Field(
        key="province",
        label=lazy_gettext("Province"),
        kind=FieldKind.PLACE,
        column=_of_kind(PlaceKind.PROVINCE, _Here, _Above),
        joins=(HOME, HERE, ABOVE),
        synonyms="省 省份 所在省 所在省份 省市区 州 province state stateprovince",
    ),
    Field(
        key="city",
        label=lazy_gettext("City"),
        kind=FieldKind.PLACE,
        column=_city,
        joins=(HOME, HERE),
        synonyms="城市 所在城市 现居城市 居住城市 所在地 现居地 市 city town location",
    ),
    Field(
        key="country",
        label=lazy_gettext("Country"),
        kind=FieldKind.PLACE,
        column=_of_kind(PlaceKind.COUNTRY, _Here, _Above, _Top),
        joins=(HOME, HERE, ABOVE, TOP),
        synonyms="国家 所在国家 国家地区 country",
    ),
    Field(
        key="status",
        label=lazy_gettext("Status"),
        is_private=True,
        kind=FieldKind.CHOICE,
        column=_worded(status_words, Person.status),
    ),
    Field(
        key="language",
        label=lazy_gettext("Language"),
        is_private=True,
        kind=FieldKind.CHOICE,
        column=_worded(lambda: LANGUAGES, Person.language),
    ),
    Field(
        key="public_id",
        label=lazy_gettext("Identifier"),
        is_private=True,
        kind=FieldKind.CHOICE,
        column=_plain(Person.public_id),
    ),
)

FIELDS = {field.key: field for field in _CATALOGUE}

DEFAULT_COLUMNS = (
    "name",
    "student_number",
    "graduation_year",
    "college",
    "major",
    "class_label",
    "employer",
    "title",
    "phone",
    "email",
    "province",
    "city",
)
"""What an export holds unless somebody chooses."""

_HEADERS = {header: field.key for field in _CATALOGUE for header in field.synonyms.split()}
