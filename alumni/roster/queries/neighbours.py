"""Whom people are to be compared with to find those who are in the records twice.

Nobody is compared with everybody: whoever shares a telephone, an address or a number, or is called
alike and left in the same year, is compared, and nobody else.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from alumni.db import db, is_postgresql
from alumni.people import names
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Person,
    Study,
    StudyInstitution,
)
from alumni.people.policy import GONE
from alumni.roster.certificates import certificate_key_of
from alumni.roster.queries.recognising import reading_keys

CROWD = 20
"""What more people share than these tells nothing: a ward's telephone, a placeholder."""

WAYS = (ContactKind.EMAIL, ContactKind.PHONE, ContactKind.WECHAT)

AT_A_TIME = 300
"""Values in one statement."""

Pair: TypeAlias = tuple[int, int]


def neighbours(person_ids: Sequence[int]) -> set[Pair]:
    """Pairs of one of these people and anybody whom they are to be compared with, in order."""
    found: set[Pair] = set()
    there = select(Person.id).where(Person.id.in_(person_ids), Person.status.not_in(GONE))
    living = db.session.scalars(there.order_by(Person.id)).all()
    if not living:
        return found
    for pairs in (
        _reached_alike(living),
        _numbered_alike(living, StudyInstitution.student_number),
        _numbered_alike(living, certificate_key_of(StudyInstitution.certificate_number)),
        _called_so_before(living),
        _read_alike(living),
    ):
        found.update((min(pair), max(pair)) for pair in pairs)
    return found


def _reached_alike(person_ids: Sequence[int]) -> Iterator[Pair]:
    """Who can be reached by the telephone, the address or the account of one of them."""
    for kind in WAYS:
        of_kind = ContactPoint.kind == kind
        mine = _by_value(
            select(ContactPoint.normal, ContactPoint.person_id).where(
                ContactPoint.person_id.in_(person_ids), of_kind
            )
        )
        telling = _telling(of_kind, sorted(mine))
        others = select(ContactPoint.normal, ContactPoint.person_id).where(of_kind)
        yield from _matched(others, (ContactPoint.normal, ContactPoint.person_id), telling, mine)


def _telling(of_kind: ColumnElement[bool], values: Sequence[str]) -> list[str]:
    """Those of the values that some people share, but no crowd."""
    found: list[str] = []
    for some in _parts(values):
        shared = (
            select(ContactPoint.normal)
            .where(of_kind, ContactPoint.normal.in_(some))
            .group_by(ContactPoint.normal)
            .having(func.count().between(2, CROWD))
        )
        found += db.session.scalars(shared)
    return found


def _numbered_alike(person_ids: Sequence[int], number: Any) -> Iterator[Pair]:
    """Who bears the number of one of them at whatever university."""
    borne = select(number, StudyInstitution.person_id)
    mine = _by_value(borne.where(StudyInstitution.person_id.in_(person_ids)))
    yield from _matched(borne, (number, StudyInstitution.person_id), sorted(mine), mine)


def _called_so_before(person_ids: Sequence[int]) -> Iterator[Pair]:
    """Who was once called as one of them is called now, or the other way round."""
    today = select(Person.name_zh, Person.id)
    before = select(FormerName.name, FormerName.person_id)
    called = _by_value(today.where(Person.id.in_(person_ids)))
    was_called = _by_value(before.where(FormerName.person_id.in_(person_ids)))
    yield from _matched(before, (FormerName.name, FormerName.person_id), sorted(called), called)
    yield from _matched(today, (Person.name_zh, Person.id), sorted(was_called), was_called)


def _by_value(rows: Select[Any, int]) -> dict[str, list[int]]:
    """Whose each value is, of rows that have one."""
    found: dict[str, list[int]] = {}
    for value, person_id in db.session.execute(rows):
        if value is not None:
            found.setdefault(value, []).append(person_id)
    return found


def _matched(
    others: Select[Any, int],
    columns: tuple[Any, Any],
    values: Sequence[str],
    mine: dict[str, list[int]],
) -> Iterator[Pair]:
    """Whoever has one of the values and is there still, with those of whom it is, too.

    ``columns`` are the value and the person of the rows of the others.
    """
    value, whose = columns
    there = aliased(Person)
    living = others.join(there, there.id == whose).where(there.status.not_in(GONE))
    for some in _parts(values):
        for same, person_id in db.session.execute(living.where(value.in_(some))):
            yield from ((one, person_id) for one in mine[same] if one != person_id)


