"""Sending: letters are claimed, sent one by one with no transaction open, and accounted for.

A letter is ``sending`` while nothing of it has been ended, and ``data`` from just before its
end is written until the server has answered. So a worker that dies leaves at most one letter
behind of which nobody knows whether it went out; the others are simply sent again.
"""

import random
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, delete, or_, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from alumni.db import WRITING, changed, db, is_postgresql, now, transaction, upsert
from alumni.outbox.message import as_bytes
from alumni.outbox.models import Delivery, DeliveryState, Heartbeat, SharedText
from alumni.outbox.queries import unwanted
from alumni.outbox.transport import Accepted, Refused, Transport, Uncertain, Unreachable
from alumni.outbox.writing import envelope_sender, letter_of

_TABLE = cast("Table", Delivery.__table__)

AT_A_TIME = 50
LEASE = timedelta(minutes=5)
"""How long a claim holds. What is not begun when four fifths of it are over is given back."""
BEAT = timedelta(seconds=10)
FORGOTTEN = timedelta(days=1)
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=4)
ATTEMPTS = 24
"""With the waits between them they take three days and a little."""
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
MOST_REFUSALS = 3
"""After so many in a row that are not about a recipient it is about us: the others wait."""

DUE = text("state IN ('queued', 'deferred')")
"""Written out, since an engine uses the index of these rows only where it can see the words."""
BEGUN = (DeliveryState.SENDING,)
ENDED = (DeliveryState.DATA, DeliveryState.UNCERTAIN)
IN_HAND = (DeliveryState.SENDING, DeliveryState.DATA)

_MARKS: dict[tuple[DeliveryState, ...], Update] = {
    states: update(_TABLE).where(
        _TABLE.c.id == bindparam("this"),
        _TABLE.c.worker == bindparam("ours"),
        _TABLE.c.state.in_(states),
    )
    for states in (BEGUN, ENDED, IN_HAND)
}
"""Made once: each letter is marked twice, and putting a statement together takes longer than

carrying it out.
"""

_ABOUT_US = re.compile(
    r"frequency|too many|rate limit|spam|spf|dkim|dmarc|blocked|blacklist|block list"
    r"|reputation|access denied|not permitted|relay",
    re.IGNORECASE,
)
"""Providers answer so at the recipient too, while the mailbox is well and alive."""


class Lost(Exception):
    """The claim is no longer ours: it ran out, or the reader has withdrawn meanwhile."""


def send_due(transport: Transport, *, worker: str, at_most: int = 200) -> int:
    """Send the letters that are due, what somebody waits for first. Return how many went out."""
    texts: dict[int, SharedText] = {}
    sent = 0
    with _marking(worker) as marks:
        while at_most > 0:
            lease = now() + LEASE
            claimed = _claim(worker, min(AT_A_TIME, at_most), lease)
            at_most -= AT_A_TIME
            if not claimed:
                break
            _read_texts(texts, claimed)
            counted = _Batch(transport, marks, texts, lease).send(_wanted(claimed, marks))
            sent += counted.sent
            if counted.stopped:
                break
    return sent


def recover(*, gone: Collection[str] = ()) -> int:
    """Take up what workers left behind whose lease is over, or that are known to be gone.

    Return how many letters that were: those not begun are due again, those of which nobody
    knows wait for a person's decision.
    """
    left = or_(Delivery.lease_until < now(), Delivery.worker.in_(gone))
    over = update(Delivery).where(left).execution_options(synchronize_session=False)
    free = {"lease_until": None, "worker": None}
    with transaction():
        again = changed(
            over.where(Delivery.state == DeliveryState.SENDING).values(
                state=DeliveryState.QUEUED, **free
            )
        )
        unknown = changed(
            over.where(Delivery.state == DeliveryState.DATA).values(
                state=DeliveryState.UNCERTAIN,
                reason="the worker ended while the server was answering",
                lease_until=None,
            )
        )
    return again + unknown


def beat(worker: str) -> bool:
    """Give a sign of life, at most once in ten seconds. Return whether it was time for one."""
    moment = now()
    last = select(Heartbeat.at).where(Heartbeat.worker == worker)
    with db.engine.connect() as connection:
        at = connection.scalar(last)
    if at is not None and at > moment - BEAT:
        return False
    sign = upsert(Heartbeat).values(worker=worker, at=moment)
    with transaction():
        changed(sign.on_conflict_do_update(index_elements=[Heartbeat.worker], set_={"at": moment}))
        changed(delete(Heartbeat).where(Heartbeat.at < moment - FORGOTTEN))
    return True


