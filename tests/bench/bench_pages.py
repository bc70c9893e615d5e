"""What a page weighs with all that it brings, and how many requests that is."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from tests.bench.bench_events import announced
from tests.bench.figures import Figure
from tests.bench.people import OFFICE
from tests.bench.server import Client, Pass, Place, Server, signed_in

MOST_KILOBYTES = 60
MOST_REQUESTS = 6


class _Brought(HTMLParser):
    """The addresses that a browser loads with the page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_link = tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload")
        address = values.get("href") if is_link else values.get("src")
        if address and not address.startswith("data:"):
            self.addresses[address] = None


def measure(place: Place) -> Iterator[Figure]:
    office = signed_in(place, OFFICE)
    announced(place, "of-some-weight")
    pages = {
        "Front page": ("/", None),
        "Joining": ("/join", None),
        "Event": ("/events/of-some-weight", None),
        "Office’s list of people": ("/office/people", office),
    }
    with Server(place, "serve", "--processes", "1") as server:
        for name, (path, holder) in pages.items():
            weight, requests = _weighed(server, path, holder)
            yield Figure(
                name=f"{name}: weight", value=weight / 1000, unit="kB", limit=MOST_KILOBYTES
            )
            yield Figure(name=f"{name}: requests", value=requests, limit=MOST_REQUESTS)


def _weighed(server: Server, path: str, holder: Pass | None) -> tuple[int, int]:
    """Bytes as they are sent, and requests, for a browser that comes for the first time."""
    with Client(server.port, holder) as client:
        page = client.get(path)
        assert page.status == 200, path
        brought = _Brought()
        brought.feed(page.text)
        weight = len(page.body)
        for address in brought.addresses:
            assert not urlsplit(address).netloc, f"{path} asks another host: {address}"
            part = client.get(address)
            assert part.status == 200, address
            weight += len(part.body)
    return weight, 1 + len(brought.addresses)
