"""The program on a real database, emptied after each test; browsers; and counted statements."""

import gc
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from alumni.accounts.commands import begin_session
from alumni.accounts.models import Account
from alumni.app import create_app, start
from alumni.codes.queries import forget_settings
from alumni.config import Settings
from alumni.db import db, is_postgresql
from alumni.people.models import Person
from alumni.tables import metadata
from tests.browser import Browser
from tests.engines import database, quick_folder
from tests.factories import account_of, make_account

KEPT = frozenset(
    {
        "place",
        "place_name",
        "code",
        "code_alias",
        "chapter",
        "chapter_place",
        "position",
        "position_right",
        "alembic_version",
    }
)
"""What the program brings; tests that change it take it back or make their own."""

hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("search", max_examples=2000)
hypothesis.settings.load_profile("same")

SignIn = Callable[[Account | Person], Browser]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=["sqlite", "postgresql"], default="sqlite")


def pytest_configure() -> None:
    """Let the memory be searched for what nobody holds less often: it took an eighth of a run."""
    gc.set_threshold(20_000, 10, 10)


def pytest_collection_finish() -> None:
    """What is there before the first test stays, and is searched no more."""
    gc.collect()
    gc.freeze()


@event.listens_for(Engine, "connect")
def _no_order_by_chance(connection: Any, _record: object) -> None:
    """Let SQLite give backwards whatever it is not told to sort.

    A test, or a statement of the program, that counts on an order nobody asked for fails here
    and now, and not one day on PostgreSQL, whose rows lie where an update has left them.
    """
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA reverse_unordered_selects = ON")


_left_out: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _left_out.append(report.longrepr[2].removeprefix("Skipped: "))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that left out what it may not: green means that all was tried."""
    allowed = _allowed_skips()
    strange = sorted({why for why in _left_out if not any(said in why for said in allowed)})
    for why in strange:
        print(f"\nleft out, and may not be: {why}")  # noqa: T201 - pytest is closing
    if strange and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _allowed_skips() -> tuple[str, ...]:
    settings = Path(__file__).resolve().parent.parent / "pyproject.toml"
    listed = tomllib.loads(settings.read_text(encoding="utf-8"))["tool"]["alumni"]["tests"]
    return tuple(listed["allowed-skips"])


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--engine"))


@pytest.fixture(scope="session")
def database_url(engine_name: str) -> Iterator[str]:
    with quick_folder() as folder, database(engine_name, folder) as url:
        yield url


@pytest.fixture(scope="session")
def app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    instance = tmp_path_factory.mktemp("instance")
    settings = Settings(
        database_url=database_url,
        instance=str(instance),
        secret_key="nothing but a test, forty characters long",
    )
    app = create_app(settings)
    app.config["TESTING"] = True
    try:
        start(app)
        with app.app_context():
            app.extensions["tests.emptying"] = _emptying()
            _empty(app)  # the history of the first start
        gc.freeze()
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give each test that uses the program an application context, and leave nothing behind it."""
    if "app" not in request.fixturenames and "pure" in request.keywords:
        yield
        return
    app: Flask = request.getfixturevalue("app")
    with app.app_context():
        yield
        db.session.remove()
        _empty(app)
        forget_settings()


def _emptying() -> str:
    """The statements that leave what the program brought, and of that only what is there now.

    Together and as plain text: sixty statements one by one would take longer than many a test.
    """
    parts = (
        ["SET session_replication_role = replica"]
        if is_postgresql()
        else ["BEGIN IMMEDIATE", "PRAGMA defer_foreign_keys = ON"]
    )
    with db.engine.connect() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name not in KEPT:
                parts.append(f"DELETE FROM {table.name}")  # noqa: S608 - names of our tables
            elif "id" in table.c:
                last = connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
                parts.append(f"DELETE FROM {table.name} WHERE id > {last}")  # noqa: S608
            elif "chapter_id" in table.c:  # PostgreSQL lets nothing go along with its chapter here
                last = connection.scalar(sa.select(sa.func.max(metadata.tables["chapter"].c.id)))
                parts.append(f"DELETE FROM {table.name} WHERE chapter_id > {last}")  # noqa: S608
    parts.append("SET session_replication_role = DEFAULT" if is_postgresql() else "COMMIT")
    return "; ".join(parts)


def _empty(app: Flask) -> None:
    """Run them as the driver does by itself: on PostgreSQL all are one transaction."""
    with closing(db.engine.raw_connection()) as connection:
        driver: Any = connection.driver_connection
        if is_postgresql():
            driver.execute(app.extensions["tests.emptying"])
            driver.commit()
        else:
            driver.executescript(app.extensions["tests.emptying"])


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Somebody who is not signed in and reads English."""
    return Browser(app)


@pytest.fixture
def signed_in(app: Flask) -> SignIn:
    """Make a browser in which this account, or this person's, is signed in."""

    def enter(who: Account | Person) -> Browser:
        account = who if isinstance(who, Account) else account_of(who)
        token, _row = begin_session(account, is_staff=False, has_second_factor=True)
        db.session.commit()
        browser = Browser(app)
        with browser.client.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
            session["language"] = "en"
        return browser

    return enter


@pytest.fixture
def office(signed_in: SignIn) -> Browser:
    """The office's browser."""
    return signed_in(make_account(role="office"))


@pytest.fixture
def queries() -> Iterator[list[str]]:
    """The statements that the database was asked, as they come."""
    asked: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of rosters and hostile strings beside the checkout."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the test data of ../shared are not here")
    return folder
