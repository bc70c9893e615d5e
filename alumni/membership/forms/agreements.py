"""What is sent about the agreement of officers on members' data."""

from functools import lru_cache
from pathlib import Path

from wtforms.fields import BooleanField, HiddenField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from alumni.chapters.models.governance import Agreement
from alumni.forms import Form, tidy
from alumni.membership.commands.agreements import AgreementText

FOLDER = Path(__file__).parent.parent


class AgreementForm(Form):
    text_zh = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=10_000)])
    text_en = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=10_000)])

    def __init__(self, newest: Agreement | None) -> None:
        """It begins with the newest version; before the first one with a proposal."""
        if newest is None:
            super().__init__(text_zh=proposed("zh"), text_en=proposed("en"))
        else:
            super().__init__(obj=newest)

    def text(self) -> AgreementText:
        return AgreementText(
            text_zh=_lines(self.text_zh.data or ""), text_en=_lines(self.text_en.data or "")
        )


class AcceptForm(Form):
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    """What was on the page: nobody accepts what they have not read."""
    next = HiddenField()
    agree = BooleanField(validators=[DataRequired()])

    def __init__(self, version: int, onwards: str) -> None:
        super().__init__(version=version, next=onwards)


@lru_cache(maxsize=2)
def proposed(language: str) -> str:
    """The text to begin with."""
    return (FOLDER / f"agreement.{language}.md").read_text(encoding="utf-8").strip()


def _lines(text: str) -> str:
    """As every system ends its lines: the same text sent by two browsers is the same."""
    return text.replace("\r\n", "\n")
