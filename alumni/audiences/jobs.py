"""Making files of people that were ordered, for the worker."""

from typing import Any

from alumni.audiences.commands.content import Format, Wish, content, planned
from alumni.audiences.commands.exports import KIND, check
from alumni.audiences.criteria import Audience
from alumni.audiences.policy import may_export_from
from alumni.audiences.queries.exports import Rows, Selection
from alumni.audit.commands import closed
from alumni.audit.models import ChangeSet
from alumni.chapters.models import Chapter
from alumni.db import db
from alumni.errors import BadRequest, Refusal
from alumni.exports.making import Making, guards, makers
from alumni.exports.models import KeptFile
from alumni.i18n import _
from alumni.people.queries import actor_of_account


def register() -> None:
    """Let files of people be ordered."""
    makers[KIND] = make
    guards[KIND] = may_have


def make(file: KeptFile) -> Making:
    """The file, with the rights that its owner has today: what ended since the order has ended."""
    wish = _wish(file)
    actor = actor_of_account(file.account_id)
    chapter_id = file.wish["chapter"]
    if actor is None or not may_export_from(actor, chapter_id):
        raise _no_longer()
    try:
        audience = Audience.from_text(actor, file.wish["filter"])
        check(actor, wish)
    except BadRequest as refusal:
        raise _no_longer() from refusal
    made = content(actor, planned(actor, _selection(audience, chapter_id), wish))

    def finish(sha256: str, _size: int, _rows: int) -> None:
        deed = db.session.get_one(ChangeSet, file.change_set_id)
        entry = made.entry(deed.facts, sha256)
        db.session.execute(closed(deed.id, entry))

    return Making(chunks=made.chunks, rows=lambda: made.numbers.rows, finish=finish)


def may_have(file: KeptFile) -> bool:
    """Whether its owner may take such a list away today."""
    actor = actor_of_account(file.account_id)
    return actor is not None and may_export_from(actor, file.wish["chapter"])


def _wish(file: KeptFile) -> Wish:
    told: dict[str, Any] = file.wish
    return Wish(
        columns=tuple(told["columns"]),
        format=Format(told["format"]),
        purpose=file.purpose,
        rows=Rows(told["studies"]),
        sheet=told["sheet"],
    )


def _selection(audience: Audience, chapter_id: int | None) -> Selection:
    if chapter_id is None:
        return Selection(audience=audience)
    return Selection.of_chapter(db.session.get_one(Chapter, chapter_id), audience)


def _no_longer() -> Refusal:
    return Refusal(_("You may no longer take this list away."))
