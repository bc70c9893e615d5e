"""The bytes of a letter.

The standard library's ``EmailMessage`` makes some 290 letters a second, and folds a long
``List-Unsubscribe`` into encoded words, which ends unsubscribing with one click. This writer
knows one kind of letter only, and makes it well over ten thousand times a second.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""What may stand in a header or in the envelope: plain ASCII, nothing that needs quoting."""

_BOUNDARY = b"=_alumni"
"""No line of base64 has a hyphen or an underscore: it cannot occur in a body."""

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN = re.compile("[\x20-\x7e]*")
_LINK = re.compile("https?://[\x21\x23-\x3b\x3d\x3f-\x7e]+")
_MESSAGE_ID = re.compile("<[\x21-\x3b\x3d\x3f-\x7e]+@[A-Za-z0-9.-]+>")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_METHOD = re.compile(r"^METHOD:(REQUEST|CANCEL|PUBLISH)\r?$", re.MULTILINE)

_LINE = 76
"""Characters in a header line: RFC 2047 allows no more where there is an encoded word."""
_LONGEST_LINE = 998
"""Characters in any line, by RFC 5322."""
_PIECE = 60
"""The longest piece that fits the first line after any of our field names."""
_OCTETS = 39
"""UTF-8 octets in one encoded word: it is then 64 characters long and fits the first line."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter to one reader."""

    from_name: str
    from_address: str
    to_name: str
    to_address: str
    reply_to: str | None = None
    subject: str
    text: str
    html: str | None = None
    calendar: str | None = None
    """An iCalendar text; its METHOD is repeated in the part's header."""
    message_id: str
    """With its angle brackets. The same for every attempt at one delivery."""
    date: datetime
    list_id: str | None = None
    """Like ``dalian.lists.example.org``; never changes (RFC 2919)."""
    list_name: str = ""
    unsubscribe_url: str | None = None
    """Takes the one-click POST of RFC 8058."""
    unsubscribe_mailto: str | None = None
    """An address, without ``mailto:``."""
    auto_generated: bool = False
    """A notification, which no vacation program should answer."""
    delivery_token: str | None = None


def as_bytes(letter: Letter) -> bytes:
    """Return the letter as it goes on the wire: 7-bit, lines ending in CRLF, none too long.

    Raises ValueError for anything that would break out of its header field, or that cannot
    be written: control characters, addresses beyond ASCII, a date without a zone.
    """
    lines = [*_envelope_headers(letter), *_list_headers(letter), b"MIME-Version: 1.0"]
    parts = list(_parts(letter))
    if len(parts) == 1:
        lines += parts[0]
    else:
        lines += [b'Content-Type: multipart/alternative; boundary="%b"' % _BOUNDARY, b""]
        for part in parts:
            lines += [b"--" + _BOUNDARY, *part]
        lines.append(b"--" + _BOUNDARY + b"--")
    lines.append(b"")
    return b"\r\n".join(lines)


def _envelope_headers(letter: Letter) -> Iterator[bytes]:
    if letter.date.tzinfo is None:
        raise ValueError("the date of a letter has a zone")
    yield _mailbox(b"From", letter.from_name, letter.from_address)
    yield _mailbox(b"To", letter.to_name, letter.to_address)
    if letter.reply_to is not None:
        yield _mailbox(b"Reply-To", "", letter.reply_to)
    yield _field(b"Subject", _text_pieces(letter.subject))
    yield b"Date: " + format_datetime(letter.date).encode()
    yield _single_line(b"Message-ID", letter.message_id, _MESSAGE_ID)
    if letter.auto_generated:
        yield b"Auto-Submitted: auto-generated"
    if letter.delivery_token is not None:
        yield _single_line(b"X-Alumni-Delivery", letter.delivery_token, _TOKEN)


def _list_headers(letter: Letter) -> Iterator[bytes]:
    if letter.list_id is not None:
        _matching(_LIST_ID, letter.list_id, "list id")
        yield _field(b"List-Id", [*_phrase(letter.list_name), b"<%b>" % letter.list_id.encode()])
    ways = list(_ways_out(letter))
    if ways:
        yield _within_limit(b"List-Unsubscribe: " + b", ".join(ways))
    if letter.unsubscribe_url is not None:
        yield b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    if ways or letter.list_id is not None:
        yield b"Precedence: bulk"


