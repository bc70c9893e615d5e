"""What is sent about announcements."""

from datetime import timedelta
from typing import Any

from wtforms.fields import DateField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from alumni.chapters.models.governance import Announcement, Readers
from alumni.db import today
from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.membership.commands.announcements import Wording

USUAL = timedelta(days=30)


class AnnouncementForm(Form):
    title_zh = StringField(filters=[tidy], validators=[Optional(), Length(max=120)])
    title_en = StringField(filters=[tidy], validators=[Optional(), Length(max=120)])
    body_zh = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    body_en = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    readers = SelectField(coerce=Readers, validators=[InputRequired()])
    starts_on = DateField(validators=[DataRequired()])
    ends_on = DateField(validators=[DataRequired()])

    def __init__(self, announcement: Announcement | None = None, *, of_chapter: bool) -> None:
        begun: dict[str, Any] = {}
        if announcement is None:
            begun = {
                "readers": Readers.MEMBERS if of_chapter else Readers.ALUMNI,
                "starts_on": today(),
                "ends_on": today() + USUAL,
            }
        super().__init__(obj=announcement, **begun)
        offered = {
            Readers.MEMBERS: _("The members of the chapter"),
            Readers.ALUMNI: _("All verified graduates"),
            Readers.PUBLIC: _("Everybody"),
        }
        if not of_chapter:
            del offered[Readers.MEMBERS]
        self.readers.choices = [SelectChoice(one.value, said) for one, said in offered.items()]

    def words(self) -> Wording:
        return Wording(
            title_zh=self.title_zh.data or "",
            title_en=self.title_en.data or "",
            body_zh=self.body_zh.data or "",
            body_en=self.body_en.data or "",
            readers=self.readers.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )
