"""How the objects of the matrix are named, and what several kinds of them are made with."""

from io import BytesIO
from typing import Any

from PIL import Image

from alumni.chapters.models import Chapter
from alumni.db import now
from alumni.roster.models import Application, ApplicationState
from tests.factories import make_account, saved
from tests.matrix.world import Things


def pair(own: dict[str, Any], **others: dict[str, Any]) -> Things:
    return Things(own, others)


def fixed(own: dict[str, Any]) -> Things:
    return Things(own, is_fixed=True)


def called(*things: Any) -> Things:
    """By their public ids: the own, and the foreign if there is one."""
    named = [{"public_id": thing.public_id} for thing in things]
    return Things(named[0], dict(zip(("foreign", "hidden"), named[1:], strict=False)))


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (30, 40), "white").save(file, "PNG")
    return file.getvalue()


def applied(chapter: Chapter | None, **values: Any) -> Application:
    """Of somebody whose address is confirmed, and who is nobody yet."""
    account = make_account()
    invented: dict[str, Any] = {
        "name": "赵申请",
        "email": account.email,
        "graduation_year": 1998,
        "city": "鞍山",
        "chapter_id": chapter.id if chapter else None,
        "language": "zh",
        "notice_version": "1",
        "state": ApplicationState.WAITING,
        "confirmed_at": now(),
    }
    return saved(Application(**invented | values))
