"""Naming a search, and letting others use it."""

from wtforms.fields import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from alumni.audiences.commands.saved import Naming
from alumni.audiences.models import Sharing
from alumni.audiences.queries.choices import Choices
from alumni.audiences.queries.saved import Kept
from alumni.forms import Form, tidy
from alumni.i18n import _

LONGEST_NAME = 80


class SearchNameForm(Form):
    """What a graduate calls a search of the own. One name is enough: nobody else reads it."""

    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_NAME)])

    def __init__(self, kept: Kept | None = None) -> None:
        super().__init__(name=kept.name if kept else "")

    def naming(self) -> Naming:
        return Naming(name_zh=self.name.data or "", name_en="")


class NamingForm(Form):
    """What the office calls an audience, in both languages, and who else may use it."""

    name_zh = StringField(filters=[tidy], validators=[Optional(), Length(max=LONGEST_NAME)])
    name_en = StringField(filters=[tidy], validators=[Optional(), Length(max=LONGEST_NAME)])
    sharing = RadioField(validators=[DataRequired()])
    chapter = SelectField(validators=[Optional()])

    def __init__(self, offered: Choices, kept: Kept | None = None) -> None:
        super().__init__(
            name_zh=kept.name_zh if kept else "",
            name_en=kept.name_en if kept else "",
            sharing=(kept.sharing if kept else Sharing.OFFICE).value,
            chapter=kept.chapter if kept else "",
        )
        self.sharing.choices = list(sharing_words().items())
        chapters = [(one.value, one.label) for one in offered["chapter"]]
        self.chapter.choices = [("", _("No chapter")), *chapters]

    def naming(self) -> Naming:
        return Naming(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            sharing=Sharing(self.sharing.data),
            chapter=self.chapter.data or "",
        )


class ConfirmForm(Form):
    """Nothing but the question whether somebody means it."""


def sharing_words() -> dict[str, str]:
    """Who may use an audience beside its owner, in the language of the moment."""
    return {
        Sharing.OFFICE.value: _("The office"),
        Sharing.CHAPTER.value: _("The officers of one chapter"),
        Sharing.NOBODY.value: _("Only me"),
    }
