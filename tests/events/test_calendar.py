import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alumni.events.calendar import (
    Method,
    Occasion,
    feed,
    invitation,
    is_ambiguous,
    readdressed,
    to_utc,
    valid_wall_time,
)

pytestmark = pytest.mark.once

BOSTON, SHANGHAI, VANCOUVER = "America/New_York", "Asia/Shanghai", "America/Vancouver"
QUOTED_NAME = "\"欧阳喆堃 ^'Joe^'; Li\""
"""The attendee's name, quoted as RFC 6868 has it."""
DINNER = Occasion(
    uid="e7@alumni.example.org",
    sequence=2,
    starts=datetime(2026, 10, 31, 22, 0, tzinfo=UTC),
    ends=datetime(2026, 11, 1, 18, 0, tzinfo=UTC),
    zone=BOSTON,
    title="波士顿聚会; 晚餐, 交流",
    description="北京时间 11月1日 06:00\nBoston Oct 31, 18:00",
    place="Boston, MA",
    url="https://alumni.example.org/events/boston",
    organizer_name="大连校友会",
    organizer_address="events@mail.example.org",
    attendee_name='欧阳喆堃 "Joe"; Li',
    attendee_address="ouyang@example.com",
    created=datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
    modified=datetime(2026, 9, 2, 8, 0, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def pinned_zones() -> None:
    """The system's own zones may be older: the program uses those of its tzdata."""
    reset_tzpath(to=[])
    ZoneInfo.clear_cache()


def read(text: str) -> tuple[Any, list[Any]]:
    calendar = icalendar.Calendar.from_ical(text)
    return calendar, calendar.walk("VEVENT")


def lines(text: str) -> list[str]:
    """Return the lines, unfolded."""
    return text.replace("\r\n ", "").split("\r\n")


def onsets(zone: Any) -> list[tuple[datetime, timedelta]]:
    """Read a VTIMEZONE as plainly as RFC 5545 has it: from when on which offset holds."""
    return [
        (part["DTSTART"].dt.replace(tzinfo=UTC) - part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td)
        for part in zone.subcomponents
    ]


def test_an_invitation_line_by_line() -> None:
    text = invitation(DINNER, method="REQUEST")

    assert lines(text)[:5] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Alumni//Events//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
    ]
    assert lines(text)[lines(text).index("BEGIN:VEVENT") :] == [
        "BEGIN:VEVENT",
        r"SUMMARY:波士顿聚会\; 晚餐\, 交流",
        "DTSTART;TZID=America/New_York:20261031T180000",
        "DTEND;TZID=America/New_York:20261101T130000",
        "DTSTAMP:20260902T080000Z",
        "UID:e7@alumni.example.org",
        "SEQUENCE:2",
        f"ATTENDEE;CN={QUOTED_NAME};PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:ouyang@example.com",
        "CLASS:PUBLIC",
        "CREATED:20260901T080000Z",
        r"DESCRIPTION:北京时间 11月1日 06:00\nBoston Oct 31\, 18:00",
        "LAST-MODIFIED:20260902T080000Z",
        r"LOCATION:Boston\, MA",
        "ORGANIZER;CN=大连校友会:mailto:events@mail.example.org",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://alumni.example.org/events/boston",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
@pytest.mark.parametrize("name", ["曾国强" * 30, 'Li "Joe"; \\1 \r\nATTENDEE:x', "", "a" * 75])
def test_the_same_invitation_to_another_is_as_if_written_anew(method: Method, name: str) -> None:
    address = "zeng@example.com"
    theirs = replace(DINNER, attendee_name=name, attendee_address=address)

    text = readdressed(invitation(DINNER, method=method), name, address)

    assert text == invitation(theirs, method=method)


def test_lines_are_short_and_end_in_crlf() -> None:
    text = feed([replace(DINNER, title="聚" * 200, description="会\n" * 200)], "校" * 100)

    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "\r" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_calendars_read_it_back() -> None:
    calendar, (event,) = read(invitation(DINNER, method="REQUEST"))

    assert calendar["METHOD"] == "REQUEST"
    assert event["SUMMARY"] == DINNER.title
    assert event["DESCRIPTION"] == DINNER.description
    assert event["ATTENDEE"] == "mailto:ouyang@example.com"
    assert event["ATTENDEE"].params["CN"] == DINNER.attendee_name
    assert event["ORGANIZER"] == "mailto:events@mail.example.org"
    assert event["DTSTART"].dt.isoformat() == "2026-10-31T18:00:00-04:00"
    assert event["DTEND"].dt.isoformat() == "2026-11-01T13:00:00-05:00"


def test_taking_it_back() -> None:
    _, (event,) = read(invitation(replace(DINNER, sequence=3), method="CANCEL"))

    assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CANCELLED", 3, DINNER.uid)
    assert event["ATTENDEE"] == "mailto:ouyang@example.com"


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("REQUEST", {"attendee_address": None}),
        ("CANCEL", {"attendee_address": None}),
        ("REQUEST", {"cancelled": True}),
        ("REQUEST", {"tentative": True}),
        ("PUBLISH", {"starts": datetime(2026, 10, 31, 18)}),  # noqa: DTZ001 - it is what is refused
    ],
)
def test_what_no_calendar_should_get(method: Method, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"attendee|have a place|aware"):
        invitation(replace(DINNER, **changes), method=method)


