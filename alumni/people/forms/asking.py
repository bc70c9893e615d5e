"""What a graduate asks the office to change, and what the office answers."""

import re
from typing import Any

from wtforms import Field
from wtforms.fields import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from alumni.codes.models import CodeKind
from alumni.codes.queries import codes_of
from alumni.forms import Form, tidy, tidy_number
from alumni.i18n import _, either
from alumni.people import names
from alumni.people.commands import in_characters
from alumni.people.commands.asking import Wanted
from alumni.people.fields.words import level_words
from alumni.people.forms.months import month_field, read_month
from alumni.people.forms.studies import NUMBER
from alumni.people.queries.kept import Fact, Row

LONGEST_REASON = 500
NUMBERS = frozenset({"student_number", "certificate_number"})
NAMES = frozenset({"name_zh", "name_latin"})


class ChangeForm(Form):
    """What should stand there, and why."""

    after: Any
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])

    def __init__(self, fact: Fact, value: str) -> None:
        super().__init__(after=value)
        self.fact = fact
        if isinstance(self.after, SelectField):
            self.after.choices = _offered(fact, value)

    def validate_after(self, field: Field) -> None:
        checks = {
            "name_zh": (in_characters, _("Please write this name in characters.")),
            "name_latin": (_is_latin, _("Please write this name in Latin letters.")),
            "student_number": (
                lambda text: bool(re.fullmatch(NUMBER, text)),
                _("A student number has only letters and digits."),
            ),
        }
        is_right, problem = checks.get(self.fact.key, (lambda _text: True, ""))
        if field.data and not is_right(field.data):
            raise ValidationError(problem)

    def wanted(self) -> Wanted:
        text = self.after.data or ""
        if self.fact.is_month:
            text = str(read_month(text))
        elif self.fact.key in NAMES:
            text = names.tidy_name(text)
        elif self.fact.key == "student_number":
            text = text.upper()
        return Wanted(after=text, reason=self.reason.data)


def change_form(fact: Fact, row: Row) -> ChangeForm:
    """The form for this fact: each is asked for in its own way."""
    question: Any = StringField(
        filters=[tidy_number if fact.key in NUMBERS else tidy],
        validators=[Optional(), Length(max=fact.longest)],
    )
    if fact.is_month:
        question = month_field()
    elif fact.kind is not None or fact.key == "level":
        question = SelectField(default="")
    made: type[ChangeForm] = type("OwnChangeForm", (ChangeForm,), {"after": question})
    return made(fact, fact.value(row))


class DecideForm(Form):
    """Why the office leaves it as it is."""

    answer = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])


class ApproveForm(Form):
    seen = HiddenField(validators=[Length(max=200)])


class BulkForm(Form):
    """What to do with all that were ticked."""

    deed = SelectField(default="approve")
    answer = StringField(filters=[tidy], validators=[Length(max=LONGEST_REASON)])

    def __init__(self) -> None:
        super().__init__()
        self.deed.choices = [
            ("approve", _("Make the changes")),
            ("reject", _("Decline, all for the same reason")),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that a reason is given to whom one is sent."""
        valid = super().validate(extra_validators)
        if self.deed.data == "reject" and not self.answer.data:
            self.answer.errors = [_("Please say why: the person reads it in a letter.")]
            return False
        return bool(valid)


def _is_latin(text: str) -> bool:
    return not in_characters(text)


def _offered(fact: Fact, value: str) -> list[tuple[str, str]]:
    """The words to choose from, with the one that stands there now, and none."""
    nothing = ("", _("Not said"))
    if fact.kind is None:
        return [nothing, *level_words().items()]
    kind: CodeKind = fact.kind
    words = [(code.name_zh, either(code.name_zh, code.name_en)) for code in codes_of(kind)]
    if value and value not in dict(words):
        words.append((value, value))
    return [nothing, *words]
