"""Fifty people who want one of twenty places at the same moment, twenty times over."""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median

import sqlalchemy as sa

from alumni.db import db, now
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.i18n import ZONE_DATA
from tests.bench.figures import Figure
from tests.bench.people import GUESTS, guest, put
from tests.bench.server import Client, Pass, Place, Server, signed_in

PLACES = 20
RUNS = 20
PROCESSES = 3

WAITS = re.compile(r"Number (\d+) on the waiting list")


def measure(place: Place) -> Iterator[Figure]:
    slugs = [f"crowd-{number}" for number in range(RUNS)]
    events = {slug: announced(place, slug) for slug in slugs}
    guests = [signed_in(place, guest(number)) for number in range(1, GUESTS + 1)]
    walls, exact = [], 0
    with Server(place, "serve", "--processes", str(PROCESSES)) as server:
        before = server.cpu()
        for slug, event_id in events.items():
            wall, told = _crowd(server, slug, guests)
            walls.append(wall)
            exact += _is_exact(place, event_id, told)
        cpu = server.cpu() - before
    name = f"{GUESTS} sign-ups for {PLACES} places"
    yield Figure(
        name=f"{name}: runs with exactly {PLACES}, all others told their number",
        value=exact,
        limit=RUNS,
        is_floor=True,
        note=f"of {RUNS}",
    )
    yield Figure(
        name=f"{name}: until all are answered",
        value=median(walls),
        unit="s",
        digits=2,
        note=f"(most {max(walls):.2f}; {cpu / RUNS:.2f} s of CPU with the pages they see then)",
    )
    assert exact == RUNS


def announced(place: Place, slug: str, capacity: int = PLACES) -> int:
    """A published event in thirty days, of the association itself. Return its id."""
    starts = now().replace(microsecond=0) + timedelta(days=30)
    event = {
        "slug": slug,
        "title_zh": "校庆聚会",
        "title_en": "Gathering",
        "time_zone": "Asia/Shanghai",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=2),
        "starts_local": (starts + timedelta(hours=8)).replace(tzinfo=None),
        "ends_local": (starts + timedelta(hours=10)).replace(tzinfo=None),
        "zone_data": ZONE_DATA,
        "status": EventStatus.PUBLISHED,
        "capacity": capacity,
    }
    with place.app.app_context():
        put({Event: [event]})
        return db.session.scalars(sa.select(Event.id).where(Event.slug == slug)).one()


def _crowd(server: Server, slug: str, guests: Sequence[Pass]) -> tuple[float, list[str]]:
    """Seconds until everybody has an answer, and the pages they were led to."""
    together = threading.Barrier(len(guests))
    ends: list[float] = []
    begins: list[float] = []

    def register(guest: Pass) -> str:
        together.wait()
        begins.append(time.perf_counter())
        with Client(server.port, guest) as client:
            led = client.post(f"/events/{slug}/register").headers["Location"]
        ends.append(time.perf_counter())
        with Client(server.port, guest) as client:
            return client.get(led).text

    with ThreadPoolExecutor(len(guests)) as crowd:
        pages = list(crowd.map(register, guests))
    return max(ends) - min(begins), pages


def _is_exact(place: Place, event_id: int, pages: Sequence[str]) -> bool:
    """Whether as many have a place as there are, and each of the others knows a number."""
    numbers = sorted(int(found[1]) for page in pages if (found := WAITS.search(page)))
    seated = sum("You have a place." in page for page in pages)
    asked = (
        sa.select(Registration.state, sa.func.count())
        .where(Registration.event_id == event_id)
        .group_by(Registration.state)
    )
    with place.app.app_context():
        kept = {state: number for state, number in db.session.execute(asked)}  # noqa: C416 - rows are no pairs to mypy
    waiting = GUESTS - PLACES
    return (
        seated == PLACES
        and numbers == list(range(1, waiting + 1))
        and kept == {RegistrationState.CONFIRMED: PLACES, RegistrationState.WAITING: waiting}
    )
