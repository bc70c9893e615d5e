"""What the chapters and the association announce, and pictures for groups."""

from datetime import timedelta
from io import BytesIO

from alumni.authz import Actor
from alumni.chapters.models import GroupPicture
from alumni.db import db, today
from alumni.demonstration.cast import LEADERS_CHAPTER
from alumni.demonstration.commands.acting import chapter_called
from alumni.demonstration.notices import GROUP, NOTICES
from alumni.membership.commands.announcements import Wording, announce
from alumni.membership.commands.pictures import set_picture
from alumni.membership.pictures import prepare

LAPSED_IN = "shenyang"
VALID = timedelta(days=5)


def tell(office: Actor, leader: Actor) -> None:
    """Announce all, each as who could have: the leader in the own chapter, the office elsewhere."""
    for notice in NOTICES:
        wording = Wording(
            title_zh=notice.title.zh,
            title_en=notice.title.en,
            body_zh=notice.body.zh,
            body_en=notice.body.en,
            readers=notice.readers,
            starts_on=today() + timedelta(days=notice.begins),
            ends_on=today() + timedelta(days=notice.ends),
        )
        author = leader if notice.chapter == LEADERS_CHAPTER else office
        announce(author, chapter_called(notice.chapter) if notice.chapter else None, wording)


def show_groups(leader: Actor) -> None:
    """Let one chapter have a picture that opens its group, and another one that has lapsed."""
    picture = _code()
    set_picture(leader, chapter_called(LEADERS_CHAPTER), picture, today() + VALID)
    db.session.add(
        GroupPicture(
            chapter_id=chapter_called(LAPSED_IN).id,
            content=prepare(picture),
            ends_on=today() - VALID,
        )
    )


def _code() -> bytes:
    import segno  # noqa: PLC0415 - only where a demonstration is made
    from PIL import Image  # noqa: PLC0415 - the same

    rows = segno.make(GROUP, error="m", micro=False).matrix_iter(scale=12, border=4)
    lines = [bytes(0 if dark else 255 for dark in row) for row in rows]
    kept = BytesIO()
    Image.frombytes("L", (len(lines[0]), len(lines)), b"".join(lines)).save(kept, "PNG")
    return kept.getvalue()
