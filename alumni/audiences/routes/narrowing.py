"""The questions that stand over a list of people, drawn once for all who are asked the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flask import get_template_attribute
from markupsafe import Markup

from alumni.audiences.forms.filters import ABOVE, FilterForm
from alumni.audiences.queries.choices import choices, edition
from alumni.authz import Actor
from alumni.i18n import language
from alumni.people.policy import may_view_people

KEPT = 256
"""So many drawings are kept; nearly all readers ask for one of a dozen."""


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """The questions of a list's own page, as the template shows them."""

    questions: Markup
    is_whole: bool
    """Whether all is asked that there is to ask."""
    unasked: dict[str, str]
    """The conditions that the list keeps beside these questions."""


class _Key(NamedTuple):
    """All that a drawing depends on: it is shown to whoever has the same."""

    edition: int
    """Of the lists to choose from."""
    language: str
    sees_all: bool
    chapters: frozenset[int]
    """Those that the reader may choose from; empty for the office, which has them all."""
    names: frozenset[str]
    most: int | None
    given: frozenset[tuple[str, str]]
    """The answers in force."""


class _Drawn(NamedTuple):
    questions: Markup
    is_whole: bool
    names: frozenset[str]


_kept: dict[_Key, _Drawn] = {}


def narrowing(
    actor: Actor, query: Mapping[str, str], *, names: Collection[str] = (), most: int | None = None
) -> Narrowing:
    """What ``FilterForm`` asks with the same arguments. One of ``names`` and ``most`` is needed:

    what has to be looked up for the actor alone is not asked over a list.
    """
    sees_all = may_view_people(actor)
    key = _Key(
        edition=edition(),
        language=language(),
        sees_all=sees_all,
        chapters=frozenset() if sees_all else actor.chapters,
        names=frozenset(names),
        most=most,
        given=frozenset(pair for pair in query.items() if pair[0] not in ABOVE),
    )
    drawn = _kept.get(key) or _draw(actor, key)
    return Narrowing(
        questions=drawn.questions,
        is_whole=drawn.is_whole,
        unasked={name: value for name, value in query.items() if name not in drawn.names},
    )


def _draw(actor: Actor, key: _Key) -> _Drawn:
    form = FilterForm(actor, dict(key.given), choices(actor), names=key.names, most=key.most)
    draw = get_template_attribute("audiences/parts.html", "questions")
    asked = frozenset(field.name for field in form)
    drawn = _Drawn(questions=draw(form), is_whole=form.is_whole, names=asked)
    if len(_kept) >= KEPT:
        _kept.clear()
    _kept[key] = drawn
    return drawn
