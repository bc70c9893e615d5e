"""What is sent about accounts of the office, and what roles and capabilities are called."""

from wtforms.fields import (
    BooleanField,
    DateField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from alumni.accounts.commands.staff import Grant, Invitation
from alumni.accounts.models import Account
from alumni.accounts.policy import GRANTABLE, ROLES
from alumni.authz import Capability
from alumni.db import today
from alumni.forms import EmailAddress, Form, tidy
from alumni.i18n import _, language

LONGEST_NAME, LONGEST_REASON = 60, 500


def role_words() -> dict[str, str]:
    """What each role is called, and what it is for."""
    return {
        "office": _("Office: people, roster, chapters, events, letters, requests"),
        "administrator": _("Administrator: accounts of staff, settings; sees no people"),
        "auditor": _("Auditor: reads the history, changes nothing"),
        "privacy": _("Data protection officer: sees people and the history"),
    }


def capability_words() -> dict[Capability, str]:
    return {
        Capability.VIEW_PEOPLE: _("See all people"),
        Capability.EDIT_PEOPLE: _("Edit people"),
        Capability.EXPORT_PEOPLE: _("Export lists of people"),
        Capability.IMPORT_ROSTER: _("Import rosters"),
        Capability.DECIDE_APPLICATIONS: _("Decide about applications"),
        Capability.MANAGE_CHAPTERS: _("Manage chapters and officers"),
        Capability.MANAGE_EVENTS: _("Manage events"),
        Capability.MANAGE_MAILINGS: _("Write and approve letters to lists"),
        Capability.VIEW_LETTERS: _("See all letters that were sent"),
        Capability.VIEW_AUDIT: _("Read the history"),
        Capability.MANAGE_ACCOUNTS: _("Manage accounts of staff"),
        Capability.MANAGE_SETTINGS: _("Change settings and lists of words"),
        Capability.HANDLE_REQUESTS: _("Answer requests and complaints"),
    }


class InviteForm(Form):
    email = EmailField(filters=[tidy], validators=[DataRequired(), EmailAddress()])
    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_NAME)])
    role = RadioField(validators=[InputRequired()])
    language = SelectField(choices=[SelectChoice("zh", "中文"), SelectChoice("en", "English")])

    def __init__(self) -> None:
        super().__init__(language=language())
        words = role_words()
        self.role.choices = [SelectChoice(role, words[role]) for role in ROLES]

    def invitation(self) -> Invitation:
        return Invitation(
            email=self.email.data,
            name=self.name.data,
            role=self.role.data,
            language=self.language.data,
        )


class GrantForm(Form):
    capability = SelectField(coerce=Capability, validators=[InputRequired()])
    starts_on = DateField(validators=[DataRequired()])
    ends_on = DateField(validators=[Optional()])
    why = StringField(filters=[tidy], validators=[DataRequired(), Length(max=200)])

    def __init__(self) -> None:
        super().__init__(starts_on=today())
        self.capability.choices = [
            SelectChoice(one, words)
            for one, words in capability_words().items()
            if one in GRANTABLE
        ]

    def grant(self) -> Grant:
        return Grant(
            capability=self.capability.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            why=self.why.data,
        )


class SuspendForm(Form):
    why = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])


class CloseForm(Form):
    successor = RadioField(validators=[InputRequired()])
    why = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])

    def __init__(self, candidates: list[Account]) -> None:
        super().__init__()
        self.successor.choices = [
            SelectChoice(one.public_id, f"{one.name} · {one.email}") for one in candidates
        ]


class RescueForm(Form):
    how = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])
    email = EmailField(filters=[tidy], validators=[Optional(), EmailAddress()])
    takes_second_factor = BooleanField()

    def validate(self, extra_validators: object = None) -> bool:
        valid = super().validate(extra_validators)
        if valid and not self.email.data and not self.takes_second_factor.data:
            self.form_errors.append(_("Say what is to be changed."))
            return False
        return valid
