"""Saved audiences: who may use which, whom they mean today, and how many that are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from alumni.accounts.models import Account
from alumni.audiences.criteria import Audience
from alumni.audiences.criteria.saved import reading
from alumni.audiences.models import SavedAudience, Sharing
from alumni.audiences.policy import is_owner, may_write_to_audiences, sees_whom_they_count, usable
from alumni.audiences.queries import PeoplePage, listed
from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter
from alumni.db import PUBLIC_ID_LENGTH, db
from alumni.errors import BadRequest, NotFound
from alumni.i18n import _, either, language
from alumni.people.models import Person
from alumni.people.policy import may_view_people, visible

PAGE = 20

MOST_COUNTED = 10_000

FEW = 5
"""Fewer are not told to staff who may not see who they are."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A saved audience as somebody who may use it finds it."""

    public_id: str
    name_zh: str
    name_en: str
    sharing: Sharing
    chapter: str
    """Its slug, where the officers of a chapter may use the audience."""
    chapter_name: str
    owner: str
    is_own: bool
    criteria: dict[str, Any]
    audience: Audience | None
    """As the actor may ask it; None where that cannot be read any more."""
    problem: str = ""
    """What cannot be read, and where it stands."""
    count: int | None = None
    """How many people it means now, one more than is counted where there are more."""

    @property
    def name(self) -> str:
        return either(self.name_zh, self.name_en)


class KeptPage(NamedTuple):
    rows: list[Kept]
    number: int
    """Of this page, from 1."""
    is_last: bool
    total: int


def saved_audiences(actor: Actor, number: int = 1, *, owned: bool = False) -> KeptPage:
    """A page of those the actor may use (or has: ``owned``), with how many people each means."""
    mine = usable(actor)
    asked = _rows().where(mine)
    total = select(func.count()).select_from(SavedAudience).where(mine)
    if owned:
        own = SavedAudience.account_id == actor.account_id
        asked, total = asked.where(own), total.where(own)
    rows = db.session.execute(asked.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    kept = [_kept(actor, *row) for row in rows[:PAGE]]
    return KeptPage(counted(actor, kept), number, len(rows) <= PAGE, db.session.scalar(total) or 0)


def saved_audience(actor: Actor, public_id: str) -> Kept:
    """One that the actor may use, with how many people it means."""
    row = None
    if len(public_id) <= PUBLIC_ID_LENGTH:
        asked = _rows().where(SavedAudience.public_id == public_id, usable(actor))
        row = db.session.execute(asked).first()
    if row is None:
        raise NotFound
    return counted(actor, [_kept(actor, *row)])[0]


def get_saved(actor: Actor, public_id: str) -> SavedAudience:
    """The row itself, of one that the actor may use."""
    asked = select(SavedAudience).where(SavedAudience.public_id == public_id, usable(actor))
    saved = db.session.scalar(asked) if len(public_id) <= PUBLIC_ID_LENGTH else None
    if saved is None:
        raise NotFound
    return saved


def audience_of(actor: Actor, saved: SavedAudience) -> Audience:
    """Whom it means today, with the actor's rights. A BadRequest names what is not there any more,

    or not the actor's to ask.
    """
    with reading(saved.public_id):
        return Audience.from_json(scope(actor, saved), saved.criteria)


def person_row(actor: Actor, public_id: str) -> Any:
    """Somebody whom the actor may find, with the columns of ``listed``."""
    row = None
    if len(public_id) <= PUBLIC_ID_LENGTH:
        asked = listed(actor, language()).where(visible(actor), Person.public_id == public_id)
        row = db.session.execute(asked).first()
    if row is None:
        raise NotFound
    return row


def people_page(rows: Sequence[Any]) -> PeoplePage:
    """These rows as a page of a list that has no others."""
    return PeoplePage(
        rows=rows,
        total=len(rows),
        is_more=False,
        with_email=None,
        first=1,
        newer=None,
        older=None,
    )


def scope(actor: Actor, saved: SavedAudience | Kept) -> Actor:
    """Within whose sight the people of it are counted, and written to.

    Who writes the association's letters to an audience of the office reaches all of it, though
    they see nobody of it and hear no small numbers: ``count_text``.
    """
    if may_view_people(actor) or saved.sharing is not Sharing.OFFICE:
        return actor
    if not may_write_to_audiences(actor):
        return actor
    return replace(actor, capabilities=actor.capabilities | {Capability.VIEW_PEOPLE})


def count_text(actor: Actor, number: int) -> str:
    """A number of people as the actor may hear it: one more than is counted means “more than”."""
    if number < FEW and not sees_whom_they_count(actor):
        return _("<%(number)s", number=FEW)
    if number > MOST_COUNTED:
        return _("more than %(number)s", number=f"{MOST_COUNTED:,}")
    return f"{number:,}"


def counted(actor: Actor, kept: Sequence[Kept]) -> list[Kept]:
    """The same with how many people each means, in one statement."""
    readable = [one for one in kept if one.audience is not None]
    numbers = _sizes([_people(actor, one) for one in readable])
    sizes = dict(zip((one.public_id for one in readable), numbers, strict=True))
    return [replace(one, count=sizes.get(one.public_id)) for one in kept]


def _people(actor: Actor, kept: Kept) -> Select[int]:
    seen_by = scope(actor, kept)
    audience = kept.audience or Audience()
    return select(Person.id).where(visible(seen_by), audience.condition(seen_by))


def _sizes(lists: Sequence[Select[int]]) -> list[int]:
    """How many are in each, as far as is counted."""
    if not lists:
        return []
    cut = (people.limit(MOST_COUNTED + 1).subquery() for people in lists)
    sizes = (select(func.count()).select_from(some).scalar_subquery() for some in cut)
    return list(db.session.execute(select(*sizes)).one())


def _rows() -> Select[SavedAudience, str, str, str, str]:
    """With the owner's name and the chapter, those changed last first."""
    return (
        select(SavedAudience, Account.name, Chapter.slug, Chapter.name_zh, Chapter.name_en)
        .join(Account, Account.id == SavedAudience.account_id)
        .outerjoin(Chapter, Chapter.id == SavedAudience.chapter_id)
        .order_by(SavedAudience.updated_at.desc(), SavedAudience.id.desc())
    )


def _kept(
    actor: Actor, saved: SavedAudience, owner: str, slug: str | None, *names: str | None
) -> Kept:
    audience, problem = None, ""
    try:
        audience = audience_of(actor, saved)
    except BadRequest as refusal:
        problem = str(refusal)
    return Kept(
        public_id=saved.public_id,
        name_zh=saved.name_zh,
        name_en=saved.name_en,
        sharing=saved.sharing,
        chapter=slug or "",
        chapter_name=either(*names),
        owner=owner,
        is_own=is_owner(actor, saved),
        criteria=saved.criteria,
        audience=audience,
        problem=problem,
    )
