"""What organisers type about an event."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field
from wtforms.fields import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from alumni.chapters.models import Chapter
from alumni.events.calendar import is_ambiguous
from alumni.events.clocks import zone_choices
from alumni.events.commands import Plan
from alumni.events.models import Event, Visibility
from alumni.forms import Form, tidy
from alumni.i18n import _, either, language

EARLIEST, LATEST = 1990, 2100
"""The years that an event can lie in."""

MOST_PLACES = 1_000_000

LONGEST_VERSION = 10
"""How many digits the number of a version can have."""

LOCAL = ("starts_local", "ends_local", "registration_closes_local", "cancel_closes_local")


def sensible(form: Form, field: Field) -> None:
    """Refuse a year that nobody means: 0026, or 20261."""
    if field.data and not EARLIEST <= field.data.year <= LATEST:
        raise ValidationError(_("Please look at the year again."))


def wall_clock(*, needed: bool) -> DateTimeLocalField:
    presence = InputRequired() if needed else Optional()
    return DateTimeLocalField(validators=[presence, sensible])


def version_of(typed: str | None) -> int:
    """The version that a form names; one that no event has where that cannot be read."""
    return int(typed) if typed and typed.isdecimal() and len(typed) <= LONGEST_VERSION else -1


class EventForm(Form):
    host = SelectField(validators=[Optional()])
    title_zh = StringField(filters=[tidy], validators=[Length(max=120)])
    title_en = StringField(filters=[tidy], validators=[Length(max=160)])
    time_zone = SelectField(validators=[InputRequired()])
    starts_local = wall_clock(needed=True)
    ends_local = wall_clock(needed=True)
    venue_zh = StringField(filters=[tidy], validators=[Length(max=200)])
    venue_en = StringField(filters=[tidy], validators=[Length(max=200)])
    address = StringField(filters=[tidy], validators=[Length(max=300)])
    body_zh = TextAreaField(filters=[tidy], validators=[Length(max=20_000)])
    body_en = TextAreaField(filters=[tidy], validators=[Length(max=20_000)])
    visibility = SelectField(validators=[InputRequired()])
    capacity = IntegerField(validators=[Optional(), NumberRange(min=0, max=MOST_PLACES)])
    registration_closes_local = wall_clock(needed=False)
    cancel_closes_local = wall_clock(needed=False)
    version = HiddenField(default="0")

    def __init__(
        self,
        *,
        event: Event | None = None,
        time_zone: str = "Asia/Shanghai",
        of_chapter: bool = False,
        hosts: Iterable[Chapter] = (),
    ) -> None:
        """``hosts`` are the chapters to choose from where the host is open."""
        super().__init__(data=_written(event) if event else {"time_zone": time_zone})
        self.hosts = {host.slug: host for host in hosts}
        if self.hosts:
            self.host.choices = [
                ("", _("The association itself")),
                *((slug, either(host.name_zh, host.name_en)) for slug, host in self.hosts.items()),
            ]
        else:
            del self.host
        usual, others = zone_choices(language(), event.time_zone if event else time_zone)
        self.time_zone.choices = {_("Usual"): list(usual), _("Others"): list(others)}
        self.visibility.choices = [
            (Visibility.PUBLIC.value, _("Everybody sees it, all verified graduates may register")),
            (Visibility.MEMBERS.value, _("Only verified graduates see it and may register")),
        ]
        if of_chapter or self.hosts:
            label = _("Only members of the chapter see it and may register")
            self.visibility.choices.append((Visibility.CHAPTER.value, label))

    def validate_title_en(self, field: Field) -> None:
        if not field.data and not self.title_zh.data:
            raise ValidationError(_("The event needs a title in one of the two languages."))

    def validate_ends_local(self, field: Field) -> None:
        starts, ends = self.starts_local.data, field.data
        if starts and ends and ends <= starts:
            raise ValidationError(_("The end comes after the beginning."))

    def validate_visibility(self, field: Field) -> None:
        if field.data == Visibility.CHAPTER and self.hosts and not self.host.data:
            raise ValidationError(_("Choose the chapter that it is for, above."))

    def chosen_host(self) -> Chapter | None:
        """The chapter that the office chose, if any."""
        return self.hosts.get(self.host.data) if self.hosts else None

    def seen_version(self) -> int:
        """The version that the editor saw; one that no event has where it was tampered with."""
        return version_of(self.version.data)

    def twice(self) -> list[str]:
        """Names of the fields whose time the clocks there show twice, as they are put back."""
        zone = self.time_zone.data
        known = {key for _key, group in self.time_zone.choices.items() for key, _label in group}
        return [
            name
            for name in LOCAL
            if zone in known and self[name].data and is_ambiguous(self[name].data, zone)
        ]

    def plan(self) -> Plan:
        return Plan(
            title_zh=self.title_zh.data or "",
            title_en=self.title_en.data or "",
            body_zh=self.body_zh.data or "",
            body_en=self.body_en.data or "",
            venue_zh=self.venue_zh.data or "",
            venue_en=self.venue_en.data or "",
            address=self.address.data or "",
            time_zone=self.time_zone.data,
            starts_local=self.starts_local.data,
            ends_local=self.ends_local.data,
            visibility=Visibility(self.visibility.data),
            capacity=self.capacity.data,
            registration_closes_local=self.registration_closes_local.data,
            cancel_closes_local=self.cancel_closes_local.data,
        )


class SendBackForm(Form):
    note = TextAreaField(filters=[tidy], validators=[DataRequired(), Length(max=1000)])


def _written(event: Event) -> dict[str, Any]:
    """What the event says, for the form's fields."""
    names = [name for name in Plan.__dataclass_fields__ if not name.endswith("closes_local")]
    return {
        **{name: getattr(event, name) for name in names},
        "visibility": event.visibility.value,
        "registration_closes_local": _wall(event.registration_closes_at, event.time_zone),
        "cancel_closes_local": _wall(event.cancel_closes_at, event.time_zone),
        "version": str(event.version),
    }


def _wall(moment: datetime | None, zone: str) -> datetime | None:
    """What the clocks in the zone show at that moment."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment else None
