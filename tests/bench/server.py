"""The program in processes of its own, somebody who asks it for pages, and what it takes."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf

from alumni.accounts.commands import begin_session
from alumni.accounts.models import Account
from alumni.app import create_app, start
from alumni.config import ROOT, Settings
from alumni.db import db
from tests.bench.people import fill

SECRET = "only for figures: 0123456789 abcdefghijklmnopqrstuvwxyz"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60
"""Seconds a server may take to answer for the first time."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database of its own with so many people in it, and the program in this process."""

    engine: str
    people: int
    url: str
    folder: Path
    app: Flask
    indexing: float = 0
    """Seconds of CPU that the search index took, the database's own too if it runs here."""

    def environment(self, **more: str) -> dict[str, str]:
        """What a process needs to run the program here."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("ALUMNI_")}
        return ours | {
            "ALUMNI_DATABASE_URL": self.url,
            "ALUMNI_INSTANCE": str(self.folder),
            "ALUMNI_SECRET_KEY": SECRET,
            **more,
        }

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()


def make_place(engine: str, people: int, url: str, folder: Path) -> Place:
    """Fill the empty database at the address; with nobody, where ``people`` is 0."""
    app = create_app(Settings(database_url=url, instance=str(folder), secret_key=SECRET))
    start(app)
    indexing = 0.0
    if people:
        with app.app_context():
            indexing = fill(people, _worked)
    return Place(engine=engine, people=people, url=url, folder=folder, app=app, indexing=indexing)


@dataclass(frozen=True)
class Pass:
    """What a browser in which somebody is signed in sends with every request."""

    cookie: str = ""
    csrf: str = ""


def signed_in(place: Place, email: str) -> Pass:
    """A session of the account with this address, as signing in makes it. They read English."""
    interface = place.app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    with place.app.test_request_context():
        account = db.session.scalars(sa.select(Account).where(Account.email == email)).one()
        session["_user_id"] = begin_session(account, is_staff=True, has_second_factor=True)[0]
        db.session.commit()
        session["_fresh"] = session["_permanent"] = True
        session["language"] = "en"
        csrf = generate_csrf()
        serializer = interface.get_signing_serializer(place.app)
        assert serializer is not None
        content = serializer.dumps(dict(session))
    return Pass(f"{place.app.config['SESSION_COOKIE_NAME']}={content!s}", csrf)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """One browser's connection, kept open."""

    def __init__(self, port: int, holder: Pass | None = None) -> None:
        self._holder = holder or Pass()
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def get(self, path: str) -> Answer:
        return self._read(self.begin("GET", path))

    def post(self, path: str, fields: Sequence[tuple[str, str]] = ()) -> Answer:
        return self._read(self.begin("POST", path, fields))

    def begin(
        self, method: str, path: str, fields: Sequence[tuple[str, str]] = ()
    ) -> http.client.HTTPResponse:
        """Ask, and return the answer with its content still to be read."""
        headers = {"Cookie": self._holder.cookie} if self._holder.cookie else {}
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode([("csrf_token", self._holder.csrf), *fields])
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()

    @staticmethod
    def _read(response: http.client.HTTPResponse) -> Answer:
        return Answer(response.status, response.headers, response.read())


class Server:
    """Processes of the program that answer at a port of this machine."""

    def __init__(self, place: Place, *command: str, **environment: str) -> None:
        self.port = free_port()
        self._place = place
        self._log = place.folder / "server.log"
        self._environment = place.environment(
            PORT=str(self.port), ALUMNI_BASE_URL=f"http://127.0.0.1:{self.port}", **environment
        )
        self._command = [sys.executable, "-m", "alumni", *command]

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for(self.port, "/healthz", self._process)
        except BaseException:
            self._stop()
            print(self._log.read_text()[-2000:], file=sys.stderr)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: object, trace: TracebackType | None
    ) -> None:
        self._stop()
        if kind is not None:
            print(self._log.read_text()[-2000:], file=sys.stderr)

    def _stop(self) -> None:
        stop(self._process)

    def processes(self) -> list[int]:
        return family(self._process.pid)

    def cpu(self) -> float:
        """Seconds that all processes have worked so far, those of the database for them too."""
        return sum(map(cpu_of, [*self.processes(), *self._backends()]))

    def anonymous(self) -> list[float]:
        """Megabytes of each process that are its own and no file's."""
        return [memory_of(process, "status", "RssAnon") for process in self.processes()]

    def share(self) -> list[float]:
        """Megabytes of each process, of what it shares with others its share (PSS)."""
        return [memory_of(process, "smaps_rollup", "Pss") for process in self.processes()]

    def _backends(self) -> list[int]:
        with self._place.app.app_context():
            return _backends()


def _worked() -> float:
    """Seconds of CPU that this process has worked so far, and PostgreSQL's for anybody."""
    return time.process_time() + sum(map(cpu_of, _backends()))


def _backends() -> list[int]:
    """The processes of PostgreSQL that somebody is connected to."""
    if db.engine.dialect.name != "postgresql":
        return []
    asked = sa.text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
    with db.engine.connect() as connection:
        return list(connection.scalars(asked))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(
    port: int, path: str, process: "subprocess.Popen[Any]", patience: float = PATIENCE
) -> Answer:
    """The first answer 200. Raises RuntimeError if the process ends before, or time is up."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server has ended with {process.returncode}")
        try:
            with Client(port) as client:
                answer = client.get(path)
        except OSError:
            answer = None
        if answer is not None and answer.status == http.client.OK:
            return answer
        time.sleep(0.05)
    raise RuntimeError(f"no answer in {patience} s")


def reachable(port: int, process: "subprocess.Popen[Any]", patience: float = PATIENCE) -> None:
    """Wait until somebody listens at the port."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nobody listens")


def stop(process: "subprocess.Popen[Any]") -> None:
    """End the process with all it has started; it leads a group of its own."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def family(process: int) -> list[int]:
    """The process and all that come from it."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [process, *(one for child in children for one in family(int(child)))]


def cpu_of(process: int) -> float:
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(words[11]) + int(words[12])) / TICKS


def memory_of(process: int, file: str, line: str) -> float:
    try:
        told = Path(f"/proc/{process}/{file}").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{line}:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0


@dataclass
class Peak:
    """The most that one process of the server had while this was watched."""

    megabytes: float = 0
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watched(server: Server) -> Iterator[Peak]:
    peak = Peak()

    def look() -> None:
        while not peak.over.wait(0.02):
            peak.megabytes = max(peak.megabytes, *server.anonymous(), 0)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        peak.over.set()
        watcher.join()
