"""A list that an officer sends, what they say of its columns, and the office's answer."""

from typing import cast

from wtforms.fields import TextAreaField
from wtforms.validators import DataRequired, Length

from alumni.chapters.models import Chapter
from alumni.errors import Refusal
from alumni.forms import Form, tidy
from alumni.roster.forms.mapping import ColumnsForm, FileForm, column_fields
from alumni.roster.models import ImportBatch
from alumni.roster.policy import PROPOSAL_BYTES
from alumni.roster.queries.proposing import insist_room
from alumni.roster.reading import Looked


class ProposalForm(FileForm):
    def seen_for(self, chapter: Chapter) -> tuple[bytes, Looked] | None:
        """As ``seen``, once it is known that the list can be taken: reading costs seconds."""
        try:
            insist_room(chapter, len(self.file.data.read(PROPOSAL_BYTES + 1)))
        except Refusal as refusal:
            self.refuse(refusal)
            return None
        self.file.data.seek(0)
        return self.seen()


class SendBackForm(Form):
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=1000)])


def columns_said(batch: ImportBatch, looked: Looked) -> ColumnsForm:
    """The questions for the columns alone."""
    made = type("ProposedColumnsForm", (ColumnsForm,), column_fields(looked, batch.columns))
    return cast("ColumnsForm", made())
