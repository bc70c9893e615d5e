"""What is said of a person's names."""

from typing import Any

from wtforms import Field
from wtforms.fields import StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from alumni.forms import tidy
from alumni.i18n import _
from alumni.people import names
from alumni.people.commands import in_characters
from alumni.people.commands.names import Former, Names, Official
from alumni.people.forms import EditForm, RowForm
from alumni.people.models import FormerName, Level, Person

COLUMNS = ("name_zh", "name_latin", "name_en", "pinyin_surname", "pinyin_given")


class NamesForm(EditForm):
    name_zh = StringField(filters=[tidy], validators=[Optional(), Length(max=80)])
    name_latin = StringField(filters=[tidy], validators=[Optional(), Length(max=120)])
    name_en = StringField(filters=[tidy], validators=[Optional(), Length(max=120)])
    pinyin_surname = StringField(filters=[tidy], validators=[Optional(), Length(max=60)])
    pinyin_given = StringField(filters=[tidy], validators=[Optional(), Length(max=60)])

    def __init__(self, person: Person, *, is_official: bool) -> None:
        """Only with ``is_official`` the names in documents can be changed."""
        super().__init__(person.version, {name: getattr(person, name) for name in COLUMNS})
        self.name = person.name_zh
        self.is_official = is_official
        if not is_official:
            del self.name_zh, self.name_latin

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that a name is left."""
        valid = super().validate(extra_validators)
        if valid and self.is_official and not self._has_name():
            self.name_zh.errors = [_("A person needs one name at least.")]
            return False
        return bool(valid)

    def validate_name_zh(self, field: Field) -> None:
        if not in_characters(field.data):
            raise ValidationError(_("Please write this name in characters."))

    def validate_name_latin(self, field: Field) -> None:
        _refuse_characters(field)

    def validate_name_en(self, field: Field) -> None:
        _refuse_characters(field)

    def validate_pinyin_surname(self, field: Field) -> None:
        _refuse_unreadable(field)

    def validate_pinyin_given(self, field: Field) -> None:
        _refuse_unreadable(field)

    def told(self) -> Names:
        official = None
        if self.is_official:
            official = Official(
                name_zh=names.tidy_name(self.name_zh.data or "") or None,
                name_latin=names.tidy_name(self.name_latin.data or "") or None,
            )
            self.name = official.name_zh
        surname, given = names.split_chinese(self.name or "")
        return Names(
            name_en=names.tidy_name(self.name_en.data or "") or None,
            surname=names.tidy_reading(self.pinyin_surname.data or "", len(surname)),
            given=names.tidy_reading(self.pinyin_given.data or "", len(given)),
            official=official,
        )

    def _has_name(self) -> bool:
        return any(field.data for field in (self.name_zh, self.name_latin, self.name_en))


class FormerNameForm(RowForm):
    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=120)])

    def __init__(self, version: int, row: FormerName | None = None) -> None:
        said = {"name": row.name, "visibility": row.visibility} if row else {}
        super().__init__(version, {"visibility": Level.OFFICE, **said})

    def told(self) -> Former:
        return Former(name=names.tidy_name(self.name.data), visibility=self.visibility.data)


def _refuse_characters(field: Field) -> None:
    if in_characters(field.data):
        raise ValidationError(_("Please write this name in Latin letters."))


def _refuse_unreadable(field: Field) -> None:
    if not names.tidy_reading(field.data):
        raise ValidationError(_("Please write pinyin in letters, as in “zeng”."))
