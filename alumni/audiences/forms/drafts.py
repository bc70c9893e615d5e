"""An audience as groups of conditions, which somebody puts together.

People must meet all of some groups, and of the conditions in a group one is enough. What else an
audience can say is no draft.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from alumni.audiences.criteria import (
    Audience,
    Control,
    Criterion,
    Kind,
    Misplaced,
    Part,
    Question,
    kinds_for,
)
from alumni.audiences.criteria.groups import AnyOf, Not
from alumni.audiences.queries.choices import Choices
from alumni.authz import Actor
from alumni.forms import tidy_number
from alumni.i18n import _

MOST_CONDITIONS = 60

MOST_CHOICES = 60
"""A longer list is not chosen from but typed: it would make the page too heavy for a phone."""

MOST_SUGGESTED = 150

CONDITION = re.compile(r"g-(\d{1,3})-(\d{1,3})")
NEW = "new"


class Asked(NamedTuple):
    """A question, and the kind of criterion it belongs to."""

    kind: Kind
    question: Question


@dataclass
class Choosing:
    """What the questions of one actor can be answered with."""

    actor: Actor
    offered: Choices
    lists: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def questions(self) -> dict[str, Asked]:
        """By key, without those that there is nothing to choose for."""
        return {
            question.key: Asked(kind, question)
            for kind in kinds_for(self.actor)
            for question in kind.questions
            if self._is_answerable(question)
        }

    def choices(self, control: Control) -> list[tuple[str, str]] | None:
        """Values with their words; None where one writes."""
        if control.words is not None:
            return list(control.words().items())
        if control.listed:
            return [(one.value, one.label) for one in self.offered.get(control.listed, ())]
        if control.offered is None:
            return None
        if control.parameter not in self.lists:
            self.lists[control.parameter] = list(control.offered(self.actor))
        return self.lists[control.parameter]

    def is_typed(self, control: Control) -> bool:
        choices = self.choices(control)
        return choices is None or len(choices) > MOST_CHOICES

    def value(self, control: Control, typed: str) -> str:
        """What was typed or chosen as it stands in an address: of a long list, the name's value."""
        choices = self.choices(control)
        if choices is None or typed in dict(choices):
            return typed
        return next((value for value, words in choices if words == typed), typed)

    def typed(self, control: Control, value: str) -> str:
        """The other way round."""
        choices = self.choices(control)
        if choices is None or not self.is_typed(control):
            return value
        return dict(choices).get(value, value)

    def _is_answerable(self, question: Question) -> bool:
        return any(self.choices(control) != [] for control in question.controls)


@dataclass
class Condition:
    """One line of the editor."""

    asked: Asked
    is_not: bool = False
    typed: dict[str, str] = field(default_factory=dict)
    """By parameter, as it stands in the box."""
    error: str = ""

    def data(self, choosing: Choosing) -> dict[str, str]:
        """As JSON has it; empty where nothing was answered yet."""
        answers = (
            (control.parameter, choosing.value(control, self.typed.get(control.parameter, "")))
            for control in self.asked.question.controls
        )
        return {name: value for name, value in answers if value}


class Box(NamedTuple):
    """A control as the page draws it."""

    name: str
    label: str
    value: str
    kind: str
    """``select``, or the type of an input."""
    choices: list[tuple[str, str]]
    suggestions: str
    """The list of the page to choose from while typing."""