class _Marks:
    """Writes the state of single letters, each in a transaction of its own.

    Every mark holds only while the letter is still this worker's, in the state it left it in.
    """

    def __init__(self, connection: Connection, worker: str) -> None:
        self._connection = connection
        self._worker = worker

    def data(self, delivery: Delivery) -> None:
        """Say that the end is about to be written. Raises Lost, and then nothing is sent."""
        if not self._mark(delivery, BEGUN, state=DeliveryState.DATA):
            raise Lost

    def sent(self, delivery: Delivery, accepted: Accepted) -> bool:
        """The server has it. True also of one that was thought to be in doubt meanwhile."""
        return self._mark(
            delivery,
            ENDED,
            state=DeliveryState.SENT,
            reason="",
            smtp_code=accepted.code,
            queue_id=accepted.queue_id[:120] if accepted.queue_id else None,
            lease_until=None,
            done_at=now(),
        )

    def uncertain(self, delivery: Delivery, problem: Uncertain) -> None:
        self._mark(
            delivery,
            IN_HAND,
            state=DeliveryState.UNCERTAIN,
            reason=_short(problem),
            lease_until=None,
        )

    def deferred(self, delivery: Delivery, refusal: Refused) -> None:
        """Try again later: the wait doubles each time, with chance in it against crowds."""
        wait = min(FIRST_WAIT * 2 ** min(delivery.attempt - 1, 8), LONGEST_WAIT)
        self._mark(
            delivery,
            IN_HAND,
            state=DeliveryState.DEFERRED,
            reason=_short(refusal),
            smtp_code=refusal.code,
            not_before=now() + wait * random.uniform(1, 1.2),  # noqa: S311 - nothing to guess
            lease_until=None,
            worker=None,
        )

    def failed(self, delivery: Delivery, reason: str, code: int | None = None) -> None:
        self._end(delivery, DeliveryState.FAILED, reason, code)

    def skipped(self, delivery: Delivery, reason: str) -> None:
        self._end(delivery, DeliveryState.SKIPPED, reason, None)

    def given_back(self, delivery: Delivery, reason: str) -> None:
        """It was not tried, or not at fault: the attempt does not count.

        The longer a letter has waited, the longer it may wait, from one minute to fifteen.
        """
        moment = now()
        wait = min(max((moment - delivery.created_at) / 4, SHORTEST_PAUSE), LONGEST_PAUSE)
        self._mark(
            delivery,
            IN_HAND,
            state=DeliveryState.QUEUED,
            reason=reason,
            attempt=delivery.attempt - 1,
            not_before=moment + wait if reason else delivery.not_before,
            lease_until=None,
            worker=None,
        )

    def untouched(self, deliveries: list[Delivery]) -> None:
        """Give back at once what was not begun, because the worker has to stop."""
        for delivery in deliveries:
            self._mark(
                delivery,
                BEGUN,
                state=DeliveryState.QUEUED,
                attempt=delivery.attempt - 1,
                lease_until=None,
                worker=None,
            )

    def _end(self, delivery: Delivery, state: DeliveryState, reason: str, code: int | None) -> None:
        self._mark(
            delivery,
            IN_HAND,
            state=state,
            reason=reason[:500],
            smtp_code=code,
            lease_until=None,
            done_at=now(),
        )

    def _mark(self, delivery: Delivery, states: tuple[DeliveryState, ...], **values: Any) -> bool:
        marked = {"this": delivery.id, "ours": self._worker, **values}
        with self._connection.begin():
            return self._connection.execute(_MARKS[states], marked).rowcount == 1


