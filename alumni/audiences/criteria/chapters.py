"""Who is in a chapter, wants to be, or was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, select

from alumni.audiences.criteria.base import (
    Beside,
    Chip,
    Control,
    Kind,
    Named,
    Question,
    day,
    first_named,
    fits,
    impossible,
    midnight,
    named,
    yes,
)
from alumni.authz import Actor, Right
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.chapters.queries import chapters, successor
from alumni.db import db
from alumni.errors import BadRequest
from alumni.i18n import _, date_text, lazy_gettext
from alumni.people.policy import may_view_people

LONGEST_SLUG = 60

STATES = (MembershipState.ACTIVE, MembershipState.PENDING, MembershipState.LEFT)


@dataclass(frozen=True, kw_only=True)
class InChapter(Beside):
    """Who stands so to the chapter as it is today, or to any chapter."""

    slug: str | None = None
    chapter: Named | None = None
    below: frozenset[int] = frozenset()
    """Ids of the chapters under it, if they are meant too."""
    with_below: bool = False
    state: MembershipState = MembershipState.ACTIVE
    since: date | None = None
    """The first day on which one may have joined, asked to join, or left."""

    def parameters(self) -> dict[str, str]:
        is_told = self.state is not MembershipState.ACTIVE or self.slug is None
        asked = {
            "chapter": self.slug or "",
            "chapter_sub": "yes" if self.with_below else "",
            "chapter_state": self.state.value if is_told else "",
            "chapter_since": self.since.isoformat() if self.since else "",
        }
        return {name: value for name, value in asked.items() if value}

    def people(self, actor: Actor) -> Select[int]:
        spells = select(ChapterMembership.person_id).where(ChapterMembership.state == self.state)
        if self.chapter and self.below:
            either = sorted({self.chapter.id} | self.below)
            spells = spells.where(ChapterMembership.chapter_id.in_(either))
        elif self.chapter:
            spells = spells.where(ChapterMembership.chapter_id == self.chapter.id)
        return spells.where(self._begun(self.since)) if self.since else spells

    def ordered(self, actor: Actor) -> Select[int, str] | None:
        if self.chapter is None or self.below or self.state is MembershipState.LEFT:
            return None  # of several chapters, and who left one more than once
        own = ChapterMembership.person_id.label("id"), ChapterMembership.sort_key
        return self.people(actor).with_only_columns(*own)

    def _begun(self, since: date) -> ColumnElement[bool]:
        if self.state is MembershipState.PENDING:
            return ChapterMembership.asked_at >= midnight(since)
        if self.state is MembershipState.LEFT:
            return ChapterMembership.ends_on >= since
        return ChapterMembership.starts_on >= since

    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        name = self.chapter.name if self.chapter else _("Any chapter")
        yield Chip(name, ("chapter", "chapter_sub", "chapter_state", "chapter_since"))
        if self.with_below:
            yield Chip(_("with the chapters under it"), ("chapter_sub",))
        if self.slug and self.state is not MembershipState.ACTIVE:
            yield Chip(state_words()[self.state.value], ("chapter_state",))
        elif self.slug is None:
            yield Chip(state_words()[self.state.value], tuple(self.parameters()))
        if self.since:
            yield Chip(_("since %(day)s", day=date_text(self.since)), ("chapter_since",))


def state_words() -> dict[str, str]:
    """How somebody stands to a chapter, in the language of the moment."""
    return {
        MembershipState.ACTIVE.value: _("Member"),
        MembershipState.PENDING.value: _("Waiting to join"),
        MembershipState.LEFT.value: _("Former member"),
    }


def below_words() -> dict[str, str]:
    return {"yes": _("Yes, with them"), "no": _("No, only itself")}


def _read(actor: Actor, given: Mapping[str, str]) -> InChapter:
    asked_slug = given.get("chapter")
    slug, chapter = _chapter(actor, asked_slug) if asked_slug else (asked_slug, None)
    with_below = yes("chapter_sub", given.get("chapter_sub", "no"))
    since = given.get("chapter_since")
    asked = InChapter(
        slug=slug,
        chapter=chapter,
        below=_below(actor, chapter.id) if chapter and with_below else frozenset(),
        with_below=with_below,
        state=_state(given.get("chapter_state", MembershipState.ACTIVE.value)),
        since=day("chapter_since", since) if since else None,
    )
    _check(actor, asked, given)
    return asked


def _check(actor: Actor, asked: InChapter, given: Mapping[str, str]) -> None:
    """Of other chapters, of spells that are over or not begun, and of days only those may know

    who look after the members.
    """
    lonely = next((name for name in ("chapter_sub", "chapter_since") if name in given), None)
    if asked.chapter is None and "chapter_state" not in given and lonely:
        raise BadRequest(
            _("The condition “%(name)s” needs a chapter beside it.", name=named(lonely)),
            field=lonely,
        )
    led = asked.chapter and asked.chapter.id in actor.chapters_with(Right.VIEW)
    if led or may_view_people(actor):
        return
    for name in ("chapter_state", "chapter_since"):
        if given.get(name, MembershipState.ACTIVE.value) != MembershipState.ACTIVE.value:
            raise impossible(name, given[name])
    if asked.chapter is None:
        raise impossible("chapter", "")


def _state(value: str) -> MembershipState:
    if value not in STATES:
        raise impossible("chapter_state", value)
    return MembershipState(value)


def _chapter(actor: Actor, slug: str) -> tuple[str, Named]:
    """The chapter with its slug of today: what somebody saved under a former one, or of a chapter

    that became part of another, goes on meaning its people.
    """
    found = _named(slug)
    if found is None and fits(slug, LONGEST_SLUG):
        kept = successor(slug)
        if kept is not None:
            slug, found = kept.slug, Named(kept.id, kept.name_zh, kept.name_en)
    if found is None or not _may_ask(actor, found.id):
        raise impossible("chapter", slug)
    return slug, found


def _named(slug: str) -> Named | None:
    asked = chapters().with_only_columns(Chapter.id, Chapter.name_zh, Chapter.name_en)
    return first_named(asked.where(Chapter.slug == slug)) if fits(slug, LONGEST_SLUG) else None


def _below(actor: Actor, chapter_id: int) -> frozenset[int]:
    """All chapters under this one of which the actor may ask, at whatever distance."""
    under: dict[int | None, list[int]] = {}
    for child, parent in db.session.execute(select(Chapter.id, Chapter.parent_id)):
        under.setdefault(parent, []).append(child)
    found: set[int] = set()
    waiting = [chapter_id]
    while waiting:
        for child in under.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(one for one in found - {chapter_id} if _may_ask(actor, one))


def _may_ask(actor: Actor, chapter_id: int) -> bool:
    """The office of all, graduates of their own, officers of those they look after."""
    own = actor.chapters | actor.chapters_with(Right.VIEW)
    return may_view_people(actor) or chapter_id in own


KIND = Kind(
    ("chapter", "chapter_sub", "chapter_state", "chapter_since"),
    _read,
    questions=(
        Question(
            "chapter",
            lazy_gettext("Chapter"),
            (
                Control("chapter", lazy_gettext("Chapter"), listed="chapter"),
                Control("chapter_sub", lazy_gettext("Chapters under it too?"), words=below_words),
                Control("chapter_state", lazy_gettext("As what"), words=state_words),
                Control("chapter_since", lazy_gettext("Since"), written="date"),
            ),
        ),
    ),
)
