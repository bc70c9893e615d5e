"""What is sent about memberships."""

from wtforms.fields import (
    DateField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from alumni.chapters.models import ChapterMembership
from alumni.db import today
from alumni.forms import Form, tidy
from alumni.i18n import _, date_text, either, lazy_gettext
from alumni.membership.commands.members import Addition
from alumni.membership.queries.joining import Found


class JoinForm(Form):
    message = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=500)])


class TransferForm(JoinForm):
    leaving = RadioField(coerce=int, validators=[InputRequired()])

    def __init__(self, spells: list[ChapterMembership]) -> None:
        """``spells``: those of which one may be left, the primary one first."""
        super().__init__(leaving=spells[0].id if spells else None)
        self.leaving.choices = [SelectChoice(spell.id, _spell_text(spell)) for spell in spells]


class RejectForm(Form):
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=500)])


class ApproveForm(Form):
    """Several who wait, chosen by their boxes."""

    joiner = SelectMultipleField(
        coerce=int,
        validators=[InputRequired(lazy_gettext("Choose at least one person."))],
        validate_choice=False,
    )


class AddForm(Form):
    person = RadioField(validators=[InputRequired()])
    since = DateField(validators=[DataRequired()])
    basis = StringField(filters=[tidy], validators=[DataRequired(), Length(max=200)])

    def __init__(self, found: list[Found]) -> None:
        super().__init__(since=today())
        self.person.choices = [
            SelectChoice(one.who.public_id, one.who.said) for one in found if one.state is None
        ]

    def addition(self) -> Addition:
        return Addition(person=self.person.data, since=self.since.data, basis=self.basis.data or "")


def _spell_text(spell: ChapterMembership) -> str:
    name = either(spell.chapter.name_zh, spell.chapter.name_en)
    since = _("Member since %(day)s", day=date_text(spell.starts_on))
    return f"{name} · {since}"
