"""Rosters brought in by the command line, and what it takes to find whom the rows mean.

The limit is what the driver itself takes to insert the very same rows, of all the tables that
hold a person: ``executemany`` into empty tables with the same indexes, in this process.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any, NamedTuple

import sqlalchemy as sa

from alumni.config import ROOT
from alumni.db import db, engine_options
from alumni.exports.tables import Sheets, as_xlsx
from alumni.people.commands.search import reindex_all
from alumni.people.models import Person, StudyInstitution
from alumni.roster.models import BatchKind
from alumni.roster.queries.known import numbered_people
from alumni.roster.queries.lists import place_finder
from alumni.roster.queries.matching import Matcher
from tests.bench.figures import Figure
from tests.bench.people import EMPLOYERS, GIVEN, SURNAMES
from tests.bench.server import Place, family, memory_of

ROSTER = ROOT.parent / "shared" / "data" / "roster.xlsx"
PATIENCE = 900
MANY = 100_000
AT_A_TIME = 5000
ROUNDS = 3
HITS = 0.3
"""Of the rows that are looked up, how many mean somebody we know."""

TABLES = (
    *("person", "study", "study_institution", "roster_entry"),
    *("employment", "residence", "contact_point"),
)
HEADER = (
    *("姓名", "学号", "性别", "入学年份", "毕业时间", "学院", "专业", "培养层次", "班级"),
    *("工作单位", "职务", "手机", "邮箱", "所在省", "城市"),
)


class Ran(NamedTuple):
    """What a command took, and what it said."""

    wall: float
    cpu: float
    megabytes: float
    """Of the command and the process that reads the file for it, together."""
    own: float
    """Of the command alone."""
    counts: dict[str, Any]


def measure(place: Place) -> Iterator[Figure]:
    """With nobody in the database at first."""
    if ROSTER.is_file():
        yield _told("Roster of 10,000, new", _brought_in(place, ROSTER))
        yield _told("The same roster again", _brought_in(place, ROSTER))
    else:
        print("  left out: the test data of ../shared are not here", file=sys.stderr)
    if place.engine == "sqlite":
        yield from _many(place)


def measure_matching(place: Place) -> Iterator[Figure]:
    """Among the people of the place."""
    with place.app.app_context():
        rows = list(_looked_up(place.people))
        taken = [(_matched(rows), _raw(place.people - MANY)) for _ in range(ROUNDS)]
        worked, raw = (median(some) for some in zip(*taken, strict=True))
    yield Figure(
        name="100,000 rows, whom they mean, in executemany of the rows",
        value=worked / raw,
        unit="×",
        digits=2,
        limit=0.6,
        note=f"({worked:.1f} s of {raw:.1f} s)",
    )


def _many(place: Place) -> Iterator[Figure]:
    """A hundred thousand rows of people whom nobody knows."""
    file = place.folder / "many.xlsx"
    sheets = Sheets(rows="名册", notes="说明")
    file.write_bytes(b"".join(as_xlsx(HEADER, _invented(MANY), sheets=sheets, notes=_no_notes)))
    with place.app.app_context():
        before = db.session.scalar(sa.select(sa.func.max(Person.id))) or 0
        db.session.rollback()
    ran = _brought_in(place, file)
    assert ran.counts["new"] == MANY, ran.counts
    with place.app.app_context():
        raw = median(_raw(before) for _ in range(ROUNDS))
        begun = time.process_time()
        reindex_all(at_a_time=AT_A_TIME)
        index = (time.process_time() - begun) * MANY / (before + MANY)
    note = f"({ran.cpu:.0f} s of {raw:.1f} s; index {index:.0f} s; {ran.wall:.0f} s in all)"
    name = "Roster of 100,000, new"
    yield Figure(
        name=f"{name}: CPU, in executemany of the rows",
        value=ran.cpu / raw,
        unit="×",
        digits=1,
        limit=14,
        note=note,
    )
    yield Figure(
        name=f"{name}: the same without the search index",
        value=(ran.cpu - index) / raw,
        unit="×",
        digits=1,
        limit=6,
    )
    yield Figure(
        name=f"{name}: anonymous memory",
        value=ran.megabytes,
        unit="MB",
        limit=250,
        note=f"({ran.own:.0f} without the process that reads the file)",
    )


def _told(name: str, ran: Ran) -> Figure:
    told = ", ".join(
        f"{number} {what}" for what, number in ran.counts.items() if what != "batch" and number
    )
    note = f"({ran.wall:.1f} s in all; {told})"
    return Figure(name=f"{name}: CPU", value=ran.cpu, unit="s", digits=1, note=note)


def _brought_in(place: Place, file: Path) -> Ran:
    begun, before = time.perf_counter(), _cpu()
    command = ["roster", "import", str(file), "--accept-good", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "alumni", *command],
        env=place.environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        peak = own = 0.0
        while process.poll() is None and time.perf_counter() - begun < PATIENCE:
            each = [memory_of(one, "status", "RssAnon") for one in family(process.pid)]
            peak = max(peak, sum(each))
            own = max(own, *each[:1])
            time.sleep(0.05)
        assert process.stdout is not None
        said = process.stdout.read()
    assert process.returncode == 0, said
    return Ran(time.perf_counter() - begun, _cpu() - before, peak, own, json.loads(said))


def _cpu() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _raw(after: int) -> float:
    """CPU seconds of the driver for the rows of the people beyond this one."""
    copied = {}
    with db.engine.connect() as connection:
        for table in TABLES:
            key = "id" if table == "person" else "person_id"
            wanted = f"SELECT * FROM {table} WHERE {key} > ?"  # noqa: S608 - a name of ours
            copied[table] = [tuple(row) for row in connection.exec_driver_sql(wanted, (after,))]
        schema = connection.exec_driver_sql("SELECT type, tbl_name, sql FROM sqlite_master").all()
    statements = [
        sql
        for kind in ("table", "index")
        for one, table, sql in schema
        if one == kind and table in TABLES and sql
    ]
    path = Path(f"{db.engine.url.database}.raw")
    with closing(engine_options("sqlite:")["module"].connect(path)) as bare:
        bare.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -4000"):
            bare.execute(f"PRAGMA {pragma}")
        for statement in statements:
            bare.execute(statement)
        begun = time.process_time()
        bare.execute("BEGIN IMMEDIATE")
        for table, rows in filter(itemgetter(1), copied.items()):
            marks = ",".join("?" * len(rows[0]))
            bare.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - as above
        bare.execute("COMMIT")
        worked = time.process_time() - begun
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    people = len(copied["person"])
    return worked * MANY / people


def _matched(rows: Sequence[dict[str, Any]]) -> float:
    begun = time.process_time()
    matcher = Matcher(BatchKind.REGISTRAR, place_finder())
    found = 0
    for start in range(0, len(rows), AT_A_TIME):
        part = rows[start : start + AT_A_TIME]
        known = numbered_people([row["student_number"] for row in part])
        found += len(known)
        matcher.find([row for row in part if row["student_number"] not in known])
    db.session.rollback()
    worked = time.process_time() - begun
    assert abs(found - len(rows) * HITS) < len(rows) / 50, found
    return worked


def _looked_up(people: int) -> Iterator[dict[str, Any]]:
    """Rows of which some have the number of somebody whom we know, and all their own phones."""
    chance = random.Random(people)  # noqa: S311 - nothing to guess
    picked = sorted(chance.sample(range(1, people + 1), min(people, int(MANY * HITS))))
    numbers: list[str | None] = []
    for begin in range(0, len(picked), AT_A_TIME):
        some = StudyInstitution.person_id.in_(picked[begin : begin + AT_A_TIME])
        numbers += db.session.scalars(sa.select(StudyInstitution.student_number).where(some))
    db.session.rollback()
    for n in range(MANY):
        values = _values(chance, n)
        known = n * len(numbers) // MANY
        if n * len(numbers) % MANY < len(numbers):
            values["student_number"] = numbers[known]
        yield values


def _values(chance: random.Random, n: int) -> dict[str, Any]:
    year = chance.randint(1955, 2025)
    return {
        "name": chance.choice(SURNAMES)
        + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2)))),
        "student_number": f"{year - 5}9{n:07}",
        "graduation": f"{year}-07",
        "college": "口腔医学院",
        "phone": f"13{chance.randrange(10**8, 10**9)}",
        "email": f"n{year - 5}9{n:07}@example.org",
    }


def _invented(number: int) -> Iterator[list[list[str]]]:
    """Rows of a registrar's spreadsheet."""
    chance = random.Random(number)  # noqa: S311 - nothing to guess
    for begin in range(0, number, AT_A_TIME):
        yield [_row(chance, n) for n in range(begin, min(begin + AT_A_TIME, number))]


def _row(chance: random.Random, n: int) -> list[str]:
    said = _values(chance, n)
    year, place = int(said["graduation"][:4]), chance.choice(("鞍山市", "大连市", "沈阳市"))
    return [
        *(said["name"], said["student_number"], chance.choice("男女"), f"{year - 5}级"),
        *(f"{year}年7月", said["college"], "口腔医学", "本科", f"{chance.randint(1, 9)}班"),
        *(chance.choice(EMPLOYERS), "主任医师", said["phone"], said["email"], "辽宁省", place),
    ]


def _no_notes(_rows: int) -> list[tuple[str, str]]:
    return []
