"""What the office says became of a person, and why it takes that back."""

from enum import StrEnum

from wtforms.fields import DateField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from alumni.db import today
from alumni.forms import tidy
from alumni.i18n import _
from alumni.people.commands.statuses import Said
from alumni.people.forms import EditForm
from alumni.people.models import Person, PersonStatus

LONGEST_REASON = 500


class Standing(StrEnum):
    """What can be said of a person, one beside the other but the first two."""

    DECEASED = PersonStatus.DECEASED.value
    DEPARTED = PersonStatus.DEPARTED.value
    LOST = "lost"
    CONTACT = "contact"
    RELAY = "relay"


def standing_words() -> dict[Standing, str]:
    """As a badge says it."""
    return {
        Standing.DECEASED: _("Deceased"),
        Standing.DEPARTED: _("Departed"),
        Standing.LOST: _("Lost sight of"),
        Standing.CONTACT: _("Wants no letters"),
        Standing.RELAY: _("May not write to others"),
    }


def standings_of(person: Person) -> dict[Standing, str]:
    """What is said of the person now, in words, by what it is."""
    said = {
        Standing.DECEASED: person.status is PersonStatus.DECEASED,
        Standing.DEPARTED: person.status is PersonStatus.DEPARTED,
        Standing.LOST: person.lost_since is not None,
        Standing.CONTACT: person.contact_stopped_on is not None,
        Standing.RELAY: person.relay_stopped_on is not None,
    }
    return {mark: words for mark, words in standing_words().items() if said[mark]}


class StatusForm(EditForm):
    mark = RadioField(coerce=Standing, validators=[InputRequired()])
    day = DateField(validators=[DataRequired()])
    why = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])

    def __init__(self, person: Person) -> None:
        super().__init__(person.version, {"day": today()})
        words, is_so = standing_words(), standings_of(person)
        offered = (Standing.DECEASED, Standing.DEPARTED, Standing.LOST, Standing.CONTACT)
        told = {
            Standing.DECEASED: _(
                "Deceased: no letters, no signing in, in no list but the office’s"
            ),
            Standing.DEPARTED: _(
                "Departed: left the association; can still sign in to the own data"
            ),
            Standing.LOST: _("Lost sight of: nobody knows how to reach them"),
            Standing.CONTACT: _("Wants no letters: only what they cause themselves still comes"),
        }
        self.mark.choices = [
            SelectChoice(mark, told[mark])
            for mark in words
            if mark in offered
            and mark not in is_so
            and not (mark is Standing.DEPARTED and _died(person))
        ]

    def said(self) -> Said:
        return Said(day=self.day.data, why=self.why.data)


class TakeBackForm(EditForm):
    why = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_REASON)])

    def __init__(self, person: Person) -> None:
        super().__init__(person.version)


def _died(person: Person) -> bool:
    return person.status is PersonStatus.DECEASED
