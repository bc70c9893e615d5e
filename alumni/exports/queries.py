"""Kept files as their owner finds them, and what is in them."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, column, func, select, table

from alumni.authz import Actor
from alumni.db import Moment, db, now
from alumni.errors import NotFound
from alumni.exports.models import FileChunk, FileState, KeptFile
from alumni.exports.policy import visible
from alumni.outbox.commands import Recipient

OPEN = (FileState.WAITING, FileState.MAKING)

_ACCOUNT = table(
    "account",
    *(column(name) for name in ("id", "email", "name", "language", "person_id", "suspended_at")),
    column("exports_from", Moment()),
)
"""Of the slice above that knows who owns a file."""


class CutShort(Exception):
    """The file went away while it was being read."""


def files(actor: Actor) -> Select[KeptFile]:
    """The actor's own files that can still be fetched or will be, the newest first."""
    own = select(KeptFile).where(visible(actor), KeptFile.expires_at > now())
    return own.order_by(KeptFile.id.desc())


def get_file(actor: Actor, public_id: str) -> KeptFile:
    """The actor's own file, be it expired or not."""
    found = db.session.scalar(
        select(KeptFile).where(KeptFile.public_id == public_id, visible(actor))
    )
    if found is None:
        raise NotFound
    return found


def open_files(actor: Actor) -> int:
    """How many files of the actor are not made yet."""
    asked = select(func.count()).where(visible(actor), KeptFile.state.in_(OPEN))
    return db.session.scalar(asked.where(KeptFile.expires_at > now())) or 0


def waits_until(actor: Actor) -> datetime | None:
    """Before which moment the actor can take nothing away, if that is still to come."""
    asked = select(_ACCOUNT.c.exports_from).where(_ACCOUNT.c.id == actor.account_id)
    moment: datetime | None = db.session.scalar(asked)
    return moment if moment and moment > now() else None


def content(file: KeptFile) -> Iterator[bytes]:
    """What is in the file, part by part; `CutShort` where it is deleted meanwhile.

    It needs no application context. Between two parts no connection is held: a telephone may
    take minutes for one.
    """
    engine, file_id, size = db.engine, file.id, file.size

    def read() -> Iterator[bytes]:
        number = sent = 0
        while sent < size:
            part = select(FileChunk.content).where(
                FileChunk.file_id == file_id, FileChunk.number == number
            )
            with engine.connect() as connection:
                found = connection.scalar(part)
            if found is None:
                raise CutShort
            yield found
            number, sent = number + 1, sent + len(found)

    return read()


def owner(file: KeptFile) -> Recipient | None:
    """Where letters about the file go; nowhere while the account is suspended."""
    columns = (_ACCOUNT.c.email, _ACCOUNT.c.name, _ACCOUNT.c.language, _ACCOUNT.c.person_id)
    found = db.session.execute(
        select(*columns).where(_ACCOUNT.c.id == file.account_id, _ACCOUNT.c.suspended_at.is_(None))
    ).first()
    return Recipient(**found._mapping) if found else None  # noqa: SLF001 - its public name
