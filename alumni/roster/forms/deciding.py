"""What the office decides about applications, and what officers and classmates say of them."""

from collections.abc import Iterable
from typing import Any

from wtforms.fields import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.roster.queries.taking import Choice, defaults

LONGEST = 500


class DeclineForm(Form):
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST)])


class AskForm(Form):
    question = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST)])


class CallForm(Form):
    text = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=1000)])


class RecommendForm(Form):
    note = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST)])


class VouchForm(Form):
    text = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST)])


class TakeForm(Form):
    """Which of the fields that differ are taken from the application."""

    wanted = SelectMultipleField()

    def __init__(self, offered: Iterable[Choice]) -> None:
        takable = [one for one in offered if one.is_takable]
        super().__init__(data={"wanted": sorted(defaults(takable))})
        self.wanted.choices = [(one.key, one.key) for one in takable]


class BulkForm(Form):
    """What to do with all the applications that were ticked."""

    deed = SelectField(default="approve")
    reason = StringField(filters=[tidy], validators=[Length(max=LONGEST)])

    def __init__(self) -> None:
        super().__init__()
        self.deed.choices = [
            ("approve", _("Approve where one person is meant with hardly a doubt")),
            ("reject", _("Decline, all for the same reason")),
            ("discard", _("Put away without a letter")),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that a reason is given to whom one is sent."""
        valid = super().validate(extra_validators)
        if self.deed.data == "reject" and not self.reason.data:
            self.reason.errors = [_("The applicants read the reason in a letter: please write it.")]
            return False
        return bool(valid)
