"""Installations of the program to run as processes, on the engine that was asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from alumni.accounts.models import Account
from alumni.people.models import Person
from tests.browser import Browser
from tests.engines import quick_folder
from tests.servers import KEY, Client, Installation

SignedIn = Callable[[Account | Person], Client]


@pytest.fixture
def installed(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """On the database of the tests: factories make what is needed, and all is cleared after."""
    with Installation(tmp_path / "instance", database_url).ended() as installation:
        yield installation


@pytest.fixture
def new_installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """With a database of its own, which is empty."""
    with (
        quick_folder() as folder,
        _empty_database(database_url, folder) as url,
        Installation(tmp_path / "instance", url).ended() as installation,
    ):
        yield installation


@pytest.fixture
def entered(
    app: Flask,
    installed: Installation,
    signed_in: Callable[[Account | Person], Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> SignedIn:
    """Make a client in which this account, or this person's, is signed in."""
    monkeypatch.setitem(app.config, "SECRET_KEY", KEY)
    monkeypatch.delitem(app.extensions, "alumni.cookies", raising=False)  # signed with the old one

    def enter(who: Account | Person) -> Client:
        cookie = signed_in(who).client.get_cookie("alumni")
        assert cookie is not None
        return Client(installed.port, cookie=cookie.value)

    return enter


@contextmanager
def _empty_database(url: str, folder: Path) -> Iterator[str]:
    if url.startswith("sqlite"):
        yield f"sqlite:///{folder / 'alumni.sqlite'}"
        return
    name = f"alumni_{uuid4().hex[:12]}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()
