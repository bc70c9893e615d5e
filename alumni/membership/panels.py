"""What the slices above add to a chapter's page: its coming events. Filled by ``app.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alumni.authz import Actor
from alumni.chapters.models import Chapter


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A section of the page: a template, which finds itself as ``panel``, and what it shows."""

    template: str
    values: Mapping[str, object]


PANELS: dict[str, Callable[[Actor, Chapter], Panel | None]] = {}
"""By the name of the slice. A panel that has nothing to say to the actor is None."""


def panels_of(actor: Actor, chapter: Chapter) -> list[Panel]:
    """The panels of the chapter's page for this reader, by name."""
    made = (PANELS[name](actor, chapter) for name in sorted(PANELS))
    return [panel for panel in made if panel is not None]
