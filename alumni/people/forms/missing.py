"""What a graduate tells of a study that the office does not know of."""

from typing import Any

from wtforms.fields import SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from alumni.codes.models import CodeKind
from alumni.codes.queries import codes_of, home_institution
from alumni.forms import Form, tidy
from alumni.i18n import _, either
from alumni.people.commands.missing import MissingStudy
from alumni.people.fields.words import level_words
from alumni.people.forms.asking import LONGEST_REASON
from alumni.people.forms.months import check_order, month_field, read_month


class MissingStudyForm(Form):
    level = SelectField(validators=[DataRequired()])
    institution = SelectField(validators=[DataRequired()])
    college = SelectField(default="")
    major = SelectField(default="")
    entry = month_field()
    graduation = month_field()
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])

    def __init__(self) -> None:
        super().__init__(institution=home_institution().name_zh)
        self.level.choices = [("", _("Please choose")), *level_words().items()]
        self.institution.choices = _offered(CodeKind.INSTITUTION)
        nothing = ("", _("Not said"))
        self.college.choices = [nothing, *_offered(CodeKind.COLLEGE)]
        self.major.choices = [nothing, *_offered(CodeKind.MAJOR)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that it is said when the study was."""
        valid = super().validate(extra_validators)
        ordered = check_order(self.entry, self.graduation)
        if valid and not (self.entry.data or self.graduation.data):
            self.graduation.errors = [_("Please write when it ended, or when it began.")]
            return False
        return bool(valid) and ordered

    def study(self) -> MissingStudy:
        return MissingStudy(
            level=self.level.data,
            institution=self.institution.data,
            college=self.college.data or "",
            major=self.major.data or "",
            entry=str(read_month(self.entry.data)),
            graduation=str(read_month(self.graduation.data)),
        )


def _offered(kind: CodeKind) -> list[tuple[str, str]]:
    return [(code.name_zh, either(code.name_zh, code.name_en)) for code in codes_of(kind)]
