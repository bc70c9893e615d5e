"""The shipped program as processes of its own: started, asked over HTTP, and stopped or killed."""

import http.client
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from tests.browser import Page
from tests.engines import free_port

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
KEY = "a key for tests of whole processes: 7f3a9c1e5b2d8046"

_visitors = itertools.count(2)


def until(true: Callable[[], T], *, within: float = 20, what: str = "") -> T:
    """Ask again and again until the answer is true, and return it. Fail when the time is over."""
    end = time.monotonic() + within
    while not (answer := true()):
        assert time.monotonic() < end, f"not within {within} s: {what or true}"
        time.sleep(0.03)
    return answer


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Break the block off after the time, whatever it waits for, and what it does then again."""

    def over(*_: object) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds, 30)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Running:
    """A process of the program, with all that it starts, in a process group of their own."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def output(self) -> str:
        """All that it and its children have said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def answers(self) -> bool:
        """Whether it serves. Fail at once, with what it said, if it has ended instead."""
        status = self.process.poll()
        assert status is None, f"ended with {status}:\n{self.output}"
        try:
            return Client(self.port, patience=2).get("/healthz").status == 200
        except OSError:
            return False

    def is_gone(self) -> bool:
        """Whether neither it nor a child of it is left."""
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return not _alive_in_group(self.process.pid)

    def interrupt(self) -> int:
        """Press Ctrl-C: the terminal tells the whole group. Return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=20)

    def terminate(self) -> int:
        """Ask the first process to end, as an init system does. Return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def kill(self) -> None:
        """End the process and its children without a word, as a power cut does."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(timeout=10)


def _alive_in_group(group: int) -> list[int]:
    """The processes of the group that run. One that has ended counts no more, even while nobody

    has asked for its exit status.
    """
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            alive.append(int(stat.parent.name))
    return alive


@dataclass
class Installation:
    """An instance folder and a database, and the settings to run the program on them."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    smtp_url: str = ""
    started: list[Running] = field(default_factory=list)

    def environment(self, port: int | None = None) -> Mapping[str, str]:
        port = port or self.port
        kept = {key: text for key, text in os.environ.items() if not key.startswith("ALUMNI_")}
        return kept | {
            "ALUMNI_INSTANCE": str(self.folder),
            "ALUMNI_DATABASE_URL": self.database_url,
            "ALUMNI_SECRET_KEY": KEY,
            "ALUMNI_BASE_URL": f"http://127.0.0.1:{port}",
            "ALUMNI_SMTP_URL": self.smtp_url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }

    def begin(self, *command: str, port: int | None = None) -> Running:
        """Start ``alumni <command>`` and do not wait for anything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"output-{len(self.started)}.txt"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "alumni", *command],
                cwd=ROOT,
                env=self.environment(port),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(process, port or self.port, log)
        self.started.append(running)
        return running

    def start(self, *command: str, port: int | None = None) -> Running:
        """Start ``alumni <command>``, which serves, and wait until it answers."""
        running = self.begin(*command, port=port)
        until(running.answers, within=30, what=f"alumni {' '.join(command)} answers")
        return running

    def call(self, *command: str, told: str = "") -> str:
        """Carry out ``alumni <command>`` to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "alumni", *command],
            cwd=ROOT,
            env=self.environment(),
            input=told,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"alumni {' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def ended(self) -> Iterator["Installation"]:
        """Let nothing that was started outlive the block."""
        try:
            yield self
        finally:
            for running in self.started:
                running.kill()


@dataclass
class _Answer:
    status_code: int
    headers: Message
    content: bytes

    @property
    def mimetype(self) -> str:
        return self.headers.get_content_type()

    def get_data(self) -> bytes:
        return self.content


class Client:
    """A visitor with cookies, at an address of this machine of his own, so that he is counted

    by himself where the program counts who asks how often.
    """

    def __init__(
        self, port: int, *, cookie: str = "", language: str = "en", patience: float = 30
    ) -> None:
        number = next(_visitors)
        self._here = f"127.0.{number // 250 % 250}.{number % 250 + 1}"
        self._port = port
        self._patience = patience
        self._language = language
        self._cookies = {"alumni": cookie} if cookie else {}

    def get(self, url: str) -> Page:
        return self._ask("GET", url, None)

    def post(self, url: str, **fields: Any) -> Page:
        """Send the fields as they are."""
        return self._ask("POST", url, urlencode(fields, doseq=True))

    def submit(self, url: str, *, action: str = "", **fields: Any) -> Page:
        """Open the page, fill in its form and send it."""
        form = self.get(url).form(action)
        return self.post(form.action or url, **form.values | fields)

    def _ask(self, method: str, url: str, body: str | None) -> Page:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=self._patience, source_address=(self._here, 0)
        )
        headers = {"Accept-Language": self._language, "Connection": "close"}
        if self._cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self._cookies.items()
            )
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = _Answer(response.status, response.headers, response.read())
        except http.client.HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
        finally:
            connection.close()
        for sent in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = sent.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Page(answer, url)
