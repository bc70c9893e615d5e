"""What a spreadsheet's cell says: one parser for each kind of value.

A parser returns the clean value, or ``None`` for a cell that says nothing, or raises
``Unreadable`` and nothing else, whatever the cell holds.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

Cell: TypeAlias = str | float | date | time | timedelta | None
"""What a file can give: ``int`` and ``bool`` come as ``float`` does, ``datetime`` as ``date``."""

EARLIEST_YEAR = 1940


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
    "not_sex": N_("is neither male nor female"),
    "not_level": N_("is not a known level of study"),
    "before_entry": N_("is before the entry year"),
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


class YearMonth(NamedTuple):
    """A month as exactly as it is known: a mere year is not its January."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        return f"{self.year}" if self.month is None else f"{self.year}-{self.month:02}"


class Phone(NamedTuple):
    e164: str | None
    """None where the number is none that could be dialled."""
    original: str


def name(cell: Cell) -> str:
    """A person's name; Chinese ones without spaces. Raises when there is none."""
    raw = plain(cell)
    if _HAN_ONLY.fullmatch(raw) and len(raw) <= _NAME_LENGTH:
        return raw
    tidied = _SPACES.sub(" ", _nfkc(raw)).strip()
    tidied = _HAN_DOT.sub("·", _HAN_GAP.sub("", tidied))
    if not any(map(str.isalpha, tidied)):
        raise Unreadable(REASONS["not_name" if any(map(str.isalnum, tidied)) else "missing"])
    return _short(tidied, _NAME_LENGTH)


@lru_cache(maxsize=16_384, typed=True)
def text(cell: Cell, longest: int = 120) -> str | None:
    """Words as they are written, on one line.

    Full-width letters and digits become ordinary ones; Chinese punctuation stays.
    """
    raw = plain(cell)
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw).translate(_HALF_WIDTH)
    tidied = _SPACES.sub(" ", raw).strip()
    return None if _says_nothing(tidied) else _short(tidied, longest)


def year(cell: Cell) -> int | None:
    """A year: 1998, 1998年, 2003届, 65级, Class of 1998, also out of a whole date.

    Two digits mean the latest such year that is not beyond the next one.
    """
    return _year(cell, _this_year())


def month(cell: Cell) -> YearMonth | None:
    """A month or only a year: 1998年7月, 1998.07, 1998/7/1, 199807, July 1998, 1998届, a date."""
    return _month(cell, _this_year())


def email(cell: Cell) -> str | None:
    """An address in lower case and ASCII, at most 254 characters long."""
    tidied = _nfkc(plain(cell)).lower().removeprefix("mailto:").strip()
    if _says_nothing(tidied):
        return None
    if len(tidied) > _EMAIL_LENGTH:
        raise Unreadable(REASONS["too_long"])
    if _EMAIL.fullmatch(tidied) and tidied.index("@") <= _LOCAL_LENGTH:
        return tidied
    return _doubtful_email(tidied)


def phone(cell: Cell, region: str = "CN") -> Phone | None:
    """A number to dial, and as it was written; without a country code it is one of ``region``.

    Of several the first that could be dialled. What holds digits is never refused.
    """
    original = _SPACES.sub(" ", plain(cell))
    tidied = _nfkc(original)
    if _says_nothing(tidied):
        return None
    if _EXPONENT.fullmatch(tidied):
        raise Unreadable(REASONS["digits_lost"])
    if not _DIGIT.search(tidied):
        raise Unreadable(REASONS["not_phone"])
    _short(tidied, _PHONE_LENGTH)
    mobile = _MOBILE.fullmatch(_PHONE_MARKS.sub("", tidied)) if region == "CN" else None
    return Phone(f"+86{mobile[1]}" if mobile else _e164(tidied, region), original)


def number(cell: Cell) -> str | None:
    """A student number in capitals, its leading zeros kept."""
    tidied = _folded(cell).removeprefix("'")
    if _says_nothing(tidied):
        return None
    if _EXPONENT.fullmatch(tidied):
        raise Unreadable(REASONS["digits_lost"])
    is_fraction = isinstance(cell, float) and not cell.is_integer()
    if is_fraction or not _NUMBER.fullmatch(tidied):
        raise Unreadable(REASONS["not_number"])
    return _short(tidied.upper(), _NUMBER_LENGTH)


@lru_cache(maxsize=256, typed=True)
def sex(cell: Cell) -> str | None:
    """``"m"`` or ``"f"``; 1 and 2 are the codes of GB/T 2261 and ISO 5218, 0 and 9 say nothing."""
    folded = _folded(cell)
    if _says_nothing(folded) or folded in {"0", "9"}:
        return None
    if folded not in _SEXES:
        raise Unreadable(REASONS["not_sex"])
    return _SEXES[folded]


