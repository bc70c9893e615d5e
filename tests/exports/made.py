"""Files that are made of what a test says."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update

from alumni.accounts.models import Account
from alumni.authz import Actor
from alumni.db import changed, db, transaction
from alumni.exports.commands import order
from alumni.exports.making import Making
from alumni.exports.models import FileChunk, KeptFile

CONTENT = bytes(range(256)) * 2500
"""640,000 bytes: three parts."""


def actor(account: Account) -> Actor:
    return Actor(account_id=account.id)


def ordered(account: Account, **wanted: Any) -> KeptFile:
    """A file of this account that waits to be made; what it is called stays known of it."""
    return ordered_by(actor(account), **wanted)


def ordered_by(who: Actor, **wanted: Any) -> KeptFile:
    usual: dict[str, Any] = {
        "kind": "test",
        "wish": {},
        "name": "校友 2026.csv",
        "mimetype": "text/csv; charset=utf-8",
        "purpose": "校庆",
        "language": "en",
    }
    with transaction():
        file = order(who, **usual | wanted)
    db.session.expunge(file)
    return file


def set_to(file: KeptFile, **values: Any) -> None:
    with transaction():
        changed(update(KeptFile).where(KeptFile.id == file.id).values(**values))


def anew(file: KeptFile) -> KeptFile:
    """The file as the database has it now."""
    db.session.expire_all()
    return db.session.scalars(select(KeptFile).where(KeptFile.id == file.id)).one()


def kept(file: KeptFile) -> bytes:
    """What is kept of it."""
    db.session.rollback()
    parts = select(FileChunk.content).where(FileChunk.file_id == file.id)
    return b"".join(db.session.scalars(parts.order_by(FileChunk.number)))


def making(content: bytes = CONTENT, rows: int = 12) -> Making:
    """Yield the content in small pieces."""

    def pieces() -> Iterator[bytes]:
        yield from (content[n : n + 10_000] for n in range(0, len(content), 10_000))

    return Making(chunks=pieces(), rows=lambda: rows)
