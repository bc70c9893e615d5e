"""Making chapters and keeping what is said of them, where they stand, and what they cover."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterPlace,
    ChapterStatus,
    FormerSlug,
    JoinMode,
)
from alumni.codes.models import Place
from alumni.db import changed, db, insert_or_ignore, locked
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, either
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.chapters import may_edit_page

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 60
CODE = re.compile(r"[A-Z0-9]+(-[A-Za-z0-9]+)*")
LONGEST_CODE = 12

RESERVED = frozenset({"new", "alumni"})
"""What stands where a chapter's slug would: in an address, and of the association's own list."""

MOST_ALIKE = 99
"""So many chapters may be made from one place or one name before somebody has to choose."""


@dataclass(frozen=True, kw_only=True)
class ChapterDetails:
    """What the office says of a chapter; its code stays."""

    slug: str
    """Empty, for a new one: made from its English name."""
    name_zh: str
    name_en: str
    intro_zh: str = ""
    intro_en: str = ""
    contact: str = ""
    join_mode: JoinMode = JoinMode.APPROVAL
    status: ChapterStatus = ChapterStatus.ACTIVE
    language: str = "zh"
    time_zone: str = "Asia/Shanghai"
    parent_id: int | None = None
    place_id: int | None = None
    places: tuple[int, ...] = ()
    """The places whose people belong to it."""


@dataclass(frozen=True, kw_only=True)
class PageDetails:
    """What a chapter's own officers say on its page."""

    intro_zh: str
    intro_en: str
    contact: str


APART = frozenset({"slug", "places"})
"""What is no plain column to set."""


def found_chapter(actor: Actor, details: ChapterDetails, *, code: str = "") -> Chapter:
    """Make a chapter, after all others. Without a code that of its place is taken.

    Raise Invalid at the field that cannot stand so.
    """
    require(may_manage_chapters, actor)
    known = _held()
    chapter = Chapter(
        code=_code(code, details.place_id, {other.code for other in known}),
        slug=_new_slug(details, {other.slug for other in known}),
        position=max((other.position for other in known), default=-1) + 1,
    )
    _check_status(chapter, details.status)
    _check_parent(chapter, details.parent_id, known)
    _set(chapter, details)
    db.session.add(chapter)
    _flush()
    _cover(chapter, details.places)
    record(actor, "founded_chapter", chapter)
    return chapter


def change_chapter(actor: Actor, chapter: Chapter, details: ChapterDetails) -> None:
    """Say other things of it, give it another address, or put it under another region.

    Members, officers and all else that hangs on it stay; the address it had leads on to it.
    """
    require(may_manage_chapters, actor)
    known = _held()
    _check_status(chapter, details.status)
    _check_parent(chapter, details.parent_id, known)
    if details.slug != chapter.slug:
        _readdress(chapter, details.slug)
    _set(chapter, details)
    _flush()
    _cover(chapter, details.places)
    record(actor, "changed", chapter)


def change_page(actor: Actor, chapter: Chapter, details: PageDetails) -> None:
    """Introduce the chapter, and say how it is reached."""
    require(may_edit_page, actor, chapter.id)
    for column in fields(details):
        setattr(chapter, column.name, getattr(details, column.name))
    record(actor, "changed_page", chapter)


def open_chapter(actor: Actor, chapter: Chapter) -> None:
    """Let the chapter take members: one that was planned, dormant, archived or merged."""
    require(may_manage_chapters, actor)
    if chapter.status is ChapterStatus.ACTIVE:
        return
    chapter.merged_into_id = None
    chapter.status = ChapterStatus.ACTIVE
    record(actor, "opened", chapter)


def _held() -> list[Chapter]:
    """All chapters, held until the transaction ends: two moves at once could make a circle."""
    return list(db.session.scalars(locked(select(Chapter).order_by(Chapter.id))))


def _set(chapter: Chapter, details: ChapterDetails) -> None:
    for column in fields(details):
        if column.name not in APART:
            setattr(chapter, column.name, getattr(details, column.name))
    if details.status is not ChapterStatus.ARCHIVED:
        chapter.merged_into_id = None


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refusal(
            _("Another chapter was given this address or code at the same moment.")
        ) from error


def _check_status(chapter: Chapter, wanted: ChapterStatus) -> None:
    """To archive one is a deed of its own, with all that ends by it."""
    if wanted is ChapterStatus.ARCHIVED and chapter.status is not ChapterStatus.ARCHIVED:
        raise Invalid(_("To archive a chapter is a step of its own, below."), field="standing")


