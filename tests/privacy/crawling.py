"""Looking at all that a viewer can open: pages, lists, searches, files."""

import io
import re
import zipfile
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests.browser import Browser, FilledForm, Page

MOST_ALIKE = 4
"""Of pages whose addresses differ by a number, a name or a value only: more tell nothing new."""

SERVER_ERROR = 500

MOST_ASKED = 8
"""Of ways to ask one page, such as the lists that each leave one more condition out."""

LEFT = re.compile(r"/static/|/language|/sign-out|/people/[^/?]+/photo|after=|before=|lang=")
"""What has nothing of a person in it, or is the same list again."""


@dataclass
class Seen:
    """All text that a viewer was given, by address."""

    pages: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def of(self, word: str) -> list[str]:
        """Where the word stood."""
        lowered = word.lower()
        return [url for url, text in self.pages.items() if lowered in text]


def crawl(browser: Browser, seeds: Iterable[str], names: Container[str]) -> Seen:
    """Open the addresses and all that they lead to by links and by forms that ask (GET).

    ``names``: parts of addresses that only tell one thing from others of its kind.
    """
    seen = Seen()
    waiting = deque(dict.fromkeys(seeds))
    known, alike = set(waiting), Counter[str]()
    while waiting:
        url = waiting.popleft()
        page = browser.get(url)
        if page.status >= SERVER_ERROR:
            seen.failures[url] = page.status
        seen.pages[url] = plain(page)
        for target in [*_links(page, url), *_asked(page, url)]:
            if target in known or LEFT.search(target):
                continue
            known.add(target)
            if _is_new(_shape(target, names), alike):
                waiting.append(target)
    return seen


def _is_new(shape: str, alike: Counter[str]) -> bool:
    """Whether such an address may tell something that those before have not told."""
    path, _, asked = shape.partition("?")
    if asked and not alike[shape]:
        alike[path] += 1
    alike[shape] += 1
    return alike[shape] <= MOST_ALIKE and alike[path] <= MOST_ASKED


def _shape(url: str, names: Container[str]) -> str:
    """The address without what tells it from others of its kind."""
    parts = urlsplit(url)
    asked = sorted(name for name, _ in parse_qsl(parts.query))
    path = (
        "*" if part in names or re.search("[0-9_-]", part) else part
        for part in parts.path.split("/")
    )
    return "/".join(path) + "?" + "&".join(asked)


def _links(page: Page, url: str) -> Iterator[str]:
    if page.status in (301, 302, 303):
        yield _local(url, page.location)
    for tag, attribute in (("a", "href"), ("iframe", "src"), ("output", "data-look-up")):
        for element in page.all(tag):
            target = element.get(attribute)
            if target and not target.startswith(("mailto:", "tel:", "#", "http")):
                yield _local(url, target)


def _asked(page: Page, url: str) -> Iterator[str]:
    """The addresses of forms as they would be sent untouched."""
    for form in page.forms:
        if (form.attributes.get("method") or "get").lower() == "get":
            yield _local(url, f"{form.action or urlsplit(url).path}?{_query(form)}")


def _query(form: FilledForm) -> str:
    pairs = ((name, value) for name, value in form.values.items() if isinstance(value, str))
    return "&".join(f"{name}={value}" for name, value in pairs if value and " " not in value)


def _local(base: str, target: str) -> str:
    parts = urlsplit(urljoin(f"http://localhost{base}", target))
    return parts.path + (f"?{parts.query}" if parse_qsl(parts.query) else "")


def plain(page: Page) -> str:
    """What a page or file says, in lower case."""
    return readable(page.content, page.headers.get("Content-Type", "")).lower()


def readable(content: bytes, mimetype: str) -> str:
    """The text of a file, whatever it is."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            return " ".join(archive.read(name).decode("utf-8", "replace") for name in names)
    if content[:4] == b"%PDF":
        return _of_pdf(content)
    text = content.decode("gb18030" if "gb18030" in mimetype else "utf-8", "replace")
    return text.replace("\r\n ", "").replace("\n ", "")  # vCard and iCalendar fold long lines


def _of_pdf(content: bytes) -> str:
    import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415 - only for a PDF

    document = pypdfium2.PdfDocument(content)
    return " ".join(page.get_textpage().get_text_range() for page in document)
