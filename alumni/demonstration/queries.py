"""What the demonstration asks before it fills a database."""

from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.chapters.models import Chapter, ChapterPlace, ChapterStatus
from alumni.codes.models import Code, CodeKind, Place, Setting
from alumni.codes.queries import DEMONSTRATION
from alumni.db import db
from alumni.people.models import Person


def is_empty() -> bool:
    """Whether there is nobody yet: no person and no account."""
    somebody = select(Person.id).limit(1), select(Account.id).limit(1)
    return all(db.session.scalar(one) is None for one in somebody)


def is_demonstration() -> bool:
    """Whether the people here are invented, as the database says at this moment."""
    marked = select(Setting.id).where(Setting.key == DEMONSTRATION)
    return db.session.scalar(marked) is not None


def places() -> dict[str, Place]:
    """The places by their Chinese names; of two with one name the city."""
    listed = select(Place).order_by(Place.kind.desc(), Place.code.desc())
    return {place.name_zh: place for place in db.session.scalars(listed)}


def codes(kind: CodeKind) -> dict[str, Code]:
    """The codes of the kind by their Chinese names."""
    return {
        code.name_zh: code for code in db.session.scalars(select(Code).where(Code.kind == kind))
    }


def chapters_by_place() -> dict[int, int]:
    """For each place where an active chapter takes people, the chapter's id."""
    covered = (
        select(ChapterPlace.place_id, ChapterPlace.chapter_id)
        .join(Chapter, Chapter.id == ChapterPlace.chapter_id)
        .where(Chapter.status == ChapterStatus.ACTIVE)
    )
    own = dict(db.session.execute(covered).all())
    above = dict(db.session.execute(select(Place.id, Place.parent_id)).all())
    found: dict[int, int] = {}
    for place_id in above:
        higher: int | None = place_id
        while higher is not None and higher not in own:
            higher = above[higher]
        if higher is not None:
            found[place_id] = own[higher]
    return found
