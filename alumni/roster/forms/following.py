"""Whom a chapter invites by name, and what somebody says who follows an invitation."""

from wtforms.fields import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from alumni.forms import Form, tidy
from alumni.membership.queries.joining import Found


class InvitePersonForm(Form):
    person = RadioField(validators=[InputRequired()])

    def __init__(self, found: list[Found]) -> None:
        super().__init__()
        self.person.choices = [
            SelectChoice(one.who.public_id, one.who.said) for one in found if one.state is None
        ]


class FollowForm(Form):
    message = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=500)])
