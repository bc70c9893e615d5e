"""What is sent about positions and their rights."""

from collections.abc import Iterable

from wtforms.fields import BooleanField, IntegerField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from alumni.authz import Right
from alumni.chapters.models import Position
from alumni.forms import Form, tidy
from alumni.i18n import _
from alumni.membership.commands.positions import PositionDetails, RightsChange
from alumni.membership.queries.positions import BY_POSITION, PositionRow


def words_of_rights() -> dict[Right, str]:
    """What each right lets an officer do, in the reader's language."""
    return {
        Right.VIEW: _("See the members"),
        Right.EDIT: _("Edit the chapter’s page"),
        Right.APPROVE: _("Decide about joiners"),
        Right.EVENTS: _("Prepare events"),
        Right.LETTERS: _("Write letters"),
        Right.PUBLISH: _("Publish without review"),
        Right.EXPORT: _("Export lists"),
        Right.REPORT: _("Write the annual report"),
    }


def short_words_of_rights() -> dict[Right, str]:
    """The same as heads of columns."""
    return {
        Right.VIEW: _("Members"),
        Right.EDIT: _("Public page"),
        Right.APPROVE: _("Joiners"),
        Right.EVENTS: _("Events"),
        Right.LETTERS: _("Letters"),
        Right.PUBLISH: _("Publishing"),
        Right.EXPORT: _("Exporting"),
        Right.REPORT: _("Annual report"),
    }


class PositionForm(Form):
    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=40)])
    name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=60)])
    order = IntegerField(validators=[InputRequired(), NumberRange(0, 999)])
    reaches_below = BooleanField()

    def __init__(self, position: Position | None = None, *, order: int = 0) -> None:
        if position is None:
            super().__init__(order=order)
        else:
            super().__init__(obj=position)

    def details(self) -> PositionDetails:
        return PositionDetails(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            order=self.order.data or 0,
            reaches_below=self.reaches_below.data,
        )


class NewPositionForm(PositionForm):
    rights = SelectMultipleField(
        coerce=Right, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def __init__(self, *, order: int) -> None:
        super().__init__(order=order)
        words = words_of_rights()
        self.rights.choices = [(right.value, words[right]) for right in BY_POSITION]


class MatrixForm(Form):
    """All positions with their rights, as ``<position>:<right>``.

    ``seen`` are those that the page showed as given. Only what differs from it is changed: what
    somebody else has changed meanwhile stays.
    """

    given = SelectMultipleField()
    seen = SelectMultipleField()
    leaving_nobody = BooleanField()

    def __init__(self, rows: Iterable[PositionRow]) -> None:
        super().__init__()
        cells = [f"{row.position.id}:{right}" for row in rows for right in BY_POSITION]
        for field in (self.given, self.seen):
            field.choices = [(cell, cell) for cell in cells]
            field.data = field.data or []

    def changes(self) -> dict[int, RightsChange]:
        given, seen = _by_position(self.given.data), _by_position(self.seen.data)
        return {
            position_id: RightsChange(
                given=given.get(position_id, frozenset()) - seen.get(position_id, frozenset()),
                taken=seen.get(position_id, frozenset()) - given.get(position_id, frozenset()),
            )
            for position_id in given.keys() | seen.keys()
            if given.get(position_id) != seen.get(position_id)
        }


def _by_position(cells: Iterable[str]) -> dict[int, frozenset[Right]]:
    rights: dict[int, frozenset[Right]] = {}
    for cell in cells:
        position, _colon, right = cell.partition(":")
        rights[int(position)] = rights.get(int(position), frozenset()) | {Right(right)}
    return rights
