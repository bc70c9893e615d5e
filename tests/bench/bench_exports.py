"""All people with twelve columns as a file, beside the database's own way to write one."""

import csv
import io
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import NamedTuple

import psycopg
from python_calamine import CalamineWorkbook

from alumni.audiences import queries
from alumni.audiences.criteria import Audience
from alumni.authz import SYSTEM
from alumni.db import db
from alumni.people.fields import DEFAULT_COLUMNS
from tests.bench.figures import Figure
from tests.bench.people import OFFICE
from tests.bench.server import Client, Place, Server, signed_in, watched

ROUNDS = 3
MOST_SECONDS = {"csv": 2.5, "xlsx": 10}
"""For 100,000 people."""
MOST_TIMES = {"csv": 3.75, "xlsx": 7}
MOST_MEGABYTES = {"csv": 70, "xlsx": 75}


class Taken(NamedTuple):
    first: float
    """Seconds until the first byte."""
    wall: float
    cpu: float
    megabytes: float
    content: bytes


def measure(place: Place) -> Iterator[Figure]:
    limit = _limit(place)
    limits: list[float] = []
    taken: dict[str, list[Taken]] = {"csv": [], "xlsx": []}
    with Server(place, "serve", "--processes", "1") as server:
        holder = signed_in(place, OFFICE)
        for _ in range(ROUNDS):
            limits.append(limit())
            for kind, rounds in taken.items():
                with Client(server.port, holder) as client:
                    rounds.append(_taken(server, client, kind))
    rows = {"csv": _rows_of_csv, "xlsx": _rows_of_xlsx}
    for kind, rounds in taken.items():
        assert rows[kind](rounds[-1].content) == place.people, f"the {kind} is not whole"
        yield from _figures(kind, rounds, limits, place)


def _figures(kind: str, rounds: list[Taken], limits: list[float], place: Place) -> Iterator[Figure]:
    name = f"Export {kind.upper()}"
    most = MOST_SECONDS[kind] if place.people <= 100_000 else None
    wall, cpu = min(one.wall for one in rounds), median(one.cpu for one in rounds)
    usual = median(one.wall for one in rounds)
    yield Figure(
        name=f"{name}: best time of {ROUNDS}",
        value=wall,
        unit="s",
        digits=2,
        limit=most,
        note=f"(median {usual:.2f})",
    )
    yield Figure(name=f"{name}: CPU", value=cpu, unit="s", digits=2)
    is_sqlite = place.engine == "sqlite"
    limit = median(limits) if is_sqlite else min(limits)
    yield Figure(
        name=f"{name}: {'CPU' if is_sqlite else 'best time'} ÷ the database’s own CSV",
        value=(cpu if is_sqlite else wall) / limit,
        digits=1,
        limit=MOST_TIMES[kind] if is_sqlite else None,
        note=f"({limit:.2f} s)",
    )
    first = median(one.first for one in rounds)
    yield Figure(name=f"{name}: first byte", value=first, unit="s", digits=2, limit=0.5)
    yield Figure(
        name=f"{name}: anonymous memory, peak",
        value=max(one.megabytes for one in rounds),
        unit="MB",
        limit=MOST_MEGABYTES[kind],
        is_flat=True,
    )


def _taken(server: Server, client: Client, kind: str) -> Taken:
    fields = [("columns", column) for column in DEFAULT_COLUMNS]
    fields += [("format", kind), ("purpose", "a figure")]
    before, begun = server.cpu(), time.perf_counter()
    with watched(server) as peak:
        response = client.begin("POST", "/office/people/export", fields)
        assert response.status == 200, response.read()[:2000]
        content = response.read(1)
        first = time.perf_counter() - begun
        content += response.read()
    wall = time.perf_counter() - begun
    return Taken(first, wall, server.cpu() - before, peak.megabytes, content)


def _rows_of_csv(content: bytes) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(content.decode("utf-8-sig")))) - 1


def _rows_of_xlsx(content: bytes) -> int:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return len(book.get_sheet_by_index(0).to_python()) - 1


def _limit(place: Place) -> Callable[[], float]:
    """What writes the same rows at once, without us, and returns the seconds it took for that.

    On SQLite those of CPU, on PostgreSQL those of the wall, where half of it is the server's.
    """
    with place.app.test_request_context():
        rows = queries.table(SYSTEM, Audience(), DEFAULT_COLUMNS)
        written = rows.compile(db.engine, compile_kwargs={"literal_binds": True})
        statement = str(written).replace("%%", "%")
        file = db.engine.url.database or ""
    if place.engine == "postgresql":
        return lambda: _copied(place.url, statement)
    if shutil.which("sqlite3"):
        return lambda: _printed(file, statement)
    return lambda: _written(file, statement)


def _copied(url: str, statement: str) -> float:
    begun = time.perf_counter()
    copied = f"COPY ({statement}) TO STDOUT (FORMAT csv)"
    with psycopg.connect(url) as connection, connection.cursor().copy(copied) as lines:
        for _ in lines:
            pass
    return time.perf_counter() - begun


def _printed(file: str, statement: str) -> float:
    before = _cpu(RUSAGE_CHILDREN)
    subprocess.run(
        ["sqlite3", "-readonly", "-csv", file, statement], stdout=subprocess.DEVNULL, check=True
    )
    return _cpu(RUSAGE_CHILDREN) - before


def _written(file: str, statement: str) -> float:
    before = _cpu(RUSAGE_SELF)
    lines = io.StringIO()
    csv.writer(lines).writerows(sqlite3.connect(file).execute(statement))
    return _cpu(RUSAGE_SELF) - before


def _cpu(who: int) -> float:
    usage = getrusage(who)
    return usage.ru_utime + usage.ru_stime
