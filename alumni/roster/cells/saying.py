"""What every cell has in common: the text that it says, and why it cannot be read."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

Cell: TypeAlias = str | float | date | time | timedelta | None
"""What a file can give: ``int`` and ``bool`` come as ``float`` does, ``datetime`` as ``date``."""


def N_(message: str) -> str:  # noqa: N802 - the name by which Babel finds words translated later
    return message


REASONS = {
    "missing": N_("is missing"),
    "too_long": N_("is too long"),
    "control": N_("contains a control character"),
    "damaged": N_("contains a character that was lost before it came to us"),
    "digits_lost": N_("has lost its last digits; format the column as text"),
    "not_name": N_("is not a name"),
    "not_year": N_("is not a year"),
    "not_month": N_("is not a month and year"),
    "year_range": N_("year out of range"),
    "not_email": N_("is not an e-mail address"),
    "many_emails": N_("holds more than one e-mail address"),
    "not_phone": N_("is not a phone number"),
    "not_number": N_("is not a student number"),
    "not_certificate": N_("is not the number of a certificate"),
    "not_sex": N_("is neither male nor female"),
    "not_level": N_("is not a known level of study"),
    "not_training": N_("is not a known kind of training"),
    "before_entry": N_("is before the entry year"),
    "before_beginning": N_("is before the beginning"),
    "long_after_entry": N_("is more than twenty years after the entry year"),
    "shifted": N_("has more cells than the header"),
}
"""Why a cell or row cannot be taken, to be said after the column's name."""


class Unreadable(Exception):
    """What a file or cell says cannot be understood.

    ``reason`` is untranslated and may hold ``{names}``, for which ``values`` stand ready:
    say it as ``_(fault.reason).format(**fault.values)``. ``line`` is the one to blame, if any.
    """

    def __init__(self, reason: str, *, line: int | None = None, **values: int) -> None:
        super().__init__(reason.format(**values))
        self.reason = reason
        self.line = line
        self.values = values


def plain(cell: Cell) -> str:
    """The cell as text without invisible characters or outer spaces."""
    said = cell if isinstance(cell, str) else _said(cell)
    if _ODD.search(said):
        said = _without_odd(said)
    said = said.strip()
    if said.startswith(_QUOTED):
        said = said[1:]
    if said.startswith('="') and said.endswith('"'):
        return said[2:-1].strip()
    # Programs that take a column for numbers write 1998.0 into text files.
    return said[:-2] if said.endswith(".0") and said[:-2].isdecimal() else said


_EXACT_FLOAT = 2**53
_QUOTED = ("'=", "'+", "'-", "'@", "'＝", "'＋", "'－", "'＠")
"""What programs write, ours too, lest a spreadsheet takes a phone number for a formula."""
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_LINE_BREAKS = re.compile(r"[\t\n\x0b\x0c\r\u2028\u2029]")
_LOST = re.compile(r"\ufffd")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ODD = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffd-\uffff]"
)
SPACES = re.compile(r"\s+")
EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
"""A number so long that a spreadsheet cut it."""
_NOTHING = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", ".", "无", "暂无", "不详", "未知", "none", "null", "nil"}
    | {"n/a", "na", "nan", "#n/a", "#ref!", "#value!", "#name?", "#div/0!"}
)


def _said(cell: float | date | time | timedelta | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_FLOAT:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell)


def _without_odd(said: str) -> str:
    said = _LINE_BREAKS.sub(" ", _INVISIBLE.sub("", said))
    if _CONTROL.search(said):
        raise Unreadable(REASONS["control"])
    if _LOST.search(said):
        raise Unreadable(REASONS["damaged"])
    return said


def nfkc(said: str) -> str:
    return said if said.isascii() else unicodedata.normalize("NFKC", said)


def folded(cell: Cell) -> str:
    return SPACES.sub("", nfkc(plain(cell))).lower()


def says_nothing(said: str) -> bool:
    return len(said) <= len("#value!") + 1 and said.lower() in _NOTHING


def short(said: str, longest: int) -> str:
    if len(said) > longest:
        raise Unreadable(REASONS["too_long"])
    return said
