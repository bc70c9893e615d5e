"""What is sent about the liaisons of classes."""

from datetime import date

from wtforms import Field
from wtforms.fields import DateField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from alumni.authz import Roll
from alumni.codes.models import CodeKind
from alumni.codes.queries import codes_of
from alumni.db import today
from alumni.forms import Form, tidy, tidy_number
from alumni.i18n import _, either
from alumni.membership.commands.liaisons import LiaisonAppointment
from alumni.membership.queries.persons import Somebody

EARLIEST, LATEST = 1900, 2100


class AppointLiaisonForm(Form):
    person = RadioField(validators=[InputRequired()])
    graduation_year = StringField(filters=[tidy_number], validators=[InputRequired()])
    college_id = SelectField(validators=[Optional()])
    major_id = SelectField(validators=[Optional()])
    label = StringField(filters=[tidy], validators=[Optional(), Length(max=40)])
    starts_on = DateField(validators=[DataRequired()])
    ends_on = DateField(validators=[Optional()])

    def __init__(self, candidates: list[Somebody], **said: str | None) -> None:
        """With what the address says of the class, where it does."""
        super().__init__(data={"starts_on": today(), **said})
        self.person.choices = [SelectChoice(found.public_id, found.said) for found in candidates]
        self.college_id.choices = _choices(_("All colleges"), CodeKind.COLLEGE)
        self.major_id.choices = _choices(_("All majors"), CodeKind.MAJOR)

    def validate_graduation_year(self, field: Field) -> None:
        year = field.data
        is_year = year.isascii() and year.isdigit() and len(year) == 4  # noqa: PLR2004 - digits of a year
        if not is_year or not EARLIEST <= int(year) <= LATEST:
            raise ValidationError(_("Please write the year of graduation, as in 1998."))

    def appointment(self) -> LiaisonAppointment:
        return LiaisonAppointment(
            person=self.person.data,
            roll=Roll(
                int(self.graduation_year.data),
                int(self.college_id.data) if self.college_id.data else None,
                self.label.data or None,
                int(self.major_id.data) if self.major_id.data else None,
            ),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


def _choices(of_all: str, kind: CodeKind) -> list[SelectChoice]:
    words = ((str(one.id), either(one.name_zh, one.name_en)) for one in codes_of(kind))
    return [SelectChoice("", of_all), *(SelectChoice(*word) for word in words)]


class EndLiaisonForm(Form):
    last_day = DateField(validators=[DataRequired()])

    def __init__(self, ends_on: date | None) -> None:
        super().__init__(last_day=ends_on or today())
