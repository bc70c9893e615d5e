"""Who may see what of a person, and what they agree to."""

from collections.abc import Mapping
from typing import Any

from wtforms.fields import BooleanField, SelectField
from wtforms.validators import InputRequired

from alumni.people.commands.levels import Privacy
from alumni.people.forms import EditForm, level_choices
from alumni.people.models import ConsentPurpose, Level, Person
from alumni.people.queries.editing import Levelled


class PrivacyForm(EditForm):
    listed = SelectField(coerce=Level, validators=[InputRequired()])
    takes_relay = BooleanField()
    mailings = BooleanField()
    chapter_sharing = BooleanField()
    address_book = BooleanField()

    names: Mapping[str, tuple[str, int]] = {}
    """The fields of rows, and which rows they are of."""

    def __init__(self, version: int, said: Mapping[str, Any]) -> None:
        super().__init__(version, said)
        for name in ("listed", *self.names):
            self[name].choices = level_choices()

    def told(self, notice_version: str) -> Privacy:
        return Privacy(
            listed=self.listed.data,
            takes_relay=self.takes_relay.data,
            levels={row: self[name].data for name, row in self.names.items()},
            purposes=frozenset(
                purpose
                for purpose in ConsentPurpose
                if purpose.value in self and self[purpose.value].data
            ),
            notice_version=notice_version,
        )


def privacy_form(
    person: Person, rows: list[Levelled], agreed: frozenset[ConsentPurpose]
) -> PrivacyForm:
    """The form for this person, with a question for each row that has a level."""
    by_name = {name_of(row): row for row in rows}
    questions: dict[str, Any] = {
        name: SelectField(coerce=Level, validators=[InputRequired()]) for name in by_name
    }
    questions["names"] = {name: (row.__tablename__, row.id) for name, row in by_name.items()}
    form: type[PrivacyForm] = type("OwnPrivacyForm", (PrivacyForm,), questions)
    said: dict[str, Any] = {name: row.visibility for name, row in by_name.items()}
    said |= {"listed": person.listed, "takes_relay": person.takes_relay}
    consents = {purpose.value: True for purpose in agreed}
    return form(person.version, {**said, **consents})


def name_of(row: Levelled) -> str:
    """The question about this row."""
    return f"{row.__tablename__}_{row.id}"
