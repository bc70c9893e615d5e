"""What is sent about officers and their terms."""

from datetime import date

from wtforms.fields import (
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import DataRequired, InputRequired, Optional

from alumni.db import today
from alumni.forms import Form
from alumni.i18n import either
from alumni.membership.commands.officers import Appointment
from alumni.membership.queries.office import positions
from alumni.membership.queries.persons import Somebody


class AppointForm(Form):
    person = RadioField(validators=[InputRequired()])
    position_id = SelectField(coerce=int, validators=[InputRequired()])
    starts_on = DateField(validators=[DataRequired()])
    ends_on = DateField(validators=[Optional()])

    def __init__(self, candidates: list[Somebody]) -> None:
        super().__init__(starts_on=today())
        self.person.choices = [SelectChoice(found.public_id, found.said) for found in candidates]
        self.position_id.choices = [
            SelectChoice(position.id, either(position.name_zh, position.name_en))
            for position in positions()
        ]

    def appointment(self) -> Appointment:
        return Appointment(
            person=self.person.data,
            position_id=self.position_id.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


class EndTermForm(Form):
    last_day = DateField(validators=[DataRequired()])

    def __init__(self, ends_on: date | None) -> None:
        super().__init__(last_day=ends_on or today())