def _ways_out(letter: Letter) -> Iterator[bytes]:
    if letter.unsubscribe_url is not None:
        yield b"<%b>" % _matching(_LINK, letter.unsubscribe_url, "unsubscribe link")
    if letter.unsubscribe_mailto is not None:
        yield b"<mailto:%b>" % _matching(ADDRESS, letter.unsubscribe_mailto, "address")


def _parts(letter: Letter) -> Iterator[list[bytes]]:
    yield _part(b"text/plain; charset=utf-8", letter.text)
    if letter.html is not None:
        yield _part(b"text/html; charset=utf-8", letter.html)
    if letter.calendar is not None:
        method = _METHOD.search(letter.calendar)
        if method is None:
            raise ValueError("a calendar part says its method")
        kind = b"text/calendar; charset=utf-8; method=%b" % method[1].encode()
        yield _part(kind + b'; name="invite.ics"', letter.calendar)


def _part(kind: bytes, text: str) -> list[bytes]:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    code = b64encode(unix.replace("\n", "\r\n").encode())
    return [
        b"Content-Type: " + kind,
        b"Content-Transfer-Encoding: base64",
        b"",
        *[code[start : start + _LINE] for start in range(0, len(code), _LINE)],
    ]


def _mailbox(name: bytes, display: str, address: str) -> bytes:
    octets = _matching(ADDRESS, address, "address")
    return _field(name, [*_phrase(display), b"<%b>" % octets])


def _phrase(display: str) -> list[bytes]:
    """Return the pieces of a name before an address: a quoted string or encoded words."""
    _refuse_controls(display)
    if not display:
        return []
    quoted = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _plain_pieces(quoted) if _is_plain(quoted) else _encoded_words(display)


def _text_pieces(text: str) -> list[bytes]:
    _refuse_controls(text)
    return _plain_pieces(text) if _is_plain(text) else _encoded_words(text)


def _is_plain(text: str) -> bool:
    """Tell whether it can be written as it stands and be folded at its single spaces."""
    return (
        _PLAIN.fullmatch(text) is not None
        and "=?" not in text
        and all(0 < len(piece) <= _PIECE for piece in text.split(" "))
    )


def _plain_pieces(text: str) -> list[bytes]:
    return text.encode("ascii").split(b" ")


def _encoded_words(text: str) -> list[bytes]:
    """Return the text as encoded words of RFC 2047, none of which cuts a character in two."""
    octets = text.encode()
    words = []
    start = 0
    while start < len(octets):
        end = min(start + _OCTETS, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # noqa: PLR2004 - UTF-8's continuation octets are 10xxxxxx
            end -= 1
        words.append(b"=?utf-8?b?%b?=" % b64encode(octets[start:end]))
        start = end
    return words


def _field(name: bytes, pieces: Iterable[bytes]) -> bytes:
    """Return a header field, folded between its pieces."""
    lines = []
    line = name + b":"
    for number, piece in enumerate(pieces):
        if number and len(line) + 1 + len(piece) > _LINE:
            lines.append(line)
            line = b""
        line += b" " + piece
    return b"\r\n".join([*lines, line])


def _single_line(name: bytes, value: str, shape: re.Pattern[str]) -> bytes:
    return _within_limit(name + b": " + _matching(shape, value, name.decode()))


def _matching(shape: re.Pattern[str], value: str, what: str) -> bytes:
    if not shape.fullmatch(value):
        raise ValueError(f"not a valid {what}: {value!r}")
    return value.encode("ascii")


def _within_limit(line: bytes) -> bytes:
    if len(line) > _LONGEST_LINE:
        raise ValueError("a header that must stay on one line is too long")
    return line


def _refuse_controls(text: str) -> None:
    if _FORBIDDEN.search(text):
        raise ValueError(f"control characters in a header: {text!r}")