@dataclass
class Draft:
    """What the editor shows: groups of conditions."""

    choosing: Choosing
    groups: list[list[Condition]] = field(default_factory=list)
    newest: tuple[int, int] | None = None
    """The group, and the place in it, of the condition that was added just now."""

    @classmethod
    def of(cls, choosing: Choosing, audience: Audience) -> "Draft | None":
        """The audience in groups, if it can be said so and comes back the same."""
        draft = cls(choosing)
        for part in audience.criteria:
            groups = list(_shown(choosing, part))
            if not groups:
                return None
            draft.groups += groups
        try:
            is_same = draft.audience() == audience
        except Misplaced:
            is_same = False
        return draft if is_same else None

    @classmethod
    def sent(cls, choosing: Choosing, values: Mapping[str, str]) -> "Draft":
        """What was sent, as far as it can be meant."""
        known = choosing.questions()
        groups: dict[int, list[tuple[int, Condition]]] = {}
        for name, key in list(values.items()):
            place = CONDITION.fullmatch(name)
            if place and key in known:
                typed = {
                    control.parameter: tidy_number(values.get(f"{name}-{control.parameter}")) or ""
                    for control in known[key].question.controls
                }
                condition = Condition(known[key], values.get(f"{name}-is") == "not", typed)
                groups.setdefault(int(place[1]), []).append((int(place[2]), condition))
        in_order = (
            [one for _place, one in sorted(groups[at], key=_first)] for at in sorted(groups)
        )
        return cls(choosing, list(in_order))

    def carry_out(self, button: str, values: Mapping[str, str]) -> None:
        """Do what a button inside the form says: ``add-0 add-new remove-0-1``."""
        verb, _dash, place = button.partition("-")
        if verb == "add":
            self._add(place, values.get(f"add-{place}", ""))
        elif verb == "remove":
            self._remove(*map(int, re.findall(r"\d{1,3}", place)[:2]))

    def conditions(self) -> Iterator[Condition]:
        for group in self.groups:
            yield from group

    def audience(self) -> Audience:
        """Whom the answered conditions mean. Each that cannot be read gets its error; a refusal

        is raised for what only the whole has.
        """
        wholes: list[Any] = []
        for group in self.groups:
            read = [data for one in group if (data := self._read(one))]
            if len(read) == 1 and "not" not in read[0]:
                _put(wholes, read[0], self._kind_of(group))
            elif read:
                wholes.append(read[0] if len(read) == 1 else {"any": read})
        return Audience.from_json(self.choosing.actor, {"all": wholes})

    def complain(self) -> bool:
        """Give each condition that nothing was answered to an error. Whether any has one."""
        for one in self.conditions():
            if not one.error and not one.data(self.choosing):
                one.error = _("Please answer this, or take it away.")
        return any(one.error for one in self.conditions())

    def boxes(self, group: int, index: int) -> list[Box]:
        condition = self.groups[group][index]
        return [
            self._box(f"g-{group}-{index}-{control.parameter}", condition, control)
            for control in condition.asked.question.controls
        ]

    def suggestions(self) -> dict[str, list[str]]:
        """Of the lists that are typed from: their names, if they are not too many either."""
        controls = {
            control.parameter: control
            for one in self.conditions()
            for control in one.asked.question.controls
        }
        lists = {
            name: [words for _value, words in self.choosing.choices(control) or ()]
            for name, control in controls.items()
            if self.choosing.is_typed(control)
        }
        return {name: words for name, words in lists.items() if 0 < len(words) <= MOST_SUGGESTED}

    def _box(self, name: str, condition: Condition, control: Control) -> Box:
        typed = condition.typed.get(control.parameter, "")
        choices = self.choosing.choices(control) or []
        label, is_typed = str(control.label), self.choosing.is_typed(control)
        if is_typed:
            kind = {"year": "number", "date": "date"}.get(control.written, "text")
            listed = control.parameter if control.parameter in self.suggestions() else ""
            return Box(name, label, typed, kind, [], listed)
        if typed and typed not in dict(choices):
            choices = [*choices, (typed, self._words(condition) or typed)]
        return Box(name, label, typed, "select", choices, "")

    def _words(self, condition: Condition) -> str:
        """What is not on offer any more, in the words of the audience."""
        try:
            return Audience.from_json(self.choosing.actor, condition.data(self.choosing)).sentence()
        except Misplaced:
            return ""

    def _add(self, place: str, key: str) -> None:
        asked = self.choosing.questions().get(key)
        if asked is None or sum(1 for _one in self.conditions()) >= MOST_CONDITIONS:
            return
        at = len(self.groups) if place == NEW else _number(place)
        if place == NEW:
            self.groups.append([])
        if at < len(self.groups):
            self.groups[at].append(Condition(asked))
            self.newest = (at, len(self.groups[at]) - 1)

    def _remove(self, group: int = -1, index: int = -1) -> None:
        if 0 <= group < len(self.groups) and 0 <= index < len(self.groups[group]):
            del self.groups[group][index]
            self.groups = [one for one in self.groups if one]

    def _read(self, condition: Condition) -> dict[str, Any]:
        """As JSON has it, if it can be read."""
        data: dict[str, Any] = condition.data(self.choosing)
        if not data:
            return {}
        try:
            Audience.from_json(self.choosing.actor, data)
        except Misplaced as wrong:
            condition.error = wrong.problem
            return {}
        return {"not": data} if condition.is_not else data

    def _kind_of(self, group: Sequence[Condition]) -> Kind:
        return next(one.asked.kind for one in group if not one.error)


def _put(wholes: list[Any], data: dict[str, str], kind: Kind) -> None:
    """Ask it of the same study, or training, as what stands there already."""
    for whole in wholes:
        if set(whole) <= set(kind.parameters) and not _overlap(kind, whole, data):
            whole.update(data)
            return
    wholes.append(data)


def _overlap(kind: Kind, one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether both answer the same question."""
    asked = [{control.parameter for control in question.controls} for question in kind.questions]
    return any(names & set(one) and names & set(other) for names in asked)


def _shown(choosing: Choosing, part: Part) -> Iterator[list[Condition]]:
    """The part in groups; none where it cannot be shown."""
    if isinstance(part, Criterion):
        yield from ([one] for one in _split(choosing, part))
    elif isinstance(part, (AnyOf, Not)):
        parts = part.parts if isinstance(part, AnyOf) else (part,)
        group = [one for each in parts for one in _single(choosing, each)]
        if len(group) == len(parts):
            yield group


def _single(choosing: Choosing, part: Part) -> Iterator[Condition]:
    is_not = isinstance(part, Not)
    inside = part.part if isinstance(part, Not) else part
    if isinstance(inside, Criterion):
        found = _split(choosing, inside)
        if len(found) == 1:
            found[0].is_not = is_not
            yield found[0]


def _split(choosing: Choosing, criterion: Criterion) -> list[Condition]:
    """A condition for each question that the criterion answers."""
    values = criterion.parameters()
    return [
        Condition(
            asked,
            typed={
                control.parameter: choosing.typed(control, values[control.parameter])
                for control in asked.question.controls
                if control.parameter in values
            },
        )
        for asked in choosing.questions().values()
        if any(control.parameter in values for control in asked.question.controls)
    ]


def _number(written: str) -> int:
    """The number, or one that no group has."""
    return int(written) if re.fullmatch(r"[0-9]{1,3}", written) else MOST_CONDITIONS


def _first(pair: tuple[int, Condition]) -> int:
    return pair[0]
