"""The words a person is found by, and what somebody typed made into such words.

One tokeniser for both, and for both databases: FTS5's ``ascii`` tokenizer and lexemes written
straight into a ``tsvector`` see the same words, made of a–z, 0–9 and letters beyond ASCII only.

- ``曾`` ``曾国``: characters and pairs of characters of a name (longer names are all their pairs);
- ``zengguoqiang``: a name's syllables or words joined, begun at each, so that ``guo`` is a prefix;
- ``zgq`` ``zenggq``: initials, and the surname with the initials of the given name;
- ``m0`` and an e-mail address without its punctuation; ``n0`` and a student number;
- ``o大连`` ``o0merck``: pairs of characters, and words, of employers, places, studies, classes;
- ``t`` and a telephone number backwards, so that its end is a prefix;
- ``p`` and a telephone number, with and without the country's code;
- ``y1998``: a year of entry or graduation.

Words of letters alone are names, and no name has a digit: that is what the 0 is for. Lone
letters are whole words, never prefixes, for the sake of speed and of ``y1998``.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from alumni.people.names import HAN, Reading, simplified, unaccented


@dataclass(frozen=True, kw_only=True, slots=True)
class Findable:
    """What a person may be found by. The caller leaves out what the searcher may not see."""

    name_zh: str = ""
    surname: str = ""
    """Pinyin, as in ``Reading``."""
    given: str = ""
    latin_names: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    """Former names and the like, in any script."""
    other_readings: tuple[Reading, ...] = ()
    """Pinyin of the Chinese ones among the other names."""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    """E.164: ``+8613800001234``."""
    student_numbers: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    """Of entry and graduation."""
    employers: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    colleges: tuple[str, ...] = ()
    majors: tuple[str, ...] = ()
    class_labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Words as they are, such as ``c12`` for a chapter: letters and digits, both."""


class Word(NamedTuple):
    text: str
    prefix: bool = False


class Term(NamedTuple):
    """One thing asked for. It is there if all words of any one alternative are."""

    alternatives: tuple[tuple[Word, ...], ...]


def document(person: Findable) -> str:
    """All words the person is found by, each once, in order, a space apart."""
    words = set(person.tags)
    for name in (person.name_zh, *person.latin_names, *person.other_names):
        words.update(_name(name))
    for reading in (Reading(person.surname, person.given), *person.other_readings):
        words.update(_pinyin(reading.surname, reading.given))
    for text in chain(
        person.employers, person.cities, person.colleges, person.majors, person.class_labels
    ):
        words.update(_organisation(text))
    for phone in person.phones:
        words.update(_phone(phone))
    words.update("m0" + _squeezed(email) for email in person.emails)
    words.update("n0" + _squeezed(number) for number in person.student_numbers)
    words.update(f"y{year}" for year in person.years)
    words.discard("")
    return " ".join(sorted(words))


def query(text: str) -> tuple[Term, ...]:
    """What somebody typed, as terms that must all be met; none if there is nothing to look for."""
    text = unicodedata.normalize("NFKC", text[:_LONGEST_QUERY])
    text = _PHONE.sub(lambda phone: _NO_DIGIT.sub("", phone[0]), text)
    chunks = text.translate(_FOLDED).split()
    terms = list(dict.fromkeys(chain.from_iterable(map(_asked, chunks))))
    if terms and all(map(_is_letter, terms)):
        typed = "".join(chunk for chunk in chunks if chunk.isalpha())
        return (_letters(typed),)
    return tuple(term for term in terms if not _is_letter(term))[:_MOST_TERMS]


def tagged(tag: str) -> Term:
    """The term for one of a document's tags, to be added to those of a query."""
    return _one(tag)


def for_fts5(terms: Iterable[Term]) -> str | None:
    """The terms as an FTS5 query that needs no phrases; None if there are none."""
    return _joined(terms, '"{}"', '"{}"*', (" AND ", " OR "))


def for_tsquery(terms: Iterable[Term]) -> str | None:
    """The terms as text to be cast to ``tsquery`` as it is; None if there are none."""
    return _joined(terms, "'{}'", "'{}':*", (" & ", " | "))


_LONGEST_QUERY = 200
_MOST_TERMS = 16
_LONGEST_WORD = 64
_MOST_NAME_WORDS = 8
_FIRST_YEAR, _LAST_YEAR = 1940, 2099
_BEGINNING = 3
"""Characters of a number, of an address, an employer that are worth looking for."""
_TAIL = 4
"""Digits one remembers of a telephone number's end."""
_WHOLE_NUMBER = 8
"""Digits from which on leading zeros are for dialling only."""