@lru_cache(maxsize=256, typed=True)
def level(cell: Cell) -> str | None:
    """``college``, ``bachelor``, ``master`` or ``doctor``."""
    folded = _folded(cell).replace(".", "").replace("'", "").replace("’", "")
    if _says_nothing(folded):
        return None
    for key, pattern in _LEVELS:
        if pattern.fullmatch(folded):
            return key
    raise Unreadable(REASONS["not_level"])


@lru_cache(maxsize=4_096, typed=True)
def city(cell: Cell) -> str | None:
    """A city or province by its short name: 鞍山 for 鞍山市, 广西 for 广西壮族自治区."""
    place = text(cell, 60)
    if place is None or not _HAN_ONLY.fullmatch(place):
        return place
    if (whole := _ADDRESS.fullmatch(place)) is not None:
        place = whole["city"]
    return _AUTONOMOUS.sub("", _PLACE_KIND.sub("", place))


def check_row(
    values: Mapping[str, object], *, entry: str = "entry_year", graduation: str = "graduation_year"
) -> list[tuple[str, str]]:
    """What cannot be true together, as (field, reason).

    ``entry`` and ``graduation`` are the keys under which a year or ``YearMonth`` may stand.
    """
    entered, graduated = _year_in(values.get(entry)), _year_in(values.get(graduation))
    if entered is None or graduated is None:
        return []
    if graduated < entered:
        return [(graduation, REASONS["before_entry"])]
    if graduated > entered + _LONGEST_STUDY:
        return [(graduation, REASONS["long_after_entry"])]
    return []


def plain(cell: Cell) -> str:
    """The cell as text without invisible characters or outer spaces."""
    said = cell if isinstance(cell, str) else _said(cell)
    if _ODD.search(said):
        said = _without_odd(said)
    said = said.strip()
    if said.startswith('="') and said.endswith('"'):
        return said[2:-1].strip()
    # Programs that take a column for numbers write 1998.0 into text files.
    return said[:-2] if said.endswith(".0") and said[:-2].isdecimal() else said


_NAME_LENGTH = 80
_EMAIL_LENGTH = 254
_LOCAL_LENGTH = 64
_PHONE_LENGTH = 60
_NUMBER_LENGTH = 40
_LONGEST_STUDY = 20
_EXACT_FLOAT = 2**53
_DAYS_A_MONTH = 31

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_LINE_BREAKS = re.compile(r"[\t\n\x0b\x0c\r\u2028\u2029]")
_LOST = re.compile(r"\ufffd")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ODD = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffd-\uffff]"
)
_SPACES = re.compile(r"\s+")

_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_ONLY = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0002f7ff]+")
_HAN_GAP = re.compile(rf"(?<=[{_HAN}·•・‧∙.]) (?=[{_HAN}·•・‧∙.])")
_HAN_DOT = re.compile(rf"(?<=[{_HAN}])[·•・‧∙.](?=[{_HAN}])")
_HALF_WIDTH = {
    0x3000: 0x20,
    **{
        code: code - 0xFEE0
        for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
        for code in range(ord(first), ord(last) + 1)
    },
}
_NOTHING = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", ".", "无", "暂无", "不详", "未知", "none", "null", "nil"}
    | {"n/a", "na", "nan", "#n/a", "#ref!", "#value!", "#name?", "#div/0!"}
)

_YEAR = re.compile(
    r"(?:classof)?['’]?([0-9]{4}|[0-9]{2})"
    r"(?:级|届|年|年级|学年|年入学|年毕业|级学生|届毕业|届毕业生)?"
)
_CLOCK = re.compile(r"[ t][0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?z?$")
_MONTH = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4}|[0-9]{2})年(?P<month>[0-9]{1,2})(?:月份?(?:(?P<day>[0-9]{1,2})[日号]?)?)?",
        r"(?P<year>[0-9]{4})(?P<mark>[-./])(?P<month>[0-9]{1,2})(?:(?P=mark)(?P<day>[0-9]{1,2}))?",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})?",
        r"(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})",
        r"(?P<name>[a-z]{3})[a-z]{0,6}[.,-]{0,2}(?P<year>[0-9]{4})",
    )
)
_MONTH_NAMES = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_EXCEL_EPOCH = date(1899, 12, 30)

_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_EMAIL_BREAK = re.compile(r"[\s,;/、，；]+")
_DIGIT = re.compile(r"[0-9]")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_PHONE_MARKS = re.compile(r"[\s().·‐-―-]+")
_PHONE_BREAK = re.compile(r"[/;,、或]")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_NUMBER = re.compile(r"(?=.*[0-9])[0-9a-z][0-9a-z_./-]*")

