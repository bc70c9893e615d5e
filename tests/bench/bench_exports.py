"""All people with twelve columns as a file, beside the database's own way to write one.

A short list comes as it is made; a long one the worker makes and keeps, and who has the machine
writes it from the command line. The processes are measured whole, less what they take for nobody.
"""

import csv
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import Any, NamedTuple

import psycopg
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from alumni.audiences.criteria import Audience
from alumni.audiences.queries.exports import Selection, table
from alumni.authz import SYSTEM
from alumni.config import ROOT
from alumni.db import db
from alumni.exports.tables import Sheets, as_xlsx
from alumni.people.fields import DEFAULT_COLUMNS
from alumni.people.models import Person
from tests.bench.figures import Figure
from tests.bench.people import OFFICE, READERS_CHAPTER
from tests.bench.server import Client, Pass, Place, Server, memory_of, signed_in

ROUNDS = 3
FEWEST = 100_000
"""Of fewer what a process takes to begin is more than the file."""
MANY = 1_000_000
"""So many are written once: it takes a while."""
MOST_TIMES = {
    ("sqlite", "csv"): 3.75,
    ("sqlite", "xlsx"): 7,
    ("postgresql", "csv"): 3,
    ("postgresql", "xlsx"): None,
}
"""The database's own CSV takes once: CPU on SQLite, on PostgreSQL the time on the clock."""
LEAST_TIMES = 7.5
"""XlsxWriter is a quarter faster than openpyxl: six times as fast as that."""
MOST_COMPARED = 50_000
"""Rows: the other takes half a minute for many more."""
MOST_MEGABYTES = {"csv": 70, "xlsx": 75}
NOBODY = "status=departed"
PAGE = "/office/people/export"


class Taken(NamedTuple):
    """What a process took."""

    wall: float
    cpu: float
    megabytes: float


def measure(place: Place) -> Iterator[Figure]:
    holder = signed_in(place, OFFICE)
    yield from _short(place, holder)
    limits: list[float] = []
    limit = _limit(place)
    printed: dict[str, list[Taken]] = {kind: [] for kind in _ROWS}
    kept: dict[str, list[Taken]] = {kind: [] for kind in _ROWS}
    nobody = [*_printing("csv", place.folder / "nobody"), "--where", NOBODY]
    with Server(place, "serve", "--processes", "1") as server:
        for _ in range(ROUNDS if place.people < MANY else 1):
            limits.append(limit())
            idle, empty = _ran(place, "work", "--once"), _ran(place, *nobody)
            for kind in _ROWS:
                printed[kind].append(_less(_printed_by_us(place, kind), empty))
                kept[kind].append(_less(_kept(place, server, holder, kind), idle))
    own = median(limits)
    yield from _beside_another(place)
    for kind in _ROWS:
        name = f"Export {kind.upper()} by the"
        yield from _figures(f"{name} command line", kind, printed[kind], own, place)
        yield from _figures(f"{name} worker", kind, kept[kind], own, place)
    yield Figure(
        name="Anonymous memory of a worker with nothing to do", value=idle.megabytes, unit="MB"
    )


def _figures(
    name: str, kind: str, taken: list[Taken], own: float, place: Place
) -> Iterator[Figure]:
    wall, cpu = median(one.wall for one in taken), median(one.cpu for one in taken)
    yield Figure(name=name, value=wall, unit="s", digits=2, note=f"(CPU {cpu:.2f})")
    is_sqlite = place.engine == "sqlite"
    if place.people >= FEWEST:
        yield Figure(
            name=f"{name}: {'CPU' if is_sqlite else 'time'} ÷ the database’s own CSV",
            value=(cpu if is_sqlite else wall) / own,
            digits=1,
            limit=MOST_TIMES[place.engine, kind],
            note=f"({own:.2f} s)",
        )
    yield Figure(
        name=f"{name}: anonymous memory",
        value=max(one.megabytes for one in taken),
        unit="MB",
        limit=MOST_MEGABYTES[kind],
        is_flat=True,
    )


