"""Ordering files, and doing away with them."""

from datetime import timedelta
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import delete, update

from alumni.authz import Actor, require
from alumni.db import changed, db, now
from alumni.errors import Refusal
from alumni.exports.letters import send_link
from alumni.exports.making import makers
from alumni.exports.models import FileChunk, FileState, KeptFile
from alumni.exports.policy import may_handle, may_order_files
from alumni.exports.queries import OPEN, open_files, waits_until
from alumni.i18n import _, moment_text

KEPT = timedelta(days=7)

MOST_OPEN = 20
"""Files that one account may wait for."""


class Order(TypedDict):
    """What somebody wants made. Each name is that of a column of `KeptFile`."""

    kind: str
    wish: dict[str, Any]
    name: str
    mimetype: str
    purpose: str
    language: str
    total: NotRequired[int | None]
    change_set_id: NotRequired[int | None]
    tell: NotRequired[bool]


def insist_on_wait(actor: Actor) -> None:
    """Raise Refusal for a day after the office has changed how the actor signs in.

    Every way to take a file goes through here, be it made now or before.
    """
    moment = waits_until(actor)
    if moment is not None:
        raise Refusal(
            _(
                "The office has changed how you sign in. Files can be taken again from %(moment)s.",
                moment=moment_text(moment, actor.time_zone),
            )
        )


def order(actor: Actor, **wanted: Unpack[Order]) -> KeptFile:
    """Have a file made by the worker and kept for the actor for a week.

    A kind that nobody makes is a KeyError.
    """
    require(may_order_files, actor)
    insist_on_wait(actor)
    makers[wanted["kind"]]
    if open_files(actor) >= MOST_OPEN:
        raise Refusal(
            _(
                "You are waiting for %(number)s files already. Cancel one, or wait.",
                number=MOST_OPEN,
            )
        )
    file = KeptFile(account_id=actor.account_id, expires_at=now() + KEPT, **wanted)
    db.session.add(file)
    db.session.flush()
    return file


def cancel(actor: Actor, file: KeptFile) -> bool:
    """Have the file not made. Return False where it was made, or given up, already."""
    require(may_handle, actor, file)
    waiting = update(KeptFile).where(KeptFile.id == file.id, KeptFile.state.in_(OPEN))
    return changed(waiting.values(state=FileState.CANCELLED)) == 1


def remove(actor: Actor, file: KeptFile) -> None:
    """Do away with the file at once, whatever its state; a worker at it stops."""
    require(may_handle, actor, file)
    changed(delete(FileChunk).where(FileChunk.file_id == file.id))
    changed(delete(KeptFile).where(KeptFile.id == file.id))


def ask_for_letter(actor: Actor, file: KeptFile) -> bool:
    """Write to the owner where the file is: now, or as soon as it is ready.

    Return False where such a letter was sent within the hour.
    """
    require(may_handle, actor, file)
    waiting = update(KeptFile).where(KeptFile.id == file.id, KeptFile.state.in_(OPEN))
    return changed(waiting.values(tell=True)) == 1 or send_link(file)
