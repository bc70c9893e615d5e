"""A file that the office sends, and what it says of its columns."""

from collections.abc import Mapping
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from alumni.errors import Invalid
from alumni.forms import Form
from alumni.i18n import _, lazy_gettext
from alumni.roster.cells import Unreadable
from alumni.roster.commands.receiving import fault_text
from alumni.roster.importable import IMPORTABLE
from alumni.roster.models import BatchKind, ImportBatch, Policy
from alumni.roster.queries.mapping import offered, policies
from alumni.roster.reading import Looked, look

KINDS = {
    BatchKind.REGISTRAR: lazy_gettext(
        "The registrar’s roster: graduates with their student numbers. It fills the roster."
    ),
    BatchKind.CHAPTER: lazy_gettext(
        "A chapter’s list: people by name and class. Each row is looked for among those we know."
    ),
    BatchKind.CONTACTS: lazy_gettext(
        "A contact list: how people can be reached. Each row is looked for among those we know."
    ),
}
"""What is said of each kind of file."""

NAMES = {
    BatchKind.REGISTRAR: lazy_gettext("Registrar’s roster"),
    BatchKind.CHAPTER: lazy_gettext("Chapter list"),
    BatchKind.CONTACTS: lazy_gettext("Contact list"),
}

POLICIES = {
    Policy.FILL: lazy_gettext("fills what is blank"),
    Policy.OVERWRITE: lazy_gettext("takes the place of what we have"),
    Policy.SKIP: lazy_gettext("is left out"),
}
"""What a value of the file does."""


class FileForm(Form):
    file = FileField(validators=[FileRequired(lazy_gettext("Choose a file first."))])

    def seen(self) -> tuple[bytes, Looked] | None:
        """The file and a first look at it; None if it cannot be read, which the form then says."""
        content = self.file.data.read()
        try:
            return content, look(content)
        except Unreadable as fault:
            self.refuse(Invalid(fault_text(fault), field="file"))
            return None


class UploadForm(FileForm):
    kind = RadioField(
        choices=[SelectChoice(kind.value, sentence) for kind, sentence in KINDS.items()],
        default=BatchKind.REGISTRAR.value,
    )


class ColumnsForm(Form):
    """What each column holds, ``column_0`` and so on; ``policy_…``: what a field's values do."""

    def columns(self, looked: Looked) -> dict[str, str | None]:
        return {
            column.name: self[f"column_{at}"].data or None
            for at, column in enumerate(looked.columns)
        }

    def policies(self) -> dict[str, str]:
        return {key: self[f"policy_{key}"].data for key in IMPORTABLE}


def columns_form(batch: ImportBatch, looked: Looked) -> ColumnsForm:
    """The questions for this file, answered as far as its headers or a file before it say."""
    fields = column_fields(looked, batch.columns) | _policies(batch)
    made = type("AnswerableColumnsForm", (ColumnsForm,), fields)
    form: ColumnsForm = made()
    return form


def column_fields(looked: Looked, columns: Mapping[str, str | None]) -> dict[str, Any]:
    """A question for each column, answered as it was."""
    choices = [SelectChoice("", _("Leave out"))] + [
        SelectChoice(key, label, optgroup=group)
        for group, fields in offered()
        for key, label in fields
    ]
    return {
        f"column_{at}": SelectField(choices=choices, default=columns.get(column.name) or "")
        for at, column in enumerate(looked.columns)
    }


def _policies(batch: ImportBatch) -> dict[str, Any]:
    choices = [SelectChoice(policy.value, words) for policy, words in POLICIES.items()]
    return {
        f"policy_{key}": SelectField(choices=choices, default=policy.value)
        for key, policy in policies(batch.kind, batch.policies).items()
    }
