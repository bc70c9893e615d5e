"""Choosing what goes into a file."""

from wtforms.fields import RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from alumni.audiences.commands.exports import Format, Wish
from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.people.fields import DEFAULT_COLUMNS, FIELDS

LONGEST_PURPOSE = 200


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
