"""A link to join with: for whom, for how many, and how long."""

from datetime import timedelta

from wtforms import Field
from wtforms.fields import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from alumni.codes.queries import colleges
from alumni.forms import Form, tidy, tidy_number
from alumni.i18n import _, either
from alumni.roster import cells
from alumni.roster.commands.inviting import LONGEST, MOST_USES, Invited

DAYS = 30
USES = 50


class LinkForm(Form):
    """What every such link is asked."""

    most_uses = IntegerField(default=USES, validators=[InputRequired(), NumberRange(1, MOST_USES)])
    days = IntegerField(default=DAYS, validators=[InputRequired(), NumberRange(1, LONGEST.days)])
    note = StringField(filters=[tidy], validators=[Optional(), Length(max=200)])

    def invited(self, chapter_id: int | None) -> Invited:
        return Invited(
            chapter_id=chapter_id,
            most_uses=int(self.most_uses.data or 0),
            lasts=timedelta(days=int(self.days.data or 0)),
            note=self.note.data or "",
        )


class ClassLinkForm(LinkForm):
    """A link for a class."""

    graduation_year = StringField(filters=[tidy_number], validators=[InputRequired()])
    college_id = SelectField()
    class_label = StringField(filters=[tidy_number], validators=[Optional(), Length(max=40)])

    def __init__(self, **said: str | None) -> None:
        """With what the address says of the class, where it does."""
        super().__init__(data=said)
        self.college_id.choices = [
            ("", _("All colleges")),
            *((str(one.id), either(one.name_zh, one.name_en)) for one in colleges()),
        ]

    def validate_graduation_year(self, field: Field) -> None:
        if self.year() is None or "级" in field.data:
            raise ValidationError(_("Please write the year of graduation, as in 1998."))

    def validate_class_label(self, field: Field) -> None:
        if field.data and not self.college_id.data:
            raise ValidationError(_("A class belongs to a college: please choose it, too."))

    def year(self) -> int | None:
        try:
            return cells.year(self.graduation_year.data or "")
        except cells.Unreadable:
            return None

    def invited(self, chapter_id: int | None = None) -> Invited:
        told = super().invited(chapter_id)
        college = self.college_id.data
        return Invited(
            graduation_year=self.year(),
            college_id=int(college) if college else None,
            class_label=self.class_label.data or None,
            most_uses=told.most_uses,
            lasts=told.lasts,
            note=told.note,
        )
