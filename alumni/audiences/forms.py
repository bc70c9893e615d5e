"""Narrowing the list, and choosing what goes into a file."""

from wtforms.fields import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from alumni.audiences.commands import Format, Wish
from alumni.audiences.criteria import Audience
from alumni.audiences.queries import Choices
from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.people.fields import DEFAULT_COLUMNS, FIELDS, status_words
from alumni.people.policy import GONE

LONGEST_PURPOSE = 200


class FilterForm(Form):
    """The conditions of a list as questions. It is only shown: ``Audience`` reads the answers."""

    class Meta:
        csrf = False

    chapter = SelectField()
    college = SelectField()
    year_from = StringField()
    year_to = StringField()
    city = StringField()
    status = SelectField()
    email = SelectField()

    def __init__(self, audience: Audience, choices: Choices) -> None:
        super().__init__(formdata=None, data=audience.to_query())
        anything = ("", _("Any"))
        self.chapter.choices = [anything, *choices.chapters]
        self.college.choices = [anything, *choices.colleges]
        self.status.choices = [
            anything,
            *((key, words) for key, words in status_words().items() if key not in GONE),
        ]
        self.email.choices = [anything, ("yes", _("Available")), ("no", _("Missing"))]


class ExportForm(Form):
    columns = SelectMultipleField(
        validators=[DataRequired()],
        default=list(DEFAULT_COLUMNS),
        validate_choice=False,  # the command names a column that there is not
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    format = RadioField(validators=[DataRequired()], default=Format.XLSX.value)
    purpose = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_PURPOSE)])

    def __init__(self) -> None:
        super().__init__()
        self.columns.choices = [(key, str(field.label)) for key, field in FIELDS.items()]
        self.format.choices = [
            (Format.XLSX.value, _("Excel (XLSX)")),
            (Format.CSV.value, _("CSV in Unicode (UTF-8)")),
            (Format.CSV_GB18030.value, _("CSV for older Chinese programs (GB18030)")),
        ]

    def wish(self) -> Wish:
        return Wish(
            columns=tuple(self.columns.data or ()),
            format=Format(self.format.data),
            purpose=self.purpose.data or "",
        )
