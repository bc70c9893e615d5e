"""What the association says of itself; and the forms of the page of patterns."""

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
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from alumni.forms import EmailAddress, Form, tidy
from alumni.i18n import lazy_gettext

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

    def values(self) -> dict[str, str]:
        return {field.name: field.data or "" for field in self if field.name != "csrf_token"}


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
