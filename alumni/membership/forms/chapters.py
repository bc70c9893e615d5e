"""What is sent about chapters."""

from wtforms.fields import (
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from alumni.chapters.models import Chapter, ChapterStatus, JoinMode
from alumni.forms import Form, tidy
from alumni.i18n import LANGUAGES, _, zone_name
from alumni.membership.commands.chapters import ChapterDetails

ZONES = (
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Toronto",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Vancouver",
)
"""Where chapters are or may be founded. A chapter's own zone is offered beside them."""


class ChapterForm(Form):
    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=120)])
    intro_zh = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    intro_en = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    contact = StringField(filters=[tidy], validators=[Optional(), Length(max=200)])
    join_mode = SelectField(coerce=JoinMode, validators=[InputRequired()])
    standing = SelectField(coerce=ChapterStatus, validators=[InputRequired()])
    """The chapter's status; ``status`` is the form's own."""
    language = SelectField(
        choices=[SelectChoice(*language) for language in LANGUAGES.items()],
        validators=[InputRequired()],
    )
    time_zone = SelectField(validators=[InputRequired()])

    def __init__(self, chapter: Chapter) -> None:
        super().__init__(obj=chapter, standing=chapter.status)
        self.join_mode.choices = [
            SelectChoice(JoinMode.OPEN.value, _("Open: whoever asks is a member at once")),
            SelectChoice(JoinMode.APPROVAL.value, _("Approval: an officer decides")),
            SelectChoice(JoinMode.INVITATION.value, _("By invitation only")),
        ]
        self.standing.choices = [
            SelectChoice(ChapterStatus.PLANNED.value, _("Planned, served by the office")),
            SelectChoice(ChapterStatus.ACTIVE.value, _("Active")),
            SelectChoice(ChapterStatus.DORMANT.value, _("Dormant, takes no members")),
            SelectChoice(ChapterStatus.ARCHIVED.value, _("Archived, hidden")),
        ]
        offered = dict.fromkeys((*ZONES, chapter.time_zone))
        self.time_zone.choices = [SelectChoice(zone, zone_name(zone)) for zone in offered]

    def details(self) -> ChapterDetails:
        return ChapterDetails(
            name_zh=self.name_zh.data,
            name_en=self.name_en.data,
            intro_zh=self.intro_zh.data or "",
            intro_en=self.intro_en.data or "",
            contact=self.contact.data or "",
            join_mode=self.join_mode.data,
            status=self.standing.data,
            language=self.language.data,
            time_zone=self.time_zone.data,
        )
