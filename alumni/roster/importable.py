"""What files can bring in, and what each kind of file has to say."""

from functools import lru_cache

from alumni.i18n import LANGUAGES
from alumni.people.fields import FIELDS
from alumni.roster.cells import N_
from alumni.roster.models import BatchKind

_NEVER = frozenset({"pinyin"})
"""Readings are made from the name, or written by those who bear it."""

IMPORTABLE = {
    key: field for key, field in FIELDS.items() if field.is_imported and key not in _NEVER
}
"""The fields that a file can bring in."""

LENGTHS = {
    "class_label": 40,
    "degree": 80,
    "employer": 160,
    "hospital": 160,
    "title": 80,
    "wechat": 80,
    "postal": 254,
}
"""Of words, how many characters are kept where it is not as many as usual."""

_POINTING = ("student_number", "certificate_number", "phone", "email", "wechat")
"""Each of these means one person."""

_NARROWING = ("graduation", "graduation_year", "entry_year", "birth_year")
"""With a name these tell most people from others of the name."""

LACKING = {
    BatchKind.REGISTRAR: N_("No column holds student numbers, by which the rows are told apart."),
    BatchKind.CHAPTER: N_(
        "By these columns nobody can be told from others: there has to be one with student "
        "numbers, phone numbers or e-mail addresses, or one with names beside one with the year "
        "of graduation."
    ),
}


def lacking(kind: BatchKind, keys: frozenset[str]) -> str | None:
    """Why people cannot be told apart by these columns, untranslated; None if they can."""
    if kind is BatchKind.REGISTRAR:
        return None if "student_number" in keys else LACKING[kind]
    is_enough = keys & set(_POINTING) or ("name" in keys and keys & set(_NARROWING))
    return None if is_enough else LACKING[BatchKind.CHAPTER]


def needs(kind: BatchKind) -> tuple[str, ...]:
    """Of these fields every row has to say one."""
    return ("student_number",) if kind is BatchKind.REGISTRAR else ("name", *_POINTING)


@lru_cache(maxsize=1)
def regions() -> dict[str, str]:
    """From the name of a country, in small letters, to the region of its phone numbers."""
    from babel import Locale  # noqa: PLC0415 - hundreds of names, which few files need

    named = {
        name.casefold(): code
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code.isalpha()
    }
    codes = {code.casefold(): code for code in named.values()}
    return codes | named | _ALSO


_ALSO = {
    **dict.fromkeys(("usa", "u.s.a.", "u.s.", "america", "united states of america"), "US"),
    **dict.fromkeys(("uk", "u.k.", "great britain", "england", "英格兰"), "GB"),
    **dict.fromkeys(("hong kong", "香港", "中国香港"), "HK"),
    **dict.fromkeys(("macau", "macao", "澳门", "中国澳门"), "MO"),
    **dict.fromkeys(("taiwan", "台湾", "中国台湾"), "TW"),
    **dict.fromkeys(("korea", "south korea", "韩国"), "KR"),
}
"""How lists call countries beside their names."""