def _short(place: Place, holder: Pass) -> Iterator[Figure]:
    """The members of one chapter, as they come out of the server."""
    fields = _fields("csv")
    with Server(place, "serve", "--processes", "1") as server:
        firsts, walls = [], []
        for _ in range(ROUNDS):
            with Client(server.port, holder) as client:
                begun = time.perf_counter()
                response = client.begin("POST", f"{PAGE}?chapter={READERS_CHAPTER}", fields)
                content = response.read(1)
                firsts.append(time.perf_counter() - begun)
                content += response.read()
                walls.append(time.perf_counter() - begun)
                assert response.status == 200, content[:2000]
    rows, first = _rows_of_csv(content), median(firsts)
    name = f"Export of {rows:,} people as CSV"
    yield Figure(name=name, value=median(walls), unit="s", digits=2)
    yield Figure(name=f"{name}: first byte", value=first, unit="s", digits=2, limit=0.5)


def _fields(kind: str) -> list[tuple[str, str]]:
    fields = [("columns", column) for column in DEFAULT_COLUMNS]
    return [*fields, ("format", kind), ("purpose", "a figure")]


def _printing(kind: str, file: Path) -> list[str]:
    return ["people", "export", "--format", kind, "--output", str(file)]


def _printed_by_us(place: Place, kind: str) -> Taken:
    file = place.folder / f"people.{kind}"
    taken = _ran(place, *_printing(kind, file))
    assert _ROWS[kind](file.read_bytes()) == place.people, f"the {kind} is not whole"
    file.unlink()
    return taken


def _kept(place: Place, server: Server, holder: Pass, kind: str) -> Taken:
    """Order it as somebody in the office does, have it made, and fetch it."""
    with Client(server.port, holder) as client:
        answer = client.post(PAGE, _fields(kind))
    assert answer.status == 303, answer.text[:2000]
    file = answer.headers["Location"]
    taken = _ran(place, "work", "--once")
    with Client(server.port, holder) as client:
        content = client.get(f"{file}/content")
        assert content.status == 200, content.text[:2000]
        assert client.post(f"{file}/delete").status == 303
    assert _ROWS[kind](content.body) == place.people, f"the {kind} is not whole"
    return taken


def _less(taken: Taken, nothing: Taken) -> Taken:
    return Taken(taken.wall - nothing.wall, taken.cpu - nothing.cpu, taken.megabytes)


def _ran(place: Place, *command: str) -> Taken:
    """What ``alumni`` takes for that, in a process of its own."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "alumni", *command],
        env=place.environment(),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak, ended = 0.0, 0
    while not ended:
        peak = max(peak, memory_of(process.pid, "status", "RssAnon"))
        time.sleep(0.02)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Taken(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, peak)


def _rows_of_csv(content: bytes) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(content.decode("utf-8-sig")))) - 1


def _rows_of_xlsx(content: bytes) -> int:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return len(book.get_sheet_by_index(0).to_python()) - 1


_ROWS = {"csv": _rows_of_csv, "xlsx": _rows_of_xlsx}


def _beside_another(place: Place) -> Iterator[Figure]:
    """Our workbook and that of a library that streams too, of the same rows, in CPU."""
    with place.app.test_request_context():
        everybody = table(SYSTEM, Selection(audience=Audience()), DEFAULT_COLUMNS).streamed()
    with closing(everybody):
        batches = list(islice(everybody, MOST_COMPARED // 500))
    taken = []
    for write in (_our_workbook, _another_workbook):
        before = _cpu(RUSAGE_SELF)
        write(batches)
        taken.append(_cpu(RUSAGE_SELF) - before)
    yield Figure(
        name="XLSX: times faster than openpyxl’s write-only workbook",
        value=taken[1] / taken[0],
        digits=1,
        limit=LEAST_TIMES,
        is_floor=True,
    )


def _our_workbook(batches: list[list[Any]]) -> None:
    sheets = Sheets(rows="People", notes="Notes")
    for _ in as_xlsx(DEFAULT_COLUMNS, batches, sheets=sheets, notes=lambda _rows: []):
        pass


def _another_workbook(batches: list[list[Any]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in chain.from_iterable(batches):
        sheet.append(list(row))
    book.save(io.BytesIO())


def _limit(place: Place) -> Callable[[], float]:
    """What writes the same rows at once, without us, and returns the seconds it took for that.

    On SQLite those of CPU, on PostgreSQL those of the wall, where half of it is the server's. Both
    read the tables as they lie and sort then, which is the fastest way there is.
    """
    with place.app.test_request_context():
        everybody = Selection(audience=Audience())
        rows = table(SYSTEM, everybody, DEFAULT_COLUMNS).rows
        rows = rows.where(*everybody.conditions(SYSTEM), Person.id > 0)
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
