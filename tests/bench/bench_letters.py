"""A mailing to a thousand readers: making their letters, and sending them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from resource import RUSAGE_CHILDREN, getrusage

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from alumni.accounts.models import Account
from alumni.config import ROOT
from alumni.db import db, transaction
from alumni.i18n import LANGUAGES
from alumni.mailings import commands
from alumni.mailings.commands import Draft
from alumni.mailings.compiling import Written
from alumni.mailings.jobs import prepare
from alumni.mailings.models import MailList
from alumni.outbox.models import Delivery, DeliveryState
from alumni.people.queries import find_actor
from tests.bench.figures import Figure
from tests.bench.people import OFFICE, READERS, READERS_CHAPTER
from tests.bench.server import Place, free_port, reachable

MOST_SECONDS = 0.5
TEXT = "亲爱的{{name}}：\n\n" + "母校八十周年校庆将于九月举行，欢迎回到母校。\n\n" * 8


def measure(place: Place) -> Iterator[Figure]:
    with place.app.app_context():
        prepare()  # the lists, once for ever
        mailing_id = _approved()
        begun, before = time.perf_counter(), time.process_time()
        prepare()
        wall, cpu = time.perf_counter() - begun, time.process_time() - before
        assert _letters(mailing_id, DeliveryState.QUEUED) == READERS
    yield Figure(
        name=f"{READERS:,} letters queued",
        value=wall,
        unit="s",
        digits=2,
        limit=MOST_SECONDS,
        note=f"(CPU {cpu:.2f} s)",
    )
    with _sink() as port:
        begun, before = time.perf_counter(), _cpu()
        subprocess.run(
            [sys.executable, "-m", "alumni", "work", "--once"],
            env=place.environment(ALUMNI_SMTP_URL=f"smtp://127.0.0.1:{port}"),
            cwd=ROOT,
            check=True,
            timeout=120,
            capture_output=True,
        )
        wall, cpu = time.perf_counter() - begun, _cpu() - before
    with place.app.app_context():
        assert _letters(mailing_id, DeliveryState.SENT) == READERS
        span = _span(mailing_id)
    yield Figure(
        name="letters sent in a second, one worker",
        value=READERS / span,
        note=f"(a worker’s whole life: {wall:.1f} s, CPU {cpu:.1f} s)",
    )


def _approved() -> int:
    """A letter to the readers, written, submitted and approved by the office."""
    office = db.session.scalars(sa.select(Account).where(Account.email == OFFICE)).one()
    actor = find_actor(office.id, None, office.time_zone)
    texts = {code: Written(subject="校庆邀请", source=TEXT) for code in LANGUAGES}
    with transaction():
        wanted = sa.select(MailList).where(MailList.slug == READERS_CHAPTER)
        mail_list = db.session.scalars(wanted.options(joinedload(MailList.chapter))).one()
        mailing = commands.write(actor, mail_list, Draft(texts=texts))
        mailing.mail_list = mail_list
        db.session.flush()
        commands.submit(actor, mailing)
        db.session.flush()
        commands.approve(actor, mailing, mailing.body_hash)
    return mailing.id


def _letters(mailing_id: int, state: DeliveryState) -> int:
    mine = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.mailing_id == mailing_id)
    return db.session.scalar(mine.where(Delivery.state == state)) or 0


def _span(mailing_id: int) -> float:
    """Seconds between the first letter that was taken and the last."""
    mine = sa.select(Delivery.done_at).where(Delivery.mailing_id == mailing_id)
    moments = [moment for moment in db.session.scalars(mine) if moment]
    return (max(moments) - min(moments)).total_seconds()


@contextmanager
def _sink() -> Iterator[int]:
    """A mail server of another process, which takes every letter and forgets it."""
    port = free_port()
    address = ["-l", f"127.0.0.1:{port}"]
    taker = subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", *address],
        stderr=subprocess.DEVNULL,
    )
    try:
        reachable(port, taker)
        yield port
    finally:
        taker.terminate()
        taker.wait()


def _cpu() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
