"""What web and worker together have in memory, before anybody has asked and after many have."""

import time
from collections.abc import Iterator
from itertools import cycle, islice

from tests.bench.figures import Figure
from tests.bench.people import OFFICE
from tests.bench.server import Client, Place, Server, signed_in

MOST_MEGABYTES = 150
PAGES = (
    "/",
    "/office/people",
    "/office/people?q=zeng",
    "/office/people?q=%E5%9B%BD%E5%BC%BA",
    "/join",
)
TIMES = 200
SETTLED = 3
"""Seconds after which the worker has done its first round."""


def measure(place: Place) -> Iterator[Figure]:
    holder = signed_in(place, OFFICE)
    with Server(place, "run") as server:
        time.sleep(SETTLED)
        yield _told(server, "idle")
        with Client(server.port, holder) as client:
            for path in islice(cycle(PAGES), TIMES):
                assert client.get(path).status == 200, path
        yield _told(server, f"after {TIMES} pages")


def _told(server: Server, when: str) -> Figure:
    anonymous, share = server.anonymous(), server.share()
    each = " + ".join(f"{megabytes:.0f}" for megabytes in anonymous)
    return Figure(
        name=f"Web and worker, {when}: anonymous memory",
        value=sum(anonymous),
        unit="MB",
        limit=MOST_MEGABYTES,
        is_flat=True,
        note=f"({each}; PSS {sum(share):.0f})",
    )
