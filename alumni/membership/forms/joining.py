"""What is sent about memberships."""

from wtforms.fields import (
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from alumni.forms import Form, tidy


class JoinForm(Form):
    message = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=500)])


class RejectForm(Form):
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=500)])
