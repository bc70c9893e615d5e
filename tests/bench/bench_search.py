"""Looking for people among many, beside fetching fifty rows by their keys in the same run.

Twelve ways of asking, forty different questions each, from a verified graduate and from the
office: a page of fifty people with the number of all that were found. SQLite works in this
process, so its figures are CPU; what PostgreSQL does shows only on the clock.
"""

import random
import time
from array import array
from collections.abc import Callable, Iterator
from hashlib import sha256
from statistics import median, quantiles
from typing import Any, NamedTuple

import sqlalchemy as sa

from alumni.audiences import queries
from alumni.audiences.criteria import Audience
from alumni.audiences.queries import Window
from alumni.authz import SYSTEM, Actor
from alumni.db import db, is_postgresql
from alumni.people.models import ContactKind, ContactPoint, Person, Study
from alumni.people.models.search import SEARCH_INDEXES, PersonSearch
from alumni.people.queries import find_actor
from alumni.people.queries.search import hits, matches
from tests.bench.figures import Figure
from tests.bench.server import Place

SAMPLES = 40
ROUNDS = 3
LIKE_SAMPLES = 3

LIMITS = {
    ("sqlite", 100_000): (6.0, 35.0, 5.0),
    ("sqlite", 1_000_000): (10.0, 60.0, 5.0),
    ("postgresql", 100_000): (25.0, None, 4.0),
    ("postgresql", 1_000_000): (80.0, None, 4.0),
}
"""For so many people: the 99th percentile in ms, the same in fetches of fifty rows by key, and the
median in such fetches."""

MANY = 1_000_000
TIMES_FASTER = 100
MOST_BYTES = {"sqlite": 200, "postgresql": 800}
MOST_WORK = {"sqlite": 100, "postgresql": 150}
"""Microseconds of CPU to index a person, for the office and for graduates."""
FEW = 10_000
"""Among so many, LIKE is asked all questions."""


class Somebody(NamedTuple):
    """Of whom the questions are made."""

    name: str
    surname: str
    given: str
    email: str
    phone: str
    year: int


Question = Callable[[Somebody], str]

QUESTIONS: dict[str, Question] = {
    "whole name": lambda one: one.name,
    "given name": lambda one: one.name[1:],
    "one character": lambda one: one.name[:1],
    "pinyin": lambda one: (one.surname + one.given).replace(" ", ""),
    "pinyin in words": lambda one: f"{one.surname} {one.given}",
    "beginning of the pinyin": lambda one: one.surname + one.given[:2],
    "pinyin of the surname": lambda one: one.surname,
    "initials": lambda one: "".join(part[0] for part in f"{one.surname} {one.given}".split()),
    "beginning of the e-mail": lambda one: one.email[:8],
    "end of the phone": lambda one: one.phone[-4:],
    "year": lambda one: str(one.year),
    "surname and year": lambda one: f"{one.name[:1]} {one.year}",
}

OFFICE_ALONE = ("beginning of the e-mail", "end of the phone")


def measure(place: Place) -> Iterator[Figure]:
    clock = time.perf_counter if place.engine == "postgresql" else time.process_time
    with place.app.test_request_context():
        people = _somebodies(place.people)
        floor = _floor(clock, place.people)
        yield Figure(name="Fifty rows by their keys", value=floor * 1000, unit="ms", digits=2)
        for whose, actor in (("office", SYSTEM), ("graduate", _graduate())):
            asked = _asked(actor, people, clock, whose)
            yield from _figures(place, whose, asked, floor)
        yield from _same(place, people)
        yield from _correct(place, people, clock)
        yield from _size(place)


def _figures(
    place: Place, whose: str, asked: dict[str, list[float]], floor: float
) -> Iterator[Figure]:
    pooled = [seconds for times in asked.values() for seconds in times]
    slowest = quantiles(pooled, n=100)[98]
    most, most_times, median_times = LIMITS.get((place.engine, place.people), (None, None, None))
    unit = "ms CPU" if place.engine == "sqlite" else "ms"
    yield Figure(
        name=f"Search by the {whose}: 99th percentile",
        value=slowest * 1000,
        unit=unit,
        digits=1,
        limit=most,
        note=f"(worst: {max(asked, key=lambda name: median(asked[name]))})",
    )
    yield Figure(
        name=f"Search by the {whose}: 99th percentile ÷ fifty rows",
        value=slowest / floor,
        limit=most_times,
    )
    yield Figure(
        name=f"Search by the {whose}: median ÷ fifty rows",
        value=median(pooled) / floor,
        digits=1,
        limit=median_times,
    )


