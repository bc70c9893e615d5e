"""Passwords: how they are kept, and which are too easy to guess."""

import threading
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from alumni.errors import Invalid
from alumni.i18n import _

SHORTEST, LONGEST = 10, 128

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The smaller of OWASP's settings for argon2id: 26 ms, where the library's default takes 189."""

_at_once = threading.BoundedSemaphore(2)
"""Two at a time: a crowd at the door must not take all memory and both cores."""


def hashed(password: str) -> str:
    with _at_once:
        return _hasher.hash(normal(password))


def agrees(password_hash: str | None, password: str) -> bool:
    """Whether the password is the account's. Costs the same where there is no account."""
    with _at_once:
        try:
            _hasher.verify(password_hash or _nobodys(), normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(password_hash)


def normal(password: str) -> str:
    """One spelling for what looks the same, so that another keyboard types the same password."""
    return normalize("NFKC", password)


def check(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Raise Invalid, with what to do, for a password that is too easy to guess.

    ``about``: the own name, address and numbers, which an acquaintance tries first.
    """
    plain = normal(password).casefold()
    if len(plain) < SHORTEST:
        raise Invalid(
            _(
                "At least %(shortest)s characters, please. A short sentence is good.",
                shortest=SHORTEST,
            ),
            field="password",
        )
    if len(plain) > LONGEST:
        raise Invalid(
            _("At most %(longest)s characters, please.", longest=LONGEST), field="password"
        )
    if len(set(plain)) < 4 or any(word in plain for word in common()):  # noqa: PLR2004
        raise Invalid(
            _("This password is among those that are tried first. Please take another."),
            field="password",
        )
    if any(len(word) > 2 and word.casefold() in plain for word in about):  # noqa: PLR2004
        raise Invalid(_("Please take a password without your own name in it."), field="password")


@lru_cache(maxsize=1)
def common() -> tuple[str, ...]:
    """Words that no password may contain, from the list beside this file."""
    listed = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return tuple(word for word in listed.split() if word)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
