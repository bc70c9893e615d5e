"""When an event happens, in words: on the clocks there, and on those where the reader lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import format_date

from alumni.i18n import WEEKDAYS, _, language, moment_text, span_text, speaking, zone_name, zones

USUAL = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Vancouver",
    "Asia/Hong_Kong",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Europe/London",
    "Europe/Berlin",
    "Australia/Sydney",
)
"""The zones that graduates live in, and so the first to choose from."""

OLD = ("Etc/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/")
"""Beginnings of other names for zones that have a city's."""


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """From when to when, for one reader. Texts are made when they are read, in their language."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    """Where it happens."""
    reader_zone: str

    @property
    def there(self) -> str:
        return _said(self.starts_at, self.ends_at, self.zone)

    @property
    def here(self) -> str:
        """On the reader's own clock; empty where that shows the same."""
        if same_clock(self.starts_at, self.zone, self.reader_zone):
            return ""
        return _said(self.starts_at, self.ends_at, self.reader_zone)

    @property
    def lines(self) -> list[str]:
        return [line for line in (self.there, self.here) if line]


def both_clocks(moment: datetime, zone: str, reader_zone: str) -> str:
    """The moment there and, where the clock shows another time, at the reader's."""
    there = _at(moment, zone)
    if same_clock(moment, zone, reader_zone):
        return there
    return f"{there} / {_at(moment, reader_zone)}"


def same_clock(moment: datetime, zone: str, other: str) -> bool:
    there, here = moment.astimezone(ZoneInfo(zone)), moment.astimezone(ZoneInfo(other))
    return there.utcoffset() == here.utcoffset()


def offset_text(moment: datetime, zone: str) -> str:
    """How far the zone's clocks are from UTC at that moment, as UTC+8 or UTC−3:30."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def tile(day: datetime) -> tuple[str, str, str]:
    """Month, day and weekday for the tile beside an event: 1月 16 周六, or Jan 16 Sat."""
    if language() == "zh":
        return f"{day.month}月", str(day.day), WEEKDAYS[day.weekday()]
    month, weekday = (format_date(day, form, locale="en") for form in ("MMM", "EEE"))
    return month, str(day.day), weekday


@lru_cache(maxsize=16)
def zone_choices(
    code: str, now: str
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """The usual zones and all others, as (key, label), in the language of that code.

    Each zone stands there once; ``now``, the one in use, also where it goes by a name of old.
    """
    former = get_global("zone_aliases")
    others = sorted(
        zone
        for zone in zones().difference(USUAL)
        if zone == now or ("/" in zone and not zone.startswith(OLD) and zone not in former)
    )
    return tuple(map(_labelled, USUAL)), tuple(map(_labelled, others))


def _labelled(zone: str) -> tuple[str, str]:
    return zone, f"{zone_name(zone)} ({zone})"


def _at(moment: datetime, zone: str) -> str:
    said: str = _("%(moment)s %(zone)s", moment=moment_text(moment, zone), zone=zone_name(zone))
    return said


def _said(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    return _said_in(language(), starts_at, ends_at, zone)


@lru_cache(maxsize=64)
def _said_in(code: str, starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """Kept, since a thousand letters about an event say the same."""
    with speaking(code):
        said: str = _(
            "%(span)s (%(zone)s, %(offset)s)",
            span=span_text(starts_at, ends_at, zone),
            zone=zone_name(zone),
            offset=offset_text(starts_at, zone),
        )
    return said
