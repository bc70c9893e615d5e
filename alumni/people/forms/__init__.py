"""What people send to change what is known of them."""

from collections.abc import Mapping
from typing import Any

from wtforms.fields import HiddenField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from alumni.forms import Form
from alumni.people.fields.words import listed_words
from alumni.people.models import Level

LONGEST_VERSION = 10
"""How many digits the number of a version can have."""


class EditForm(Form):
    """A form that knows which version of the person its editor saw."""

    version = HiddenField()

    def __init__(self, version: int, said: Mapping[str, Any] | None = None) -> None:
        """``said`` is what is known, by field."""
        super().__init__(data={"version": str(version), **(said or {})})

    def seen_version(self) -> int:
        """What was sent: where nothing was, the field still has the version of this moment."""
        return version_of(next(iter(self.version.raw_data or ()), None))


class RowForm(EditForm):
    """One thing about a person, with who may see it."""

    visibility = SelectField(coerce=Level, validators=[InputRequired()])

    def __init__(self, version: int, said: Mapping[str, Any]) -> None:
        super().__init__(version, said)
        self.visibility.choices = level_choices()


def level_choices() -> list[SelectChoice]:
    """Who may see a thing, from the fewest to the most."""
    return [SelectChoice(level, words) for level, words in listed_words().items()]


def version_of(typed: str | None) -> int:
    """The version that a form names; one that nobody has where that cannot be read."""
    return int(typed) if typed and typed.isdecimal() and len(typed) <= LONGEST_VERSION else -1
