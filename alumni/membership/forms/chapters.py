"""What is sent about chapters."""

from collections.abc import Sequence
from typing import Any

from wtforms.fields import (
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from alumni.chapters.models import Chapter, ChapterStatus, JoinMode
from alumni.chapters.queries import Branch
from alumni.codes.models import Place
from alumni.forms import Form, tidy, tidy_number
from alumni.i18n import LANGUAGES, _, either, zone_name
from alumni.membership.commands.chapters import (
    LONGEST_CODE,
    LONGEST_SLUG,
    ChapterDetails,
    PageDetails,
)
from alumni.membership.queries.places import Ambiguous, meant_place

ZONES = (
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Toronto",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Vancouver",
)
"""Where chapters are or may be founded. A chapter's own zone is offered beside them."""

MOST_PLACES = 200
INDENT = "\u2003"


def optional_number(value: str) -> int | None:
    """The id that was chosen, or nothing."""
    return int(value) if value else None


class PlaceField(StringField):  # type: ignore[misc]
    """A place by its name or code. ``place`` is it, once it was found."""

    place: Place | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: FBT001 - of WTForms
        self.place = _place(self.data) if self.data and not validation_stopped else None


class PlacesField(TextAreaField):  # type: ignore[misc]
    """Places, each in a line of its own. ``places`` are they, once all were found."""

    places: tuple[Place, ...] = ()

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: FBT001 - of WTForms
        lines = [line for line in (self.data or "").splitlines() if line.strip()]
        if len(lines) > MOST_PLACES:
            raise ValidationError(_("At most %(most)s places.", most=MOST_PLACES))
        found = {} if validation_stopped else {place.id: place for place in map(_place, lines)}
        self.places = tuple(found.values())


class PageForm(Form):
    """What a chapter's own officers change."""

    intro_zh = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    intro_en = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    contact = StringField(filters=[tidy], validators=[Optional(), Length(max=200)])

    def page(self) -> PageDetails:
        return PageDetails(
            intro_zh=self.intro_zh.data or "",
            intro_en=self.intro_en.data or "",
            contact=self.contact.data or "",
        )


class ChapterForm(PageForm):
    name_zh = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    name_en = StringField(filters=[tidy], validators=[DataRequired(), Length(max=120)])
    slug = StringField(filters=[tidy_number], validators=[DataRequired(), Length(max=LONGEST_SLUG)])
    parent_id = SelectField(coerce=optional_number, validators=[Optional()])
    seat = PlaceField(filters=[tidy], validators=[Optional(), Length(max=80)])
    """The chapter's place; what is called ``place`` would be read from the chapter's own."""
    covered = PlacesField(filters=[tidy], validators=[Optional(), Length(max=5000)])
    join_mode = SelectField(coerce=JoinMode, validators=[InputRequired()])
    standing = SelectField(coerce=ChapterStatus, validators=[InputRequired()])
    """The chapter's status; ``status`` is the form's own."""
    language = SelectField(
        choices=[SelectChoice(*language) for language in LANGUAGES.items()],
        validators=[InputRequired()],
    )
    time_zone = SelectField(validators=[InputRequired()])

    def __init__(self, chapter: Chapter, tree: Sequence[Branch], covered: Sequence[Place]) -> None:
        """``tree``: the chapters of which it may be made a part."""
        super().__init__(
            obj=chapter,
            data={
                "standing": chapter.status,
                "seat": _written(chapter.place) if chapter.place else "",
                "covered": "\n".join(map(_written, covered)),
            },
        )
        self._offer(tree, chapter.time_zone, is_archived=chapter.status is ChapterStatus.ARCHIVED)

    def _offer(self, tree: Sequence[Branch], zone: str, *, is_archived: bool) -> None:
        self.parent_id.choices = [
            SelectChoice("", _("None: it stands by itself")),
            *(
                SelectChoice(str(branch.chapter.id), INDENT * branch.depth + _name(branch.chapter))
                for branch in tree
            ),
        ]
        self.join_mode.choices = [
            SelectChoice(JoinMode.OPEN.value, _("Open: whoever asks is a member at once")),
            SelectChoice(JoinMode.APPROVAL.value, _("Approval: an officer decides")),
            SelectChoice(JoinMode.INVITATION.value, _("By invitation only")),
        ]
        standings = {
            ChapterStatus.PLANNED: _("Planned, served by the office"),
            ChapterStatus.ACTIVE: _("Active"),
            ChapterStatus.DORMANT: _("Dormant, takes no members"),
        }
        if is_archived:
            standings[ChapterStatus.ARCHIVED] = _("Archived, hidden")
        self.standing.choices = [
            SelectChoice(status.value, said) for status, said in standings.items()
        ]
        offered = dict.fromkeys((*ZONES, zone))
        self.time_zone.choices = [SelectChoice(one, zone_name(one)) for one in offered]

    def zone(self) -> str:
        chosen: str = self.time_zone.data
        return chosen

    def details(self) -> ChapterDetails:
        return ChapterDetails(
            slug=self.slug.data or "",
            name_zh=self.name_zh.data,
            name_en=self.name_en.data,
            intro_zh=self.intro_zh.data or "",
            intro_en=self.intro_en.data or "",
            contact=self.contact.data or "",
            join_mode=self.join_mode.data,
            status=self.standing.data,
            language=self.language.data,
            time_zone=self.zone(),
            parent_id=self.parent_id.data,
            place_id=self.seat.place.id if self.seat.place else None,
            places=tuple(place.id for place in self.covered.places),
        )


class NewChapterForm(ChapterForm):
    code = StringField(filters=[tidy_number], validators=[Optional(), Length(max=LONGEST_CODE)])
    slug = StringField(filters=[tidy_number], validators=[Optional(), Length(max=LONGEST_SLUG)])
    time_zone = SelectField(validators=[Optional()])

    def __init__(self, tree: Sequence[Branch]) -> None:
        super(ChapterForm, self).__init__(
            data={
                "join_mode": JoinMode.APPROVAL,
                "standing": ChapterStatus.PLANNED,
                "language": "zh",
                "time_zone": "",
            },
        )
        self._offer(tree, ZONES[0], is_archived=False)
        self.time_zone.choices = [
            SelectChoice("", _("That of the place")),
            *self.time_zone.choices,
        ]

    def zone(self) -> str:
        """Without one said, that of the place."""
        usual = self.seat.place.time_zone if self.seat.place else ZONES[0]
        return self.time_zone.data or usual


class ArchiveForm(Form):
    reason = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=500)])


class UniteForm(Form):
    into = HiddenField()
    reason = TextAreaField(filters=[tidy], validators=[Optional(), Length(max=500)])


def _name(chapter: Chapter) -> str:
    return either(chapter.name_zh, chapter.name_en)


def _written(place: Place) -> str:
    return f"{place.code} {either(place.name_zh, place.name_en)}"


def _place(text: str) -> Place:
    try:
        found = meant_place(text)
    except Ambiguous as several:
        raise ValidationError(
            _(
                "“%(text)s” may be several places. Write one of: %(codes)s",
                text=text.strip(),
                codes=", ".join(several.codes),
            )
        ) from several
    if found is None:
        raise ValidationError(_("We do not know the place “%(text)s”.", text=text.strip()))
    return found
