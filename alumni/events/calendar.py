"""Events as calendars read them (RFC 5545, 5546 and 7986), and wall-clock time in a zone.

Every zone is written out, one part for each change of the clocks: programs disagree about
parts that repeat, and Outlook is an hour off where the zone is missing.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import icalendar

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

_PRODUCT = "-//Alumni//Events//EN"
_REFRESH = timedelta(hours=1)
_ATTENDEE = re.compile(r"^ATTENDEE[;:].*\r\n(?: .*\r\n)*", re.MULTILINE)
"""The line that says who is asked to come, with those it is folded into."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SOME_DAYS = timedelta(days=7)
"""Clocks are never changed and changed back within a week."""


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """An event, as one reader's calendar is to show it, in the reader's language."""

    uid: str
    """Never changes."""
    sequence: int
    """Grows with each change of time, place, state or title."""
    starts: datetime
    ends: datetime
    """Both aware; shown on the clocks of ``zone``."""
    zone: str
    """An IANA key. ``UTC`` suits calendars that are at odds with zones."""
    title: str
    description: str
    place: str
    url: str
    organizer_name: str
    organizer_address: str
    """What the letter is from; calendars ignore invitations from elsewhere."""
    attendee_name: str | None = None
    attendee_address: str | None = None
    cancelled: bool = False
    tentative: bool = False
    """On the waiting list: shown, without taking up the time."""
    private: bool = False
    created: datetime
    modified: datetime


def invitation(occasion: Occasion, *, method: Method) -> str:
    """Return the calendar part of a letter, in lines ending in CRLF.

    REQUEST puts the event into the attendee's calendar as accepted, CANCEL takes it out
    again, and both need an attendee. PUBLISH only shows it, and cannot be taken back.

    Raises ValueError for a naive time, a missing attendee, or a REQUEST for an event that is
    cancelled or where the attendee only waits.
    """
    if method != "PUBLISH" and not occasion.attendee_address:
        raise ValueError(f"{method} without an attendee")
    if method == "REQUEST" and (occasion.cancelled or occasion.tentative):
        raise ValueError("only those who have a place are asked to come")
    return _calendar([occasion], method=method, name=None)


def readdressed(text: str, name: str, address: str) -> str:
    """Return the same invitation to another attendee, much faster than writing it anew."""
    import icalendar  # noqa: PLC0415 - heavy: most web processes never write a calendar

    line = icalendar.Event().content_line("ATTENDEE", _attendee(name, address)).to_ical()
    return _ATTENDEE.sub(lambda _old: f"{str(line, 'utf-8')}\r\n", text, count=1)


def feed(occasions: Iterable[Occasion], name: str) -> str:
    """Return a calendar to subscribe to, which asks to be read again every hour.

    The same occasions give the same text. Who attends is left out.
    """
    return _calendar(list(occasions), method="PUBLISH", name=name)


def valid_wall_time(naive: datetime, zone: str) -> bool:
    """Tell whether clocks in the zone ever show this time: not so when they are put forward."""
    local = naive.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == naive


def is_ambiguous(naive: datetime, zone: str) -> bool:
    """Tell whether clocks in the zone show this time twice: so when they are put back."""
    local = naive.replace(tzinfo=ZoneInfo(zone))
    second = local.replace(fold=1)
    return local.utcoffset() != second.utcoffset() and valid_wall_time(naive, zone)


def to_utc(naive: datetime, zone: str, *, second: bool = False) -> datetime:
    """Return the moment at which clocks in the zone show this time; of two, the first.

    Raises ValueError for a time that does not exist there.
    """
    if not valid_wall_time(naive, zone):
        raise ValueError(f"{naive} does not exist in {zone}")
    return naive.replace(tzinfo=ZoneInfo(zone), fold=int(second)).astimezone(UTC)


def _calendar(occasions: list[Occasion], *, method: Method, name: str | None) -> str:
    import icalendar  # noqa: PLC0415 - heavy: most web processes never write a calendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name is not None:
        calendar.add("name", icalendar.vText(_line(name)))
        calendar.add("x-wr-calname", icalendar.vText(_line(name)))
        calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", icalendar.vDuration(_REFRESH))
    for zone, (first, last) in sorted(_zones(occasions).items()):
        calendar.add_component(_timezone(zone, first, last))
    for occasion in occasions:
        calendar.add_component(_event(occasion, method))
    return str(calendar.to_ical(), "utf-8")


def _zones(occasions: Iterable[Occasion]) -> dict[str, tuple[int, int]]:
    """Return the years in which each zone is needed, with one more on both sides."""
    years: dict[str, set[int]] = defaultdict(set)
    for occasion in occasions:
        if occasion.zone != "UTC":
            years[occasion.zone] |= {occasion.starts.year, occasion.ends.year}
    return {zone: (min(those) - 1, max(those) + 1) for zone, those in years.items()}


