"""``python -m tests.bench [names] [--people 10000,100000] [--engine both]``: measure and print."""

import argparse
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from alumni.db import engine_options, now
from tests.bench import (
    bench_events,
    bench_exports,
    bench_letters,
    bench_lists,
    bench_memory,
    bench_pages,
    bench_requests,
    bench_rosters,
    bench_search,
    bench_start,
)
from tests.bench.figures import Figure, table
from tests.bench.server import Place, make_place
from tests.engines import database

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Among(Enum):
    """With how many people a thing is measured."""

    ALL = auto()
    FEWEST = auto()
    NOBODY = auto()


@dataclass(frozen=True)
class Bench:
    measure: Callable[[Place], Iterator[Figure]]
    among: Among
    engines: Sequence[str] = tuple(ENGINES)


BENCHES = {
    "start": Bench(bench_start.measure, Among.NOBODY, ("sqlite",)),
    "rosters": Bench(bench_rosters.measure, Among.NOBODY),
    "matching": Bench(bench_rosters.measure_matching, Among.ALL, ("sqlite",)),
    "search": Bench(bench_search.measure, Among.ALL),
    "lists": Bench(bench_lists.measure, Among.ALL),
    "requests": Bench(bench_requests.measure, Among.ALL),
    "exports": Bench(bench_exports.measure, Among.ALL),
    "events": Bench(bench_events.measure, Among.FEWEST),
    "letters": Bench(bench_letters.measure, Among.FEWEST),
    "pages": Bench(bench_pages.measure, Among.FEWEST, ("sqlite",)),
    "memory": Bench(bench_memory.measure, Among.ALL, ("sqlite",)),
}


def main() -> int:
    wanted = _arguments()
    begun = time.monotonic()
    engines = tuple(ENGINES) if wanted.engine == "both" else (wanted.engine,)
    wrong = 0
    for engine in engines:
        measured: list[list[Figure]] = [[] for _ in wanted.people]
        for column, people, among in _places(wanted.people):
            benches = {
                name: bench
                for name, bench in BENCHES.items()
                if name in wanted.names and engine in bench.engines and bench.among in among
            }
            if benches:
                figures, problems = _measured(engine, people, benches)
                measured[column] += figures
                wrong += problems
        if not wanted.readme:
            print(f"\n## {ENGINES[engine]}\n")
        print(table([f"{people:,}" for people in wanted.people], measured), flush=True)
    _say(f"{time.monotonic() - begun:.0f} s for all of it")
    print(f"\n{_machine()}")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"what to measure: {' '.join(BENCHES)}")
    parser.add_argument(
        "--people", default="10000,100000", help="how many to invent, for each column"
    )
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument(
        "--readme", action="store_true", help="the table alone, of SQLite unless named otherwise"
    )
    wanted = parser.parse_args()
    unknown = sorted(set(wanted.names) - set(BENCHES))
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}")
    wanted.names = wanted.names or list(BENCHES)
    wanted.people = sorted(int(number) for number in wanted.people.split(","))
    if wanted.readme and wanted.engine == "both":
        wanted.engine = "sqlite"
    return wanted


def _places(people: Sequence[int]) -> Iterator[tuple[int, int, set[Among]]]:
    """The column, how many people, and what is measured among so many."""
    yield 0, 0, {Among.NOBODY}
    for column, number in enumerate(people):
        yield column, number, {Among.ALL} if column else {Among.ALL, Among.FEWEST}


def _measured(engine: str, people: int, benches: dict[str, Bench]) -> tuple[list[Figure], int]:
    """The figures, and how many benches got a wrong answer."""
    figures: list[Figure] = []
    problems = 0
    with _place(engine, people) as place:
        for name, bench in benches.items():
            begun = time.monotonic()
            try:
                for figure in bench.measure(place):
                    _say(f"    {figure.name}: {figure.text()}")
                    figures.append(figure)
            except Exception:  # noqa: BLE001 - the others are measured all the same
                traceback.print_exc()
                problems += 1
            _say(f"  {name}: {time.monotonic() - begun:.0f} s")
    return figures, problems


@contextmanager
def _place(engine: str, people: int) -> Iterator[Place]:
    folder = tempfile.TemporaryDirectory(prefix="alumni-bench-")
    with folder as name, database(engine, Path(name)) as url:
        begun, worked = time.monotonic(), time.process_time()
        place = make_place(engine, people, url, Path(name))
        wall, cpu = time.monotonic() - begun, time.process_time() - worked
        _say(f"{ENGINES[engine]}, {people:,} people invented in {wall:.0f} s (CPU {cpu:.0f} s)")
        try:
            yield place
        finally:
            place.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _machine() -> str:
    driver = engine_options("sqlite:")["module"]
    return (
        f"{now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()},"
        f" Python {platform.python_version()}, SQLite {driver.sqlite_version}"
    )


if __name__ == "__main__":
    sys.exit(main())
