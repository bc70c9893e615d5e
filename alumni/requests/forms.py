"""What is sent to the office, and what it sends back."""

from wtforms.fields import EmailField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from alumni.accounts.models import Account
from alumni.forms import EmailAddress, Form, tidy
from alumni.i18n import language
from alumni.requests.commands import Question

LONGEST_NAME, LONGEST_SUBJECT, LONGEST_TEXT = 60, 120, 4000


class ContactForm(Form):
    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_NAME)])
    email = EmailField(filters=[tidy], validators=[DataRequired(), EmailAddress()])
    subject = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_SUBJECT)])
    words = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_TEXT)])
    website = StringField()
    """Nobody sees it; programs that fill every form fill it, too."""

    def __init__(self, account: Account | None) -> None:
        known = {"name": account.name, "email": account.email} if account else {}
        super().__init__(data=known)

    @property
    def is_of_a_program(self) -> bool:
        return bool(self.website.data)

    def question(self) -> Question:
        return Question(
            name=self.name.data,
            email=self.email.data,
            subject=self.subject.data,
            words=self.words.data.replace("\r\n", "\n"),
            language=language(),
        )


class AnswerForm(Form):
    words = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_TEXT)])

    def answer(self) -> str:
        text: str = self.words.data
        return text.replace("\r\n", "\n")


class CloseForm(Form):
    why = StringField(filters=[tidy], validators=[DataRequired(), Length(max=200)])
