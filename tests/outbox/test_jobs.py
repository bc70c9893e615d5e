"""Letters go to a real mail server in this process, and are accounted for."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from alumni.authz import SYSTEM
from alumni.config import ROOT
from alumni.db import db, is_postgresql, now, transaction
from alumni.mailings.models import Choice, Subscription
from alumni.outbox import jobs
from alumni.outbox.commands import settle
from alumni.outbox.jobs import beat, recover, send_due
from alumni.outbox.models import (
    Delivery,
    DeliveryState,
    Heartbeat,
    Suppression,
    SuppressionScope,
)
from alumni.outbox.queries import last_beat
from alumni.outbox.transport import Accepted, Smtp, transport_for
from tests.browser import at_once
from tests.factories import saved
from tests.outbox.factories import (
    Sink,
    later,
    make_bulk,
    make_delivery,
    make_mailing,
    make_shared,
    running,
    states,
)

SENT, QUEUED, FAILED = DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.FAILED
DEFERRED, UNCERTAIN, SKIPPED = (
    DeliveryState.DEFERRED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SKIPPED,
)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def server(sink: Sink) -> Iterator[Smtp]:
    with running(sink) as address, Smtp(address) as transport:
        yield transport


def test_a_single_letter(server: Smtp, sink: Sink) -> None:
    delivery = make_delivery(name="王小明", subject="欢迎", text="你好\n", language="zh")

    assert send_due(server, worker="w") == 1
    assert states(delivery) == [SENT]
    sender, address, _content = sink.taken[0]
    letter = sink.letter()
    assert sender == f"bounces+{delivery.token}@localhost.localdomain"
    assert address == delivery.email
    assert letter["Message-ID"] == f"<d{delivery.id}.{delivery.token}@localhost.localdomain>"
    assert letter["Subject"] == "欢迎"
    assert letter["From"].addresses[0].addr_spec == "noreply@localhost.localdomain"
    assert letter["To"].addresses[0].display_name == "王小明"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] is None
    assert letter.get_content().strip() == "你好"
    assert (delivery.attempt, delivery.smtp_code, delivery.queue_id) == (1, 250, "4ZxY1w")
    assert delivery.lease_until is None
    assert delivery.done_at is not None
    assert send_due(server, worker="w") == 0


def test_the_association_s_name_stands_in_from(
    app: Flask, monkeypatch: pytest.MonkeyPatch, server: Smtp, sink: Sink
) -> None:
    names = {"zh": "大连医科大学校友会", "en": "DMU Alumni"}
    monkeypatch.setitem(app.extensions, "alumni.sender", names.__getitem__)
    make_delivery(language="zh")
    make_delivery(language="en")

    send_due(server, worker="w")

    assert [sink.letter(n)["From"].addresses[0].display_name for n in (0, 1)] == [
        "大连医科大学校友会",
        "DMU Alumni",
    ]


def test_a_letter_of_a_mailing_is_filled_once_and_escaped(server: Smtp, sink: Sink) -> None:
    hostile = "<b>{{chapter}}</b>"
    delivery = make_bulk(make_mailing(), make_shared(), name=hostile)

    assert send_due(server, worker="w") == 1
    letter = sink.letter()
    link = f"http://127.0.0.1:5000/u/{delivery.token}"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == f"{hostile}，鞍山分会。{link}"
    assert "<p>&lt;b&gt;{{chapter}}&lt;/b&gt;，鞍山分会。" in html.get_content()
    assert letter["Subject"] == f"致{hostile}"
    assert letter["List-Unsubscribe"] == f"<{link}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Id"] == "鞍山分会 <anshan.lists.example.org>"
    assert letter["Auto-Submitted"] is None


def test_what_somebody_waits_for_goes_first(server: Smtp, sink: Sink) -> None:
    bulk = make_bulk(make_mailing(), make_shared())
    single = make_delivery()
    tomorrow = make_delivery(not_before=now() + timedelta(days=1))

    assert send_due(server, worker="w") == 2
    assert sink.addresses == [single.email, bulk.email]
    assert states(tomorrow) == [QUEUED]


def test_more_than_one_batch_and_not_more_than_asked(server: Smtp, sink: Sink) -> None:
    for _ in range(60):
        make_delivery()

    assert send_due(server, worker="w", at_most=55) == 55
    assert send_due(server, worker="w") == 5
    assert sink.most == 1


def test_a_dead_mailbox_ends_its_letter_only(server: Smtp, sink: Sink) -> None:
    dead, well = make_delivery(email="dead@example.com"), make_delivery()
    sink.recipients[dead.email] = "550 5.1.1 no such user"

    assert send_due(server, worker="w") == 1
    assert states(dead, well) == [FAILED, SENT]
    assert (dead.smtp_code, dead.reason) == (550, "5.1.1 no such user")


def test_a_full_mailbox_is_tried_again_later_and_later(server: Smtp, sink: Sink) -> None:
    full = make_delivery()
    sink.recipients[full.email] = "452 4.2.2 mailbox full"

    send_due(server, worker="w")
    assert states(full) == [DEFERRED]
    assert 1.9 < later(full) < 2.5

    _due_again(full, attempt=4)
    send_due(server, worker="w")
    assert 31 < later(full) < 39

    _due_again(full, attempt=15)
    send_due(server, worker="w")
    assert 239 < later(full) < 289

    _due_again(full, attempt=jobs.ATTEMPTS - 1)
    send_due(server, worker="w")
    assert states(full) == [FAILED]


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 blocked",
        "550 Domain frequency limited",
        "550 SPF check failed",
        "554 Suspected spam",
    ],
)
def test_a_provider_that_minds_us_costs_no_reader(server: Smtp, sink: Sink, answer: str) -> None:
    """Three such answers in a row, and the others are not even tried."""
    letters = [make_delivery() for _ in range(6)]
    sink.recipients = {letter.email: answer for letter in letters}

    assert send_due(server, worker="w") == 0
    assert states(*letters) == [DEFERRED] * 3 + [QUEUED] * 3
    assert [letter.attempt for letter in letters] == [1, 1, 1, 0, 0, 0]
    assert 0.9 < later(letters[-1]) < 1.1


def test_a_sender_that_is_refused_is_not_the_readers_fault(server: Smtp, sink: Sink) -> None:
    letters = [make_delivery() for _ in range(4)]
    sink.senders = "530 5.7.0 authenticate first"

    assert send_due(server, worker="w") == 0
    assert states(*letters) == [DEFERRED] * 3 + [QUEUED]


def test_no_mail_server_and_all_are_given_back() -> None:
    letters = [make_delivery() for _ in range(3)]
    old = make_delivery(created_at=now() - timedelta(hours=5))

    with Smtp("smtp://127.0.0.1:9") as nobody:
        assert send_due(nobody, worker="w") == 0
    assert states(*letters, old) == [QUEUED] * 4
    assert [letter.attempt for letter in letters] == [0, 0, 0]
    assert 0.9 < later(letters[0]) < 1.1
    assert 14.9 < later(old) < 15.1
    assert old.reason
    assert old.lease_until is None


def test_a_connection_that_ends_in_the_middle_leaves_one_in_doubt(server: Smtp, sink: Sink) -> None:
    before, lost, after = make_delivery(), make_delivery(), make_delivery()
    sink.contents[lost.email] = "hang up"

    assert send_due(server, worker="w") == 2
    assert states(before, lost, after) == [SENT, UNCERTAIN, SENT]


def test_what_cannot_be_written_fails_alone(server: Smtp) -> None:
    broken, well = make_delivery(email="王@example.com"), make_delivery(name="a\u2028b")

    assert send_due(server, worker="w") == 1
    assert states(broken, well) == [FAILED, SENT]


def test_who_withdrew_meanwhile_is_skipped(server: Smtp, sink: Sink) -> None:
    mailing, shared = make_mailing(), make_shared()
    letters = [make_bulk(mailing, shared, email=f"p{n}@example.com") for n in range(4)]
    necessary = make_delivery(email="p0@example.com")
    for address, list_id in [
        ("p0@example.com", 0),
        ("p1@example.com", mailing.mail_list_id),
        ("p2@example.com", mailing.mail_list_id + 1),
    ]:
        saved(
            Suppression(email=address, list_id=list_id, scope=SuppressionScope.LIST, reason="test")
        )

    assert send_due(server, worker="w") == 3
    assert states(*letters) == [SKIPPED, SKIPPED, SENT, SENT]
    assert states(necessary) == [SENT]
    assert letters[0].reason == "unsubscribed"


def test_who_left_the_list_while_its_letters_were_made_is_skipped(server: Smtp, sink: Sink) -> None:
    """The choice was kept before the letter was there to be kept back."""
    mailing, shared = make_mailing(), make_shared()
    letters = [make_bulk(mailing, shared) for _ in range(3)]
    other = make_bulk(make_mailing(), shared)
    for letter, choice in [
        (letters[0], Choice.UNSUBSCRIBED),
        (letters[1], Choice.SUBSCRIBED),
        (other, Choice.UNSUBSCRIBED),
    ]:
        saved(
            Subscription(
                mail_list_id=mailing.mail_list_id,
                person_id=letter.person_id,
                choice=choice,
                source="letter",
            )
        )

    assert send_due(server, worker="w") == 3
    assert states(*letters, other) == [SKIPPED, SENT, SENT, SENT]
    assert letters[0].reason == "unsubscribed"


def test_a_letter_taken_back_while_it_is_being_sent_does_not_go_out(sink: Sink) -> None:
    """The reader withdraws between the claim and the end of the letter."""
    first, second = make_delivery(), make_delivery()

    with running(sink) as address, Smtp(address) as smtp:
        assert send_due(_Withdrawing(smtp, second), worker="w") == 1
    assert states(first, second) == [SENT, SKIPPED]
    assert sink.addresses == [first.email]


class _Way:
    """A mail server at which something happens when it comes to one of the letters."""

    def __init__(self, inner: Smtp, delivery: Delivery) -> None:
        self._inner, self._delivery = inner, delivery

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def send(
        self, sender: str, recipient: str, content: bytes, *, before_end: Callable[[], None]
    ) -> Accepted:
        if recipient == self._delivery.email:
            self.before()
        accepted = self._inner.send(sender, recipient, content, before_end=before_end)
        self.after()
        return accepted

    def before(self) -> None: ...

    def after(self) -> None: ...


class _Withdrawing(_Way):
    def before(self) -> None:
        _set(self._delivery, state=SKIPPED)


def test_recovering_what_a_dead_worker_left() -> None:
    past, future = now() - timedelta(seconds=1), now() + timedelta(minutes=1)
    begun = make_delivery(state=DeliveryState.SENDING, worker="dead", lease_until=past)
    ended = make_delivery(state=DeliveryState.DATA, worker="dead", lease_until=past)
    alive = make_delivery(state=DeliveryState.SENDING, worker="alive", lease_until=future)
    gone = make_delivery(state=DeliveryState.DATA, worker="gone", lease_until=future)

    assert recover() == 2
    assert states(begun, ended, alive, gone) == [
        QUEUED,
        UNCERTAIN,
        DeliveryState.SENDING,
        DeliveryState.DATA,
    ]
    assert recover(gone=["gone"]) == 1
    assert states(gone) == [UNCERTAIN]
    assert recover() == 0


def test_an_answer_that_comes_after_all_ends_the_doubt(sink: Sink, app: Flask) -> None:
    """The lease ran out while the server was thinking; then it did answer."""
    delivery = make_delivery()

    with running(sink) as address, Smtp(address) as smtp:
        assert send_due(_Doubting(smtp, delivery), worker="w") == 1
    assert states(delivery) == [SENT]


class _Doubting(_Way):
    def after(self) -> None:
        _set(self._delivery, state=UNCERTAIN)


def test_a_worker_told_to_stop_gives_its_letters_back(sink: Sink) -> None:
    letters = [make_delivery() for _ in range(3)]

    with running(sink) as address, Smtp(address) as smtp, pytest.raises(KeyboardInterrupt):
        send_due(_Stopping(smtp, letters[1]), worker="w")
    assert states(*letters) == [SENT, QUEUED, QUEUED]
    assert [letter.attempt for letter in letters] == [1, 0, 0]


class _Stopping(_Way):
    def before(self) -> None:
        raise KeyboardInterrupt


def test_without_a_mail_server_letters_are_files(tmp_path: Path) -> None:
    delivery = make_delivery()

    with transport_for("", tmp_path / "outbox") as folder:
        assert send_due(folder, worker="w") == 1
    name = f"d{delivery.id}.{delivery.token}@localhost.localdomain.eml"
    assert [file.name for file in (tmp_path / "outbox").iterdir()] == [name]
    assert states(delivery) == [SENT]


def test_a_sign_of_life_once_in_ten_seconds() -> None:
    saved(Heartbeat(worker="long gone", at=now() - timedelta(days=2)))

    assert beat("w") is True
    first = last_beat()
    assert beat("w") is False
    assert last_beat() == first
    with transaction():
        db.session.execute(sa.update(Heartbeat).values(at=now() - timedelta(seconds=11)))
    assert beat("w") is True
    assert db.session.scalars(select(Heartbeat.worker)).all() == ["w"]


def test_only_marks_do_not_wait_for_the_disk(tmp_path: Path) -> None:
    asked, safe, quick = "PRAGMA synchronous", "2", "1"
    if is_postgresql():
        asked = "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"
        safe, quick = "command line", "session"
    found = []

    def note(connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if "delivery" in statement and not statement.startswith("SELECT"):
            cursor = connection.connection.cursor()
            cursor.execute(asked)
            found.append((statement.split(maxsplit=1)[0], str(cursor.fetchone()[0])))

    make_delivery()
    event.listen(Engine, "before_cursor_execute", note)
    with transport_for("", tmp_path) as folder:
        send_due(folder, worker="w")
    event.remove(Engine, "before_cursor_execute", note)
    assert found == [("WITH", safe), ("UPDATE", quick), ("UPDATE", quick), ("WITH", safe)]


def test_several_workers_at_once_send_each_letter_once(app: Flask, sink: Sink) -> None:
    letters = [make_delivery() for _ in range(120)]

    with running(sink) as address:

        def work(name: str) -> None:
            with app.app_context(), Smtp(address) as transport:
                while send_due(transport, worker=name):
                    pass

        assert at_once(work, ["one", "two"]) == []
    assert states(*letters) == [SENT] * 120
    assert sorted(sink.addresses) == sorted(letter.email for letter in letters)


@pytest.mark.slow
def test_killed_again_and_again_none_is_lost_and_none_comes_twice(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    """Those of which nobody knows are shown: at most one for each kill."""
    chance = random.Random(20270116)  # noqa: S311 - nothing to guess
    letters = [make_delivery() for _ in range(240)]
    sink = Sink(pause=0.004)
    kills = 6

    with running(sink) as address:
        for kill in range(kills):
            worker = _worker(database_url, address, f"worker {kill}", tmp_path)
            assert sink.wait_for(len(sink.taken) + chance.randint(5, 30))
            worker.kill()
            worker.wait()
            recover(gone=[f"worker {kill}"])
        assert _worker(database_url, address, "the last", tmp_path).wait(timeout=30) == 0

    found = states(*letters)
    unsure = {one.email for one in letters if one.state is UNCERTAIN}
    assert set(found) <= {SENT, UNCERTAIN}
    assert len(unsure) <= kills
    assert sink.most == 1
    assert {letter.email for letter in letters} - unsure <= set(sink.addresses)

    for letter in letters:
        if letter.state is UNCERTAIN and letter.email not in sink.addresses:
            with transaction():
                settle(SYSTEM, letter, again=True)
    with running(sink) as address, Smtp(address) as transport:
        send_due(transport, worker="a person")
    assert sorted(sink.addresses) == sorted(letter.email for letter in letters)


def _worker(database: str, smtp: str, name: str, folder: Path) -> subprocess.Popen[bytes]:
    script = Path(__file__).parent / "sender.py"
    return subprocess.Popen(
        [sys.executable, script, database, smtp, name, folder], env={"PYTHONPATH": str(ROOT)}
    )


def _due_again(delivery: Delivery, *, attempt: int) -> None:
    _set(delivery, not_before=now(), attempt=attempt)


def _set(delivery: Delivery, **values: object) -> None:
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(sa.update(Delivery).where(Delivery.id == delivery.id).values(**values))
