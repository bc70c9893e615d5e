"""Business cards for address books: vCard 3.0 (RFC 2426), which every telephone reads."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

MIMETYPE = "text/vcard; charset=utf-8"

LONGEST_LINE = 75
"""Octets of a line, its end not counted."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What an address book is told of one person. What is empty is left out."""

    uid: str
    """The same with each card of the person, so that a newer one takes the place of an older."""
    full: str
    """The name as it is shown."""
    family: str = ""
    given: str = ""
    nickname: str = ""
    organisation: str = ""
    department: str = ""
    title: str = ""
    phones: Sequence[tuple[str, str]] = ()
    """Kind and number; the kinds are those of the RFC: ``CELL HOME WORK VOICE`` …"""
    emails: Sequence[str] = ()
    city: str = ""
    country: str = ""
    note: str = ""
    revision: datetime | None = None


def as_vcards(cards: Iterable[Card]) -> Iterator[bytes]:
    """Yield each card in UTF-8, whole. One after the other they make a file of many."""
    for card in cards:
        yield "".join(map(_folded, _lines(card))).encode()


def _lines(card: Card) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"UID:{_escaped(card.uid)}"
    yield f"FN:{_escaped(card.full)}"
    yield f"N:{_parts(card.family, card.given, '', '', '')}"
    yield from _line("NICKNAME", card.nickname)
    yield from _line("ORG", card.organisation, *filter(None, [card.department]))
    yield from _line("TITLE", card.title)
    for kind, number in card.phones:
        yield f"TEL;TYPE={_word(kind)}:{_escaped(number)}"
    for email in card.emails:
        yield f"EMAIL;TYPE=INTERNET:{_escaped(email)}"
    yield from _line("ADR", "", "", "", card.city, "", "", card.country)
    yield from _line("NOTE", card.note)
    if card.revision:
        yield f"REV:{card.revision.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    yield "END:VCARD"


def _line(name: str, *parts: str) -> Iterator[str]:
    """The property, unless all its parts are empty."""
    if any(parts):
        yield f"{name}:{_parts(*parts)}"


def _parts(*parts: str) -> str:
    return ";".join(map(_escaped, parts))


def _escaped(text: str) -> str:
    """Text as a value: it can begin no line of its own, and part no value in two."""
    lines = "\n".join(_LINE_END.split(text))
    return _SPECIAL.sub(r"\\\g<0>", lines).replace("\n", r"\n")


def _word(kind: str) -> str:
    """A kind as a parameter, which is escaped in no way and so has nothing but letters."""
    return _NO_LETTER.sub("", kind).upper() or "VOICE"


def _folded(line: str) -> str:
    """The line with its end, cut where it is too long, but in no character."""
    pieces, piece, room = [], "", LONGEST_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = " ", LONGEST_LINE - 1
        piece += character
        room -= size
    return "\r\n".join([*pieces, piece]) + "\r\n"


_LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_SPECIAL = re.compile(r"[\\,;]")
_NO_LETTER = re.compile("[^A-Za-z]")