@pytest.mark.parametrize(
    ("changes", "status", "takes_time", "access"),
    [
        ({}, "CONFIRMED", "OPAQUE", "PUBLIC"),
        ({"cancelled": True}, "CANCELLED", "OPAQUE", "PUBLIC"),
        ({"tentative": True}, "TENTATIVE", "TRANSPARENT", "PUBLIC"),
        ({"private": True}, "CONFIRMED", "OPAQUE", "PRIVATE"),
    ],
)
def test_states(changes: dict[str, Any], status: str, takes_time: str, access: str) -> None:
    _, (event,) = read(feed([replace(DINNER, **changes)], "Alumni"))

    assert (event["STATUS"], event["TRANSP"], event["CLASS"]) == (status, takes_time, access)


def test_a_feed() -> None:
    elsewhere = replace(DINNER, uid="e8@alumni.example.org", zone=SHANGHAI)
    text = feed([DINNER, elsewhere, replace(DINNER, zone="UTC")], "我的, 活动")

    calendar, events = read(text)
    assert lines(text)[4:9] == [
        "METHOD:PUBLISH",
        r"NAME:我的\, 活动",
        r"X-WR-CALNAME:我的\, 活动",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == [BOSTON, SHANGHAI]
    assert [event["DTSTART"].to_ical() for event in events] == [
        b"20261031T180000",
        b"20261101T060000",
        b"20261031T220000Z",
    ]
    assert "ATTENDEE" not in text
    assert text == feed([DINNER, elsewhere, replace(DINNER, zone="UTC")], "我的, 活动")


def test_an_empty_feed_is_a_calendar_too() -> None:
    _, events = read(feed([], "Alumni"))

    assert events == []


def test_a_zone_has_one_part_for_each_change_of_the_clocks() -> None:
    text = invitation(DINNER, method="REQUEST")

    parts = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VTIMEZONE")]
    assert "RRULE" not in parts
    assert "RDATE" not in parts
    assert [line[8:] for line in lines(parts) if line.startswith("DTSTART")] == [
        "20241231T190000",
        "20250309T020000",
        "20251102T020000",
        "20260308T020000",
        "20261101T020000",
        "20270314T020000",
        "20271107T020000",
    ]


def test_shanghai_never_changes_its_clocks() -> None:
    calendar, _ = read(invitation(replace(DINNER, zone=SHANGHAI), method="REQUEST"))

    (zone,) = calendar.walk("VTIMEZONE")
    (part,) = zone.subcomponents
    assert (part.name, part["TZNAME"], part["TZOFFSETTO"].td) == (
        "STANDARD",
        "CST",
        timedelta(hours=8),
    )


def test_vancouver_has_kept_summer_time() -> None:
    """The rule is of 2026, and older zone data does not know it."""
    december = datetime(2026, 12, 5, 2, 0, tzinfo=UTC)
    party = replace(DINNER, zone=VANCOUVER, starts=december, ends=december + timedelta(hours=3))

    _, (event,) = read(invitation(party, method="REQUEST"))

    assert event["DTSTART"].to_ical() == b"20261204T190000"


def test_parts_say_what_the_zones_say() -> None:
    """In every zone there is, and just before and at every change."""
    zones = sorted(available_timezones() - {"UTC", "localtime"})
    calendar, _ = read(feed([replace(DINNER, zone=zone) for zone in zones], "All"))

    parts = {str(zone["TZID"]): onsets(zone) for zone in calendar.walk("VTIMEZONE")}
    assert list(parts) == zones
    assert [
        (zone, moment)
        for zone, begun in parts.items()
        for moment in moments_to_try(begun)
        if max(start for start in begun if start[0] <= moment)[1]
        != moment.astimezone(ZoneInfo(zone)).utcoffset()
    ] == []


def moments_to_try(begun: list[tuple[datetime, timedelta]]) -> Iterator[datetime]:
    """Yield every fifth day of the two years around the dinner, and the seconds around changes."""
    for days in range(-365, 366, 5):
        yield DINNER.starts + timedelta(days)
    for start, _ in begun[1:]:
        yield start
        yield start - timedelta(seconds=1)


def test_the_second_time_of_an_hour_is_said_in_utc() -> None:
    """A calendar would take 1:30 for the first of the two."""
    second = to_utc(datetime(2026, 11, 1, 1, 30), BOSTON, second=True)  # noqa: DTZ001 - wall-clock time

    _, (event,) = read(invitation(replace(DINNER, starts=second), method="REQUEST"))

    assert event["DTSTART"].to_ical() == b"20261101T063000Z"


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_no_text_breaks_a_calendar(text: str, name: str) -> None:
    hostile = replace(
        DINNER,
        title=text,
        description=text,
        place=text,
        url=text,
        attendee_name=name,
        uid="x" + text,
    )

    calendar, (event,) = read(invitation(hostile, method="REQUEST"))

    assert [part.name for part in calendar.walk()].count("VEVENT") == 1
    assert sorted(event) == sorted(read(invitation(DINNER, method="REQUEST"))[1][0])
    assert event["DESCRIPTION"] == seen(text)
    assert event["SUMMARY"] == seen(text).replace("\n", " ")


def seen(text: str) -> str:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(mark for mark in unix if mark in "\n\t" or unicodedata.category(mark) != "Cc")


@pytest.mark.parametrize(
    ("local", "zone", "exists", "twice"),
    [
        ("2026-03-08T01:59", BOSTON, True, False),
        ("2026-03-08T02:00", BOSTON, False, False),
        ("2026-03-08T02:59", BOSTON, False, False),
        ("2026-03-08T03:00", BOSTON, True, False),
        ("2026-11-01T00:59", BOSTON, True, False),
        ("2026-11-01T01:00", BOSTON, True, True),
        ("2026-11-01T01:59", BOSTON, True, True),
        ("2026-11-01T02:00", BOSTON, True, False),
        ("2026-11-01T01:30", VANCOUVER, True, False),
        ("2026-03-08T02:30", SHANGHAI, True, False),
        ("1987-04-12T02:30", SHANGHAI, False, False),
    ],
)
def test_times_that_never_are_and_times_that_are_twice(
    local: str, zone: str, *, exists: bool, twice: bool
) -> None:
    naive = datetime.fromisoformat(local)

    assert valid_wall_time(naive, zone) is exists
    assert is_ambiguous(naive, zone) is twice


def test_to_utc() -> None:
    evening = datetime.fromisoformat("2026-11-01T18:00")
    twice = datetime.fromisoformat("2026-11-01T01:30")

    assert to_utc(evening, BOSTON) == datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
    assert to_utc(evening, SHANGHAI) == datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
    assert to_utc(evening, VANCOUVER) == datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
    assert to_utc(twice, BOSTON) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert to_utc(twice, BOSTON, second=True) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"2026-03-08 02:30:00 does not exist in America/New_York"):
        to_utc(datetime.fromisoformat("2026-03-08T02:30"), BOSTON)
