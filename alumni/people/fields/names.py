"""Fields: what a person is called, and what is true of the person alone."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from alumni.i18n import lazy_gettext
from alumni.people.fields.kinds import Field, FieldKind, Group, Reader, listed, plain, worded
from alumni.people.fields.words import sex_words
from alumni.people.models import FormerName, Person
from alumni.people.policy import shown


def _former_names(reader: Reader) -> ColumnElement[Any]:
    former = aliased(FormerName)
    rows = select().where(former.person_id == Person.id, shown(reader.actor, former))
    return listed(rows, former.name, former.id, language=reader.language)


NAMES = (
    Field(
        key="name",
        label=lazy_gettext("Name"),
        group=Group.NAMES,
        kind=FieldKind.NAME,
        column=plain(func.coalesce(Person.name_zh, Person.name_latin, Person.name_en)),
        synonyms="姓名 学生姓名 校友姓名 中文姓名 中文名 名字 name fullname chinesename",
    ),
    Field(
        key="name_latin",
        label=lazy_gettext("Name in passport"),
        group=Group.NAMES,
        kind=FieldKind.NAME,
        column=plain(Person.name_latin),
        synonyms="护照姓名 护照名 拉丁字母姓名 nameinpassport passportname",
    ),
    Field(
        key="name_en",
        label=lazy_gettext("English name"),
        group=Group.NAMES,
        kind=FieldKind.NAME,
        column=plain(Person.name_en),
        synonyms="英文名 英文姓名 englishname",
    ),
    Field(
        key="pinyin",
        label=lazy_gettext("Pinyin"),
        group=Group.NAMES,
        kind=FieldKind.TEXT,
        column=plain(func.nullif(func.trim(Person.pinyin_surname + " " + Person.pinyin_given), "")),
        synonyms="拼音 姓名拼音 拼音姓名 namepinyin pinyin",
    ),
    Field(
        key="former_names",
        label=lazy_gettext("Former names"),
        group=Group.NAMES,
        column=_former_names,
    ),
    Field(
        key="sex",
        label=lazy_gettext("Sex"),
        group=Group.NAMES,
        is_private=True,
        kind=FieldKind.SEX,
        column=lambda reader: worded(sex_words, Person.sex),
        synonyms="性别 sex gender",
    ),
    Field(
        key="birth_year",
        label=lazy_gettext("Year of birth"),
        group=Group.NAMES,
        is_private=True,
        kind=FieldKind.BIRTH,
        column=plain(Person.birth_year),
        synonyms="出生年份 出生年 出生年月 出生日期 出生时间 生日 "
        "birthyear yearofbirth dateofbirth birthdate birthday",
    ),
)
