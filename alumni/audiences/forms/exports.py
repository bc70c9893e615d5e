"""Choosing what goes into a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from wtforms.fields import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from alumni.audiences.commands.content import Format, Wish, rows_words
from alumni.audiences.models import ExportProfile
from alumni.audiences.queries.exports import Rows
from alumni.authz import Actor
from alumni.exports.papers import SHEETS
from alumni.forms import Form, tidy, tidy_number
from alumni.i18n import _
from alumni.people.fields import DEFAULT_COLUMNS, Field, Group, fields_for, group_words

LONGEST_PURPOSE = 200
LONGEST_NAME = 80
LONGEST_PLACE = 3
"""Digits."""


class ExportForm(Form):
    columns = SelectMultipleField(
        validators=[DataRequired()],
        validate_choice=False,  # the command names a column that there is not
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    format = RadioField(validators=[DataRequired()])
    rows = RadioField(default=Rows.MAIN.value)
    sheet = SelectField(default="3x8")
    purpose = StringField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_PURPOSE)])
    profile_name = StringField(filters=[tidy], validators=[Length(max=LONGEST_NAME)])

    def __init__(
        self, actor: Actor, profile: ExportProfile | None = None, *, is_circle: bool = False
    ) -> None:
        """``is_circle``: the list is of one class or chapter, which may have an address book."""
        self.fields = fields_for(actor)
        super().__init__(data=self._begun(profile, is_circle=is_circle))
        self.columns.choices = [(key, str(field.label)) for key, field in self.fields.items()]
        self.format.choices = _formats(is_circle=is_circle)
        self.rows.choices = [(rows.value, words) for rows, words in rows_words().items()]
        self.sheet.choices = _sheets()

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not all(typed.isdecimal() for typed in self._typed().values()):
            self.columns.errors = [_("The place of a column is a whole number, such as 3.")]
            return False
        return valid

    def wish(self) -> Wish:
        return Wish(
            columns=self.chosen(),
            format=Format(self.format.data),
            purpose=self.purpose.data or "",
            rows=Rows(self.rows.data),
            sheet=self.sheet.data,
        )

    def chosen(self) -> tuple[str, ...]:
        """The columns in their order."""
        typed = self._typed().items()
        places = {key: int(place) for key, place in typed if place.isdecimal()}
        return in_places(self.columns.data or (), places)

    def chosen_fields(self) -> list[Field]:
        return [self.fields[key] for key in dict.fromkeys(self.chosen()) if key in self.fields]

    def misplaced(self, key: str) -> str:
        """What was typed as the place of a column and is none. A place that is one was kept to."""
        typed = self._typed().get(key, "")
        return "" if typed.isdecimal() else typed

    def other_fields(self) -> list[tuple[str, list[Field]]]:
        """What is not chosen, by group, each with its words."""
        chosen = set(self.chosen())
        groups: dict[Group, list[Field]] = {group: [] for group in Group}
        for key, field in self.fields.items():
            if key not in chosen:
                groups[field.group].append(field)
        words = group_words()
        return [(words[group], fields) for group, fields in groups.items() if fields]

    def _begun(self, profile: ExportProfile | None, *, is_circle: bool) -> dict[str, Any]:
        """What is ticked before anybody ticks."""
        if profile is None:
            columns = [key for key in DEFAULT_COLUMNS if key in self.fields]
            return {"columns": columns, "format": Format.XLSX.value}
        kept = profile.format
        if kept == Format.ADDRESS_BOOK and not is_circle:
            kept = Format.XLSX.value
        return {
            "columns": [key for key in profile.columns if key in self.fields],
            "format": kept,
            "rows": profile.rows,
            "profile_name": profile.name,
        }

    def _typed(self) -> dict[str, str]:
        """By column the place in the file that somebody typed."""
        names = {key: f"place-{key}" for key in self.columns.data or ()}
        typed = {key: tidy_number(request.form.get(name)) for key, name in names.items()}
        return {key: place[: LONGEST_PLACE + 1] for key, place in typed.items() if place}


def in_places(keys: Sequence[str], places: Mapping[str, int]) -> tuple[str, ...]:
    """The keys in their order, but for those that have a place: 1 is the first."""
    ordered = [key for key in keys if key not in places]
    for key in sorted((key for key in keys if key in places), key=places.__getitem__):
        ordered.insert(max(places[key], 1) - 1, key)
    return tuple(ordered)


def _formats(*, is_circle: bool) -> list[tuple[str, str]]:
    offered = [
        (Format.XLSX.value, _("Excel (XLSX)")),
        (Format.CSV.value, _("CSV in Unicode (UTF-8)")),
        (Format.CSV_GB18030.value, _("CSV for older Chinese programs (GB18030)")),
        (Format.VCARD.value, _("Cards for a telephone’s address book (vCard)")),
        (Format.LIST.value, _("List to print (PDF)")),
        (Format.LABELS.value, _("Address labels (PDF)")),
    ]
    if is_circle:
        offered.append((Format.ADDRESS_BOOK.value, _("Address book of those who agreed (PDF)")))
    return offered


def _sheets() -> list[tuple[str, str]]:
    return [
        (
            name,
            _(
                "%(number)s labels of %(width)s × %(height)s mm",
                number=sheet.labels,
                width=sheet.width,
                height=sheet.height,
            ),
        )
        for name, sheet in SHEETS.items()
    ]
