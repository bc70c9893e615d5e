"""What the office knows of somebody who is in no roster."""

from typing import Any

from wtforms import Field
from wtforms.fields import EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from alumni.codes.queries import colleges
from alumni.forms import EmailAddress, Form, tidy, tidy_number
from alumni.i18n import _, either
from alumni.people.commands import NewPerson
from alumni.people.commands.contacts import Contact
from alumni.people.forms.contacts import e164
from alumni.people.models import ContactKind, Level, PersonStatus
from alumni.people.names import tidy_name
from alumni.roster import cells


class NewcomerForm(Form):
    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    graduation_year = StringField(filters=[tidy_number], validators=[Optional()])
    college_id = SelectField()
    city = StringField(filters=[tidy], validators=[Optional(), Length(max=60)])
    phone = StringField(filters=[tidy_number], validators=[Optional(), Length(max=60)])
    email = EmailField(filters=[tidy], validators=[Optional(), EmailAddress()])
    seen = StringField()
    """What was typed when the office looked at those it might be: asked once, not for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.college_id.choices = [
            ("", _("Not known")),
            *((str(one.id), either(one.name_zh, one.name_en)) for one in colleges()),
        ]

    def validate_name(self, field: Field) -> None:
        if not any(map(str.isalpha, tidy_name(field.data))):
            raise ValidationError(_("Please write the name, in characters or in letters."))

    def validate_graduation_year(self, field: Field) -> None:
        if field.data and (_read(cells.year, field.data) is None or "级" in field.data):
            raise ValidationError(_("Please write the year of graduation, as in 1998."))

    def validate_phone(self, field: Field) -> None:
        if field.data and e164(field.data) is None:
            raise ValidationError(
                _("This is not a telephone number. Abroad it begins with + and the country.")
            )

    def told(self) -> NewPerson:
        college = self.college_id.data
        return NewPerson(
            name=tidy_name(self.name.data),
            graduation_year=_read(cells.year, self.graduation_year.data or ""),
            college_id=int(college) if college else None,
            city=self.city.data or None,
            status=PersonStatus.KNOWN,
        )

    def contacts(self) -> list[tuple[ContactKind, Contact]]:
        """The ways to reach them that the form was told. None has been confirmed by anybody."""
        told = []
        for kind, value, normal in (
            (ContactKind.PHONE, self.phone.data, e164(self.phone.data or "")),
            (ContactKind.EMAIL, self.email.data, self.email.data),
        ):
            if value and normal:
                contact = Contact(value=value, normal=normal, label=None, visibility=Level.OFFICE)
                told.append((kind, contact))
        return told

    def looked_at(self) -> str:
        """What the question whether they are known already was about."""
        return f"{self.told().name} {self.told().graduation_year or ''}".strip()


def _read(read: Any, text: str) -> Any:
    """What the text says. None where it says nothing, or what cannot be understood."""
    try:
        return read(text)
    except cells.Unreadable:
        return None
