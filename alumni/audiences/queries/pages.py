"""What a page of the list is, and how an address says which one."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from alumni.db import GREATEST, is_clean
from alumni.errors import BadRequest
from alumni.i18n import _

PAGE = 50
MOST_FOUND = 1_000
"""Of a search; who finds more types more."""

MOST_COUNTED = 10_000
MOST_PROBED, MOST_LOOKED_UP = 3_000, 500
"""So far it is counted where a second list has to be looked into for each, and where each person

has to be looked up. Whoever wants to know all of them asks for the file.
"""

MOST_ASKED = 200
"""Of so many it is counted how many have an e-mail address."""

LONGEST_KEY = 220


class Key(NamedTuple):
    """What the list is sorted by; no two rows have the same."""

    rank: int
    """0: the name is exactly what was typed."""
    sort_key: str
    person_id: int


class Mark(NamedTuple):
    """A row of the list, for the address of the page before or after it."""

    key: Key
    number: int
    """How many rows the list had up to this one, itself included, as far as was known."""

    def __str__(self) -> str:
        told = f"{self.number} {self.key.rank} {self.key.person_id} {self.key.sort_key}"
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, written: str) -> "Mark":
        """Anybody may have written it; what no row can have is a BadRequest."""
        try:
            padded = written + "=" * (-len(written) % 4)
            told = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            numbers, sort_key = told.split(" ", 3)[:3], told.split(" ", 3)[3]
            number, rank, person_id = map(int, numbers)
        except (ValueError, IndexError) as error:
            raise _lost() from error
        is_possible = 0 <= min(number, rank, person_id) <= max(number, rank, person_id) <= GREATEST
        if not is_possible or len(sort_key) > LONGEST_KEY or not is_clean(sort_key):
            raise _lost()
        return cls(Key(rank, sort_key, person_id), number)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which page of a list: the first, or the one after or before a row."""

    after: Mark | None = None
    before: Mark | None = None

    @classmethod
    def read(cls, after: Sequence[str], before: Sequence[str]) -> "Window":
        """Of the values that an address has for each of the two."""
        if len(after) + len(before) > 1:
            raise _lost()
        return cls(
            after=Mark.read(after[0]) if after else None,
            before=Mark.read(before[0]) if before else None,
        )


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """Some rows of the list, and how long it is."""

    rows: Sequence[Any]
    """With the columns of ``listed``."""
    total: int
    is_more: bool
    """Whether there are more than ``total``."""
    with_email: int | None
    """How many of them all have an address; None where that was not counted, or is not theirs

    to know who asks."""
    first: int
    newer: Mark | None
    """The page before this one ends before this row."""
    older: Mark | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def _lost() -> BadRequest:
    return BadRequest(_("This address of a page is not complete. Please open the list anew."))
