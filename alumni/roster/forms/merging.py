"""Which of two records is kept, and whose answer to each question."""

from wtforms.fields import RadioField, SelectChoice

from alumni.forms import Form
from alumni.i18n import _
from alumni.roster.queries.choosing import Compared

PREFIX = "take_"
"""Before the names of the fields: one of them is ``status``, which a form has itself."""


class MergeForm(Form):
    kept = RadioField()

    def chosen(self) -> dict[str, str]:
        """Field → public id of the record whose value is kept."""
        return {
            field.name.removeprefix(PREFIX): field.data
            for field in self
            if field.name.startswith(PREFIX)
        }


def merge_form(two: Compared) -> MergeForm:
    """The form for these two, with a question for each field that they answer differently."""
    records = [
        SelectChoice(two.one.public_id, _("The first: %(name)s", name=two.one.name)),
        SelectChoice(two.other.public_id, _("The second: %(name)s", name=two.other.name)),
    ]

    class TheirForm(MergeForm):
        kept = RadioField(choices=records, default=two.kept)

    for choice in two.choices:
        ids = (two.one.public_id, two.other.public_id)
        answers = [SelectChoice(*told) for told in zip(ids, choice.values, strict=True)]
        question = RadioField(choices=answers, default=choice.default)
        setattr(TheirForm, f"{PREFIX}{choice.field}", question)
    form: MergeForm = TheirForm()
    return form
