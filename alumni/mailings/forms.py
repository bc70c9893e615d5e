"""What authors and reviewers send."""

from wtforms.fields import EmailField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from alumni.forms import EmailAddress, Form, tidy
from alumni.i18n import LANGUAGES
from alumni.mailings.commands import Draft
from alumni.mailings.compiling import Written
from alumni.mailings.models import Mailing


class MailingForm(Form):
    """A letter in one language or both: the command says what is missing."""

    subject_zh = StringField(filters=[tidy], validators=[Optional(), Length(max=200)])
    source_zh = TextAreaField(validators=[Optional(), Length(max=50_000)])
    subject_en = StringField(filters=[tidy], validators=[Optional(), Length(max=200)])
    source_en = TextAreaField(validators=[Optional(), Length(max=50_000)])
    reply_to = EmailField(filters=[tidy], validators=[Optional(), EmailAddress()])

    @classmethod
    def of(cls, mailing: Mailing | None) -> "MailingForm":
        """The form as it is sent, or else as the letter stands."""
        if mailing is None:
            return cls()
        texts = {variant.language: variant for variant in mailing.variants}
        return cls(
            reply_to=mailing.reply_to,
            **{f"subject_{code}": text.subject for code, text in texts.items()},
            **{f"source_{code}": text.source for code, text in texts.items()},
        )

    def draft(self) -> Draft:
        texts = {
            code: Written(
                subject=self[f"subject_{code}"].data or "",
                source=(self[f"source_{code}"].data or "").replace("\r\n", "\n").strip(),
            )
            for code in LANGUAGES
        }
        return Draft(
            texts={code: text for code, text in texts.items() if text.subject or text.source},
            reply_to=self.reply_to.data or None,
        )


class ApproveForm(Form):
    body_hash = HiddenField(validators=[DataRequired(), Length(max=64)])


class RejectForm(Form):
    note = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=1000)])
