"""A real browser without a screen, and the rules that it holds every page to."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--no-proxy-server",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
SHOTS = Path(__file__).parent / "shots"
TAKES_PICTURES = bool(os.environ.get("SHOTS"))
"""Whether pages are saved for people to look at (SHOTS=1). It takes a fifth of the time."""
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
MOST_REQUESTS, MOST_BYTES = 6, 60_000
"""Of a page with nothing kept from before and nothing compressed."""
HEAVIER = dict.fromkeys(["events.new_event", "events.edit_event", "events.office_event"], 80_000)
"""They bring the list of all time zones, half of what they weigh."""
PATIENCE = 15_000
"""Milliseconds."""

TOO_WIDE = """() => {
  const edge = document.documentElement.clientWidth + 1;
  const scrolls = (box) => {
    for (let part = box.parentElement; part; part = part.parentElement) {
      const over = getComputedStyle(part).overflowX;
      if (over !== "visible" && part.getBoundingClientRect().right <= edge) return true;
    }
    return false;
  };
  const found = [...document.body.querySelectorAll("*")].filter((box) => {
    const place = box.getBoundingClientRect();
    if (!place.width || !place.height || place.right <= edge) return false;
    return box.checkVisibility({ visibilityProperty: true }) && !scrolls(box);
  });
  const wide = document.documentElement.scrollWidth > edge ? ["the page scrolls sideways"] : [];
  return wide.concat(found.map((box) => box.outerHTML.slice(0, 120)));
}"""
"""What ends beyond the right edge, unless it stands in a box that scrolls by itself."""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Rules:
    """What every page has to keep to, and the breaches. One template is looked at closely once."""

    base: str
    template_of: Callable[[str], str]
    """The name of the page behind a path, such as ``events.event``."""
    closely: bool = True
    """Whether each page is examined for people with impairments too."""
    breaches: list[str] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def breach(self, where: str, what: object) -> None:
        self.breaches.append(f"{where}: {what}")

    def is_first(self, *seen: str) -> bool:
        """Whether nobody has seen this before."""
        if seen in self.seen:
            return False
        self.seen.add(seen)
        return True


class Visitor:
    """Somebody with a browser window, whose every page is held to the rules."""

    def __init__(
        self,
        browser: Browser,
        rules: Rules,
        *,
        language: str = "en",
        size: dict[str, int] = DESK,
        scripts: bool = True,
    ) -> None:
        self.rules = rules
        self.scripts = scripts
        self._language = language
        self._size = self._shown = size
        context = browser.new_context(
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            viewport={"width": size["width"], "height": size["height"]},
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self._asked: list[Request] = []
        self._weight = 0
        self.page.on("request", self._note)
        self.page.on("console", self._check_console)
        self.page.on("pageerror", lambda error: rules.breach(self.path, error))
        self._session = context.new_cdp_session(self.page)
        self._session.on("Network.dataReceived", self._weigh)
        self._session.send("Network.enable")
        self._session.send("Network.setCacheDisabled", {"cacheDisabled": True})  # as if first

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def open(self, address: str) -> None:
        """Go to a path of the program, or to an address of it as it stands in a letter."""
        self._begin_anew()
        response = self.page.goto(self.rules.base + address.removeprefix(self.rules.base))
        assert response is not None
        self._look(response.status)

    def fill(self, **answers: str | bool) -> None:
        """Answer the page's questions, named as they are sent."""
        for name, answer in answers.items():
            question = self.page.locator(f'main [name="{name}"]')
            if isinstance(answer, bool):
                question.set_checked(answer)
            elif question.evaluate("(box) => box.tagName") == "SELECT":
                question.select_option(answer)
            else:
                question.fill(answer)

    def send(self, *, expected: int = 200) -> None:
        """Press the button at the end of the page's form."""
        self.press(self.page.locator("main form.form .tail button[type=submit]"), expected=expected)

    def act(self, address_end: str, *, expected: int = 200) -> None:
        """Press the button whose form goes to an address with this end."""
        self.press(
            self.page.locator(f'form[action$="{address_end}"] button[type=submit]').first,
            expected=expected,
        )

    def follow(self, address_end: str) -> None:
        """Follow the link to an address with this end."""
        self.press(self.page.locator(f'main a[href$="{address_end}"]').first)

    def press(self, place: Locator, *, expected: int = 200) -> None:
        """Press, confirm where the page asks, and look at the page this leads to."""
        for fold in place.locator("xpath=ancestor::details[not(@open)]/summary").all():
            fold.click()
        asks = (
            self.scripts
            and place.locator("xpath=self::button/ancestor::form[@data-confirm]").count()
        )
        self._begin_anew()
        with self.page.expect_navigation() as going:
            place.click()
            if asks:
                self.page.locator("dialog[open] .tail button").last.click()
        self._look(going.value.status, expected)

    def wait_for(self, selector: str, *, within: float = 30) -> None:
        """Wait until the page, which follows what happens, shows this by itself. In seconds."""
        self.page.locator(selector).first.wait_for(timeout=within * 1000)
        self.page.wait_for_load_state("load")

    def shows(self, selector: str) -> bool:
        return self.page.locator(selector).count() > 0

    def _look(self, status: int, expected: int = 200) -> None:
        assert status == expected, f"{status} at {self.path}: {self.text[:400]}"
        self.page.wait_for_load_state("load")
        self._check_weight()
        self._check_width()
        if self.rules.closely and TAKES_PICTURES:
            self._take_picture()
        if (
            self.rules.closely
            and self.scripts
            and self.rules.is_first(self.rules.template_of(self.path))
        ):
            self._check_access()

    def _begin_anew(self) -> None:
        self._asked.clear()
        self._weight = 0

    def _weigh(self, part: dict[str, Any]) -> None:
        self._weight += part["dataLength"]

    def _check_weight(self) -> None:
        """What the page and all in it took; what it asks for later by itself is not its own."""
        parts = [one for one in self._asked if one.resource_type not in {"fetch", "xhr"}]
        own = [one for one in parts if one.method == "GET"]
        if len(own) > MOST_REQUESTS:
            self.rules.breach(self.path, f"{len(own)} requests")
        if self._weight > HEAVIER.get(self.rules.template_of(self.path), MOST_BYTES):
            self.rules.breach(self.path, f"{self._weight} bytes")

    def _check_width(self) -> None:
        self._resize(PHONE)
        for wide in self.page.evaluate(TOO_WIDE):
            self.rules.breach(self.path, f"too wide for a phone: {wide}")
        self._resize(self._size)

    def _take_picture(self) -> None:
        """Save what the page looks like, once in each language, for people to look at."""
        language = (self.page.locator("html").get_attribute("lang") or "")[:2]
        name = f"{self.rules.template_of(self.path)}-{language}"
        if self.rules.is_first(name, "picture"):
            own = self.page.viewport_size
            for size in (PHONE, DESK):
                self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
                self.page.screenshot(path=SHOTS / f"{name}-{size['width']}.png", full_page=True)
            assert own is not None
            self.page.set_viewport_size(own)

    def _check_access(self) -> None:
        """Hold the page to what people with impairments need."""
        options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
        for found in Axe().run(self.page, options=options).response["violations"]:
            parts = [part["html"][:160] for part in found["nodes"][:3]]
            self.rules.breach(self.path, f"{found['id']}: {found['help']}: {parts}")

    def _note(self, request: Request) -> None:
        self._asked.append(request)
        if not request.url.startswith((f"{self.rules.base}/", "data:", "blob:", "about:")):
            self.rules.breach(self.path, f"asks another host: {request.url}")

    def _check_console(self, message: ConsoleMessage) -> None:
        is_status = re.match(r"Failed to load resource: .* status of 4\d\d", message.text)
        if message.type in {"error", "warning"} and not is_status:
            self.rules.breach(self.path, message.text)

    def _resize(self, size: dict[str, int]) -> None:
        """Let the page lay itself out for a screen of this size. The window itself stays as it is:

        to change that too takes the browser longer than to fetch most pages.
        """
        if self._shown != size:
            screen = size | {"deviceScaleFactor": 1, "mobile": False}
            self._session.send("Emulation.setDeviceMetricsOverride", screen)
            self._shown = size
