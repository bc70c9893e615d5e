"""What there is to say of a person: one catalogue for what files bring in and what goes out."""

from alumni.people.fields.catalogue import DEFAULT_COLUMNS, FIELDS, HEADERS, fields_for
from alumni.people.fields.kinds import SEPARATORS, Course, Field, FieldKind, Group, group_words
from alumni.people.fields.selecting import export_select, headers
from alumni.people.fields.studies import every_course, nth_course, primary_course
from alumni.people.fields.words import (
    level_words,
    listed_words,
    sex_words,
    status_words,
    training_words,
)

__all__ = [
    "DEFAULT_COLUMNS",
    "FIELDS",
    "HEADERS",
    "SEPARATORS",
    "Course",
    "Field",
    "FieldKind",
    "Group",
    "every_course",
    "export_select",
    "fields_for",
    "group_words",
    "headers",
    "level_words",
    "listed_words",
    "nth_course",
    "primary_course",
    "sex_words",
    "status_words",
    "training_words",
]
