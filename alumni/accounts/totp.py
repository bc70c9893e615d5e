"""Codes of six digits that an app on a telephone shows, another one every half minute."""

from datetime import datetime
from unicodedata import normalize

import pyotp
from pyotp.utils import strings_equal

STEP = 30
"""Seconds for which an app shows a code."""


def new_secret() -> str:
    """160 random bits in base32, which both sides keep."""
    return pyotp.random_base32()


def address(secret: str, *, email: str, issuer: str) -> str:
    """What an app reads from a QR code. A colon would end the name of the issuer."""
    shown = issuer.replace(":", " ")
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=shown)


def in_groups(secret: str) -> str:
    """As people type it: ABCD EFGH …"""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def step_of(secret: str, code: str, moment: datetime) -> int | None:
    """The half minute that the code belongs to: this one, or the one before or after, since clocks

    differ. None if it is no code of them. To take none twice is the caller's.
    """
    this, app = int(moment.timestamp()) // STEP, pyotp.TOTP(secret)
    found = [
        step
        for step in (this - 1, this, this + 1)
        if strings_equal(app.generate_otp(step), plain(code))
    ]
    return max(found, default=None)


def plain(code: str) -> str:
    """The letters and digits of what was typed, full-width ones and spaces between made plain."""
    return "".join(mark for mark in normalize("NFKC", code).upper() if mark.isalnum())
