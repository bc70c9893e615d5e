"""Fields: the ways to reach a person."""

from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

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
    plain,
)
from alumni.people.models import ContactKind, ContactPoint, Person
from alumni.people.policy import shown


def _primary(kind: ContactKind) -> Joined:
    point = aliased(ContactPoint)
    on = and_(point.person_id == Person.id, point.kind == kind, point.is_primary)
    return joined(point, on, is_levelled=True)


def _others(kind: ContactKind) -> Column:
    """All but the primary one."""

    def column(reader: Reader) -> ColumnElement[Any]:
        point = aliased(ContactPoint)
        rows = select().where(
            point.person_id == Person.id,
            point.kind == kind,
            point.is_primary.is_(False),
            shown(reader.actor, point),
        )
        return listed(rows, point.value, point.id, language=reader.language)

    return column


def _first(kind: ContactKind) -> Column:
    """The primary one, or else the oldest."""

    def column(reader: Reader) -> ColumnElement[Any]:
        point = aliased(ContactPoint)
        return (
            select(point.value)
            .where(point.person_id == Person.id, point.kind == kind, shown(reader.actor, point))
            .order_by(point.is_primary.desc(), point.id)
            .limit(1)
            .correlate(Person)
            .scalar_subquery()
        )

    return column


MAIL, TELEPHONE = _primary(ContactKind.EMAIL), _primary(ContactKind.PHONE)

CONTACTS = (
    Field(
        key="phone",
        label=lazy_gettext("Phone"),
        group=Group.CONTACTS,
        kind=FieldKind.PHONE,
        column=plain(TELEPHONE.table.value),
        joins=(TELEPHONE,),
        synonyms="手机 手机号 手机号码 电话 联系电话 电话号码 联系方式 "
        "phone phonenumber mobile mobilephone telephone tel",
    ),
    Field(
        key="other_phones",
        label=lazy_gettext("Other phones"),
        group=Group.CONTACTS,
        column=_others(ContactKind.PHONE),
    ),
    Field(
        key="email",
        label=lazy_gettext("E-mail"),
        group=Group.CONTACTS,
        kind=FieldKind.EMAIL,
        column=plain(MAIL.table.value),
        joins=(MAIL,),
        synonyms="电子邮箱 邮箱 电子邮件 邮件 邮箱地址 邮件地址 email emailaddress mail",
    ),
    Field(
        key="other_emails",
        label=lazy_gettext("Other e-mail addresses"),
        group=Group.CONTACTS,
        column=_others(ContactKind.EMAIL),
    ),
    Field(
        key="wechat",
        label=lazy_gettext("WeChat"),
        group=Group.CONTACTS,
        kind=FieldKind.TEXT,
        column=_first(ContactKind.WECHAT),
        synonyms="微信 微信号 微信账号 微信id wechat wechatid weixin",
    ),
    Field(
        key="postal",
        label=lazy_gettext("Postal address"),
        group=Group.CONTACTS,
        kind=FieldKind.TEXT,
        column=_first(ContactKind.POSTAL),
        synonyms="通讯地址 通信地址 邮寄地址 联系地址 邮政地址 地址 "
        "postaladdress mailingaddress address",
    ),
)
