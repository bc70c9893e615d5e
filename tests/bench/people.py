"""Invented people, as many as are wanted, in a few statements: the same each time."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alumni.accounts.models import Account, Assignment
from alumni.accounts.policy import ROLES
from alumni.chapters.models import Chapter, ChapterMembership, ChapterStatus
from alumni.codes.models import Code, CodeKind, Place, PlaceKind
from alumni.codes.queries import home_institution
from alumni.db import WRITING, Model, db, is_postgresql, today
from alumni.people.commands import named
from alumni.people.commands.search import reindex_all
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
)

OFFICE = "office@example.org"
READERS = 1000
"""The first so many are verified, agreed to be written to and are all members of one chapter."""
READERS_CHAPTER = "anshan"
GUESTS = 50
"""The first so many have accounts, to register for events."""

AT_A_TIME = 10_000

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏"
)
GIVEN = (
    "国强伟芳娜敏静丽艳勇军杰娟涛明超霞平刚桂英华文玉兰建红梅云飞雪思远志海晓东春雨佳慧子轩宇航欣怡"
)
EMPLOYERS = ("鞍山市中心医院", "大连第一医院", "沈阳第三医院", "北京海淀口腔门诊", "抚顺矿区医院")
TITLES = ("主任医师", "护士长", "医师", None)

Row = dict[str, Any]
Values = tuple[Any, ...]


class Words(NamedTuple):
    """What the package's lists have, to be drawn from: ids, and of cities their names."""

    home_id: int
    colleges: list[int]
    majors: list[int]
    cities: list[tuple[int, str]]
    chapters: list[int]
    readers_chapter: int


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A table, and what each of its new rows has."""

    model: type[Model]
    drawn: tuple[str, ...]
    """Columns of which each row has its own value: text, a whole number or NULL."""
    same: Mapping[str, Any]
    """What all rows have."""


PEOPLE = Loaded(
    model=Person,
    drawn=("id", "public_id", "status", "name_zh", "pinyin_surname", "pinyin_given", "sort_key"),
    same={},
)
STUDIES = Loaded(
    model=Study,
    drawn=(
        *("id", "person_id", "college_id", "major_id"),
        *("class_label", "entry_year", "graduation_year"),
    ),
    same={"is_primary": True, "level": "bachelor"},
)
NUMBERS = Loaded(
    model=StudyInstitution,
    drawn=("person_id", "study_id", "institution_id", "student_number"),
    same={},
)
JOBS = Loaded(model=Employment, drawn=("person_id", "employer", "title"), same={})
HOMES = Loaded(model=Residence, drawn=("person_id", "place_id", "written"), same={})
CONTACTS = Loaded(
    model=ContactPoint,
    drawn=("person_id", "kind", "value", "normal"),
    same={"is_primary": True},
)
MEMBERSHIPS = Loaded(
    model=ChapterMembership,
    drawn=("person_id", "chapter_id", "sort_key"),
    same={"state": "active", "is_primary": True, "starts_on": date(2020, 1, 1)},
)
CONSENTS = Loaded(
    model=Consent,
    drawn=("person_id",),
    same={
        "purpose": ConsentPurpose.MAILINGS,
        "version": "1",
        "language": "zh",
        "source": "bench",
    },
)

TABLES = (PEOPLE, STUDIES, NUMBERS, JOBS, HOMES, CONTACTS, MEMBERSHIPS, CONSENTS)
"""Parents first."""


def guest(number: int) -> str:
    """The address of a person's account, from 1 to ``GUESTS``."""
    return f"person{number}@example.org"


def fill(number: int, worked: Callable[[], float] = time.process_time) -> float:
    """Invent the people in a new database, with the office's account, and index them. Return how

    many seconds, as ``worked`` tells them, were spent on the index.
    """
    chance, words = random.Random(number), _words()  # noqa: S311 - nothing to guess
    db.session.rollback()
    with _loading() as connection:
        for begin in range(1, number + 1, AT_A_TIME):
            people = range(begin, min(begin + AT_A_TIME, number + 1))
            rows: dict[type[Model], list[Values]] = {one.model: [] for one in TABLES}
            for person_id in people:
                _invent(person_id, chance, words, rows)
            for one in TABLES:
                _load(connection, one, rows[one.model])
    put({Account: list(_accounts())})
    office = db.session.scalars(sa.select(Account.id).where(Account.email == OFFICE)).one()
    held = [{"capability": capability} for capability in ROLES["office"]]
    put({Assignment: [{"account_id": office, "starts_on": today(), **row} for row in held]})
    _settle()
    begun = worked()
    reindex_all(at_a_time=AT_A_TIME)
    spent = worked() - begun
    _settle()
    return spent


def put(tables: dict[type[Model], list[Row]]) -> None:
    """Insert the rows in one transaction, past the session and so past the history."""
    with db.engine.connect().execution_options(**WRITING) as connection, connection.begin():
        for table, rows in tables.items():
            connection.execute(sa.insert(table), rows)
    db.session.rollback()  # what was read before is as old as that


