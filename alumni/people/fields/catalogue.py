"""The catalogue itself: every field once, in the order in which they are offered."""

from alumni.authz import Actor
from alumni.people.fields.contacts import CONTACTS
from alumni.people.fields.kinds import Field
from alumni.people.fields.lives import PLACES, TRAININGS_AND_WORK
from alumni.people.fields.names import NAMES
from alumni.people.fields.record import RECORD
from alumni.people.fields.studies import STUDIES
from alumni.people.policy import may_view_people

_CATALOGUE = (*NAMES, *STUDIES, *TRAININGS_AND_WORK, *PLACES, *CONTACTS, *RECORD)

FIELDS = {field.key: field for field in _CATALOGUE}

DEFAULT_COLUMNS = (
    "name",
    "student_number",
    "graduation_year",
    "college",
    "major",
    "class_label",
    "employer",
    "title",
    "phone",
    "email",
    "province",
    "city",
)
"""What an export holds unless somebody chooses."""

HEADERS = {header: field.key for field in _CATALOGUE for header in field.synonyms.split()}
"""From what stands over the columns of files, without punctuation and capitals, to the field."""


def fields_for(actor: Actor) -> dict[str, Field]:
    """What the actor may ask for at all, of people they may find. Rows have their levels beside."""
    if may_view_people(actor):
        return FIELDS
    return {key: field for key, field in FIELDS.items() if not field.is_private}
