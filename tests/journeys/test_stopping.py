"""The program is stopped, killed and started again, and nothing that it promised is lost."""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import select, update

from alumni.db import db, now
from alumni.outbox.models import Delivery, DeliveryState
from alumni.roster.models import Application
from tests.engines import free_port
from tests.factories import make_verified
from tests.journeys.conftest import SignedIn
from tests.outbox.factories import Sink, make_delivery
from tests.outbox.factories import running as mail_server
from tests.servers import ROOT, Client, Installation, Running, until

pytestmark = pytest.mark.slow

HOLDING = """
import sys
import sqlalchemy as sa
engine = sa.create_engine(sys.argv[1], isolation_level="AUTOCOMMIT")
with engine.connect() as connection:
    for statement in sys.argv[2:]:
        connection.exec_driver_sql(statement)
    print("held", flush=True)
    sys.stdin.readline()
"""
"""Keeps a lock until a line is sent to it."""


@pytest.mark.parametrize(
    "end", [pytest.param(Running.interrupt, marks=pytest.mark.once), Running.terminate]
)
def test_asked_to_stop_it_stops_and_starts_again(
    new_installation: Installation, end: Callable[[Running], int]
) -> None:
    for _ in range(2):
        running = new_installation.start("run")
        client = Client(running.port)
        until(lambda: client.get("/readyz").status == 200, what="a worker gives signs of life")  # noqa: B023 - asked at once

        assert end(running) == 0
        until(running.is_gone, within=5, what="nothing of it is left")
        assert "Traceback" not in running.output
        assert running.output.splitlines()[-1] == "Stopped."


def test_two_that_begin_at_once_share_an_empty_database(new_installation: Installation) -> None:
    other = free_port()
    both = [new_installation.begin("run"), new_installation.begin("run", port=other)]
    for running, port in zip(both, (new_installation.port, other), strict=True):
        running.port = port

    for running in both:
        until(running.answers, within=40)
        client = Client(running.port)
        until(lambda: client.get("/readyz").status == 200)  # noqa: B023 - asked at once
    third = new_installation.begin("run")

    assert third.process.wait(timeout=30) == 1
    assert "Traceback" not in third.output
    until(third.is_gone, within=5, what="its worker has gone with it")
    assert [running.terminate() for running in both] == [0, 0]
    assert "Traceback" not in both[0].output + both[1].output
    chapters = Client(new_installation.start("run").port).get("/chapters")
    assert len(chapters.all("a", href="/chapters/dalian")) == 1


def test_killed_while_people_sign_up_it_loses_nobody(installed: Installation) -> None:
    """Whoever was told to look into the mailbox is in the database, with the letter."""
    numbers = itertools.count()
    told: list[str] = []
    for _ in range(4):
        running = installed.start("serve", "--processes", "2")
        known = len(told)
        with _signing_up(running.port, numbers, told):
            until(lambda: len(told) >= known + 6, within=30, what="six have signed up")  # noqa: B023 - asked at once
            running.kill()

    db.session.rollback()
    applied = set(db.session.scalars(select(Application.email)))
    letters = list(db.session.scalars(select(Delivery.email)))
    assert set(told) - applied == set()
    assert sorted(letters) == sorted(applied)
    with mail_server(Sink()) as url:
        installed.smtp_url = url
        installed.call("work", "--once")
    db.session.rollback()
    assert set(db.session.scalars(select(Delivery.state))) == {DeliveryState.SENT}


def test_killed_while_it_sends_the_worker_goes_on_later(installed: Installation) -> None:
    """Each letter goes out once, but for the one on its way, which waits for a decision."""
    letters = [make_delivery() for _ in range(12)]
    expected = sorted(letter.email for letter in letters)
    sink = Sink(pause=0.15)
    with mail_server(sink) as url:
        installed.smtp_url = url
        first = installed.begin("work")
        assert sink.wait_for(3)
        first.kill()
        in_hand = (DeliveryState.SENDING, DeliveryState.DATA)
        db.session.rollback()
        db.session.execute(  # as if the five minutes of the claim were over
            update(Delivery).where(Delivery.state.in_(in_hand)).values(lease_until=now())
        )
        db.session.commit()
        second = installed.begin("work")
        until(lambda: _unfinished() == 0, what="all letters are accounted for")
        assert second.terminate() == 0

    in_doubt = sorted(
        db.session.scalars(select(Delivery.email).filter_by(state=DeliveryState.UNCERTAIN))
    )
    assert len(in_doubt) <= 1
    assert sorted({*sink.addresses, *in_doubt}) == expected
    assert sink.most == 1
    assert "Traceback" not in second.output


def test_health_is_told_while_the_database_is_locked(
    installed: Installation, entered: SignedIn
) -> None:
    running = installed.start("serve", "--processes", "1")
    client = Client(running.port, patience=3)
    told = client.get("/readyz")
    assert told.status == 503
    assert json.loads(told.content)["problems"] == ["no worker is running: alumni work"]
    installed.begin("work")
    until(lambda: client.get("/readyz").status == 200, what="the worker is seen")

    with _locked(installed.database_url):
        assert [client.get("/healthz").status for _ in range(5)] == [200] * 5

    assert client.get("/readyz").status == 200
    assert entered(make_verified()).get("/me").status == 200


def _unfinished() -> int:
    db.session.rollback()
    ended = (DeliveryState.SENT, DeliveryState.UNCERTAIN)
    return len(db.session.scalars(select(Delivery.id).where(Delivery.state.not_in(ended))).all())


@contextmanager
def _signing_up(port: int, numbers: "itertools.count[int]", told: list[str]) -> Iterator[None]:
    """Let four people after another sign up at the same time, for as long as the block lasts."""
    over = threading.Event()

    def go_on() -> None:
        with suppress(OSError):
            while not over.is_set():
                email = f"new{next(numbers)}@example.org"
                answer = Client(port).submit(
                    "/join",
                    name="王小明",
                    email=email,
                    student_number="1998120001",
                    city="大连",
                    consent="y",
                )
                if answer.status == 303:
                    told.append(email)

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=40)


@contextmanager
def _locked(url: str) -> Iterator[None]:
    """Keep everybody else from writing, and on PostgreSQL from reading what pages need."""
    statements = ["BEGIN IMMEDIATE"]
    if not url.startswith("sqlite"):
        statements = [
            "BEGIN",
            "LOCK TABLE account, sign_in, heartbeat, place IN ACCESS EXCLUSIVE MODE",
        ]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, url, *statements],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate("\n", timeout=10)