_SEXES = {
    **dict.fromkeys(("男", "男性", "m", "male", "man", "1"), "m"),
    **dict.fromkeys(("女", "女性", "f", "female", "woman", "2"), "f"),
}
_LEVELS = (
    ("doctor", re.compile(r"博士(?!后).*|硕博.*|doctor.*|phd.*|md|dr")),
    ("master", re.compile(r".*硕士.*|本硕.*|硕|masters?.*|msc?|ma|mph|mmed")),
    ("bachelor", re.compile(r".*本科.*|.*学士.*|专升本|bachelors?.*|bsc?|ba|mbbs|undergraduate")),
    ("college", re.compile(r".*专科.*|.*大专.*|高职.*|college|associate.*|diploma")),
)

_ADDRESS = re.compile(
    r"(?:.{2,3}省|.{2,6}自治区)?(?P<city>.{2,}?(?:市|自治州|地区))(?:.+[区县旗市])?"
)
_PLACE_KIND = re.compile(r"(?<=..)(?:特别行政区|地区|[市省])$")
_PEOPLES = (
    "维吾尔|壮|回|朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|傣|白|景颇|傈僳|蒙古|哈萨克|柯尔克孜|满|瑶|黎"
)
_AUTONOMOUS = re.compile(rf"(?<=..)(?:(?:{_PEOPLES})族?)*自治[州区]$")


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


def _nfkc(said: str) -> str:
    return said if said.isascii() else unicodedata.normalize("NFKC", said)


def _folded(cell: Cell) -> str:
    return _SPACES.sub("", _nfkc(plain(cell))).lower()


def _says_nothing(said: str) -> bool:
    return len(said) <= len("#value!") + 1 and said.lower() in _NOTHING


def _short(said: str, longest: int) -> str:
    if len(said) > longest:
        raise Unreadable(REASONS["too_long"])
    return said


def _this_year() -> int:
    return datetime.now(UTC).year


def _in_range(value: int, this_year: int) -> int:
    if not EARLIEST_YEAR <= value <= this_year + 1:
        raise Unreadable(REASONS["year_range"])
    return value


def _full_year(digits: str, this_year: int) -> int:
    value = int(digits)
    if len(digits) == len("1998"):
        return _in_range(value, this_year)
    century = (this_year + 1) // 100 * 100
    value += century
    return _in_range(value if value <= this_year + 1 else value - 100, this_year)


@lru_cache(maxsize=4_096, typed=True)
def _year(cell: Cell, this_year: int) -> int | None:
    if isinstance(cell, date):
        return _in_range(cell.year, this_year)
    said = _date_text(cell)
    if _says_nothing(said):
        return None
    if (found := _YEAR.fullmatch(said)) is not None:
        return _full_year(found[1], this_year)
    dated = _dated(said, this_year)
    if dated is None:
        raise Unreadable(REASONS["not_year"])
    return dated.year


@lru_cache(maxsize=8_192, typed=True)
def _month(cell: Cell, this_year: int) -> YearMonth | None:
    if isinstance(cell, float):
        cell = _numeric_date(cell, this_year)
    if isinstance(cell, date):
        return YearMonth(_in_range(cell.year, this_year), cell.month)
    said = _date_text(cell)
    if _says_nothing(said):
        return None
    if (found := _YEAR.fullmatch(said)) is not None:
        return YearMonth(_full_year(found[1], this_year))
    dated = _dated(said, this_year)
    if dated is None:
        raise Unreadable(REASONS["not_month"])
    return dated


def _date_text(cell: Cell) -> str:
    return _SPACES.sub("", _CLOCK.sub("", _nfkc(plain(cell)).lower()))


def _numeric_date(cell: float, this_year: int) -> float | date | str:
    """A spreadsheet's day number as its date; 1998.1 as the year alone.

    A number cannot tell October from January: 1998.10 is 1998.1.
    """
    first, last = date(EARLIEST_YEAR, 1, 1), date(this_year + 1, 12, 31)
    if (first - _EXCEL_EPOCH).days <= cell <= (last - _EXCEL_EPOCH).days:
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    whole, _, fraction = str(cell).partition(".")
    return whole if fraction == "1" and len(whole) == len("1998") else cell


def _dated(said: str, this_year: int) -> YearMonth | None:
    for pattern in _MONTH:
        if (found := pattern.fullmatch(said)) is not None:
            return _checked(found.groupdict(), this_year)
    return None


def _checked(parts: Mapping[str, str | None], this_year: int) -> YearMonth | None:
    named = parts.get("name")
    in_year = _MONTH_NAMES.get(named, 0) if named else int(parts.get("month") or 0)
    day = int(parts.get("day") or 1)
    if not (1 <= in_year <= len(_MONTH_NAMES) and 1 <= day <= _DAYS_A_MONTH):
        return None
    return YearMonth(_full_year(parts["year"] or "", this_year), in_year)


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


def _year_in(value: object) -> int | None:
    if isinstance(value, YearMonth):
        return value.year
    return value if isinstance(value, int) else None
