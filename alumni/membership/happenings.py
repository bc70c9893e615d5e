"""What the slices above know of a chapter's life: its events. Filled by ``app.py``."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple, TypeAlias


class Held(NamedTuple):
    """What took place in some days, cancelled and unpublished ones left out."""

    events: int
    seats: int
    """Places that were taken there."""


Counting: TypeAlias = Callable[[date, date | None], Mapping[int, Held]]
"""What began from one day through another, or from then on, by the number of the chapter."""

HAPPENINGS: dict[str, Counting] = {}
"""By the name of the slice."""


class Course(NamedTuple):
    """The days on which the last and the next thing begins; None where there is none."""

    last_on: date | None
    next_on: date | None


Monthly: TypeAlias = Callable[[int, int], Mapping[int, Held]]
"""What a chapter held in a year, by the month."""

MONTHLY: dict[str, Monthly] = {}

COURSES: dict[str, Callable[[], Mapping[int, Course]]] = {}
"""By the name of the slice: how it goes on, by the number of the chapter."""


def held(first: date, last: date | None = None) -> dict[int, Held]:
    """All that took place, by the chapter's number; a chapter without anything is left out."""
    events: Counter[int] = Counter()
    seats: Counter[int] = Counter()
    for counting in HAPPENINGS.values():
        for chapter_id, found in counting(first, last).items():
            events[chapter_id] += found.events
            seats[chapter_id] += found.seats
    return {chapter_id: Held(count, seats[chapter_id]) for chapter_id, count in events.items()}


def held_by_month(chapter_id: int, year: int) -> dict[int, Held]:
    """What the chapter held in each of the twelve months of the year."""
    months = {month: Held(0, 0) for month in range(1, 13)}
    for counting in MONTHLY.values():
        for month, found in counting(chapter_id, year).items():
            events, seats = months[month]
            months[month] = Held(events + found.events, seats + found.seats)
    return months


def courses() -> dict[int, Course]:
    """The last and the next day of each chapter on which something begins, by its number."""
    days: dict[int, list[Course]] = {}
    for going in COURSES.values():
        for chapter_id, course in going().items():
            days.setdefault(chapter_id, []).append(course)
    return {
        chapter_id: Course(
            max((one.last_on for one in found if one.last_on), default=None),
            min((one.next_on for one in found if one.next_on), default=None),
        )
        for chapter_id, found in days.items()
    }
