"""Why somebody is in an audience, or is not."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import select

from alumni.audiences.criteria.audience import Audience
from alumni.audiences.criteria.base import Criterion, Part
from alumni.audiences.criteria.groups import All, AnyOf, Not, inside
from alumni.audiences.criteria.saved import InSaved
from alumni.authz import Actor
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import _, language
from alumni.people.models import Person
from alumni.people.policy import visible


class Explanation(NamedTuple):
    """A part of an audience, and whether it holds of the person."""

    kind: str
    """``all any not``, or nothing for a single condition."""
    words: str
    """In the language of the moment."""
    holds: bool
    parts: tuple["Explanation", ...] = ()
    """Of a saved audience too, whose words are its name."""

    def reasons(self) -> Iterator[str]:
        """The words of the parts by which it holds, or does not."""
        decisive = [part for part in self.parts if part.holds is self.holds]
        is_each_enough = self.kind == "any" if self.holds else self.kind == "all"
        if self.parts and (self.kind == "all" or is_each_enough):
            for part in decisive:
                yield from part.reasons()
        else:
            yield self.words


def explain(actor: Actor, audience: Audience, person_id: int) -> Explanation:
    """Ask everything of one person whom the actor may find, in one statement."""
    leaves = dict.fromkeys(_leaves(audience))
    asked = [leaf.condition(actor).label(f"c{place}") for place, leaf in enumerate(leaves)]
    found = select(Person.id, *asked).where(Person.id == person_id, visible(actor))
    row = db.session.execute(found).first()
    if row is None:
        raise NotFound
    answers: dict[Part, bool] = dict(zip(leaves, map(bool, row[1:]), strict=True))
    return _of_all(audience, answers)


def why(explanation: Explanation) -> str:
    """The same in one sentence: in because of this, out because of that."""
    between = "；" if language() == "zh" else "; "
    reasons = between.join(dict.fromkeys(explanation.reasons()))
    if explanation.holds:
        return _("In, because this holds: %(reasons)s.", reasons=reasons)
    return _("Out, because this does not hold: %(reasons)s.", reasons=reasons)


def _leaves(audience: Audience) -> Iterator[Criterion]:
    for leaf in audience.leaves():
        if isinstance(leaf, InSaved):
            yield from _leaves(leaf.audience)
        else:
            yield leaf


def _of_all(audience: Audience, answers: Mapping[Part, bool]) -> Explanation:
    parts = tuple(_explained(part, answers) for part in audience.criteria)
    holds = all(part.holds for part in parts)
    if len(parts) == 1:
        return parts[0]
    return Explanation("all", audience.sentence(), holds, parts)


def _explained(part: Part, answers: Mapping[Part, bool]) -> Explanation:
    words = inside(part)
    if isinstance(part, InSaved):
        whole = _of_all(part.audience, answers)
        return Explanation("all", words, whole.holds, (whole,))
    if isinstance(part, All):
        parts = tuple(_explained(one, answers) for one in part.parts)
        return Explanation("all", words, all(one.holds for one in parts), parts)
    if isinstance(part, AnyOf):
        parts = tuple(_explained(one, answers) for one in part.parts)
        return Explanation("any", words, any(one.holds for one in parts), parts)
    if isinstance(part, Not):
        one = _explained(part.part, answers)
        return Explanation("not", words, not one.holds, (one,))
    return Explanation("", words, answers[part])