def _event(occasion: Occasion, method: Method) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415 - heavy: most web processes never write a calendar

    event = icalendar.Event()
    event.add("uid", _line(occasion.uid))
    event.add("sequence", occasion.sequence)
    event.add("dtstamp", occasion.modified.astimezone(UTC))
    event.add("created", occasion.created.astimezone(UTC))
    event.add("last-modified", occasion.modified.astimezone(UTC))
    event.add("dtstart", _moment(occasion.starts, occasion.zone))
    event.add("dtend", _moment(occasion.ends, occasion.zone))
    event.add("summary", _line(occasion.title))
    event.add("description", _text(occasion.description))
    event.add("location", _line(occasion.place))
    event.add("url", _line(occasion.url))
    event.add("class", "PRIVATE" if occasion.private else "PUBLIC")
    event.add("status", _status(occasion, method))
    event.add("transp", "TRANSPARENT" if occasion.tentative else "OPAQUE")
    event.add("organizer", _person(occasion.organizer_name, occasion.organizer_address))
    if method != "PUBLISH":
        name, address = occasion.attendee_name or "", occasion.attendee_address or ""
        event.add("attendee", _attendee(name, address))
    return event


def _attendee(name: str, address: str) -> "icalendar.vCalAddress":
    attendee = _person(name, address)
    attendee.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    return attendee


def _status(occasion: Occasion, method: Method) -> str:
    if occasion.cancelled or method == "CANCEL":
        return "CANCELLED"
    return "TENTATIVE" if occasion.tentative else "CONFIRMED"


def _person(name: str, address: str) -> "icalendar.vCalAddress":
    import icalendar  # noqa: PLC0415 - heavy: most web processes never write a calendar

    person = icalendar.vCalAddress(f"mailto:{_line(address)}")
    if name:
        person.params["CN"] = _line(name)
    return person


def _moment(moment: datetime, zone: str) -> datetime:
    """Return the time in its zone; in UTC when the zone's clocks show it for the second time."""
    if moment.tzinfo is None:
        raise ValueError("an event happens at an aware time")
    local = moment.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return local.astimezone(UTC) if local.fold else local


def _timezone(zone: str, first: int, last: int) -> "icalendar.Timezone":
    import icalendar  # noqa: PLC0415 - heavy: most web processes never write a calendar

    timezone = icalendar.Timezone()
    timezone.add("tzid", zone)
    for change in _changes(zone, first, last):
        part = icalendar.TimezoneDaylight() if change.daylight else icalendar.TimezoneStandard()
        part.add("dtstart", change.onset)
        part.add("tzoffsetfrom", change.before)
        part.add("tzoffsetto", change.after)
        part.add("tzname", change.name)
        timezone.add_component(part)
    return timezone


class _Change(NamedTuple):
    onset: datetime
    """What the clocks show at the moment they are changed."""
    before: timedelta
    after: timedelta
    daylight: bool
    name: str


class _Clock(NamedTuple):
    offset: timedelta
    daylight: bool
    name: str


@lru_cache(maxsize=256)
def _changes(zone: str, first: int, last: int) -> tuple[_Change, ...]:
    """Return how clocks stood when the first year began, and all changes until the last ended."""
    there = ZoneInfo(zone)
    began, ended = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    moments = [began, *_turns(there, began, ended)]
    clocks = [_clock(there, moment) for moment in moments]
    before = [clocks[0], *clocks]
    return tuple(
        _Change((moment + old.offset).replace(tzinfo=None), old.offset, new.offset, *new[1:])
        for moment, old, new in zip(moments, before, clocks, strict=False)
    )


def _turns(there: ZoneInfo, began: datetime, ended: datetime) -> Iterator[datetime]:
    """Yield the moments at which clocks there begin to stand otherwise."""
    while began < ended:
        later = min(began + _SOME_DAYS, ended)
        if _clock(there, began) != _clock(there, later):
            yield _turn(there, began, later)
        began = later


def _turn(there: ZoneInfo, began: datetime, ended: datetime) -> datetime:
    """Return the first second at which clocks there stand as they do at the end."""
    seconds = range(int((ended - began).total_seconds()))
    after = _clock(there, ended)
    turned = bisect_left(
        seconds, x=True, key=lambda second: _clock(there, began + timedelta(0, second)) == after
    )
    return began + timedelta(seconds=turned)


def _clock(there: ZoneInfo, moment: datetime) -> _Clock:
    local = moment.astimezone(there)
    return _Clock(local.utcoffset() or timedelta(0), bool(local.dst()), local.tzname() or "")


def _line(text: str) -> str:
    return " ".join(_text(text).split("\n"))


def _text(text: str) -> str:
    """Return the text without what some calendars refuse a whole file for."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