_HAN_RUN = re.compile(f"[{HAN}]+")
_OTHER_RUN = re.compile(f"[^{HAN} @]+")
_NO_DIGIT = re.compile("[^0-9]")
_NUMBERED = re.compile(f"[0-9]+[{HAN}]")
_PART = re.compile(
    f"第(?=[0-9])|(?P<year>[0-9]{{4}}|[0-9]{{2}})(?P<unit>[级届年])|(?P<counted>[0-9]+[班期])"
    f"|(?P<number>[0-9]+)(?=(?P<next>[{HAN}])|$)|(?P<characters>[{HAN}]+)|(?P<letters>[^{HAN}]+)"
)
_PHONE = re.compile(
    r"(?<![0-9])(?:\+[0-9](?:[ ().-]*[0-9]){6,14}"
    r"|\(?0[0-9]{2,3}\)?[ -]?[0-9]{3,4}[ -]?[0-9]{4}"
    r"|(?!19|20)[0-9]{4}[ -](?!19|20)[0-9]{4}"
    r"|1[0-9]{2}[ -][0-9]{4}[ -][0-9]{4}"
    r"|\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4})(?![0-9])"
)
"""Numbers as people space them, which would else be a word for each group."""

_COUNTRY = re.compile("^[+]([17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})")
"""Country codes of E.164: those of one digit, of two, and all the others of three."""

_SEPARATORS = frozenset(',;/|\\:!?"“”、。')
_SEPARATING = {"Cc", "Ps", "Pe", "Zl", "Zp", "Zs"}
_LETTERS = dict(zip("øłđæœðþı", ("o", "l", "d", "ae", "oe", "d", "th", "i"), strict=True))
_UMLAUT = re.compile(r"\b([ln])yu")


class _Folding(dict[int, str]):
    """For ``str.translate``: plain lower-case letters and digits, simplified characters, ``@``.

    What parts words is a space; all else is nothing, so that ``zeng.gq`` is ``zenggq``.
    """

    _MOST = 32_768

    def __missing__(self, code: int) -> str:
        letters = map(_folded, unaccented(chr(code)).casefold())
        folded = unicodedata.normalize("NFC", "".join(letters))
        if len(self) < self._MOST:
            self[code] = folded
        return folded


_FOLDED = _Folding()


def _folded(character: str) -> str:
    if character == "@":
        return character
    if character in _SEPARATORS or unicodedata.category(character) in _SEPARATING:
        return " "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isalnum():
        return _LETTERS.get(character) or simplified(character)
    return ""


def _squeezed(text: str) -> str:
    return re.sub("[ @]", "", text.translate(_FOLDED))[:_LONGEST_WORD]


def _name(name: str) -> Iterator[str]:
    """A name in either script. Words joined by a hyphen are found by the second, too."""
    folded = name.replace("-", " ").translate(_FOLDED)
    for run in _HAN_RUN.findall(folded):
        yield from run
        yield from map("".join, pairwise(run))
    if words := _OTHER_RUN.findall(folded):
        yield from _turned(words)
        yield from (word[0] for word in words)


def _pinyin(surname: str, given: str) -> Iterator[str]:
    both = f"{surname}/{given}"
    spellings = [both]
    if _UMLAUT.search(both):
        spellings += [_UMLAUT.sub(r"\1v", both), _UMLAUT.sub(r"\1u", both)]
    for spelling in spellings:
        first, second = (
            _OTHER_RUN.findall(part.translate(_FOLDED)) for part in spelling.split("/", 1)
        )
        yield from _turned(first + second)
        yield from _short(first, second)


def _turned(words: list[str]) -> Iterator[str]:
    """The words joined, begun at each of them and round to where one began."""
    words = words[:_MOST_NAME_WORDS]
    for begin in range(len(words)):
        yield "".join(words[begin:] + words[:begin])[:_LONGEST_WORD]


def _short(surname: list[str], given: list[str]) -> Iterator[str]:
    """Initials, alone and with the whole surname, in the order of either language."""
    own = "".join(syllable[0] for syllable in given)[:_MOST_NAME_WORDS]
    families = {"".join(syllable[0] for syllable in surname), "".join(surname)}
    families.update(syllable[0] for syllable in surname[:1])
    for family in families:
        yield family + own
        yield own + family
    yield from (syllable[0] for syllable in (surname or given)[:1])


