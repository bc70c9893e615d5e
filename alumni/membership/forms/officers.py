"""What is sent about officers, their terms and what is granted to them."""

from datetime import date

from wtforms.fields import (
    BooleanField,
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from alumni.authz import Right
from alumni.db import today
from alumni.forms import Form, tidy
from alumni.i18n import either
from alumni.membership.commands.officers import DAY, LONGEST_GRANT, Appointment, Grant
from alumni.membership.forms.positions import words_of_rights
from alumni.membership.queries.persons import Somebody
from alumni.membership.queries.positions import positions


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
    leaving_nobody = BooleanField()

    def __init__(self, ends_on: date | None) -> None:
        super().__init__(last_day=ends_on or today())


class GrantForm(Form):
    right = SelectField(coerce=Right, validators=[InputRequired()])
    starts_on = DateField(validators=[DataRequired()])
    ends_on = DateField(validators=[DataRequired()])
    reason = StringField(filters=[tidy], validators=[DataRequired(), Length(max=200)])

    def __init__(self, brought: frozenset[Right]) -> None:
        """``brought``: what the position brings already."""
        super().__init__(starts_on=today(), ends_on=today() + LONGEST_GRANT - DAY)
        words = words_of_rights()
        self.right.choices = [
            SelectChoice(right.value, words[right]) for right in Right if right not in brought
        ]

    def grant(self) -> Grant:
        return Grant(
            right=self.right.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            reason=self.reason.data or "",
        )