def _read_alike(person_ids: Sequence[int]) -> Iterator[Pair]:
    """Whose name is read as that of one of them, and who left in the same year or was born in one:

    in whatever script the two are written, and whichever name comes first.
    """
    keys = list(_keys(person_ids))
    if not keys:
        return
    told, other, study = _told(), aliased(Person), aliased(Study)
    is_called_so = and_(other.sort_key >= told.c.key, other.sort_key < told.c.end)
    left_with = (
        select(study.id)
        .where(
            study.person_id == other.id,
            study.graduation_year + 0 == told.c.year,  # or SQLite reads everybody of that year
            or_(
                study.college_id.is_(None),
                told.c.college.is_(None),
                study.college_id == told.c.college,
            ),
        )
        .exists()
    )
    # Joined from the keys outwards: SQLite would go through all people for each key otherwise.
    rows = (
        select(told.c.person_id, other.id)
        .select_from(told)
        .outerjoin(
            other,
            and_(
                is_called_so,
                other.id != told.c.person_id,
                other.status.not_in(GONE),
                or_(left_with, other.birth_year == told.c.born),
            ),
        )
        .distinct()
    )
    found = db.session.execute(rows, {"keys": json.dumps(keys)})
    yield from ((first, second) for first, second in found if second is not None)


_COLUMNS: dict[str, Any] = {
    "person_id": Integer(),
    "key": Text(),
    "end": Text(),
    "year": Integer(),
    "college": Integer(),
    "born": Integer(),
}


def _told() -> FromClause:
    """Keys with whose they are, as the engine reads a table out of JSON, once."""
    keys = bindparam("keys", type_=Text())
    if is_postgresql():
        columns: list[Any] = [column(name, kind) for name, kind in _COLUMNS.items()]
        read = func.json_to_recordset(cast(keys, JSON)).table_valued(*columns)
        raw = read.render_derived(with_types=True)
        bytewise = {name: raw.c[name].collate("C").label(name) for name in ("key", "end")}
        plain = [bytewise.get(name, raw.c[name]) for name in _COLUMNS]
        return select(*plain).cte("told").prefix_with("MATERIALIZED")
    each = func.json_each(keys).table_valued("value")
    values: list[ColumnElement[Any]] = [
        func.json_extract(each.c.value, f"$.{name}", type_=kind).label(name)
        for name, kind in _COLUMNS.items()
    ]
    return select(*values).cte("told").prefix_with("MATERIALIZED")


def _keys(person_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Under what the names of these people are sorted, with the years that tell them apart."""
    people = select(
        Person.id,
        Person.name_zh,
        Person.name_latin,
        Person.pinyin_surname,
        Person.pinyin_given,
        Person.birth_year,
    ).where(Person.id.in_(person_ids))
    years, before = _years(person_ids), _names_before(person_ids)
    for person in db.session.execute(people):
        for key in _keys_of(person, before.get(person.id, [])):
            for year, college in years.get(person.id, [(None, None)]):
                yield {
                    "person_id": person.id,
                    "key": key,
                    "end": f"{key}!",
                    "year": year,
                    "college": college,
                    "born": person.birth_year,
                }


def _years(person_ids: Sequence[int]) -> dict[int, list[tuple[int | None, int | None]]]:
    """Year and college of each graduation, by person."""
    studied = select(Study.person_id, Study.graduation_year, Study.college_id).where(
        Study.person_id.in_(person_ids), Study.graduation_year.is_not(None)
    )
    found: dict[int, list[tuple[int | None, int | None]]] = {}
    for person_id, year, college in db.session.execute(studied.distinct()):
        found.setdefault(person_id, []).append((year, college))
    return found


def _names_before(person_ids: Sequence[int]) -> dict[int, list[str]]:
    borne = select(FormerName.person_id, FormerName.name).where(
        FormerName.person_id.in_(person_ids)
    )
    found: dict[int, list[str]] = {}
    for person_id, name in db.session.execute(borne):
        found.setdefault(person_id, []).append(name)
    return found


def _keys_of(person: Any, before: list[str]) -> list[str]:
    keys = _orders(person.pinyin_surname, person.pinyin_given)
    for name in (person.name_zh, person.name_latin, *before):
        keys |= _sorted_under(name) if name else set()
    return sorted(keys - {""})


def _sorted_under(name: str) -> set[str]:
    """What people of that name are sorted by, in either script."""
    keys = set(reading_keys(name))
    if not name.isascii():
        reading = names.reading_of(name)
        keys |= _orders(reading.surname, reading.given)
    return keys


def _orders(surname: str, given: str) -> set[str]:
    """A name read as surname and given name, and as those sort it who have it in letters only."""
    joined, family = given.replace(" ", ""), surname.replace(" ", "")
    return {
        names.sort_key(surname, given),
        names.sort_key(surname, joined),
        names.sort_key(joined, family),
    }


def _parts(things: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (things[begin : begin + AT_A_TIME] for begin in range(0, len(things), AT_A_TIME))
