"""People as lists beside a chapter show them, and finding one of them to be appointed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, aliased

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.codes.models import Code, Place
from alumni.db import PUBLIC_ID_LENGTH, db
from alumni.i18n import either
from alumni.membership.policy import may_manage_chapters, may_view_people
from alumni.people import names
from alumni.people.models import (
    ContactPoint,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.people.policy import shown
from alumni.people.queries import display_name
from alumni.people.queries.facts import class_text

MOST_CANDIDATES = 20

College, Major = aliased(Code), aliased(Code)


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A person in the reader's language, with what tells two 王伟 apart."""

    person_id: int
    public_id: str
    name: str
    class_text: str
    city: str

    @property
    def said(self) -> str:
        """All of it in one line, for a choice list."""
        return " · ".join(filter(None, (self.name, self.class_text, self.city)))


COLUMNS: tuple[Any, ...] = (
    Person.id.label("person_id"),
    Person.public_id,
    Person.name_zh,
    Person.name_latin,
    Person.name_en,
    Person.pinyin_surname,
    Person.pinyin_given,
    Study.entry_year,
    Study.graduation_year,
    Study.class_label,
    func.coalesce(Major.name_zh, College.name_zh).label("subject_zh"),
    func.coalesce(Major.name_en, College.name_en).label("subject_en"),
    Residence.written,
    Place.name_zh.label("place_zh"),
    Place.name_en.label("place_en"),
)


def with_people(
    actor: Actor, rows: Select[Any], person_id: InstrumentedAttribute[int]
) -> Select[Any]:
    """Join to the rows whom they are about: the person, the main study, where they live now."""
    return with_facts(
        actor, rows.select_from(person_id.class_).join(Person, Person.id == person_id)
    )


def with_facts(actor: Actor, rows: Select[Any]) -> Select[Any]:
    """Join to rows of people the main study and where they live now, as the actor may see them."""
    main = and_(Study.person_id == Person.id, Study.is_primary, shown(actor, Study))
    here = and_(Residence.person_id == Person.id, Residence.is_current, shown(actor, Residence))
    return _with_studies(rows, main, here)


def somebody(row: Any) -> Somebody:
    """Of a row with ``COLUMNS``."""
    return Somebody(
        person_id=row.person_id,
        public_id=row.public_id,
        name=display_name(row),
        class_text=class_text(
            row.graduation_year,
            row.entry_year,
            either(row.subject_zh, row.subject_en),
            row.class_label,
        ),
        city=either(row.place_zh, row.place_en) or row.written or "",
    )


def candidates(actor: Actor, text: str) -> list[Somebody]:
    """People who may be meant by a public id, a student number, an e-mail address, or a name.

    At most ``MOST_CANDIDATES``, by name.
    """
    require(may_manage_chapters, actor)
    require(may_view_people, actor)
    living = Person.status.in_((PersonStatus.KNOWN, PersonStatus.VERIFIED))
    main = and_(Study.person_id == Person.id, Study.is_primary)
    here = and_(Residence.person_id == Person.id, Residence.is_current)
    found = (
        _with_studies(select(*COLUMNS).select_from(Person), main, here)
        .where(living, _meant(text))
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_CANDIDATES)
    )
    return [somebody(row) for row in db.session.execute(found)]


def named_like(text: str) -> ColumnElement[bool]:
    """Whose name, or its pinyin with or without spaces, begins with the text."""
    begins = [_plain(Person.name_zh).startswith(text, autoescape=True)]
    reading = names.sort_key("", names.tidy_reading(text)).replace(" ", "")
    if reading and text.isascii():
        plain = func.replace(Person.sort_key, " ", "", type_=String)
        begins += [
            plain.startswith(reading, autoescape=True),
            _plain(Person.name_latin).istartswith(text, autoescape=True),
            _plain(Person.name_en).istartswith(text, autoescape=True),
        ]
    return or_(*begins)


def _meant(text: str) -> ColumnElement[bool]:
    """One condition for each kind of text, so that each can use its index."""
    if "@" in text:
        account, point = _plain(Account.email), _plain(ContactPoint.normal)
        return or_(
            Person.id.in_(select(Account.person_id).where(account == text.lower())),
            Person.id.in_(select(ContactPoint.person_id).where(point == text.lower())),
        )
    if any(character.isdigit() for character in text) and len(text) != PUBLIC_ID_LENGTH:
        number = _plain(StudyInstitution.student_number)
        return Person.id.in_(select(StudyInstitution.person_id).where(number == text))
    return or_(_plain(Person.public_id) == text, named_like(text))


def _plain(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """The column, compared with a text of any length: what is too long to be kept is not found."""
    return type_coerce(column, String)


def _with_studies(
    rows: Select[Any], main: ColumnElement[bool], here: ColumnElement[bool]
) -> Select[Any]:
    return (
        rows.outerjoin(Study, main)
        .outerjoin(College, College.id == Study.college_id)
        .outerjoin(Major, Major.id == Study.major_id)
        .outerjoin(Residence, here)
        .outerjoin(Place, Place.id == Residence.place_id)
    )
