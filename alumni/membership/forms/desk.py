"""What the address of a list at a desk, or of the office's chapters, asks for."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from alumni.errors import BadRequest
from alumni.forms import tidy, tidy_number
from alumni.i18n import _
from alumni.membership.queries.narrowing import Address, MemberFilter

Given = Mapping[str, list[str]]
Choice = TypeVar("Choice", bound=StrEnum)

MEMBERS = frozenset({"q", "year", "since", "account", "address", "letters", "after", "before"})

YES_NO = {"yes": True, "no": False}

FIRST_YEAR, LAST_YEAR = 1900, 2200


def member_filter(given: Given) -> MemberFilter:
    """What the address asks for. What cannot be read is a BadRequest that says so."""
    return MemberFilter(
        text=tidy(_one(given, "q")) or "",
        year=year_of(_one(given, "year")),
        since=_day(_one(given, "since")),
        has_account=_yes_no(_one(given, "account")),
        address=choice(Address, _one(given, "address")),
        takes_letters=_yes_no(_one(given, "letters")),
        after=_one(given, "after"),
        before=_one(given, "before"),
    )


def as_asked(wanted: MemberFilter) -> dict[str, str]:
    """The same as parameters, without the place in the list."""
    words = {True: "yes", False: "no", None: ""}
    asked = {
        "q": wanted.text,
        "year": str(wanted.year or ""),
        "since": wanted.since.isoformat() if wanted.since else "",
        "account": words[wanted.has_account],
        "address": wanted.address.value if wanted.address else "",
        "letters": words[wanted.takes_letters],
    }
    return {name: value for name, value in asked.items() if value}


def choice(kind: type[Choice], written: str) -> Choice | None:
    if not written:
        return None
    if written not in set(kind):
        raise BadRequest(_("There is no state “%(name)s”.", name=written[:20]))
    return kind(written)


def year_of(written: str) -> int | None:
    plain = tidy_number(written) or ""
    if not plain:
        return None
    is_number = plain.isascii() and plain.isdigit() and len(plain) < len("10000")
    if not (is_number and FIRST_YEAR <= int(plain) <= LAST_YEAR):
        raise BadRequest(_("“%(value)s” is not a year.", value=written[:20]))
    return int(plain)


def page_of(written: str) -> int:
    """The number of a page of a list: 1, 2, 3 …"""
    plain = tidy_number(written) or "1"
    is_number = plain.isascii() and plain.isdigit() and len(plain) < len("10000000")
    if not is_number or int(plain) < 1:
        raise BadRequest(_("There is no such page of the list."))
    return int(plain)


def month_of(written: str) -> int | None:
    """1 … 12, or None for the whole year."""
    if not written:
        return None
    plain = tidy_number(written) or ""
    if plain not in {str(month) for month in range(1, 13)}:
        raise BadRequest(_("“%(value)s” is not a month.", value=written[:20]))
    return int(plain)


def _day(written: str) -> date | None:
    plain = tidy_number(written) or ""
    if not plain:
        return None
    try:
        return date.fromisoformat(plain)
    except ValueError as error:
        raise BadRequest(_("“%(value)s” is not a day.", value=written[:20])) from error


def _yes_no(written: str) -> bool | None:
    if written and written not in YES_NO:
        raise BadRequest(_("There is no state “%(name)s”.", name=written[:20]))
    return YES_NO.get(written)


def _one(given: Given, name: str) -> str:
    return given.get(name, [""])[-1]
