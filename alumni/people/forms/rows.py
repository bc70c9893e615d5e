"""What is said of trainings, jobs and homes."""

from typing import Any

from wtforms.fields import BooleanField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from alumni.codes.models import CodeKind
from alumni.forms import tidy, tidy_number
from alumni.i18n import _
from alumni.people.commands import trainings
from alumni.people.commands.homes import Home
from alumni.people.commands.jobs import Job
from alumni.people.fields.words import training_words
from alumni.people.forms import RowForm
from alumni.people.forms.months import Month, check_order, month_field, read_month
from alumni.people.models import Employment, Level, Residence, Training, TrainingKind
from alumni.people.queries.editing import choices


class SpanForm(RowForm):
    """From a month to another."""

    began = month_field()
    ended = month_field()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that they come one after the other."""
        valid = super().validate(extra_validators)
        return check_order(self.began, self.ended) and bool(valid)

    def span(self) -> dict[str, int | None]:
        first, last = read_month(self.began.data), read_month(self.ended.data)
        return {
            "from_year": first.year,
            "from_month": first.month,
            "to_year": last.year,
            "to_month": last.month,
        }


class TrainingForm(SpanForm):
    kind = SelectField(coerce=TrainingKind, validators=[InputRequired()])
    hospital = StringField(filters=[tidy], validators=[DataRequired(), Length(max=160)])
    department = StringField(filters=[tidy], validators=[Optional(), Length(max=120)])
    certificate_number = StringField(filters=[tidy_number], validators=[Optional(), Length(max=40)])

    def __init__(self, version: int, row: Training | None = None) -> None:
        said: dict[str, Any] = {"visibility": Level.OFFICE, "kind": TrainingKind.RESIDENCY}
        if row is not None:
            said = {**_columns(row), **_span(row), "hospital": row.written}
        super().__init__(version, said)
        self.kind.choices = [SelectChoice(*pair) for pair in training_words().items()]
        self.hospitals = [name for _id, name in choices(CodeKind.HOSPITAL)]
        """What may be meant, while somebody types."""

    def told(self) -> trainings.Told:
        return trainings.Told(
            kind=self.kind.data,
            written=self.hospital.data,
            department=self.department.data or None,
            certificate_number=self.certificate_number.data or None,
            visibility=self.visibility.data,
            **self.span(),
        )


class JobForm(SpanForm):
    employer = StringField(filters=[tidy], validators=[DataRequired(), Length(max=160)])
    department = StringField(filters=[tidy], validators=[Optional(), Length(max=120)])
    title = StringField(filters=[tidy], validators=[Optional(), Length(max=80)])
    industry_id = SelectField(default="")
    is_current = BooleanField()

    def __init__(self, version: int, row: Employment | None = None) -> None:
        said: dict[str, Any] = {"visibility": Level.OFFICE, "is_current": True}
        if row is not None:
            said = {**_columns(row), **_span(row), "industry_id": str(row.industry_id or "")}
        super().__init__(version, said)
        listed = choices(CodeKind.INDUSTRY, row.industry_id if row else None)
        self.industry_id.choices = [("", _("Not said")), *listed]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that the current job has not ended."""
        valid = super().validate(extra_validators)
        if valid and self.is_current.data and self.ended.data:
            self.ended.errors = [_("A job that goes on today has no end yet.")]
            return False
        return valid

    def told(self) -> Job:
        return Job(
            employer=self.employer.data,
            department=self.department.data or None,
            title=self.title.data or None,
            industry_id=int(self.industry_id.data) if self.industry_id.data else None,
            is_current=self.is_current.data,
            visibility=self.visibility.data,
            **self.span(),
        )


class HomeForm(RowForm):
    city = StringField(filters=[tidy_number], validators=[DataRequired(), Length(max=80)])

    def __init__(self, version: int, row: Residence | None = None) -> None:
        said = {"city": row.written, "visibility": row.visibility} if row else {}
        super().__init__(version, {"visibility": Level.ALUMNI, **said})

    def told(self) -> Home:
        return Home(city=self.city.data, visibility=self.visibility.data)


def _columns(row: Training | Employment) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _span(row: Training | Employment) -> dict[str, str]:
    return {
        "began": str(Month(row.from_year, row.from_month)),
        "ended": str(Month(row.to_year, row.to_month)),
    }
