"""Reading what people may be found by, for the search index: many in a few statements."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Executable,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, Place
from alumni.db import db
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
    Training,
)
from alumni.people.names import reading_of
from alumni.people.policy import GONE
from alumni.people.tokens import (
    code_tag,
    email_word,
    has_characters,
    joined,
    name_words,
    number_word,
    phone_words,
    place_tag,
    reading_words,
    text_words,
    year_word,
)

OPEN = frozenset({Level.ALUMNI.value, Level.PUBLIC.value})
"""What every verified graduate may see, and so search."""

Row: TypeAlias = Any
"""As ``_facts`` selects them."""


class Known(NamedTuple):
    """The documents of a person: all that is known, and what every verified graduate may see."""

    person_id: int
    tokens: str
    open_tokens: str | None
    """None for people whom graduates do not find at all."""


@dataclass(frozen=True)
class _Lists:
    """The words of codes, of places and of those that these lie in, by their ids."""

    codes: dict[int, tuple[str, ...]]
    places: dict[int, tuple[str, ...]]


def known(person_ids: Collection[int]) -> Iterator[Known]:
    """What these people are found by, in four statements; nothing of those who are gone.

    On PostgreSQL they stay locked until the transaction ends: two who change different facts of
    one person at once would each index what the other has not written yet.
    """
    asked = {"ids": list(person_ids)}
    people = _rows(_people(), asked)
    rows = _rows(_facts(), asked) if people else []
    lists = _lists(rows)
    rows.sort(key=_OWNER)
    of_person = {person_id: list(facts) for person_id, facts in groupby(rows, key=_OWNER)}
    for person_id, status, zh, latin, english, surname, given in people:
        words = set(reading_words(surname, given))
        for name in (zh, latin, english):
            words.update(name_words(name) if name else ())
        is_open = status == PersonStatus.VERIFIED.value
        shown = set(words) if is_open else None
        for row in of_person.get(person_id, ()):
            found = _READ[row[1]](row, lists)
            words.update(found)
            if shown is not None and row[2] in OPEN:
                shown.update(found)
        yield Known(person_id, joined(words), None if shown is None else joined(shown))


def _rows(statement: Executable, asked: dict[str, Any]) -> list[Row]:
    """As the driver has them: there are ten for each person, and nothing to make of them."""
    cursor: Any = db.session.connection().execute(statement, asked).cursor
    return list(cursor.fetchall())


def _study(row: Row, lists: _Lists) -> list[str]:
    *_head, label, _none, entry, graduation, college, major, programme = row
    words = [year_word(year) for year in (entry, graduation) if year is not None]
    words += text_words(label or "")
    for code in (college, major):
        words += lists.codes.get(code, ())
    if programme is not None:
        words.append(code_tag(programme))
    return words


def _institution(row: Row, lists: _Lists) -> list[str]:
    """By its whole names only: nearly everybody studied at the home university, whose name has

    the name of its city in it.
    """
    return [code_tag(row[5])]


def _number(row: Row, lists: _Lists) -> list[str]:
    return [number_word(row[3])]


def _job(row: Row, lists: _Lists) -> list[str]:
    words = list(text_words(row[3]))
    if row[5] is not None:
        words.append(code_tag(row[5]))
    return words


def _training(row: Row, lists: _Lists) -> list[str]:
    _id, _kind, _level, written, department, hospital, *_none = row
    return [*text_words(written), *text_words(department or ""), *lists.codes.get(hospital, ())]


def _home(row: Row, lists: _Lists) -> list[str]:
    return [*text_words(row[3]), *lists.places.get(row[5], ())]


def _former_name(row: Row, lists: _Lists) -> list[str]:
    words = list(name_words(row[3]))
    if has_characters(row[3]):
        reading = reading_of(row[3])
        words += reading_words(reading.surname, reading.given)
    return words


def _email(row: Row, lists: _Lists) -> list[str]:
    return [email_word(row[3])]


def _phone(row: Row, lists: _Lists) -> tuple[str, ...]:
    return phone_words(row[3])


_READ: dict[str, Callable[[Row, _Lists], Sequence[str]]] = {
    "study": _study,
    "institution": _institution,
    "number": _number,
    "job": _job,
    "training": _training,
    "home": _home,
    "former_name": _former_name,
    ContactKind.EMAIL.value: _email,
    ContactKind.PHONE.value: _phone,
}

_OWNER = itemgetter(0)
_WHOSE: BindParameter[Any] = bindparam("ids", expanding=True)


@lru_cache(maxsize=1)
def _people() -> Executable:
    return (
        select(
            Person.id,
            Person.status,
            Person.name_zh,
            Person.name_latin,
            Person.name_en,
            Person.pinyin_surname,
            Person.pinyin_given,
        )
        .where(Person.id.in_(_WHOSE), Person.status.not_in(GONE))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    )


@lru_cache(maxsize=1)
def _facts() -> CompoundSelect[Any]:
    """Rows of (person, what it is, who may see it, two texts, five numbers). Made once."""
    there, work, home = StudyInstitution, Employment, Residence
    point = ContactPoint
    studied = (Study.entry_year, Study.graduation_year)
    of_lists = (Study.college_id, Study.major_id, Study.programme_id)
    learnt = (Training.written, Training.department)
    institution = _told("institution", there, (), (there.institution_id,), level=Study.visibility)
    number = _told("number", there, (there.student_number,), level=literal(Level.OFFICE.value))
    return union_all(
        _told("study", Study, (Study.class_label,), (*studied, *of_lists)),
        institution.join(Study, Study.id == there.study_id),
        number.where(there.student_number.is_not(None)),
        _told("job", work, (work.employer,), (work.industry_id,)).where(work.is_current),
        _told("training", Training, learnt, (Training.hospital_id,)),
        _told("home", home, (home.written,), (home.place_id,)).where(home.is_current),
        _told("former_name", FormerName, (FormerName.name,)),
        *(
            _told(kind.value, point, (point.normal,)).where(point.kind == kind)
            for kind in (ContactKind.EMAIL, ContactKind.PHONE)
        ),
    )


def _told(
    kind: str, table: Any, texts: tuple[Any, ...], numbers: tuple[Any, ...] = (), level: Any = None
) -> Select[Any]:
    return select(
        table.person_id,
        literal(kind),
        cast(table.visibility if level is None else level, String),
        *texts,
        *[cast(null(), String)] * (2 - len(texts)),
        *numbers,
        *[cast(null(), Integer)] * (5 - len(numbers)),
    ).where(table.person_id.in_(_WHOSE))


def _lists(rows: list[Row]) -> _Lists:
    """The words of the codes and places that stand in the rows."""
    columns = {"study": slice(7, 9), "training": slice(5, 6)}
    codes = {code for row in rows if row[1] in columns for code in row[columns[row[1]]]} - {None}
    homes = {row[5] for row in rows if row[1] == "home"} - {None}
    named = _rows(_codes(), {"ids": list(codes)}) if codes else ()
    located = _rows(_places(), {"ids": list(homes)}) if homes else ()
    return _Lists(
        {code_id: (code_tag(code_id), *text_words(zh)) for code_id, zh in named},
        {
            place_id: (
                *(place_tag(one) for one in (place_id, *above) if one is not None),
                *text_words(zh),
                *text_words(en),
            )
            for place_id, zh, en, *above in located
        },
    )


@lru_cache(maxsize=1)
def _codes() -> Executable:
    return select(Code.id, Code.name_zh).where(Code.id.in_(_WHOSE))


@lru_cache(maxsize=1)
def _places() -> Executable:
    """With the ids of the place above, and of that above it: no list is deeper."""
    above = aliased(Place)
    return (
        select(Place.id, Place.name_zh, Place.name_en, above.id, above.parent_id)
        .outerjoin(above, above.id == Place.parent_id)
        .where(Place.id.in_(_WHOSE))
    )