def _words() -> Words:
    """In the same order on either engine, so that the same people are drawn."""

    def codes(kind: CodeKind) -> list[int]:
        asked = sa.select(Code.id).where(Code.kind == kind).order_by(Code.id)
        return list(db.session.scalars(asked))

    cities = db.session.execute(
        sa.select(Place.id, Place.name_zh).where(Place.kind == PlaceKind.CITY).order_by(Place.id)
    )
    active = sa.select(Chapter.id).where(Chapter.status == ChapterStatus.ACTIVE)
    active = active.order_by(Chapter.id)
    readers_chapter = sa.select(Chapter.id).where(Chapter.slug == READERS_CHAPTER)
    return Words(
        home_institution().id,
        codes(CodeKind.COLLEGE),
        codes(CodeKind.MAJOR),
        [(row[0], row[1]) for row in cities],
        list(db.session.scalars(active.where(Chapter.slug != READERS_CHAPTER))),
        db.session.scalars(readers_chapter).one(),
    )


def _invent(
    person_id: int, chance: random.Random, words: Words, rows: dict[type[Model], list[Values]]
) -> None:
    """Add all rows of one person."""
    is_reader = person_id <= READERS
    is_verified = is_reader or person_id % 5 == 0
    status = PersonStatus.VERIFIED if is_verified else PersonStatus.KNOWN
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2))))
    surname, given, sort_key = _read(name)
    year = chance.randint(1955, 2025)
    college, major = chance.choice(words.colleges), chance.choice(words.majors)
    city = chance.choice(words.cities)
    phone = f"+8613{chance.randrange(10**8, 10**9)}"
    letters = (surname + given).replace(" ", "")
    email = guest(person_id) if person_id <= GUESTS else f"{letters}{person_id}@example.org"
    label = f"{chance.randint(1, 9)}班"
    public_id, number = f"{person_id:022}", f"{year - 5}{person_id:07}"
    rows[Person].append((person_id, public_id, status.value, name, surname, given, sort_key))
    rows[Study].append((person_id, person_id, college, major, label, year - 5, year))
    rows[StudyInstitution].append((person_id, person_id, words.home_id, number))
    rows[Employment].append((person_id, chance.choice(EMPLOYERS), chance.choice(TITLES)))
    rows[Residence].append((person_id, *city))
    rows[ContactPoint] += (
        (person_id, ContactKind.PHONE.value, phone, phone),
        (person_id, ContactKind.EMAIL.value, email, email),
    )
    if is_verified:
        chapter = words.readers_chapter if is_reader else chance.choice(words.chapters)
        rows[ChapterMembership].append((person_id, chapter, sort_key))
        rows[Consent].append((person_id,))


@lru_cache(maxsize=2**17)
def _read(name: str) -> tuple[str, str, str]:
    columns = named(name)
    reading = (columns["pinyin_surname"], columns["pinyin_given"], columns["sort_key"])
    return tuple(str(one or "") for one in reading)  # type: ignore[return-value]  # three


@contextmanager
def _loading() -> Iterator[Connection]:
    """A connection of its own, for what is known to be true: nothing is looked up for a row, and

    the indexes are made at the end.
    """
    tables: list[Any] = [one.model.__table__ for one in TABLES]
    kept = {Person.__table__.c.sort_key, Person.__table__.c.id}  # what memberships point at
    indexes = [one for table in tables for one in table.indexes if set(one.columns) != kept]
    with db.engine.connect().execution_options(**WRITING) as connection:
        connection.detach()
        if not is_postgresql():
            driver: Any = connection.connection.dbapi_connection
            for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -400000"):
                driver.execute(f"PRAGMA {pragma}")
        with connection.begin():
            if is_postgresql():
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for index in indexes:
                index.drop(connection)
            yield connection
            for index in indexes:
                index.create(connection)


def _load(connection: Connection, table: Loaded, rows: Sequence[Values]) -> None:
    """Past all that SQLAlchemy would look at in each row, which takes longer than the database."""
    same = _same(table)
    name, columns = table.model.__tablename__, (*table.drawn, *same)
    tail = tuple(same.values())
    driver: Any = connection.connection.dbapi_connection
    listed = ", ".join(columns)
    if not is_postgresql():
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {name} ({listed}) VALUES ({places})"  # noqa: S608 - words of ours
        driver.executemany(statement, [row + tail for row in rows])
        return
    with driver.cursor().copy(f"COPY {name} ({listed}) FROM STDIN") as copy:
        copy.write("".join("\t".join(map(_written, row + tail)) + "\n" for row in rows))


def _same(table: Loaded) -> dict[str, Any]:
    """What all new rows of the table have, by its defaults too, as the driver takes it."""
    found: dict[str, Any] = {}
    for column in sa.inspect(table.model).local_table.columns:
        if column.name in table.drawn:
            continue
        if column.name in table.same:
            value = table.same[column.name]
        elif column.default is not None:
            value = column.default.arg(None) if column.default.is_callable else column.default.arg
        else:
            continue
        taken = column.type.dialect_impl(db.engine.dialect).bind_processor(db.engine.dialect)
        found[column.name] = taken(value) if taken else value
    return found


def _written(value: Any) -> str:
    """As COPY reads it. No text of ours has a tab or a backslash."""
    return "\\N" if value is None else str(value)


def _accounts() -> Iterator[Row]:
    yield {"email": OFFICE, "name": "Office", "person_id": None}
    for number in range(1, GUESTS + 1):
        yield {"email": guest(number), "name": f"Person {number}", "person_id": number}


def _settle() -> None:
    """Leave the database as it is when the program has been running for a while."""
    db.session.remove()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver: Any = connection.connection.driver_connection
        if not is_postgresql():
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # not in the first page's time
            return
        for table in ("person", "study"):  # their ids were given, and not drawn
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608 - two words of ours
                f" (SELECT max(id) FROM {table}))"
            )
        connection.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum does soon