class _Batch:
    """Letters claimed together, and how it goes with them."""

    def __init__(
        self,
        transport: Transport,
        marks: _Marks,
        texts: dict[int, SharedText],
        lease: datetime,
    ) -> None:
        self._transport = transport
        self._marks = marks
        self._texts = texts
        self._enough = lease - LEASE / 5
        self._refusals = 0
        self.sent = 0
        self.stopped = False

    def send(self, deliveries: list[Delivery]) -> "_Batch":
        begun = 0
        try:
            for delivery in deliveries:
                if self._refusals >= MOST_REFUSALS or now() > self._enough:
                    break
                begun += 1
                self._send(delivery)
        except Unreachable as problem:
            self._give_back(deliveries[begun - 1 :], _short(problem))
        except BaseException:
            self._marks.untouched(deliveries[begun - 1 :])
            raise
        else:
            self._give_back(deliveries[begun:], "")
        return self

    def _give_back(self, deliveries: list[Delivery], reason: str) -> None:
        self.stopped = self.stopped or bool(deliveries)
        waits = reason or ("refused" if self._refusals >= MOST_REFUSALS else "")
        for delivery in deliveries:
            self._marks.given_back(delivery, waits)

    def _send(self, delivery: Delivery) -> None:
        """Send one letter and write down what became of it. Raises Unreachable."""
        try:
            accepted = self._transport.send(
                envelope_sender(delivery),
                delivery.email,
                self._written(delivery),
                before_end=partial(self._marks.data, delivery),
            )
        except ValueError as problem:
            self._marks.failed(delivery, str(problem))
        except Refused as refusal:
            self._refused(delivery, refusal)
        except Uncertain as problem:
            self._marks.uncertain(delivery, problem)
        except Lost:
            pass
        else:
            self._refusals = 0
            self.sent += self._marks.sent(delivery, accepted)

    def _written(self, delivery: Delivery) -> bytes:
        """The letter as it goes out. What was asked for it ends here: sending may take long."""
        try:
            return as_bytes(letter_of(delivery, self._texts.get(delivery.shared_text_id or 0)))
        finally:
            db.session.rollback()

    def _refused(self, delivery: Delivery, refusal: Refused) -> None:
        """Only what is wrong with the recipient, and for good, ends a letter at once."""
        ours = refusal.about != "recipient" or _is_policy(refusal)
        self._refusals += ours
        if (refusal.permanent and not ours) or delivery.attempt >= ATTEMPTS:
            self._marks.failed(delivery, refusal.text, refusal.code)
        else:
            self._marks.deferred(delivery, refusal)


def _claim(worker: str, how_many: int, lease: datetime) -> list[Delivery]:
    """Take the next letters, so that no other worker takes them too.

    What is returned belongs to no session: nothing of it is read while a letter is on its way.
    """
    due = (
        select(Delivery.id)
        .where(DUE, Delivery.not_before <= now())
        .order_by(Delivery.priority, Delivery.not_before, Delivery.id)
        .limit(how_many)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Delivery)
        .where(Delivery.id.in_(select(due.c.id)))
        .values(
            state=DeliveryState.SENDING,
            lease_until=lease,
            worker=worker,
            attempt=Delivery.attempt + 1,
        )
        .returning(Delivery)
        .execution_options(synchronize_session=False)
    )
    with Session(db.engine, expire_on_commit=False) as session:
        session.connection(execution_options=WRITING)
        claimed = session.scalars(taken).all()
        session.commit()
    return sorted(claimed, key=lambda one: (one.priority, one.not_before, one.id))


def _wanted(claimed: list[Delivery], marks: _Marks) -> list[Delivery]:
    """Those whose reader has not withdrawn since the letter was made; the others are skipped."""
    withdrawn = unwanted([delivery.id for delivery in claimed if delivery.mailing_id is not None])
    db.session.rollback()
    for delivery in claimed:
        if delivery.id in withdrawn:
            marks.skipped(delivery, "unsubscribed")
    return [delivery for delivery in claimed if delivery.id not in withdrawn]


def _read_texts(texts: dict[int, SharedText], claimed: list[Delivery]) -> None:
    """Add the shared texts that these letters refer to and that were not read before."""
    wanted = {delivery.shared_text_id for delivery in claimed} - {None} - texts.keys()
    if wanted:
        with Session(db.engine) as session:
            found = session.scalars(select(SharedText).where(SharedText.id.in_(wanted))).all()
            session.expunge_all()
        texts.update({shared.id: shared for shared in found})


@contextmanager
def _marking(worker: str) -> Iterator[_Marks]:
    """A connection for the marks, whose commits do not wait for the disk.

    They survive the death of the worker, which is what they are for, at a twentieth of the
    price. Claims and all other transactions wait as usual.
    """
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        connection.detach()  # it is closed in the end, and never lent to anybody else
        if is_postgresql():
            connection.exec_driver_sql("SET synchronous_commit = off")
            connection.commit()
        else:
            driver.execute("PRAGMA synchronous = NORMAL")  # outside a transaction, or not at all
        yield _Marks(connection.execution_options(**WRITING), worker)


def _is_policy(refusal: Refused) -> bool:
    return (refusal.enhanced or "").startswith("5.7") or bool(_ABOUT_US.search(refusal.text))


def _short(problem: Exception) -> str:
    return str(problem)[:500]
