"""Invented people, as many as are wanted, in a few statements: the same each time."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from alumni.accounts.models import Account, Assignment
from alumni.accounts.policy import ROLES
from alumni.chapters.models import Chapter, ChapterMembership, ChapterStatus
from alumni.codes.models import Code, CodeKind, Place, PlaceKind
from alumni.codes.queries import home_institution
from alumni.db import WRITING, Model, db, is_postgresql, today, transaction
from alumni.people.commands import named
from alumni.people.commands.search import tidy_index
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
from alumni.people.models.search import PersonSearch
from alumni.people.tokens import Findable, document

OFFICE = "office@example.org"
READERS = 1000
"""The first so many are verified, agreed to be written to and are all members of one chapter."""
READERS_CHAPTER = "anshan"
GUESTS = 50
"""The first so many have accounts, to register for events."""

AT_A_TIME = 5000

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏"
)
GIVEN = (
    "国强伟芳娜敏静丽艳勇军杰娟涛明超霞平刚桂英华文玉兰建红梅云飞雪思远志海晓东春雨佳慧子轩宇航欣怡"
)
EMPLOYERS = ("鞍山市中心医院", "大连第一医院", "沈阳第三医院", "北京海淀口腔门诊", "抚顺矿区医院")
TITLES = ("主任医师", "护士长", "医师", None)

Row = dict[str, Any]


class Words(NamedTuple):
    """What the package's lists have, to be drawn from."""

    home_id: int
    colleges: list[tuple[int, str]]
    majors: list[tuple[int, str]]
    cities: list[tuple[int, str]]
    chapters: list[int]
    readers_chapter: int


def guest(number: int) -> str:
    """The address of a person's account, from 1 to ``GUESTS``."""
    return f"person{number}@example.org"


def fill(number: int) -> None:
    """Invent the people in a new database, with the office's account, and index them."""
    chance, words = random.Random(number), _words()  # noqa: S311 - nothing to guess
    for begin in range(1, number + 1, AT_A_TIME):
        people = range(begin, min(begin + AT_A_TIME, number + 1))
        tables: dict[type[Model], list[Row]] = {}
        for person_id in people:
            for table, row in _person(person_id, chance, words):
                tables.setdefault(table, []).append(row)
        put(tables)
    put({Account: list(_accounts())})
    db.session.rollback()  # what was read before is as old as that
    office = db.session.scalars(sa.select(Account.id).where(Account.email == OFFICE)).one()
    held = [{"capability": capability} for capability in ROLES["office"]]
    put({Assignment: [{"account_id": office, "starts_on": today(), **row} for row in held]})
    _settle()


def put(tables: dict[type[Model], list[Row]]) -> None:
    """Insert the rows in one transaction, past the session and so past the history."""
    with db.engine.connect().execution_options(**WRITING) as connection, connection.begin():
        for table, rows in tables.items():
            connection.execute(sa.insert(table), rows)


def _words() -> Words:
    def codes(kind: CodeKind) -> list[tuple[int, str]]:
        found = db.session.execute(sa.select(Code.id, Code.name_zh).where(Code.kind == kind))
        return [(row[0], row[1]) for row in found]

    cities = db.session.execute(
        sa.select(Place.id, Place.name_zh).where(Place.kind == PlaceKind.CITY)
    )
    active = sa.select(Chapter.id).where(Chapter.status == ChapterStatus.ACTIVE)
    readers_chapter = sa.select(Chapter.id).where(Chapter.slug == READERS_CHAPTER)
    return Words(
        home_institution().id,
        codes(CodeKind.COLLEGE),
        codes(CodeKind.MAJOR),
        [(row[0], row[1]) for row in cities],
        list(db.session.scalars(active.where(Chapter.slug != READERS_CHAPTER))),
        db.session.scalars(readers_chapter).one(),
    )


def _person(
    person_id: int, chance: random.Random, words: Words
) -> Iterator[tuple[type[Model], Row]]:
    """All rows of one person, each with its table: parents first."""
    is_reader = person_id <= READERS
    is_verified = is_reader or person_id % 5 == 0
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2))))
    year = chance.randint(1955, 2025)
    college, major, city = map(chance.choice, (words.colleges, words.majors, words.cities))
    employer, phone = chance.choice(EMPLOYERS), f"+8613{chance.randrange(10**8, 10**9)}"
    email, student_number = guest(person_id), f"{year - 5}{person_id:07}"
    class_label = f"{chance.randint(1, 9)}班"
    whose = {"person_id": person_id}
    columns = named(name)
    status = PersonStatus.VERIFIED if is_verified else PersonStatus.KNOWN
    yield Person, {"id": person_id, "status": status, **columns}
    yield (
        Study,
        {
            **whose,
            "id": person_id,
            "is_primary": True,
            "level": "bachelor",
            "college_id": college[0],
            "major_id": major[0],
            "class_label": class_label,
            "entry_year": year - 5,
            "graduation_year": year,
        },
    )
    yield (
        StudyInstitution,
        {
            **whose,
            "study_id": person_id,
            "institution_id": words.home_id,
            "student_number": student_number,
        },
    )
    yield Employment, {**whose, "employer": employer, "title": chance.choice(TITLES)}
    yield Residence, {**whose, "place_id": city[0], "written": city[1]}
    for kind, value in ((ContactKind.PHONE, phone), (ContactKind.EMAIL, email)):
        yield (
            ContactPoint,
            {**whose, "kind": kind, "value": value, "normal": value, "is_primary": True},
        )
    if is_verified:
        yield ChapterMembership, _membership(person_id, is_reader, chance, words)
        yield Consent, _consent(person_id)
    findable = Findable(
        name_zh=name,
        surname=columns["pinyin_surname"] or "",
        given=columns["pinyin_given"] or "",
        emails=(email,),
        phones=(phone,),
        student_numbers=(student_number,),
        years=(year - 5, year),
        employers=(employer,),
        cities=(city[1],),
        colleges=(college[1],),
        majors=(major[1],),
        class_labels=(class_label,),
    )
    yield PersonSearch, {**whose, "tokens": document(findable)}


def _membership(person_id: int, is_reader: bool, chance: random.Random, words: Words) -> Row:  # noqa: FBT001
    chapter_id = words.readers_chapter if is_reader else chance.choice(words.chapters)
    return {
        "person_id": person_id,
        "chapter_id": chapter_id,
        "state": "active",
        "is_primary": True,
        "starts_on": today() - timedelta(days=100),
    }


def _consent(person_id: int) -> Row:
    return {
        "person_id": person_id,
        "purpose": ConsentPurpose.MAILINGS,
        "version": "1",
        "language": "zh",
        "source": "bench",
    }


def _accounts() -> Iterator[Row]:
    yield {"email": OFFICE, "name": "Office", "person_id": None}
    for number in range(1, GUESTS + 1):
        yield {"email": guest(number), "name": f"Person {number}", "person_id": number}


def _settle() -> None:
    """Leave the database as it is when the program has been running for a while."""
    with transaction():
        tidy_index()
    if is_postgresql():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("person", "study"):  # their ids were given, and not drawn
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608 - two words of ours
                    f" (SELECT max(id) FROM {table}))"
                )
            connection.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum does soon
    db.session.remove()
    if not is_postgresql():
        with db.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # not in the first page's time
