"""A letter to another graduate, what its reader says to it, and what the office does then."""

from wtforms import Field
from wtforms.fields import BooleanField, HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.people.commands.relaying import Letter

LONGEST_LETTER = 2000
LONGEST_COMPLAINT = 500

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows: they make a text read otherwise than it is."""


class LetterForm(Form):
    text = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_LETTER)])
    shows_address = BooleanField()

    def validate_text(self, field: Field) -> None:
        if TURNING & set(field.data):
            raise ValidationError(_("This contains a hidden character. Please type it anew."))

    def letter(self) -> Letter:
        return Letter(text=self.text.data, shows_address=self.shows_address.data)


class ReceivedForm(Form):
    """What the reader of a letter wishes: ``block``, ``unblock`` or ``report``."""

    wish = HiddenField()
    complaint = TextAreaField(filters=[tidy], validators=[Length(max=LONGEST_COMPLAINT)])

    def validate_complaint(self, field: Field) -> None:
        if self.wish.data == "report" and not field.data:
            raise ValidationError(_("Please say what is wrong with it."))


class SettleForm(Form):
    why = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_COMPLAINT)])
    stops_sender = BooleanField()
