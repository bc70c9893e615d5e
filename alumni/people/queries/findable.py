"""Reading what people may be found by, for the search index: many in a few statements."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    cast,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, Place
from alumni.db import any_of, is_postgresql
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
from alumni.ready import Ready

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
    people = _people(is_postgresql()).rows(asked)
    rows = _facts(is_postgresql()).rows(asked) if people else []
    lists = _lists(rows)
    of_person: dict[int, list[Row]] = {row[0]: [] for row in people}
    for row in rows:
        if row[0] in of_person:
            of_person[row[0]].append(row)
    for person in people:
        facts = of_person[person[0]]
        read = [(row[2], _READ[row[1]](row, lists)) for row in facts]
        yield _known(person, read)


def _known(person: Row, facts: Iterable[tuple[str, Sequence[str]]]) -> Known:
    """Of the person's names, and of the level and the words of each fact."""
    person_id, status, *names, surname, given = person
    words = set(reading_words(surname, given))
    for name in filter(None, names):
        words.update(name_words(name))
    if status != PersonStatus.VERIFIED.value:
        words.update(*(found for _level, found in facts))
        return Known(person_id, joined(words), None)
    shown = set(words)
    for level, found in facts:
        words.update(found)
        if level in OPEN:
            shown.update(found)
    return Known(person_id, joined(words), joined(shown))


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


@lru_cache(maxsize=2)
def _people(on_postgresql: bool) -> Ready:  # noqa: FBT001 - the engine at hand, to be kept by
    return Ready(
        select(
            Person.id,
            type_coerce(Person.status, String),
            Person.name_zh,
            Person.name_latin,
            Person.name_en,
            Person.pinyin_surname,
            Person.pinyin_given,
        )
        .where(_asked_for(Person.id, on_postgresql), Person.status.not_in(GONE))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    )


@lru_cache(maxsize=2)
def _facts(on_postgresql: bool) -> Ready:  # noqa: FBT001 - as above
    """Rows of (person, what it is, who may see it, two texts, five numbers)."""
    there, work, home = StudyInstitution, Employment, Residence
    point = ContactPoint
    studied = (Study.entry_year, Study.graduation_year)
    of_lists = (Study.college_id, Study.major_id, Study.programme_id)
    learnt = (Training.written, Training.department)
    reached = (ContactKind.EMAIL, ContactKind.PHONE)
    registered = _told("institution", Study.visibility, there, (), (there.institution_id,))
    office: ColumnElement[str] = literal_column(f"'{Level.OFFICE.value}'")
    number = _told("number", office, there, (there.student_number,))
    told = (
        _told("study", None, Study, (Study.class_label,), (*studied, *of_lists)),
        registered.join(Study, Study.id == there.study_id),
        number.where(there.student_number.is_not(None)),
        _told("job", None, work, (work.employer,), (work.industry_id,)).where(work.is_current),
        _told("training", None, Training, learnt, (Training.hospital_id,)),
        _told("home", None, home, (home.written,), (home.place_id,)).where(home.is_current),
        _told("former_name", None, FormerName, (FormerName.name,)),
        _told(cast(point.kind, String), None, point, (point.normal,)).where(
            point.kind.in_(reached)
        ),
    )
    return Ready(
        union_all(*(one.where(_asked_for(one.selected_columns[0], on_postgresql)) for one in told))
    )


def _told(
    kind: str | ColumnElement[str],
    level: SQLColumnExpression[Any] | None,
    table: Any,
    texts: tuple[Any, ...],
    numbers: tuple[Any, ...] = (),
) -> Select[Any]:
    """The level is that of the table's own row if none is given."""
    return select(
        table.person_id,
        literal_column(f"'{kind}'") if isinstance(kind, str) else kind,
        cast(table.visibility if level is None else level, String),
        *texts,
        *[cast(null(), String)] * (2 - len(texts)),
        *numbers,
        *[cast(null(), Integer)] * (5 - len(numbers)),
    )


def _lists(rows: list[Row]) -> _Lists:
    """The words of the codes and places that stand in the rows."""
    columns = {"study": slice(7, 9), "training": slice(5, 6)}
    codes = {code for row in rows if row[1] in columns for code in row[columns[row[1]]]} - {None}
    homes = {row[5] for row in rows if row[1] == "home"} - {None}
    named = _codes(is_postgresql()).rows({"ids": list(codes)}) if codes else ()
    located = _places(is_postgresql()).rows({"ids": list(homes)}) if homes else ()
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


@lru_cache(maxsize=2)
def _codes(on_postgresql: bool) -> Ready:  # noqa: FBT001 - as above
    return Ready(select(Code.id, Code.name_zh).where(_asked_for(Code.id, on_postgresql)))


@lru_cache(maxsize=2)
def _places(on_postgresql: bool) -> Ready:  # noqa: FBT001 - as above
    """With the ids of the place above, and of that above it: no list is deeper."""
    above = aliased(Place)
    return Ready(
        select(Place.id, Place.name_zh, Place.name_en, above.id, above.parent_id)
        .outerjoin(above, above.id == Place.parent_id)
        .where(_asked_for(Place.id, on_postgresql))
    )


def _asked_for(column: Any, on_postgresql: bool) -> ColumnElement[bool]:  # noqa: FBT001 - as above
    return any_of(column, "ids", on_postgresql=on_postgresql)