def _somebodies(people: int) -> list[Somebody]:
    chance = random.Random(7)  # noqa: S311 - nothing to guess
    verified = range(5, people + 1, 5)
    wanted = sorted(chance.sample(verified, SAMPLES))
    email, phone = sa.orm.aliased(ContactPoint), sa.orm.aliased(ContactPoint)
    rows = db.session.execute(
        sa.select(
            Person.name_zh,
            Person.pinyin_surname,
            Person.pinyin_given,
            email.value,
            phone.value,
            Study.graduation_year,
        )
        .join(Study, Study.person_id == Person.id)
        .join(email, sa.and_(email.person_id == Person.id, email.kind == ContactKind.EMAIL))
        .join(phone, sa.and_(phone.person_id == Person.id, phone.kind == ContactKind.PHONE))
        .where(Person.id.in_(wanted))
        .order_by(Person.id)
    )
    return [Somebody(*tuple[Any, ...](row)) for row in rows]


def _graduate() -> Actor:
    account = db.session.execute(
        sa.text("SELECT id, person_id FROM account WHERE person_id IS NOT NULL ORDER BY id LIMIT 1")
    ).one()
    return find_actor(account[0], account[1], "Asia/Shanghai")


def _floor(clock: Callable[[], float], people: int) -> float:
    """Seconds for fifty rows of anybody, in a transaction of their own as each search is."""
    chance = random.Random(1)  # noqa: S311 - nothing to guess
    columns = sa.select(Person.id, Person.public_id, Person.name_zh, Person.sort_key, Person.status)
    ids: sa.BindParameter[int] = sa.bindparam("ids", expanding=True)
    rows = columns.where(Person.id.in_(ids))
    times = []
    for _ in range(2 * SAMPLES):
        wanted = chance.sample(range(1, people + 1), 50)
        begun = clock()
        db.session.connection().execute(rows, {"ids": wanted}).all()
        times.append(clock() - begun)
        db.session.rollback()
    return median(times[SAMPLES:])


def _asked(
    actor: Actor, people: list[Somebody], clock: Callable[[], float], whose: str
) -> dict[str, list[float]]:
    """Seconds of each question of each kind, the median of some rounds."""
    found: dict[str, list[float]] = {}
    for name, question in QUESTIONS.items():
        if whose != "office" and name in OFFICE_ALONE:
            continue
        for text in dict.fromkeys(map(question, people)):
            found.setdefault(name, []).append(_once(actor, text, clock))
    return found


