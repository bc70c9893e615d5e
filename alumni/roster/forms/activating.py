"""Taking up a record that is known: by the link of a letter, or by a code."""

from wtforms import Field
from wtforms.fields import BooleanField, EmailField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from alumni.forms import EmailAddress, Form, tidy, tidy_number
from alumni.i18n import _
from alumni.roster.commands.claiming import CODE_LENGTH
from alumni.roster.queries.activating import plain_code


class ActivateForm(Form):
    consent = BooleanField()
    mailings = BooleanField()

    def validate_consent(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Without your consent we may not open your record for you."))


class ClaimForm(Form):
    code = StringField(filters=[tidy_number], validators=[DataRequired()])
    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    email = EmailField(filters=[tidy], validators=[DataRequired(), EmailAddress()])
    website = StringField()
    """No person sees it. A program that fills in everything fills in this too."""

    def validate_code(self, field: Field) -> None:
        if len(plain_code(field.data)) != CODE_LENGTH:
            raise ValidationError(
                _("The code has %(number)s letters and digits.", number=CODE_LENGTH)
            )

    def is_from_a_program(self) -> bool:
        return bool(self.website.data)
