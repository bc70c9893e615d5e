"""Narrowing a list of people."""

from wtforms.fields import SelectField, StringField

from alumni.audiences.criteria import Audience
from alumni.audiences.queries import Choices
from alumni.forms import Form
from alumni.i18n import _
from alumni.people.fields import status_words
from alumni.people.policy import GONE


class FilterForm(Form):
    """The conditions of a list as questions. It is only shown: ``Audience`` reads the answers."""

    class Meta:
        csrf = False

    chapter = SelectField()
    college = SelectField()
    year_from = StringField()
    year_to = StringField()
    city = StringField()
    status = SelectField()
    email = SelectField()

    def __init__(self, audience: Audience, choices: Choices) -> None:
        super().__init__(formdata=None, data=audience.to_query())
        anything = ("", _("Any"))
        self.chapter.choices = [anything, *choices.chapters]
        self.college.choices = [anything, *choices.colleges]
        self.status.choices = [
            anything,
            *((key, words) for key, words in status_words().items() if key not in GONE),
        ]
        self.email.choices = [anything, ("yes", _("Available")), ("no", _("Missing"))]
