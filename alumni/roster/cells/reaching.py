"""E-mail addresses and phone numbers."""

import re
from typing import NamedTuple

from alumni.roster.cells.saying import (
    EXPONENT,
    REASONS,
    SPACES,
    Cell,
    Unreadable,
    nfkc,
    plain,
    says_nothing,
    short,
)


class Phone(NamedTuple):
    e164: str | None
    """None where the number is none that could be dialled."""
    original: str


def email(cell: Cell) -> str | None:
    """An address in lower case and ASCII, at most 254 characters long."""
    tidied = nfkc(plain(cell)).lower().removeprefix("mailto:").strip()
    if says_nothing(tidied):
        return None
    if len(tidied) > _EMAIL_LENGTH:
        raise Unreadable(REASONS["too_long"])
    if _EMAIL.fullmatch(tidied) and tidied.index("@") <= _LOCAL_LENGTH:
        return tidied
    return _doubtful_email(tidied)


def phone(cell: Cell, region: str = "CN") -> Phone | None:
    """A number to dial, and as it was written; without a country code it is one of ``region``,

    or else of China. Of several the first that could be dialled. What holds digits is never
    refused.
    """
    original = SPACES.sub(" ", plain(cell))
    tidied = nfkc(original)
    if says_nothing(tidied):
        return None
    if EXPONENT.fullmatch(tidied):
        raise Unreadable(REASONS["digits_lost"])
    if not _DIGIT.search(tidied):
        raise Unreadable(REASONS["not_phone"])
    short(tidied, _PHONE_LENGTH)
    dialled = _e164(tidied, region) if region != _CHINA else None
    return Phone(dialled or _chinese(tidied), original)


def as_dialled_abroad(number: str) -> str:
    """A number in E.164 as people write it: +1 416-555-0123."""
    import phonenumbers  # noqa: PLC0415 - as below

    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


_CHINA = "CN"


_EMAIL_LENGTH = 254
_LOCAL_LENGTH = 64
_PHONE_LENGTH = 60
_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_EMAIL_BREAK = re.compile(r"[\s,;/、，；]+")
_DIGIT = re.compile(r"[0-9]")
_PHONE_MARKS = re.compile(r"[\s().·‐-―-]+")
_PHONE_BREAK = re.compile(r"[/;,、或]")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")


def _doubtful_email(said: str) -> str:
    from email_validator import (  # noqa: PLC0415 - slow to load, and few addresses need it
        EmailNotValidError,
        validate_email,
    )

    if sum("@" in part for part in _EMAIL_BREAK.split(said)) > 1:
        raise Unreadable(REASONS["many_emails"])
    try:
        address = validate_email(said, check_deliverability=False).ascii_email
    except EmailNotValidError as fault:
        raise Unreadable(REASONS["not_email"]) from fault
    if address is None or len(address) > _EMAIL_LENGTH or address.index("@") > _LOCAL_LENGTH:
        raise Unreadable(REASONS["not_email"])
    return address.lower()


def _chinese(said: str) -> str | None:
    mobile = _MOBILE.fullmatch(_PHONE_MARKS.sub("", said))
    return f"+86{mobile[1]}" if mobile else _e164(said, _CHINA)


def _e164(said: str, region: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 - megabytes of tables; most numbers are plain mobiles

    for part in _PHONE_BREAK.split(said):
        try:
            parsed = phonenumbers.parse(re.sub("转|分机", " ext. ", part), region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None
