"""Making the files that were ordered, and clearing away those nobody may fetch any more.

Each part of a file is written in a transaction of its own, so that no other writer waits for a
file. Each is written only while the file is still this worker's: a worker that was thought dead
and comes back finds that it has lost it.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, Update, and_, delete, exists, insert, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from alumni.db import changed, db, now, transaction
from alumni.errors import Refusal
from alumni.exports.letters import send_link
from alumni.exports.making import Making, makers
from alumni.exports.models import FileChunk, FileState, KeptFile
from alumni.exports.tables import Counted
from alumni.i18n import _, speaking
from alumni.outbox.jobs import beat
from alumni.outbox.models import Heartbeat

log = structlog.get_logger()

CHUNK = 256 * 1024
"""Bytes of a part as it is kept."""
SILENCE = timedelta(minutes=2)
"""A worker that has given no sign of life for so long is dead."""
ATTEMPTS = 3
REMEMBERED = timedelta(days=30)
"""How long the address of an expired file says so, and not that there is no such page."""


class Lost(Exception):
    """The file is no longer ours: its owner wants it no more, or another worker has it."""


def make_files(worker: str) -> int:
    """Make the file that has waited longest, or that a dead worker left. Return how many: 0, 1."""
    due = _due(worker)
    if db.session.scalar(select(KeptFile.id).where(due).limit(1)) is None:
        return 0
    beat(worker)
    file = _claim(worker, due)
    if file is None:
        return 0
    _remove_chunks(file.id)
    with speaking(file.language):
        if file.attempt > ATTEMPTS:
            _fail(file, _("It could not be made: each try was broken off."))
        else:
            _make(file)
    return 1


def purge_files() -> int:
    """Empty the files that have expired or were given up, and in time forget them. Return how many.

    What is done is not done again.
    """
    ended = or_(
        KeptFile.expires_at <= now(),
        KeptFile.state.in_((FileState.FAILED, FileState.CANCELLED)),
    )
    full = exists().where(FileChunk.file_id == KeptFile.id)
    emptied = db.session.scalars(select(KeptFile.id).where(ended, full)).all()
    forgotten = db.session.scalars(
        select(KeptFile.id).where(KeptFile.expires_at <= now() - REMEMBERED)
    ).all()
    for file_id in {*emptied, *forgotten}:
        _remove_chunks(file_id)
    if forgotten:
        with transaction():
            changed(delete(KeptFile).where(KeptFile.id.in_(forgotten)))
    return len({*emptied, *forgotten})


def _due(worker: str) -> ColumnElement[bool]:
    """What waits, what its worker died over, and what this very worker broke off."""
    moment = now()
    alive = exists().where(Heartbeat.worker == KeptFile.worker, Heartbeat.at > moment - SILENCE)
    left = or_(KeptFile.worker == worker, and_(KeptFile.taken_at <= moment - SILENCE, ~alive))
    return and_(
        KeptFile.expires_at > moment,
        or_(
            KeptFile.state == FileState.WAITING,
            and_(KeptFile.state == FileState.MAKING, left),
        ),
    )


def _claim(worker: str, due: ColumnElement[bool]) -> KeptFile | None:
    """Take the next file, so that no other worker takes it too. It belongs to no session."""
    first = select(KeptFile.id).where(due).order_by(KeptFile.id).limit(1)
    next_one = first.with_for_update(skip_locked=True).cte("next_one")
    taken = update(KeptFile).where(KeptFile.id.in_(select(next_one.c.id)))
    with transaction():
        file = db.session.scalar(
            taken.values(
                state=FileState.MAKING,
                worker=worker,
                taken_at=now(),
                attempt=KeptFile.attempt + 1,
                done=0,
            )
            .returning(KeptFile)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
    if file is not None:
        db.session.expunge(file)
    return file


def _make(file: KeptFile) -> None:
    """Make it to its end, whatever end that is; only trouble with the database comes out."""
    try:
        _write(file)
    except Lost:
        _clear(file)
    except Refusal as refusal:
        _fail(file, str(refusal))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("file failed", kind=file.kind, file=file.id)
        _fail(file, _("It could not be made: something went wrong on our side. It has been noted."))


def _write(file: KeptFile) -> None:
    making = makers[file.kind](file)
    with closing(Counted(_parts(making.chunks))) as whole:
        for number, part in enumerate(whole):
            with transaction():
                _hold(_ours(file).values(done=making.rows()))
                db.session.execute(
                    insert(FileChunk).values(file_id=file.id, number=number, content=part)
                )
            beat(file.worker or "")
    with transaction():
        _finish(file, making, whole)


def _parts(chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The same bytes in parts as large as they are kept."""
    kept = bytearray()
    try:
        for chunk in chunks:
            kept += chunk
            while len(kept) >= CHUNK:
                yield bytes(kept[:CHUNK])
                del kept[:CHUNK]
        if kept:
            yield bytes(kept)
    finally:
        if isinstance(chunks, Generator):
            chunks.close()


def _finish(file: KeptFile, making: Making, whole: Counted) -> None:
    rows = making.rows()
    ready = {"state": FileState.READY, "size": whole.size, "sha256": whole.sha256}
    _hold(_ours(file).values(done=rows, total=rows, worker=None, **ready))
    making.finish(whole.sha256, whole.size, rows)
    wanted = select(KeptFile.tell).where(KeptFile.id == file.id)
    if db.session.scalar(wanted):  # asked now: the owner may have said so meanwhile
        send_link(file)


def _ours(file: KeptFile) -> Update:
    return update(KeptFile).where(
        KeptFile.id == file.id,
        KeptFile.worker == file.worker,
        KeptFile.state == FileState.MAKING,
    )


def _hold(mark: Update) -> None:
    if not changed(mark):
        raise Lost


def _fail(file: KeptFile, problem: str) -> None:
    with transaction():
        failed = _ours(file).values(state=FileState.FAILED, problem=problem[:500], worker=None)
        is_ours = changed(failed) == 1
    if is_ours:
        _remove_chunks(file.id)


def _clear(file: KeptFile) -> None:
    """Leave nothing of what the owner called off; what another worker makes is not ours."""
    state = db.session.scalar(select(KeptFile.state).where(KeptFile.id == file.id))
    if state is FileState.CANCELLED:
        _remove_chunks(file.id)


def _remove_chunks(file_id: int) -> None:
    with transaction():
        changed(delete(FileChunk).where(FileChunk.file_id == file_id))
