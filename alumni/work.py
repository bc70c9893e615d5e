"""The worker: work that nobody waits for. Any number of them, on one database."""

import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping

import structlog
from flask import Flask

from alumni.db import db

log = structlog.get_logger()

Job = Callable[[], int]
PAUSE = 1.0
"""Seconds between two looks where the last one found nothing to do."""
LONGEST_PAUSE = 30.0
"""After a fault, at most so long: a database that restarts is waited for."""


def worker_name() -> str:
    """A name that no other worker has, not even in a container that counts from one again."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(3)}"


def work(app: Flask, jobs: Mapping[str, Job], *, once: bool, stop: threading.Event) -> int:
    """Do all jobs over and over until told to stop, or until nothing is left (``once``).

    Each job does a bounded part and returns how much it did, so that none starves another.
    A job that fails is logged and tried again later; the others go on. Return what was done.
    """
    total, pause = 0, PAUSE
    while not stop.is_set():
        done, failed = _round(app, jobs)
        total += done
        if once and not done:
            break
        pause = min(pause * 2, LONGEST_PAUSE) if failed else PAUSE
        if not done:
            stop.wait(pause)
    return total


def _round(app: Flask, jobs: Mapping[str, Job]) -> tuple[int, bool]:
    done, failed = 0, False
    for name, job in jobs.items():
        with app.app_context():
            try:
                done += job()
            except Exception:
                failed = True
                log.exception("job failed", job=name)
            finally:
                db.session.remove()
    return done, failed


def stopping() -> threading.Event:
    """An event that is set when this process is asked to stop: by Ctrl-C or by its parent."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def follow(parent: int, stop: threading.Event) -> None:
    """Stop when the parent has gone, even if it was killed without a word."""

    def watch() -> None:
        while not stop.is_set():
            if os.getppid() != parent:
                stop.set()
            time.sleep(1)

    threading.Thread(target=watch, daemon=True).start()
