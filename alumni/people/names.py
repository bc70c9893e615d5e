"""Names of people: Chinese and Latin, how they are split, read, written and put in order."""

import os
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from alumni.people.surnames import COMPOUND, GIVEN, SINGLE

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, as the inside of a regular expression's brackets."""

DOT = "·"
"""Between the parts of a name that was Uyghur, Kazakh, Tibetan … before it was Chinese."""


@dataclass(frozen=True)
class Reading:
    """A name in plain lower-case ASCII without tones, its syllables a space apart.

    lǚ and nǚ are ``lyu`` and ``nyu``, as in passports.
    """

    surname: str
    given: str


def tidy_name(text: str) -> str:
    """The name as one would write it by hand: ``吴　六`` is 吴六, full-width letters are plain."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    text = " ".join(text.split())
    return _LOOSE_DOT.sub(DOT, _GAP.sub("", text)).strip()


def split_chinese(name: str) -> tuple[str, str]:
    """Surname and given name. What has no Chinese surname is all given name."""
    name = tidy_name(name)
    if not _CHINESE.fullmatch(name):
        return "", name
    plain = simplified(name)
    for length in (4, 3, 2):
        if plain[:length] in COMPOUND and len(name) > length:
            return name[:length], name[length:]
    if len(name) > _LONGEST_WITH_ONE_CHARACTER:
        return "", name
    return name[:1], name[1:]


def reading_of(name_zh: str) -> Reading:
    """How the name is read, as far as its characters tell: families may read it otherwise."""
    surname, given = split_chinese(name_zh)
    plain = simplified(surname)
    surname = COMPOUND.get(plain) or SINGLE.get(plain) or _read(surname)
    return Reading(surname, _read(given))


def tidy_reading(text: str, syllables: int = 0) -> str:
    """Pinyin as somebody typed it, made like ours: ``Lǚ`` is lyu, ``Guoqiang`` of two is guo qiang.

    With ``syllables`` unknown (0), or where the letters do not part into so many, words stay whole.
    """
    text = _U_UMLAUT.sub(r"\1yu", unicodedata.normalize("NFKD", text.lower()))
    text = " ".join(re.findall("[a-z]+", unaccented(text)))
    letters = text.replace(" ", "")
    if 0 < syllables <= _MOST_SYLLABLES and len(letters) <= syllables * _LONGEST_SYLLABLE:
        parted = re.fullmatch(_SYLLABLE * syllables, letters)
        return " ".join(parted.groups()) if parted else text
    return text


def written(
    name_zh: str | None, name_latin: str | None, surname: str, given: str, language: str
) -> str:
    """The name in the reader's language, in the other script where there is no better.

    In English it is the passport's spelling if known, else the pinyin: ``Zeng Guoqiang``.
    """
    if language.startswith("zh"):
        return name_zh or name_latin or _capitalised(surname, given, "")
    if name_latin or (name_zh and not _SOME_CHINESE.search(name_zh)):
        return name_latin or name_zh or ""
    return _capitalised(surname, given, name_zh or "") or name_zh or ""


def sort_key(surname: str, given: str) -> str:
    """To be compared byte by byte: 李 before 连, whoever bears it, and 吕 between 卢 and 栾."""
    return _U_UMLAUT_READ.sub(r"\1u`", f"{surname.replace(' ', '')} {given}".strip())


def initials(surname: str, given: str) -> str:
    """``zgq`` of Zeng Guo qiang."""
    return "".join(syllable[0] for syllable in f"{surname} {given}".split())


def simplified(text: str) -> str:
    """Every character in its simplified form, whatever stands beside it: 乾 is always 干."""
    return text if text.isascii() else "".join(map(_simplified, text))


def unaccented(text: str) -> str:
    """Without the marks above and below letters: é is e."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


_INVISIBLE = {"Cc", "Cf", "Cs"}
_LONGEST_WITH_ONE_CHARACTER = 4
_LONGEST_SYLLABLE = 6
_MOST_SYLLABLES = 8
_CHINESE = re.compile(f"[{HAN}]+")
_SOME_CHINESE = re.compile(f"[{HAN}]")
_GAP = re.compile(rf"(?<=[{HAN}]) +(?=[{HAN}])")
_LOOSE_DOT = re.compile(rf"(?<=[{HAN}]) ?[·•‧∙⋅・.] ?(?=[{HAN}])")
_U_UMLAUT = re.compile("([ln])(?:u[\u0300-\u036f]*\u0308|u:|(?<=\\b.)v(?![aiou]))")
_U_UMLAUT_READ = re.compile(r"\b([ln])yu")
_SYLLABLE = (
    "((?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|uang|iong|ang|eng|ing|ong|iao|uai|uan|ian|yue|yu"
    "|ao|ai|ei|ui|ou|iu|ie|ue|ia|ua|uo|an|en|in|un|er|[aeiou]))"
)


def _capitalised(surname: str, given: str, name_zh: str) -> str:
    """Each part as one word; a name with dots has as many words as parts."""
    syllables = given.split()
    parts = name_zh.split(DOT)
    if surname or sum(map(len, parts)) != len(syllables):
        parts = [" " * len(syllables)]
    words, begin = [surname.replace(" ", "")], 0
    for part in parts:
        words.append("".join(syllables[begin : begin + len(part)]))
        begin += len(part)
    return " ".join(word.capitalize() for word in words if word)


@lru_cache(maxsize=65_536)
def _read(characters: str) -> str:
    """The syllables of a given name; of what is not Chinese, its letters."""
    if characters in GIVEN or not _SOME_CHINESE.search(characters):
        return GIVEN.get(characters) or tidy_reading(characters)
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # of dishes and idioms: 40 MB, no names
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - only where a name is read

    characters = characters.replace(DOT, "")
    syllables = lazy_pinyin(characters)
    if len(syllables) == len(characters):
        plain = simplified(characters)
        syllables = [GIVEN.get(c, syllable) for c, syllable in zip(plain, syllables, strict=True)]
    return tidy_reading(" ".join(syllables))


@lru_cache(maxsize=32_768)
def _simplified(character: str) -> str:
    if not _CHINESE.match(character):
        return character
    converted: str = _converter().convert(character)
    return converted


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC  # noqa: PLC0415 - only the first Chinese character needs its tables

    return OpenCC("t2s")
