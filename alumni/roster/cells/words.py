"""Names, words and codes."""

import re
import unicodedata
from functools import lru_cache

from alumni.roster.cells.saying import (
    EXPONENT,
    REASONS,
    SPACES,
    Cell,
    Unreadable,
    folded,
    nfkc,
    plain,
    says_nothing,
    short,
)


def name(cell: Cell) -> str:
    """A person's name; Chinese ones without spaces. Raises when there is none."""
    raw = plain(cell)
    if _HAN_ONLY.fullmatch(raw) and len(raw) <= _NAME_LENGTH:
        return raw
    tidied = SPACES.sub(" ", nfkc(raw)).strip()
    tidied = _HAN_DOT.sub("·", _HAN_GAP.sub("", tidied))
    if not any(map(str.isalpha, tidied)):
        raise Unreadable(REASONS["not_name" if any(map(str.isalnum, tidied)) else "missing"])
    return short(tidied, _NAME_LENGTH)


@lru_cache(maxsize=16_384, typed=True)
def text(cell: Cell, longest: int = 120) -> str | None:
    """Words as they are written, on one line.

    Full-width letters and digits become ordinary ones; Chinese punctuation stays.
    """
    raw = plain(cell)
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw).translate(_HALF_WIDTH)
    tidied = SPACES.sub(" ", raw).strip()
    return None if says_nothing(tidied) else short(tidied, longest)


def number(cell: Cell) -> str | None:
    """A student number in capitals, its leading zeros kept."""
    tidied = _whole(cell)
    if says_nothing(tidied):
        return None
    if (isinstance(cell, float) and not cell.is_integer()) or not _NUMBER.fullmatch(tidied):
        raise Unreadable(REASONS["not_number"])
    return short(tidied.upper(), _NUMBER_LENGTH)


def certificate(cell: Cell) -> str | None:
    """The number of a certificate, in capitals and without spaces, such as 105971201205000123."""
    tidied = _whole(cell)
    if says_nothing(tidied):
        return None
    if not any(map(str.isdigit, tidied)):
        raise Unreadable(REASONS["not_certificate"])
    return short(tidied.upper(), _NUMBER_LENGTH)


@lru_cache(maxsize=256, typed=True)
def sex(cell: Cell) -> str | None:
    """``"m"`` or ``"f"``; 1 and 2 are the codes of GB/T 2261 and ISO 5218, 0 and 9 say nothing."""
    said = folded(cell)
    if says_nothing(said) or said in {"0", "9"}:
        return None
    if said not in _SEXES:
        raise Unreadable(REASONS["not_sex"])
    return _SEXES[said]


@lru_cache(maxsize=256, typed=True)
def level(cell: Cell) -> str | None:
    """``college``, ``bachelor``, ``master`` or ``doctor``."""
    said = folded(cell).replace(".", "").replace("'", "").replace("’", "")
    if says_nothing(said):
        return None
    for key, pattern in _LEVELS:
        if pattern.fullmatch(said):
            return key
    raise Unreadable(REASONS["not_level"])


@lru_cache(maxsize=256, typed=True)
def training(cell: Cell) -> str | None:
    """``residency``, ``fellowship``, ``further`` or ``intern``."""
    said = folded(cell)
    if says_nothing(said):
        return None
    for key, pattern in _TRAININGS:
        if pattern.fullmatch(said):
            return key
    raise Unreadable(REASONS["not_training"])


@lru_cache(maxsize=4_096, typed=True)
def city(cell: Cell) -> str | None:
    """A city or province by its short name: 鞍山 for 鞍山市, 广西 for 广西壮族自治区."""
    place = text(cell, 60)
    if place is None or not _HAN_ONLY.fullmatch(place):
        return place
    if (whole := _ADDRESS.fullmatch(place)) is not None:
        place = whole["city"]
    return _AUTONOMOUS.sub("", _PLACE_KIND.sub("", place))


def _whole(cell: Cell) -> str:
    """The number as it is written, unless a spreadsheet took it for one to calculate with."""
    tidied = folded(cell).removeprefix("'")
    if EXPONENT.fullmatch(tidied):
        raise Unreadable(REASONS["digits_lost"])
    return tidied


_NAME_LENGTH = 80
_NUMBER_LENGTH = 40
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
_TRAININGS = (
    ("fellowship", re.compile(r"专科.*|专培.*|fellow.*")),
    ("residency", re.compile(r"住院.*|规培.*|规范化.*|residen.*")),
    ("further", re.compile(r".*进修.*|further.*|visiting.*")),
    ("intern", re.compile(r".*实习.*|intern.*")),
)
_ADDRESS = re.compile(
    r"(?:.{2,3}省|.{2,6}自治区)?(?P<city>.{2,}?(?:市|自治州|地区))(?:.+[区县旗市])?"
)
_PLACE_KIND = re.compile(r"(?<=..)(?:特别行政区|地区|[市省])$")
_PEOPLES = (
    "维吾尔|壮|回|朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|傣|白|景颇|傈僳|蒙古|哈萨克|柯尔克孜|满|瑶|黎"
)
_AUTONOMOUS = re.compile(rf"(?<=..)(?:(?:{_PEOPLES})族?)*自治[州区]$")