@lru_cache(maxsize=65_536)
def _organisation(text: str) -> tuple[str, ...]:
    folded = text.translate(_FOLDED)
    pairs = (pair for run in _HAN_RUN.findall(folded) for pair in map("".join, pairwise(run)))
    runs = (run[:_LONGEST_WORD] for run in _OTHER_RUN.findall(folded))
    others = ("0" + run for run in runs if not run.isdigit())
    return tuple("o" + word for word in chain(pairs, _NUMBERED.findall(folded), others))


def _phone(phone: str) -> Iterator[str]:
    national = _NO_DIGIT.sub("", _COUNTRY.sub("", phone))
    if national:
        digits = _NO_DIGIT.sub("", phone)
        yield from ("t" + digits[::-1], "p" + digits, "p" + national)


def _one(text: str, *, prefix: bool = False) -> Term:
    return _any(Word(text, prefix))


def _any(*words: Word) -> Term:
    return Term(tuple((word,) for word in words))


def _is_letter(term: Term) -> bool:
    word = term.alternatives[0][0]
    return len(word.text) == 1 and not _HAN_RUN.match(word.text)


def _asked(chunk: str) -> Iterator[Term]:
    """The terms in what stood between two spaces."""
    if "@" not in chunk:
        parts = map(_part, _PART.finditer(chunk))
        yield from (term for term in parts if term.alternatives)
    elif address := chunk.replace("@", ""):
        yield _one("m0" + address[:_LONGEST_WORD], prefix=True)


def _part(part: re.Match[str]) -> Term:
    match part.lastgroup:
        case "unit":
            year = _year(part["year"]) or part["year"]
            return _any(Word(f"y{year}"), Word("o" + part[0]))
        case "counted":
            return _one("o" + part[0])
        case "number" | "next":
            named = [Word("o" + part[0] + part["next"])] if part["next"] else []
            return _any(*_number(part[0]), *named)
        case "characters":
            return _characters(part[0])
    return _letters(part[0]) if part["letters"] else _any()


def _characters(run: str) -> Term:
    """Of a name or of an organisation; one character only of a name, or half the roster has it."""
    if len(run) == 1:
        return _one(run)
    pairs = list(map("".join, pairwise(run)))
    return Term((tuple(Word(pair) for pair in pairs), tuple(Word("o" + pair) for pair in pairs)))


def _letters(word: str) -> Term:
    word = word[:_LONGEST_WORD]
    if len(word) == 1:
        return _one(word)
    if re.search("[0-9]", word):
        kinds = ["m0", "n0", "o0"]
    else:
        kinds = ["", "m0", "o0"] if len(word) >= _BEGINNING else [""]
    return _any(*(Word(kind + word, prefix=True) for kind in kinds))


def _number(digits: str) -> Iterator[Word]:
    """All that digits may be the beginning of, and the end where it is a telephone number."""
    digits = digits[:_LONGEST_WORD]
    significant = digits.lstrip("0")
    dialled = significant if len(digits) >= _WHOLE_NUMBER else digits
    year = _year(digits)
    if year:
        yield Word(f"y{year}")
    if len(dialled) >= _TAIL:
        yield Word("t" + dialled[::-1], prefix=True)
    if not year and len(significant) >= _BEGINNING:
        yield Word("p" + significant, prefix=True)
    if not year and len(digits) >= _TAIL:
        yield Word("n0" + digits, prefix=True)
        yield Word("m0" + digits, prefix=True)


def _year(digits: str) -> int | None:
    """98 is 1998, 05 is 2005; no year is before the university's beginnings."""
    year = int(digits)
    if len(digits) == len("98"):
        return year + (1900 if year >= _FIRST_YEAR % 100 else 2000)
    return year if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _joined(terms: Iterable[Term], exact: str, prefix: str, words: tuple[str, str]) -> str | None:
    every, either = words

    def way(alternative: tuple[Word, ...]) -> str:
        return _grouped(
            [(prefix if w.prefix else exact).format(w.text) for w in alternative], every
        )

    clauses = (_grouped(list(map(way, term.alternatives)), either) for term in terms)
    return every.join(clauses) or None


def _grouped(parts: list[str], operator: str) -> str:
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})"
