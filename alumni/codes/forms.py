"""What the office types to enter, rename and merge words and places, and the logo it sends."""

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.validators import ValidationError as Wrong

from alumni.codes.commands.naming import Location, Wording
from alumni.codes.models import Code, Place
from alumni.errors import BadRequest, Refusal
from alumni.forms import Form, tidy
from alumni.i18n import _, either, lazy_gettext, zones
from alumni.pictures import MOST_BYTES

LAST = 100_000
"""No list has a position after it."""


class WordForm(Form):
    """What a word of a list is called, and where it stands."""

    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=120)])
    name_en = StringField(filters=[tidy], validators=[Optional(), Length(max=160)])
    position = IntegerField(validators=[Optional(), NumberRange(0, LAST)])
    is_obsolete = BooleanField()

    def __init__(self, code: Code | None = None, **options: Any) -> None:
        super().__init__(obj=code, **options)

    def wording(self) -> Wording:
        return Wording(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            position=self.position.data,
            is_obsolete=bool(self.is_obsolete.data),
        )


class NameForm(Form):
    """Another name of a word or a place."""

    other_name = StringField(filters=[tidy], validators=[DataRequired()])

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.other_name.validators = [*self.other_name.validators, Length(max=longest)]


class MergeForm(Form):
    """Which word the other one is. Chosen by GET: nothing is changed by it."""

    class Meta:
        csrf = False

    into = SelectField(validators=[InputRequired()], validate_choice=False)

    def __init__(self, words: Iterable[Code], into: Code | None) -> None:
        super().__init__(data={"into": str(into.id)} if into else None)
        self.into.choices = [
            SelectChoice(str(word.id), either(word.name_zh, word.name_en)) for word in words
        ]


class PlaceForm(Form):
    """What a place is called, and its clock."""

    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    time_zone = StringField(filters=[tidy], validators=[Optional(), Length(max=40)])

    def __init__(self, place: Place | None = None, **options: Any) -> None:
        super().__init__(obj=place, **options)

    def validate_time_zone(self, field: StringField) -> None:
        if field.data not in zones():
            raise Wrong(_("This is no time zone. It looks like Europe/Madrid."))

    def location(self, otherwise: str) -> Location:
        """What was typed, with the time zone of the wider place where none was."""
        return Location(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            time_zone=self.time_zone.data or otherwise,
        )


class NewPlaceForm(PlaceForm):
    """A city, and what it lies in."""

    parent_id = SelectField(coerce=int, validators=[InputRequired()])

    def __init__(self, wider: Iterable[Place]) -> None:
        super().__init__()
        self.parent_id.choices = [
            SelectChoice(
                place.id, ("– " if place.parent_id else "") + either(place.name_zh, place.name_en)
            )
            for place in wider
        ]


class LogoForm(Form):
    file = FileField(validators=[FileRequired(lazy_gettext("Choose a picture first."))])

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the field what is wrong with the file."""
        if isinstance(refusal, BadRequest):
            refusal.field = "file"
        super().refuse(refusal)

    def content(self) -> bytes:
        """The file, and no more of one that is too large than shows it."""
        sent: bytes = self.file.data.read(MOST_BYTES + 1)
        return sent