def _check_parent(chapter: Chapter, wanted: int | None, known: Iterable[Chapter]) -> None:
    above = {other.id: other.parent_id for other in known}
    if wanted is None:
        return
    if wanted not in above:
        raise Invalid(_("There is no such region."), field="parent_id")
    at: int | None = wanted
    while at is not None:
        if at == chapter.id:
            raise Invalid(
                _("It cannot be part of itself, nor of a chapter that is part of it."),
                field="parent_id",
            )
        at = above[at]


def _code(given: str, place_id: int | None, taken: set[str]) -> str:
    if given:
        if len(given) > LONGEST_CODE or not CODE.fullmatch(given):
            raise Invalid(
                _(
                    "Letters, digits and hyphens, at most %(most)s, such as 210300.",
                    most=LONGEST_CODE,
                ),
                field="code",
            )
        if given in taken:
            raise Invalid(_("Another chapter has this code."), field="code")
        return given
    if place_id is None:
        raise Invalid(_("Give it a code, or the place to take it from."), field="code")
    place = db.session.get_one(Place, place_id)
    return _free(place.code[:LONGEST_CODE].rstrip("-"), LONGEST_CODE, taken, "code")


def _new_slug(details: ChapterDetails, taken: set[str]) -> str:
    """The slug given, or one made from the English name."""
    if details.slug:
        _check_slug(details.slug, None)
        return details.slug
    plain = unicodedata.normalize("NFKD", details.name_en).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    if len(words) > 1 and words[-1] == "chapter":
        words.pop()
    made = "-".join(words)[:LONGEST_SLUG].strip("-")
    if not made:
        raise Invalid(_("Give it an address: small letters, digits and hyphens."), field="slug")
    former = db.session.scalars(select(FormerSlug.slug)).all()
    return _free(made, LONGEST_SLUG, taken | set(former) | RESERVED, "slug")


def _free(wished: str, longest: int, taken: set[str], field: str) -> str:
    """The word, or the word with the first number behind it that nobody has."""
    if wished not in taken:
        return wished
    for number in range(2, MOST_ALIKE + 1):
        ending = f"-{number}"
        other = wished[: longest - len(ending)].rstrip("-") + ending
        if other not in taken:
            return other
    raise Invalid(_("All that could be made of it are taken. Please choose one."), field=field)


def _check_slug(slug: str, chapter_id: int | None) -> None:
    if len(slug) > LONGEST_SLUG or not SLUG.fullmatch(slug) or slug in RESERVED:
        raise Invalid(
            _("Small letters, digits and single hyphens, such as north-america."), field="slug"
        )
    own = select(Chapter.id).where(Chapter.slug == slug, Chapter.id.is_distinct_from(chapter_id))
    former = select(FormerSlug.chapter_id).where(
        FormerSlug.slug == slug, FormerSlug.chapter_id.is_distinct_from(chapter_id)
    )
    if db.session.scalar(own.limit(1)) is not None:
        raise Invalid(_("Another chapter has this address."), field="slug")
    if db.session.scalar(former.limit(1)) is not None:
        raise Invalid(_("This address leads to a chapter that had it once."), field="slug")


def _readdress(chapter: Chapter, slug: str) -> None:
    """Let the former address lead on. One that it had before it may have again."""
    _check_slug(slug, chapter.id)
    changed(delete(FormerSlug).where(FormerSlug.slug == slug))
    changed(insert_or_ignore(FormerSlug).values(slug=chapter.slug, chapter_id=chapter.id))
    chapter.slug = slug


def _cover(chapter: Chapter, places: tuple[int, ...]) -> None:
    """Let the people of these places, and of no others, belong to the chapter.

    What an archived chapter covered is free.
    """
    wanted = set(places)
    asked = (
        select(ChapterPlace, Chapter)
        .join(Chapter, Chapter.id == ChapterPlace.chapter_id)
        .where(or_(ChapterPlace.chapter_id == chapter.id, ChapterPlace.place_id.in_(wanted)))
    )
    for covered, owner in db.session.execute(asked).all():
        if owner.id == chapter.id:
            if covered.place_id in wanted:
                wanted.discard(covered.place_id)
            else:
                db.session.delete(covered)
        elif owner.status is ChapterStatus.ARCHIVED:
            covered.chapter_id = chapter.id
            wanted.discard(covered.place_id)
        else:
            raise _covered_by(owner, covered.place_id)
    db.session.add_all(ChapterPlace(place_id=one, chapter_id=chapter.id) for one in sorted(wanted))
    db.session.flush()


def _covered_by(owner: Chapter, place_id: int) -> Invalid:
    place = db.session.get_one(Place, place_id)
    return Invalid(
        _(
            "%(place)s belongs to another chapter: %(chapter)s.",
            place=either(place.name_zh, place.name_en),
            chapter=either(owner.name_zh, owner.name_en),
        ),
        field="covered",
    )
