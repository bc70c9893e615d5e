"""What is sent about handovers."""

from wtforms.fields import (
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from alumni.chapters.models.governance import Handover
from alumni.forms import Form, tidy
from alumni.i18n import _, either
from alumni.membership.commands.handovers import Plan
from alumni.membership.queries.handovers import Step
from alumni.membership.queries.persons import Somebody
from alumni.membership.queries.positions import positions


class PlanForm(Form):
    effective_on = DateField(validators=[DataRequired()])
    ends_on = DateField(validators=[Optional()])
    note = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=1000)])

    def __init__(self, handover: Handover | None) -> None:
        super().__init__(obj=handover)

    def plan(self) -> Plan:
        return Plan(
            effective_on=self.effective_on.data,
            ends_on=self.ends_on.data,
            note=self.note.data or "",
        )


class SeatForm(Form):
    person = RadioField(validators=[InputRequired()])
    position_id = SelectField(coerce=int, validators=[InputRequired()])

    def __init__(self, found: list[Somebody]) -> None:
        super().__init__()
        self.person.choices = [SelectChoice(one.public_id, one.said) for one in found]
        self.position_id.choices = [
            SelectChoice(position.id, either(position.name_zh, position.name_en))
            for position in positions()
        ]


class StepsForm(Form):
    done = SelectMultipleField(
        coerce=Step, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def __init__(self, done: list[Step]) -> None:
        super().__init__(done=done)
        words = words_of_steps()
        self.done.choices = [(step.value, words[step]) for step in Step]


def words_of_steps() -> dict[Step, str]:
    """What is to be passed on, in the reader's language."""
    return {
        Step.GROUPS: _("Chat groups and accounts have their new owners"),
        Step.MONEY: _("Money is counted, books are closed and handed over"),
        Step.PAPERS: _("Papers, stamps and things are handed over"),
        Step.EVENTS: _("Open events have somebody who sees to them"),
        Step.JOINERS: _("Joiners who wait are decided about"),
        Step.LETTERS: _("Unfinished letters are sent or given up"),
    }
