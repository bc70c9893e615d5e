"""What is sent about the picture of a chapter's group."""

from datetime import timedelta

from flask_wtf.file import FileField, FileRequired
from wtforms.fields import DateField
from wtforms.validators import Optional

from alumni.db import today
from alumni.errors import BadRequest, Refusal
from alumni.forms import Form
from alumni.i18n import lazy_gettext
from alumni.membership.pictures import MOST_BYTES

USUAL = timedelta(days=7)
"""So long WeChat lets a group's code stand."""


class GroupPictureForm(Form):
    file = FileField(validators=[FileRequired(lazy_gettext("Choose a picture first."))])
    ends_on = DateField(validators=[Optional()])

    def __init__(self) -> None:
        super().__init__(ends_on=today() + USUAL)

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the field what is wrong with the file."""
        if isinstance(refusal, BadRequest):
            refusal.field = "file"
        super().refuse(refusal)

    def content(self) -> bytes:
        """The file, and no more of one that is too large than shows it."""
        sent: bytes = self.file.data.read(MOST_BYTES + 1)
        return sent
