"""What the slices above add to a chapter's desk: what waits there, and what comes next.

Filled by ``app.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, false, or_

from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.membership.panels import Panel
from alumni.people.models import Person


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A number of things that wait for somebody at the desk, and the page where all of them are."""

    number: int
    label: str
    endpoint: str
    icon: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    """Of the address, beside the chapter's slug."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a slice adds to a desk."""

    waiting: list[Waiting] = field(default_factory=list)
    """In their order. What has nothing waiting is left out of the page."""
    panel: Panel | None = None


DESKS: dict[str, Callable[[Actor, Chapter], Part]] = {}
"""By the name of the slice. What the actor has no right to is left out by the slice."""

OPENS: dict[str, Callable[[Actor, int], bool]] = {}
"""By the name of a tab: whether the actor has use for it at the desk of the chapter."""

ASKED: dict[str, Callable[[Actor, Chapter], Panel | None]] = {}
"""What stands below those who wait to join: whom the chapter itself has asked, and not heard of."""

Readers: TypeAlias = Callable[[int], Select[int]]

READERS: dict[str, Readers] = {}
"""The persons who can be written to as members of the chapter of this number."""


def parts_of(actor: Actor, chapter: Chapter) -> list[Part]:
    """What each slice adds, by its name."""
    return [DESKS[name](actor, chapter) for name in sorted(DESKS)]


def panels_of_joining(actor: Actor, chapter: Chapter) -> list[Panel]:
    """What each slice adds to the page of those who wait to join, by its name."""
    made = (ASKED[name](actor, chapter) for name in sorted(ASKED))
    return [panel for panel in made if panel is not None]


def opens(name: str, actor: Actor, chapter_id: int) -> bool:
    """Whether the slice to which the tab leads shows the actor anything there."""
    return name in OPENS and OPENS[name](actor, chapter_id)


def can_be_written_to(chapter_id: int) -> ColumnElement[bool]:
    """Over ``Person``: whether a letter to the members of the chapter goes to them too."""
    return or_(false(), *(Person.id.in_(found(chapter_id)) for found in READERS.values()))
