"""The office's list of people and the graduates' directory, and looking for some of them."""

import time
from collections.abc import Iterator
from statistics import median

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from alumni.audiences import queries
from alumni.audiences.criteria import Audience
from alumni.audiences.queries import Key, Mark, Window
from alumni.authz import SYSTEM
from alumni.db import db
from alumni.people.models import Person
from tests.bench.figures import Figure
from tests.bench.people import OFFICE, guest
from tests.bench.server import Client, Pass, Place, Server, signed_in

TIMES = 60
MOST_STATEMENTS = 15
FEWEST_A_SECOND = 40
MOST_GROWTH = 2.5

_fewest: dict[str, float] = {}
"""Seconds of a page in the middle of the shortest list of this run, by engine."""


def measure(place: Place) -> Iterator[Figure]:
    yield from _in_the_middle(place)
    with Server(place, "serve", "--processes", "1") as server:
        with Client(server.port) as client:
            barest, _ = _asked(server, client, "/healthz")
        for number, (name, path) in enumerate(_pages(place).items(), 1):
            holder = signed_in(place, OFFICE if path.startswith("/office") else guest(number))
            with Client(server.port, holder) as client:
                cpu, wall = _asked(server, client, path)
            yield Figure(
                name=f"{name}: median",
                value=wall * 1000,
                unit="ms",
                digits=1,
                note=f"(CPU {cpu * 1000:.1f})",
            )
            yield Figure(
                name=f"{name}: a second on one core",
                value=1 / cpu,
                limit=FEWEST_A_SECOND,
                is_floor=True,
                is_flat=True,
                note=f"({cpu / barest:.0f}× /healthz)",
            )
            yield Figure(
                name=f"{name}: SQL statements",
                value=_statements(place, holder, path),
                limit=MOST_STATEMENTS,
            )


def _pages(place: Place) -> dict[str, str]:
    here = "/office/people"
    return {
        "Member list": here,
        "… a page in the middle": f"{here}?after={_middle(place)}",
        "… of a chapter since 1995": f"{here}?chapter=shenyang&year_from=1995",
        "Search “zeng”": f"{here}?q=zeng",
        "Search “国强”": f"{here}?q=%E5%9B%BD%E5%BC%BA",
        "Search “zgq”": f"{here}?q=zgq",
        "Directory": "/people",
        "Directory, search “zeng”": "/people?q=zeng",
        "Directory, class of 1998": "/people?year_from=1998&year_to=1998",
    }


def _in_the_middle(place: Place) -> Iterator[Figure]:
    """What the list itself takes, without the page around it."""
    after, times = Window(after=_middle(place)), []
    clock = time.perf_counter if place.engine == "postgresql" else time.process_time
    with place.app.test_request_context():
        for _ in range(TIMES):
            begun = clock()
            queries.people(SYSTEM, Audience(), after)
            times.append(clock() - begun)
            db.session.rollback()
    taken = median(times)
    name = "Fifty people in the middle of the list"
    yield Figure(name=name, value=taken * 1000, unit="ms", digits=1)
    yield Figure(
        name=f"{name} ÷ the same in the shortest list",
        value=taken / _fewest.setdefault(place.engine, taken),
        digits=1,
        limit=MOST_GROWTH,
    )


def _middle(place: Place) -> Mark:
    order = sa.select(Person.sort_key, Person.id).order_by(Person.sort_key, Person.id)
    with place.app.app_context():
        sort_key, person_id = db.session.execute(order.offset(place.people // 2).limit(1)).one()
    return Mark(Key(1, sort_key, person_id), place.people // 2)


def _asked(server: Server, client: Client, path: str) -> tuple[float, float]:
    """CPU seconds of a page, and the median of the seconds that its reader waits."""
    for _ in range(5):
        assert client.get(path).status == 200, path
    before, waits = server.cpu(), []
    for _ in range(TIMES):
        begun = time.perf_counter()
        client.get(path)
        waits.append(time.perf_counter() - begun)
    return max(server.cpu() - before, 0.01) / TIMES, median(waits)


def _statements(place: Place, holder: Pass, path: str) -> int:
    """How often the page asks the database; the beginning of a transaction is no question."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    browser = place.app.test_client(use_cookies=False)
    headers = {"Cookie": holder.cookie}
    browser.get(path, headers=headers)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert browser.get(path, headers=headers).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(asked)
