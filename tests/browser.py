"""A browser without a screen: it fills forms, and holds every page to the same rules."""

import contextvars
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from flask import Flask

T = TypeVar("T")

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
CONTROLS = frozenset(["option", "select", "textarea", "input"])
UNREAD = ("script", "style", "template")
"""What is in them is not what the page says."""


def outside(work: Callable[[], T]) -> T:
    """Do the work without the test's own application context, which it would share otherwise."""
    return contextvars.Context().run(work)


def at_once(work: Callable[[Any], object], things: Iterable[Any]) -> list[BaseException]:
    """Do the work for all things in threads that begin together. Return what went wrong."""
    things = list(things)
    start, problems = threading.Barrier(len(things)), []

    def one(thing: Any) -> None:
        start.wait()
        try:
            outside(lambda: work(thing))
        except BaseException as problem:  # noqa: BLE001 - handed to the test
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(thing,)) for thing in things]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


class Element:
    """A part of a page. Its text is put together when somebody asks for it."""

    def __init__(self, tag: str, attributes: dict[str, str | None], parts: list[str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self._parts = parts
        self._first = self._end = len(parts)

    def open(self) -> None:
        """Let it have all text from now on."""
        self._end = sys.maxsize

    def close(self) -> None:
        self._end = len(self._parts)

    @property
    def text(self) -> str:
        return "".join(self._parts[self._first : self._end])


@dataclass
class FilledForm:
    """A form as the page gives it, with the values it would send."""

    attributes: dict[str, str | None]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        return self.attributes.get("action") or ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.parts: list[str] = []
        self.words: list[str] = []
        self.forms: list[FilledForm] = []
        self.selected: tuple[str, bool] | None = None
        self.inside = Counter[str]()
        """How many elements of a tag are open."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.parts)
        self.elements.append(element)
        if tag not in VOID:
            element.open()
            self.open.append(element)
            self.inside[tag] += 1
        if tag == "form":
            self.forms.append(FilledForm(element.attributes))
        elif tag in CONTROLS and self.inside["form"]:
            self._control(element)

    def _control(self, element: Element) -> None:
        values, attributes = self.forms[-1].values, element.attributes
        name = attributes.get("name") or ""
        if element.tag == "option" and self.selected:
            name, many = self.selected
            if "selected" in attributes or (not many and name not in values):
                values[name] = attributes.get("value") or ""
        elif element.tag == "select" and name:
            self.selected = (name, "multiple" in attributes)
        elif element.tag == "textarea" and name:
            values.setdefault(name, "")
        elif element.tag == "input" and name:
            _fill(values, name, attributes)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        if not any(self.inside[tag] for tag in UNREAD):
            self.words.append(data)
        if self.open and self.open[-1].tag == "textarea" and self.forms:
            name = self.open[-1].attributes.get("name")
            if name:
                self.forms[-1].values[name] = self.open[-1].text.lstrip("\r").removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index].tag == tag:
                for closed in self.open[index:]:
                    closed.close()
                    self.inside[closed.tag] -= 1
                del self.open[index:]
                break
        if tag == "select":
            self.selected = None


def _fill(values: dict[str, Any], name: str, attributes: dict[str, str | None]) -> None:
    """Put in what an input would send as it stands."""
    kind = attributes.get("type", "text")
    if kind in ("checkbox", "radio"):
        if "checked" in attributes:
            _add(values, name, attributes.get("value") or "on")
    elif kind not in ("submit", "file", "button"):
        _add(values, name, attributes.get("value") or "")


def _add(values: dict[str, Any], name: str, value: str) -> None:
    if name not in values:
        values[name] = value
    elif isinstance(values[name], list):
        values[name].append(value)
    else:
        values[name] = [values[name], value]


class Page:
    """An answer of the program, read."""

    def __init__(self, response: Any, url: str) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.get_data()
        self.url = url
        self.location: str = response.headers.get("Location", "")
        self.is_page = response.mimetype == "text/html" and "sandbox" not in (
            response.headers.get("Content-Security-Policy", "")
        )
        self._reader = _Reader()
        if response.mimetype == "text/html":
            self._reader.feed(self.content.decode())
        self.text = " ".join(" ".join(self._reader.words).split())

    def all(self, tag: str, **attributes: str | None) -> list[dict[str, Any]]:
        """The attributes of all elements of this tag that have these; ``class_`` for class."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element.attributes | {"text": " ".join(element.text.split())}
            for element in self._reader.elements
            if element.tag == tag
            and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def _every(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of these tags, without their text."""
        return [one.attributes for one in self._reader.elements if one.tag in tags]

    def texts(self, tag: str, **attributes: str | None) -> list[str]:
        return [element["text"] for element in self.all(tag, **attributes)]

    @property
    def forms(self) -> list[FilledForm]:
        return self._reader.forms

    def form(self, action: str = "") -> FilledForm:
        """The page's own form: the one with this action, else the first that is not the frame's."""
        own = [
            form
            for form in self.forms
            if (form.attributes.get("method") or "get").lower() == "post"
            and form.action not in ("/language", "/sign-out")
        ]
        if action:
            own = [form for form in self.forms if urlsplit(form.action).path == action]
        assert own, f"no form {action!r} on {self.url}: {[form.action for form in self.forms]}"
        return own[0]

    def check(self) -> None:
        """Hold every page to the same rules, so that no test has to."""
        labelled = {a.get("for") for a in self._every("label")}
        asked = [
            a
            for a in self._every("input", "select", "textarea")
            if a.get("type") not in ("hidden", "submit")
        ]
        unlabelled = {
            a.get("id") or a.get("name") for a in asked if not a.get("aria-label")
        } - labelled
        assert not unlabelled, f"questions without a label on {self.url}: {unlabelled}"
        assert len(self._every("h1")) == 1, f"a page has one heading: {self.url}"
        assert self._every("html")[0].get("lang"), "a page says what language it is in"
        for form in self.forms:
            if (form.attributes.get("method") or "").lower() == "post":
                assert form.values.get("csrf_token"), f"no CSRF token in {form.attributes}"
        assert all(a.get("src") for a in self._every("script")), (
            "a script in the page breaks the CSP"
        )
        assert not [
            element.tag for element in self._reader.elements if "style" in element.attributes
        ], "a style attribute breaks the CSP"
        assert "None" not in self.text.split(), f"an empty value leaked into {self.url}"
        ids = [e.attributes["id"] for e in self._reader.elements if e.attributes.get("id")]
        assert len(ids) == len(set(ids)), (
            f"an id stands twice on {self.url}: {sorted(map(str, ids))}"
        )


class Browser:
    """One visitor with cookies."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self.app = app
        self.client = app.test_client()
        self.language = language

    def get(self, url: str, **options: Any) -> Page:
        return self.open("get", url, **options)

    def post(self, url: str, **fields: Any) -> Page:
        """Send fields as they are, without a page before and so without a token."""
        return self.open("post", url, data=fields)

    def submit(self, url: str, *, action: str = "", on: str = "", **fields: Any) -> Page:
        """Open the page, fill its form and send it. ``on``: the page, where it has another address

        than the form. A field that the page does not have is sent all the same.
        """
        page = self.get(on or url)
        form = page.form(action or (urlsplit(url).path if on else ""))
        return self.send(form, page.url, **fields)

    def press(self, page_url: str, action: str, **fields: Any) -> Page:
        """Open the page and send its form with this action: a button."""
        page = self.get(page_url)
        return self.send(page.form(action), page.url, **fields)

    def send(self, form: FilledForm, page_url: str, **fields: Any) -> Page:
        values = form.values | fields
        values = {name: value for name, value in values.items() if value is not None}
        method = (form.attributes.get("method") or "get").lower()
        target = urljoin(page_url, form.action) if form.action else page_url
        options = {"query_string": values} if method == "get" else {"data": values}
        return self.open(method, target, **options)

    def follow(self, page: Page) -> Page:
        """Go where the answer points to."""
        assert page.status in (302, 303), f"{page.status} of {page.url}: {page.text[:300]}"
        return self.get(page.location)

    def open(self, method: str, url: str, **options: Any) -> Page:
        headers = {"Accept-Language": self.language, **options.pop("headers", {})}
        response = outside(
            lambda: self.client.open(
                url, method=method.upper(), headers=headers, buffered=True, **options
            )
        )
        page = Page(response, url)
        if page.is_page and page.status not in (302, 303):
            page.check()
        return page
