"""What a page takes beside the least that Flask takes: CPU of one process, without a server."""

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from statistics import median
from typing import Any

import flask
from flask import Flask, session, template_rendered
from werkzeug.test import EnvironBuilder

from alumni.app import create_app
from alumni.config import Settings
from tests.bench.figures import Figure
from tests.bench.people import guest
from tests.bench.server import SECRET, Pass, Place, signed_in

ROUNDS = 9
TIMES = 20
"""In each round every page is asked for so often, by a graduate who has not asked before: nobody

may turn the pages of the directory as often as all of them together.
"""

MOST_HELLOS = 12.5
MOST_CONSTANTS = 1.5
MOST_SIGNED_HELLOS = 2.5

DIRECTORY, CONSTANT, PLAIN = "/people", "/constant", "/help"

Ask = Callable[[Pass], float]
"""CPU seconds of a page for who has this cookie."""


def measure(place: Place) -> Iterator[Figure]:
    app = _with_constant_rows(place)
    hello = _hello(app.config["SESSION_COOKIE_NAME"])
    asked: dict[str, Ask] = {
        "hello": lambda _holder: _cpu(hello, "/", Pass()),
        "signed": lambda holder: _cpu(hello, "/signed", holder),
        **{path: _asking(app, path) for path in (DIRECTORY, CONSTANT, PLAIN)},
    }
    rounds = [_round(asked, signed_in(place, guest(number))) for number in range(1, ROUNDS + 1)]

    def ratio(one: str, other: str) -> float:
        return median(taken[one] / taken[other] for taken in rounds)

    def times(name: str) -> str:
        return f"({median(taken[name] for taken in rounds) * 1000:.2f} ms)"

    yield Figure(
        name="Directory ÷ Flask that says hello",
        value=ratio(DIRECTORY, "hello"),
        digits=1,
        limit=MOST_HELLOS,
        note=times(DIRECTORY),
    )
    yield Figure(
        name="Directory ÷ its template with constant rows",
        value=ratio(DIRECTORY, CONSTANT),
        digits=2,
        limit=MOST_CONSTANTS,
        note=times(CONSTANT),
    )
    yield Figure(
        name="Page without a list ÷ Flask that reads the same cookie",
        value=ratio(PLAIN, "signed"),
        digits=1,
        limit=MOST_SIGNED_HELLOS,
        note=times(PLAIN),
    )


def _with_constant_rows(place: Place) -> Flask:
    """The program with one page more, which shows what the directory showed once."""
    settings = Settings(database_url=place.url, instance=str(place.folder), secret_key=SECRET)
    app = create_app(settings)
    shown: dict[str, Any] = {}

    def constant() -> str:
        return flask.render_template("audiences/directory.html", **shown)

    def note(sender: Flask, context: dict[str, Any], **_: object) -> None:
        around: dict[str, Any] = {}
        sender.update_template_context(around)
        shown.update({name: value for name, value in context.items() if name not in around})

    app.add_url_rule(CONSTANT, view_func=constant)
    with template_rendered.connected_to(note, app):
        _cpu(app, DIRECTORY, signed_in(place, guest(ROUNDS + 1)), times=1)
    return app


def _hello(cookie: str) -> Flask:
    app = Flask("hello")
    app.config.update(SECRET_KEY=SECRET, SESSION_COOKIE_NAME=cookie)

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.get("/signed")
    def signed() -> str:
        return "hello" if session.get("_user_id") else "who?"

    return app


def _asking(app: Flask, path: str) -> Ask:
    return lambda holder: _cpu(app, path, holder)


def _round(asked: dict[str, Ask], holder: Pass) -> dict[str, float]:
    return {name: ask(holder) for name, ask in asked.items()}


def _cpu(app: Flask, path: str, holder: Pass, times: int = TIMES) -> float:
    """Seconds of the processor for the page."""
    headers = [("Cookie", holder.cookie)] if holder.cookie else []
    environ = EnvironBuilder(path, headers=headers).get_environ()
    answers: list[str] = []

    def start(status: str, *_: object) -> Callable[[bytes], None]:
        answers.append(status)
        return answers.append  # type: ignore[return-value]  # nobody writes by it

    begun = time.process_time()
    for _ in range(times):
        parts: Any = app.wsgi_app(environ | {"wsgi.input": BytesIO()}, start)
        b"".join(parts)
        parts.close()
    taken = time.process_time() - begun
    assert set(answers) == {"200 OK"}, f"{path}: {set(answers)}"
    return taken / times
