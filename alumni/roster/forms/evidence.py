"""What an applicant gives beside the form."""

from typing import Any

from flask_wtf.file import FileField
from wtforms.fields import TextAreaField
from wtforms.validators import Length

from alumni.errors import BadRequest, Refusal
from alumni.forms import Form, tidy
from alumni.i18n import _


class AnswerForm(Form):
    text = TextAreaField(filters=[tidy], validators=[Length(max=1000)])
    file = FileField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that there is something to send."""
        valid = super().validate(extra_validators)
        if valid and not self.text.data and not self.file.data:
            self.text.errors = [_("Please write something, or choose a picture.")]
            return False
        return bool(valid)

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the field what is wrong with the file, as the bad request that it is."""
        if isinstance(refusal, BadRequest):
            refusal.field = "file"
        super().refuse(refusal)
        if isinstance(refusal, BadRequest):
            self.status = refusal.status

    def picture(self) -> bytes | None:
        """The file as it was sent, or None."""
        if not self.file.data:
            return None
        sent: bytes = self.file.data.read()
        return sent
