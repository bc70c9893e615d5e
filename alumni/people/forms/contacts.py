"""What is said of the ways to reach a person."""

from unicodedata import normalize

from wtforms import Field
from wtforms.fields import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from alumni.forms import EmailAddress, tidy
from alumni.i18n import _
from alumni.people.commands.contacts import Contact
from alumni.people.forms import RowForm
from alumni.people.models import ContactKind, ContactPoint, Level

LONGEST = 254
HOME_REGION = "CN"
"""Whose number it is that has no country in front."""


class ContactForm(RowForm):
    """A way of one kind, which the address of the page says."""

    kind: ContactKind
    value = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST)])
    label = StringField(filters=[tidy], validators=[Optional(), Length(max=40)])
    first = BooleanField()

    def __init__(self, version: int, row: ContactPoint | None = None) -> None:
        said = {}
        if row is not None:
            said = {"value": row.value, "label": row.label, "visibility": row.visibility}
        super().__init__(version, {"visibility": Level.OFFICE, **said})
        if row is not None and row.is_primary:
            del self.first

    def told(self) -> Contact:
        return Contact(
            value=self.value.data,
            normal=self.normal(),
            label=self.label.data or None,
            visibility=self.visibility.data,
        )

    def normal(self) -> str:
        """What it is compared by."""
        return " ".join(normalize("NFKC", self.value.data).lower().split())

    def is_first(self) -> bool:
        """Whether it is to be the one of its kind that is used from now on."""
        return "first" in self and bool(self.first.data)


class PhoneForm(ContactForm):
    kind = ContactKind.PHONE

    def validate_value(self, field: Field) -> None:
        if e164(field.data) is None:
            raise ValidationError(
                _("This is not a telephone number. Abroad it begins with + and the country.")
            )

    def normal(self) -> str:
        return e164(self.value.data) or ""


class EmailForm(ContactForm):
    kind = ContactKind.EMAIL
    value = StringField(
        filters=[tidy], validators=[DataRequired(), Length(max=LONGEST), EmailAddress()]
    )


class WechatForm(ContactForm):
    kind = ContactKind.WECHAT
    value = StringField(filters=[tidy], validators=[DataRequired(), Length(max=60)])


class PostalForm(ContactForm):
    kind = ContactKind.POSTAL
    value = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST)])


def e164(typed: str) -> str | None:
    """The number as it is dialled from anywhere: +8613800000000. None where it cannot be."""
    import phonenumbers  # noqa: PLC0415 - megabytes of tables

    try:
        number = phonenumbers.parse(normalize("NFKC", typed), HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
