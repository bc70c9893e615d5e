"""Narrowing a list of people."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from wtforms import Field
from wtforms.fields import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.widgets import DateInput

from alumni.audiences.criteria import Control, kinds_for
from alumni.audiences.queries.choices import Choices
from alumni.authz import Actor
from alumni.i18n import _
from alumni.people.policy import may_view_people

FIRST = ("year_from", "year_to", "college", "major", "city", "chapter")
"""What is asked most: it stands above the groups."""

GROUPS = {
    "study": ("class", "level", "programme", "entry_from", "entry_to", "institution", "primary"),
    "training": ("hospital", "training", "trained_from", "trained_to"),
    "work": ("employer", "industry"),
    "place": ("province", "country"),
    "chapter": ("chapter_sub", "chapter_state", "chapter_since"),
    "record": (
        *("status", "listed", "email", "phone", "language"),
        *("confirmed_before", "consent", "tag"),
    ),
}
"""The other questions, by what they are about."""

BRIEF = frozenset({"year_from", "year_to", "college", "city"})
"""What the office's list asks on its own page. The others have a page to themselves."""

MOST_OFFERED = 20
"""A longer list of choices is not loaded with every page of people."""

ABOVE = frozenset({"q", "saved"})
"""What is asked elsewhere on the page, or not by its value."""

LED = frozenset({"chapter_sub", "chapter_state", "chapter_since"})
"""Only who looks after a chapter may ask it, and an officer has the desk for that."""


class Group(NamedTuple):
    """Questions about one thing."""

    key: str
    """Of ``GROUPS``, or ``more`` for what other parts of the program ask."""
    fields: list[Field]
    given: int
    """How many of them are answered."""


class FilterForm(BaseForm):  # type: ignore[misc]  # the library has no types
    """The conditions of a list as questions, as far as the actor may ask them.

    It is only shown: ``Audience`` reads the answers. ``names`` limits it to these parameters, and
    ``most`` leaves out where there is more to choose from.
    """

    def __init__(
        self,
        actor: Actor,
        query: Mapping[str, str],
        offered: Choices,
        *,
        names: Collection[str] = (),
        most: int | None = None,
    ) -> None:
        controls = {control.parameter: control for control in _controls(actor)}
        fields = {
            name: _asked(
                control, query.get(name, ""), _choices(actor, control, offered, most), most
            )
            for name, control in controls.items()
            if not names or name in names
        }
        alone = _left_alone(actor, fields)
        super().__init__({name: one for name, one in fields.items() if one and name not in alone})
        self.process(data=query)
        for name, field in self._fields.items():
            field.label.text = str(controls[name].label)
        self.is_whole = len(self._fields) == len(controls)
        """Whether all is asked that there is to ask."""
        self.unasked = {name: value for name, value in query.items() if name not in self._fields}
        """The conditions that the list keeps beside these questions."""

    @property
    def first(self) -> list[Field]:
        return self._some(FIRST)

    @property
    def groups(self) -> list[Group]:
        """The groups in which there is something to ask."""
        known = {*FIRST, *(name for names in GROUPS.values() for name in names)}
        groups = {**GROUPS, "more": [name for name in self._fields if name not in known]}
        found = ((key, self._some(names)) for key, names in groups.items())
        return [
            Group(key, fields, sum(bool(field.data) for field in fields))
            for key, fields in found
            if fields
        ]

    def _some(self, names: Collection[str]) -> list[Field]:
        return [self._fields[name] for name in names if name in self._fields]


def _controls(actor: Actor) -> Iterator[Control]:
    """What the actor may be asked, one parameter each."""
    unasked = ABOVE if may_view_people(actor) else ABOVE | LED
    for kind in kinds_for(actor):
        for question in kind.questions:
            yield from (one for one in question.controls if one.parameter not in unasked)


def _left_alone(actor: Actor, fields: Mapping[str, UnboundField | None]) -> set[str]:
    """What only says more of something that there is nothing to choose of: registered as what,

    where there is no event.
    """
    questions = (question for kind in kinds_for(actor) for question in kind.questions)
    leads = [one.controls for one in questions if one.controls[0].offered]
    without = (controls for controls in leads if not fields.get(controls[0].parameter))
    return {control.parameter for controls in without for control in controls}


def _asked(
    control: Control, given: str, choices: list[SelectChoice] | None, most: int | None
) -> UnboundField | None:
    """How the value is asked for. None where there is nothing to choose or too much, and where

    what is in force could not be shown: it must not be lost.
    """
    if control.written == "date":
        return StringField(widget=DateInput()) if _is_day(given) else None
    if control.written == "year":
        return StringField(render_kw={"inputmode": "numeric", "maxlength": 4, "size": 6})
    if choices is None:
        return StringField(render_kw={"maxlength": 80})
    is_too_long = most is not None and len(choices) > most
    is_lost = given and given not in {choice.value for choice in choices}
    if not choices or is_too_long or is_lost:
        return None
    return SelectField(choices=[SelectChoice("", _("Any")), *choices])


def _choices(
    actor: Actor, control: Control, offered: Choices, most: int | None
) -> list[SelectChoice] | None:
    """What to choose from; None where one writes. What has to be looked up for the actor is not

    loaded with every page of people either.
    """
    if control.words:
        return [SelectChoice(*pair) for pair in control.words().items()]
    if control.listed:
        return [SelectChoice(one.value, one.label) for one in offered.get(control.listed, ())]
    if control.offered is None:
        return None
    return [SelectChoice(*pair) for pair in control.offered(actor)] if most is None else []


def _is_day(given: str) -> bool:
    """Whether an input for a day can show it. Nothing can be shown, too."""
    try:
        return not given or bool(date.fromisoformat(given))
    except ValueError:
        return False
