"""Smaller things about a person: language, photograph, the office's own facts and tags."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import Field
from wtforms.fields import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from alumni.db import now
from alumni.errors import BadRequest, Refusal
from alumni.forms import tidy
from alumni.i18n import LANGUAGES, _, either, lazy_gettext, zone_name
from alumni.people.commands.levels import Facts
from alumni.people.fields.words import sex_words
from alumni.people.forms import EditForm, RowForm
from alumni.people.models import Level, Person, Photo
from alumni.people.queries.editing import other_tags, zones_of_places


class LanguageForm(EditForm):
    language = SelectField(
        choices=[SelectChoice(*language) for language in LANGUAGES.items()],
        validators=[InputRequired()],
    )
    time_zone = SelectField(validators=[InputRequired()])

    def __init__(self, person: Person) -> None:
        said = {"language": person.language, "time_zone": person.time_zone}
        super().__init__(person.version, said)
        offered = dict.fromkeys(("Asia/Shanghai", person.time_zone, *zones_of_places()))
        self.time_zone.choices = [SelectChoice(zone, zone_name(zone)) for zone in offered]


class PhotoForm(RowForm):
    file = FileField(validators=[FileRequired(lazy_gettext("Choose a picture first."))])

    def __init__(self, version: int, photo: Photo | None) -> None:
        super().__init__(version, {"visibility": photo.visibility if photo else Level.ALUMNI})

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the field what is wrong with the file, as the bad request that it is."""
        if isinstance(refusal, BadRequest):
            refusal.field = "file"
        super().refuse(refusal)
        if isinstance(refusal, BadRequest):
            self.status = refusal.status

    def content(self) -> bytes:
        sent: bytes = self.file.data.read()
        return sent


class FactsForm(EditForm):
    """What is for the office alone."""

    sex = SelectField(default="")
    birth_year = IntegerField(validators=[Optional(), NumberRange(min=1880, max=2100)])

    def __init__(self, person: Person) -> None:
        super().__init__(person.version, {"sex": person.sex or "", "birth_year": person.birth_year})
        self.sex.choices = [("", _("Not said")), *sex_words().items()]

    def validate_birth_year(self, field: Field) -> None:
        if field.data is not None and field.data > now().year:
            raise ValidationError(_("Please look at the year again."))

    def told(self) -> Facts:
        return Facts(sex=self.sex.data or None, birth_year=self.birth_year.data)


class TagForm(EditForm):
    tag = SelectField(default="")
    """One that there is already, by its public id."""
    name_zh = StringField(filters=[tidy], validators=[Optional(), Length(max=60)])
    name_en = StringField(filters=[tidy], validators=[Optional(), Length(max=60)])

    def __init__(self, person: Person) -> None:
        super().__init__(person.version)
        known = [(tag.public_id, either(tag.name_zh, tag.name_en)) for tag in other_tags(person)]
        self.tag.choices = [("", _("A new one, below")), *known]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that one tag is meant."""
        valid = super().validate(extra_validators)
        if valid and not self.tag.data and not self.name_zh.data:
            self.tag.errors = [_("Choose a tag, or name a new one.")]
            return False
        return bool(valid)
