"""A class as its own people meet it: who is registered, and for the liaison who is missing."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.authz import Actor, Roll, require
from alumni.codes.models import Code
from alumni.codes.queries import names_of
from alumni.db import day_of, db
from alumni.errors import NotFound
from alumni.i18n import either
from alumni.membership.policy.classes import (
    is_in,
    may_meet,
    may_see_classes,
    may_see_missing,
)
from alumni.membership.queries.leads import lately
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_facts
from alumni.membership.silence import SILENT
from alumni.people.models import Level, Person, PersonStatus, Study
from alumni.people.models.classes import ClassLiaison, Lead, LeadState
from alumni.people.policy import may_be_asked, shown, visible
from alumni.people.queries import display_name
from alumni.people.queries.facts import class_text

AT_A_TIME = 100

_STUDY, _College, _Major = aliased(Study), aliased(Code), aliased(Code)

_NAMES: tuple[Any, ...] = (
    Person.id.label("person_id"),
    Person.public_id,
    Person.name_zh,
    Person.name_latin,
    Person.name_en,
    Person.pinyin_surname,
    Person.pinyin_given,
)


@dataclass(frozen=True, kw_only=True)
class MyClass:
    """A class, or several together, that the reader was in or is the liaison of."""

    roll: Roll
    name: str
    query: dict[str, Any]
    """What its pages are asked."""
    is_own: bool
    is_liaison: bool
    registered: int
    """Of whom the reader may find."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Somebody of the class who has not signed up. Nothing else of them is told."""

    person_id: int
    public_id: str
    name: str
    class_text: str
    looked_for: date | None
    """The day on which a letter went out to them lately; another one has to wait."""


def get_class(actor: Actor, roll: Roll) -> MyClass:
    """A class of the reader's own, or one that they are the liaison of."""
    require(may_see_classes, actor)
    if not may_meet(actor, roll):
        raise NotFound
    return _told(actor, [roll])[0]


def get_roll(actor: Actor, roll: Roll) -> MyClass:
    """The class for its liaison in term. Who was in it, or was its liaison, is refused; of all

    others it is hidden.
    """
    if not may_see_missing(actor, roll) and not is_in(actor, roll) and not _had_term(actor, roll):
        raise NotFound
    require(may_see_missing, actor, roll)
    return _told(actor, [roll])[0]


def my_classes(actor: Actor) -> list[MyClass]:
    """The reader's own, and those of which they are the liaison today; the latest first."""
    require(may_see_classes, actor)
    own = {Roll(*one) for one in actor.classes}
    found = sorted(
        own | actor.liaises,
        key=lambda roll: (-roll.graduation_year, roll.college_id or 0, roll.label or ""),
    )
    return _told(actor, found)


def registered(actor: Actor, roll: Roll, *, behind: int = 0) -> list[Somebody]:
    """Those of the class whom the reader may find and who show that they were in it, by name.

    As in the directory. One more than ``AT_A_TIME`` where there are more.
    """
    listed = (
        with_facts(actor, select(*COLUMNS).select_from(Person))
        .where(_registered(actor, roll))
        .order_by(Person.sort_key, Person.id)
        .limit(AT_A_TIME + 1)
        .offset(behind)
    )
    return [somebody(row) for row in db.session.execute(listed)]


def missing(actor: Actor, roll: Roll, *, behind: int = 0) -> list[Missing]:
    """Those of the class who are known and have not signed up, by name, for its liaison alone.

    One more than ``AT_A_TIME`` where there are more.
    """
    require(may_see_missing, actor, roll)
    listed = _with_class(roll).where(_missed(roll)).limit(AT_A_TIME + 1).offset(behind)
    return [_missing(row) for row in db.session.execute(listed)]


def count_missing(actor: Actor, roll: Roll) -> int:
    require(may_see_missing, actor, roll)
    return db.session.scalar(select(func.count(Person.id)).where(_missed(roll))) or 0


def get_missing(actor: Actor, roll: Roll, public_id: str) -> Missing:
    """One of them. Of another class, or signed up meanwhile, is not there."""
    require(may_see_missing, actor, roll)
    asked = _with_class(roll).where(_missed(roll), Person.public_id == public_id)
    row = db.session.execute(asked).one_or_none()
    if row is None:
        raise NotFound
    return _missing(row)


def missed_in(actor: Actor, roll: Roll) -> list[Any]:
    """Their names and when they were looked for, for finding out whom somebody means.

    Not to be shown.
    """
    if not may_meet(actor, roll):
        raise NotFound
    asked = select(*_NAMES, _looked_for()).where(_missed(roll)).order_by(Person.sort_key, Person.id)
    return list(db.session.execute(asked))


def studied(roll: Roll) -> Select[int]:
    """The numbers of all who were in the class, whoever they are by now."""
    return select(_STUDY.person_id).where(in_roll(_STUDY, roll))


