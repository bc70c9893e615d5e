"""What is sent about annual reports."""

from wtforms.fields import TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from alumni.chapters.models.governance import AnnualReport
from alumni.forms import Form, tidy
from alumni.membership.commands.annual_reports import Told


class ReportForm(Form):
    activities = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    members_cared_for = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    money = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=2000)])
    plans = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])

    def __init__(self, report: AnnualReport | None) -> None:
        super().__init__(obj=report)

    def told(self) -> Told:
        return Told(
            activities=self.activities.data or "",
            members_cared_for=self.members_cared_for.data or "",
            money=self.money.data or "",
            plans=self.plans.data or "",
        )


class SendBackForm(Form):
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=1000)])
