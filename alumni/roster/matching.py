"""Whom a row of a file means: what has to agree before nobody has to be asked.

Names are shared, and so are addresses and telephones: neither tells by itself who is meant.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from alumni.roster.models import BatchKind
from alumni.roster.queries.recognising import MOST_POINTS, WEIGHTS

Facts: TypeAlias = Mapping[str, bool]
"""What was compared → whether it agreed. What one side does not say is not in it."""

POINTS = WEIGHTS | {
    "entry_year": 10,
    "major": 7,
    "class_label": 3,
    "employer": 3,
    "wechat": 3,
}
"""What each fact adds to the score when it agrees. When it contradicts, half of it is taken off."""

VERIFIED = "verified"
"""The fact that the telephone or the address that agrees is proven to be theirs."""

NUMBERS = ("student_number", "certificate_number")
WAYS = ("phone", "email")
YEARS = ("graduation_year", "entry_year")
CLASSES = ("college", "major", "class_label")
STEADY = (*NUMBERS, *YEARS, "birth_year")
"""What does not change: who contradicts one of these is somebody else, or somebody is to look."""

MOST_CANDIDATES = 5


class Candidate(NamedTuple):
    """Somebody whom a row may mean."""

    person_id: int
    score: int
    facts: dict[str, bool]


class Meant(NamedTuple):
    """Whom a row means, as far as nobody has to be asked; else whom it may mean."""

    person_id: int | None
    candidates: list[Candidate]


NOBODY = Meant(None, [])


def points(facts: Facts) -> int:
    """0 to 100."""
    told = {fact: POINTS[fact] for fact in facts if fact in POINTS}
    total = sum(given if facts[fact] else -(given // 2) for fact, given in told.items())
    return min(max(0, total), MOST_POINTS)


def meant(kind: BatchKind, compared: Mapping[int, Facts]) -> Meant:
    """Whom the row means among people of whom it was compared what both sides say."""
    likely = [
        Candidate(person_id, points(facts), dict(facts))
        for person_id, facts in compared.items()
        if is_likely(kind, facts)
    ]
    likely.sort(key=lambda one: (-one.score, one.person_id))
    sure = [one for one in likely if is_sure(kind, one.facts)]
    if len(sure) == 1 and sure[0] == likely[0] and _stands_out(likely):
        return Meant(sure[0].person_id, [])
    return Meant(None, likely[:MOST_CANDIDATES])


def is_sure(kind: BatchKind, facts: Facts) -> bool:
    """Whether nobody has to be asked, unless another one fits as well.

    A registrar's row brings a number that is theirs alone, so it is attached to somebody who had
    none only by what was proven to be theirs.
    """
    if _contradicts(facts, ("name", *STEADY)):
        return False
    if _agrees(facts, *NUMBERS) or (_agrees(facts, "name") and _agrees(facts, VERIFIED)):
        return True
    if kind is BatchKind.REGISTRAR or not _agrees(facts, "name"):
        return False
    of_the_year = _agrees(facts, *YEARS) and not _contradicts(facts, CLASSES)
    return of_the_year and _agrees(facts, *WAYS, *CLASSES)


def is_likely(kind: BatchKind, facts: Facts) -> bool:
    """Whether the office is to be asked, rather than that somebody else is meant."""
    reached = _agrees(facts, *WAYS)
    if _agrees(facts, "name") and reached:
        return True
    if _contradicts(facts, STEADY):
        return _agrees(facts, *NUMBERS)
    if kind is BatchKind.REGISTRAR:
        return _agrees(facts, "name", *NUMBERS)
    if _agrees(facts, *NUMBERS):
        return True
    return reached or (_agrees(facts, "name") and not _is_of_another_class(facts))


def contradicts(facts: Facts) -> bool:
    """Whether anything speaks against it: then nobody says yes to many at once."""
    return _contradicts(facts, ("name", *STEADY, *CLASSES))


def row_key(values: Mapping[str, Any]) -> str | None:
    """By what a row is found to stand in the file twice."""
    if number := values.get("student_number"):
        return f"n {number}"
    if name := values.get("name"):
        parts = ("graduation", "entry_year", "college", "class_label")
        return " ".join(["p", name, *(str(values.get(part, "-")) for part in parts)])[:200]
    return next((f"{way} {values[way]}" for way in WAYS if way in values), None)


def is_enterable(values: Mapping[str, Any]) -> bool:
    """Whether the row says enough of somebody whom we do not know."""
    return "name" in values and bool({"student_number", "graduation", "entry_year"} & values.keys())


def _is_of_another_class(facts: Facts) -> bool:
    """Whether more of what tells classes apart speaks against it than for it."""
    said = [facts[fact] for fact in CLASSES if fact in facts]
    return said.count(False) > said.count(True)


def _stands_out(likely: Sequence[Candidate]) -> bool:
    return len(likely) == 1 or likely[0].score > likely[1].score


def _agrees(facts: Facts, *some: str) -> bool:
    return any(facts.get(fact, False) for fact in some)


def _contradicts(facts: Facts, some: Sequence[str]) -> bool:
    return not all(facts.get(fact, True) for fact in some)