def _once(actor: Actor, text: str, clock: Callable[[], float]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = clock()
        queries.people(actor, Audience.from_query(actor, {"q": [text]}), Window())
        times.append(clock() - begun)
        db.session.rollback()
    return median(times)


_ANSWERS: dict[int, dict[tuple[str, str], bytes]] = {}
"""Of the engine asked first: for so many people, the digest of whom each question finds."""


def _same(place: Place, people: list[Somebody]) -> Iterator[Figure]:
    """Whether both engines find the same people, all of them, by the same questions: those whom

    chance invents are the same on either.
    """
    answers: dict[tuple[str, str], bytes] = {}
    for whose, actor in (("office", SYSTEM), ("graduate", _graduate())):
        for text in sorted({question(one) for question in QUESTIONS.values() for one in people}):
            asked = sa.select(hits(actor)).where(matches(actor, text))
            found = array("q", sorted(db.session.scalars(asked)))
            answers[whose, text] = sha256(found.tobytes()).digest()
    db.session.rollback()
    others = _ANSWERS.setdefault(place.people, answers)
    digest = sha256(b"".join(answers[key] for key in sorted(answers))).hexdigest()
    yield Figure(
        name="Search: questions that the two engines answer otherwise",
        value=sum(answers.get(key) != others.get(key) for key in {*answers, *others}),
        limit=0,
        note=f"(of {len(answers)}, answers {digest[:12]})",
    )


def _correct(place: Place, people: list[Somebody], clock: Callable[[], float]) -> Iterator[Figure]:
    """Whom LIKE finds and the index does not, and how much longer it takes."""
    plain = sa.func.replace(Person.pinyin_surname + Person.pinyin_given, " ", "")
    missed, faster = 0, []
    for name in ("whole name", "given name", "one character", "pinyin", "end of the phone", "year"):
        for one in people[: None if place.people <= FEW else LIKE_SAMPLES]:
            text = QUESTIONS[name](one)
            likes: dict[str, sa.ColumnElement[bool]] = {
                "pinyin": plain.startswith(text),
                "end of the phone": Person.id.in_(_reached(ContactKind.PHONE, f"%{text}")),
                "year": Person.id.in_(
                    sa.select(Study.person_id).where(
                        sa.or_(Study.entry_year == one.year, Study.graduation_year == one.year)
                    )
                ),
            }
            like = likes.get(name, Person.name_zh.contains(text))
            liked = set(db.session.scalars(sa.select(Person.id).where(like)))
            indexed = sa.select(hits(SYSTEM)).where(matches(SYSTEM, text))
            missed += len(liked - set(db.session.scalars(indexed)))
    yield Figure(name="Search: people that LIKE finds and we do not", value=missed, limit=0)
    for name in ("whole name", "pinyin", "beginning of the e-mail"):
        for one in people[:LIKE_SAMPLES]:
            text = QUESTIONS[name](one)
            faster.append(_liked(text, plain, clock) / _once(SYSTEM, text, clock))
    yield Figure(
        name="Search: how many times faster than LIKE (name, pinyin, e-mail)",
        value=median(faster),
        limit=TIMES_FASTER if place.people >= MANY else None,
        is_floor=True,
    )


def _liked(text: str, plain: Any, clock: Callable[[], float]) -> float:
    """Seconds for a page of whom the text stands in one of four columns of: a search without an

    index does not know either what was typed.
    """
    anywhere = sa.or_(
        Person.name_zh.contains(text),
        plain.contains(text),
        Person.id.in_(_reached(ContactKind.EMAIL, f"%{text}%")),
        Person.id.in_(_reached(ContactKind.PHONE, f"%{text}%")),
    )
    begun = clock()
    page = sa.select(Person.id).where(anywhere).order_by(Person.sort_key).limit(50)
    db.session.scalars(page).all()
    db.session.rollback()
    return clock() - begun


def _reached(kind: ContactKind, pattern: str) -> sa.Select[int]:
    there = sa.select(ContactPoint.person_id).where(ContactPoint.kind == kind)
    return there.where(ContactPoint.normal.like(pattern))


def _size(place: Place) -> Iterator[Figure]:
    """Bytes of the office's index for each person, and of the graduates' one for each of all; and

    what it took to make them both.
    """
    yield Figure(
        name="Search index: to make it, for each person",
        value=place.indexing * 1e6 / place.people,
        unit="µs CPU",
        limit=MOST_WORK[place.engine] if place.people >= MANY else None,
    )
    names = {"the office’s": 0, "the graduates’": 1}
    for whose, number in names.items():
        index, column = list(SEARCH_INDEXES.items())[number]
        yield Figure(
            name=f"Search index, {whose}: for each person",
            value=_bytes(index, column) / place.people,
            unit="B",
            limit=MOST_BYTES[place.engine] if place.people >= MANY else None,
        )


def _bytes(index: str, column: str) -> int:
    if is_postgresql():
        words = getattr(PersonSearch, column)
        held = db.session.scalar(sa.select(sa.func.sum(sa.func.pg_column_size(words)))) or 0
        drawn = sa.text(f"SELECT pg_relation_size('ix_person_search_{column}')")
        return int(held) + int(db.session.scalar(drawn) or 0)
    blocks = sa.text(f"SELECT sum(length(block)) FROM {index}_data")  # noqa: S608 - a name of ours
    return int(db.session.scalar(blocks) or 0)
