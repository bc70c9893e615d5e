"""Reading a file in a process of its own, which may take so much and no more."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import structlog

import alumni
from alumni.roster.cells import Unreadable
from alumni.roster.sheets.limits import REASONS

log = structlog.get_logger()

CHILD = "alumni.roster.sheets.child"


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What the process may take. A file of 200,000 rows needs a third of it."""

    memory: int = 1024 * 2**20
    """Bytes of address space."""
    computing: int = 120
    """Seconds of one processor's time."""
    waiting: float = 180
    """Seconds that we wait for it in all; while we do something else it waits for us."""
    answer: int = 8 * 2**20
    """Bytes of one line that it may answer."""


def answers(
    asked: Mapping[str, Any], content: Iterable[bytes], allowance: Allowance
) -> Generator[dict[str, Any], None, None]:
    """What the process answers, one after the other, as it is asked for.

    ``content`` are the parts of the file: of a large one both processes together hold as little
    as can be.
    It is ended when nobody reads on. Raises ``Unreadable``, also where the process ends before
    it has said everything, or says what no reader would.
    """
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as file:
        limits = {"memory": allowance.memory, "seconds": allowance.computing}
        question.write(json.dumps({**asked, **limits, "file": file.fileno()}).encode())
        file.writelines(content)
        for given in (question, file):
            given.seek(0)
        with subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-s", "-m", CHILD],
            stdin=question,
            pass_fds=[file.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as process:
            try:
                yield from _answered(process, allowance)
            finally:
                process.kill()


def _environment() -> dict[str, str]:
    """Where the program lies, and nothing else of ours: no key, no address of the database."""
    program = Path(alumni.__file__).parent.parent
    return {"PYTHONPATH": str(program), "PYTHONUTF8": "1"}


def _answered(process: "subprocess.Popen[bytes]", allowance: Allowance) -> Iterator[dict[str, Any]]:
    for line in _lines(process, allowance):
        answer = _understood(line)
        if answer is None:
            break
        if "refused" in answer:
            reason, at, values = answer["refused"]
            raise Unreadable(str(reason), line=at, **values)
        if "end" in answer:
            return
        yield answer
    _give_up(process)


def _lines(process: "subprocess.Popen[bytes]", allowance: Allowance) -> Iterator[bytes]:
    """What the process says, a line at a time, for as long as it is waited for."""
    if process.stdout is None:
        return
    left, begun = allowance.waiting, b""
    while True:
        since = time.monotonic()
        ready, _, _ = select.select([process.stdout], [], [], left)
        left -= time.monotonic() - since
        if not ready:
            raise Unreadable(REASONS["too_long"])
        said = os.read(process.stdout.fileno(), 2**20)
        if not said:
            return
        *whole, begun = (begun + said).split(b"\n")
        if max(map(len, (*whole, begun))) > allowance.answer:
            return
        yield from whole


def _understood(line: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


_ENDED = {
    -signal.SIGXCPU: "too_long",
    -signal.SIGKILL: "unzipped",
    -signal.SIGABRT: "unzipped",
}
"""What it means when the process was ended; memory it asks for in vain aborts it."""


def _give_up(process: "subprocess.Popen[bytes]") -> NoReturn:
    try:
        status = process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        status = 0
    log.warning("reading_ended", status=status)
    raise Unreadable(REASONS[_ENDED.get(status, "damaged")])