def in_roll(study: Any, roll: Roll) -> ColumnElement[bool]:
    """Whether the study is one of the class."""
    parts = [study.graduation_year == roll.graduation_year]
    if roll.college_id is not None:
        parts.append(study.college_id == roll.college_id)
    if roll.label is not None:
        parts.append(study.class_label == roll.label)
    if roll.major_id is not None:
        parts.append(func.coalesce(study.major_id, 0) == roll.major_id)
    return and_(*parts)


def address_of_roll(roll: Roll) -> dict[str, Any]:
    """What the pages of a class are asked."""
    asked = {
        "year": roll.graduation_year,
        "college": roll.college_id,
        "major": roll.major_id,
        "class": roll.label,
    }
    return {key: value for key, value in asked.items() if value is not None}


def names_of_rolls(rolls: list[Roll]) -> list[str]:
    """Each in words: 1998届 临床医学 3班, or by its college where it is of all subjects."""
    named = names_of({code for roll in rolls for code in (roll.college_id, roll.major_id) if code})

    def words(code_id: int | None) -> str:
        code = named.get(code_id) if code_id else None
        return either(code.name_zh, code.name_en) if code else ""

    return [
        class_text(
            roll.graduation_year, None, words(roll.major_id) or words(roll.college_id), roll.label
        )
        for roll in rolls
    ]


def _told(actor: Actor, rolls: list[Roll]) -> list[MyClass]:
    names = names_of_rolls(rolls)
    return [
        MyClass(
            roll=roll,
            name=name,
            query=address_of_roll(roll),
            is_own=is_in(actor, roll),
            is_liaison=may_see_missing(actor, roll),
            registered=number,
        )
        for roll, name, number in zip(rolls, names, _numbers(actor, rolls), strict=True)
    ]


def _numbers(actor: Actor, rolls: list[Roll]) -> list[int]:
    """How many are registered in each, in one statement."""
    if not rolls:
        return []
    counted = [
        select(func.count(Person.id)).where(_registered(actor, roll)).scalar_subquery()
        for roll in rolls
    ]
    return [int(number) for number in db.session.execute(select(*counted)).one()]


def _registered(actor: Actor, roll: Roll) -> ColumnElement[bool]:
    studied = select(_STUDY.person_id).where(in_roll(_STUDY, roll), shown(actor, _STUDY))
    return and_(Person.status == PersonStatus.VERIFIED, visible(actor), Person.id.in_(studied))


def _missed(roll: Roll) -> ColumnElement[bool]:
    """Who is known and has no account; not who wants to be left alone, and none whom the office

    hides. The dead are not looked for.
    """
    studied = select(_STUDY.person_id).where(
        in_roll(_STUDY, roll), _STUDY.visibility != Level.OFFICE
    )
    return and_(
        Person.status == PersonStatus.KNOWN,
        Person.listed != Level.OFFICE,
        Person.id.in_(studied),
        ~exists().where(Account.person_id == Person.id),
        may_be_asked(),
        ~exists().where(Lead.person_id == Person.id, Lead.state == LeadState.DECLINED),
        *(Person.id.not_in(silent()) for silent in SILENT.values()),
    )


def _with_class(roll: Roll) -> Select[Any]:
    """People with the study for which they are in the class, and when they were looked for."""
    first = (
        select(func.min(Study.id))
        .where(in_roll(Study, roll), Study.visibility != Level.OFFICE)
        .group_by(Study.person_id)
    )
    return (
        select(
            *_NAMES,
            Study.graduation_year,
            Study.class_label,
            func.coalesce(_Major.name_zh, _College.name_zh).label("subject_zh"),
            func.coalesce(_Major.name_en, _College.name_en).label("subject_en"),
            _looked_for(),
        )
        .select_from(Person)
        .join(Study, Study.person_id == Person.id)
        .outerjoin(_College, _College.id == Study.college_id)
        .outerjoin(_Major, _Major.id == Study.major_id)
        .where(Study.id.in_(first))
        .order_by(Person.sort_key, Person.id)
    )


def _looked_for() -> Any:
    last = select(func.max(Lead.given_at)).where(Lead.person_id == Person.id, lately())
    return last.correlate(Person).scalar_subquery().label("looked_for")


def _missing(row: Any) -> Missing:
    return Missing(
        person_id=row.person_id,
        public_id=row.public_id,
        name=display_name(row),
        class_text=class_text(
            row.graduation_year, None, either(row.subject_zh, row.subject_en), row.class_label
        ),
        looked_for=row.looked_for and day_of(row.looked_for),
    )


def _had_term(actor: Actor, roll: Roll) -> bool:
    """Whether the actor was, or will be, a liaison who is told of this class."""
    asked = select(ClassLiaison.id).where(
        ClassLiaison.person_id == actor.person_id,
        ClassLiaison.graduation_year == roll.graduation_year,
        or_(ClassLiaison.college_id.is_(None), ClassLiaison.college_id == roll.college_id),
        or_(ClassLiaison.major_id.is_(None), ClassLiaison.major_id == roll.major_id),
        or_(ClassLiaison.class_label.is_(None), ClassLiaison.class_label == roll.label),
    )
    return db.session.scalar(asked.limit(1)) is not None
