"""What the association says of itself; and the forms of the page of patterns."""

from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from alumni.forms import EmailAddress, Form, tidy, tidy_number
from alumni.i18n import _, lazy_gettext

ACCENTS = [
    SelectChoice("", lazy_gettext("Sea green")),
    SelectChoice("accent-blue", lazy_gettext("Blue")),
    SelectChoice("accent-wine", lazy_gettext("Wine red")),
]


class SettingsForm(Form):
    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=60)])
    name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    short_name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=12)])
    short_name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=24)])
    address_zh = StringField(filters=[tidy], validators=[Length(max=200)])
    address_en = StringField(filters=[tidy], validators=[Length(max=200)])
    contact_email = EmailField(filters=[tidy], validators=[Optional(), EmailAddress()])
    contact_phone = StringField(filters=[tidy], validators=[Length(max=40)])
    icp = StringField(filters=[tidy], validators=[Length(max=60)])
    accent = SelectField(choices=ACCENTS)
    supporters = IntegerField(validators=[DataRequired(), NumberRange(1, 10_000)])
    report_due = StringField(filters=[tidy_number], validators=[DataRequired()])
    """Month and day, such as 01-31."""
    first_report_year = IntegerField(validators=[DataRequired(), NumberRange(1900, 2200)])

    def validate_report_due(self, field: StringField) -> None:
        try:
            datetime.strptime(f"2001-{field.data}", "%Y-%m-%d")  # noqa: DTZ007 - a day of any year
            is_day = len(field.data) == len("01-31")
        except ValueError:
            is_day = False
        if not is_day:
            raise ValidationError(_("A month and a day, such as 01-31."))

    def values(self) -> dict[str, str]:
        return {
            field.name: "" if field.data is None else str(field.data)
            for field in self
            if field.name != "csrf_token"
        }


class PatternForm(Form):
    """One question of each kind."""

    name = StringField(filters=[tidy], validators=[DataRequired()])
    year = IntegerField(validators=[DataRequired(), NumberRange(1940, 2030)])
    college = SelectField(
        choices=[SelectChoice("1", "临床医学院"), SelectChoice("2", "口腔医学院")]
    )
    email = EmailField(validators=[DataRequired(), EmailAddress()])
    city = StringField(validators=[Optional()])
    message = TextAreaField(validators=[Optional()])
    agree = BooleanField(validators=[DataRequired()])
    kind = RadioField(
        choices=[
            SelectChoice("dinner", lazy_gettext("Dinner")),
            SelectChoice("lecture", lazy_gettext("Lecture")),
        ]
    )
    file = FileField()
    when = DateTimeLocalField(validators=[Optional()])
    title_zh = StringField(validators=[DataRequired()])
    title_en = StringField(validators=[Optional()])


def pattern_forms() -> dict[str, Any]:
    """One form as it is first seen, and one that comes back with errors."""
    clean = PatternForm(formdata=None, prefix="clean-", name="曾国强", city="鞍山")
    wrong = PatternForm(formdata=None, prefix="wrong-", name="", email="zeng@", year=98)
    wrong.validate()
    return {"clean": clean, "wrong": wrong}
