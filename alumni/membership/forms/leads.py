"""What is sent about lost classmates."""

from wtforms.fields import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from alumni.forms import EmailAddress, Form, tidy


class MissingLeadForm(Form):
    """Where somebody may be reached who stands on the liaison's roll."""

    email = StringField(validators=[DataRequired(), EmailAddress()])


class LeadForm(MissingLeadForm):
    """The same of somebody whose name is typed."""

    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])


class LeadAnswerForm(Form):
    wish = HiddenField()
