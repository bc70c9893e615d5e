"""What is sent about petitions for chapters."""

from datetime import timedelta

from flask_wtf.file import FileField, FileRequired
from wtforms.fields import DateField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from alumni.db import today
from alumni.errors import BadRequest, Invalid, Refusal
from alumni.forms import Form, tidy
from alumni.i18n import _, either, lazy_gettext
from alumni.membership.commands.petitions import LARGEST_PDF, Wish
from alumni.membership.queries.petitions import offered_positions
from alumni.membership.queries.places import Ambiguous, meant_place

FIRST_TERM = timedelta(days=2 * 365)
MOST_BYTES = 2 * LARGEST_PDF
"""Of any file that is looked at; what it is decides how much it may have."""


def _positions() -> list[SelectChoice]:
    return [
        SelectChoice(position.id, either(position.name_zh, position.name_en))
        for position in offered_positions()
    ]


class PetitionForm(Form):
    place = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=120)])
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=5000)])
    position_id = SelectField(coerce=int, validators=[InputRequired()])

    def __init__(self) -> None:
        super().__init__()
        self.position_id.choices = _positions()

    def wish(self) -> Wish:
        """What was asked for. Raise Invalid where the place is not known."""
        try:
            place = meant_place(self.place.data)
        except Ambiguous as several:
            raise Invalid(
                _(
                    "Several places are called so. Give the code: %(codes)s.",
                    codes=", ".join(several.codes),
                ),
                field="place",
            ) from several
        if place is None:
            raise Invalid(_("We do not know this place. Try another spelling."), field="place")
        return Wish(
            place_id=place.id,
            name_zh=self.name_zh.data,
            name_en=self.name_en.data,
            reason=self.reason.data,
            position_id=self.position_id.data,
        )


class SupportForm(Form):
    position_id = SelectField()

    def __init__(self, chosen: int | None = None) -> None:
        super().__init__(position_id=str(chosen or ""))
        offered = [SelectChoice(str(one.value), one.label) for one in _positions()]
        self.position_id.choices = [
            SelectChoice("", _("I support it and hold no position")),
            *offered,
        ]

    def position(self) -> int | None:
        return int(self.position_id.data) if self.position_id.data else None


class DocumentForm(Form):
    file = FileField(validators=[FileRequired(lazy_gettext("Choose a file first."))])

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the field what is wrong with the file."""
        if isinstance(refusal, BadRequest):
            refusal.field = "file"
        super().refuse(refusal)

    def named_content(self) -> tuple[str, bytes]:
        sent: bytes = self.file.data.read(MOST_BYTES + 1)
        return tidy(self.file.data.filename) or "", sent


class FoundForm(Form):
    ends_on = DateField(validators=[DataRequired()])

    def __init__(self) -> None:
        super().__init__(ends_on=today() + FIRST_TERM)


class AnswerForm(Form):
    answer = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=1000)])
