"""The words a person is found by, and what somebody typed made into such words.

One tokeniser for both, and for both databases: FTS5's ``ascii`` tokenizer and lexemes written
straight into a ``tsvector`` see the same words, made of a–z, 0–9 and what is beyond ASCII only.

- ``曾`` ``曾国``: characters and pairs of characters of a name (longer names are all their pairs);
- ``zengguoqiang``: a name's syllables or words joined, begun at each, so that ``guo`` is a prefix,
  and the given name first;
- ``zgq`` ``zenggq``: initials, and the surname with the initials of the given name;
- ``0`` and an e-mail address without its punctuation; ``1`` and a student number;
- ``o大连`` ``2merck``: pairs of characters, and words, of employers, places, studies, classes;
- ``p`` and a telephone number without the country's code;
- ``t`` and the same backwards, so that its end is a prefix;
- one character for private use each: a year of entry or graduation, a code that the person has,
  a place lived in or one that this lies in.

Words of letters alone are names, and no name begins with a digit. What is asked for whole only
is one character long, since SQLite keeps lists of the beginnings of all longer words; and what
stands before letters is one, since these lists end where words get long. Nobody types characters
for private use: they are taken out of what is typed. Lone letters are whole words, never
prefixes, for the sake of speed.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice, pairwise
from types import MappingProxyType
from typing import NamedTuple

from alumni.people.names import HAN, simplified, unaccented


class Word(NamedTuple):
    text: str
    prefix: bool = False


class Term(NamedTuple):
    """One thing asked for. It is there if all parts of any one alternative are."""

    alternatives: "tuple[tuple[Word | Term, ...], ...]"


class _Single(NamedTuple):
    """Characters for private use that stand for numbers, the first of them for 0."""

    letter: str
    """Begins a longer word, for a number that there is no character for."""
    first: int
    room: int

    def word(self, number: int) -> str:
        is_inside = 0 <= number < self.room
        return chr(self.first + number) if is_inside else f"{self.letter}{number}x"


_YEAR = _Single("y", 0xE000, 6400)
_CODE = _Single("k", 0xF0000, 65_000)
_PLACE = _Single("l", 0x100000, 65_000)
_ADDRESS, _STUDENT, _WORD = "0", "1", "2"
"""Stand before what is no name."""

_NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
_KEPT = 8192
"""Names, employers and so on whose words are kept: most come again and again."""


def joined(words: set[str]) -> str:
    """A document of these words."""
    words.discard("")
    return " ".join(sorted(words))


@lru_cache(maxsize=_KEPT)
def name_words(name: str) -> tuple[str, ...]:
    """Of a name in either script. Words joined by a hyphen are found by the second, too."""
    folded = name.replace("-", " ").translate(_FOLDED)
    found: list[str] = []
    for run in _HAN_RUN.findall(folded):
        found += run
        found += map("".join, pairwise(run))
    words = _OTHER_RUN.findall(folded)
    return (*found, *_longest([*_turned(words), *(word[0] for word in words)]))


@lru_cache(maxsize=_KEPT)
def reading_words(surname: str, given: str) -> tuple[str, ...]:
    """Of pinyin, as in ``Reading``."""
    both = f"{surname}/{given}"
    spellings = [both]
    if _UMLAUT.search(both):
        spellings += [_UMLAUT.sub(r"\1v", both), _UMLAUT.sub(r"\1u", both)]
    found: list[str] = []
    for spelling in spellings:
        first, second = map(_syllables, spelling.split("/", 1))
        words = first + second
        found.append("".join(words)[:_LONGEST_WORD])
        found.append("".join(second + first)[:_LONGEST_WORD])
        found += _ends(words[:_MOST_NAME_WORDS])
        found += _short(first, second)
    return _longest(found)


@lru_cache(maxsize=_KEPT)
def text_words(text: str) -> tuple[str, ...]:
    """Of an employer, a place, a college, a class and the like."""
    folded = text.translate(_FOLDED)
    pairs = (pair for run in _HAN_RUN.findall(folded) for pair in map("".join, pairwise(run)))
    runs = (run[:_LONGEST_WORD] for run in _OTHER_RUN.findall(folded))
    named = ("o" + word for word in chain(pairs, _NUMBERED.findall(folded)))
    return (*named, *(_WORD + run for run in runs if not run.isdigit()))


def phone_words(phone: str) -> tuple[str, ...]:
    national = _national(phone)
    return ("t" + national[::-1], "p" + national) if national else ()


def email_word(email: str) -> str:
    return _ADDRESS + _squeezed(email)


def number_word(number: str) -> str:
    """Of a student number."""
    return _STUDENT + _squeezed(number)


def year_word(year: int) -> str:
    """Of a year of entry or graduation."""
    return _YEAR.word(year)


def code_tag(code_id: int) -> str:
    """The tag of who has this code: who studied at, of what, works in."""
    return _CODE.word(code_id)


def place_tag(place_id: int) -> str:
    """The tag of who lives in this place, or in a place that lies in it."""
    return _PLACE.word(place_id)


def has_characters(name: str) -> bool:
    """Whether there is anything Chinese in the name, and so a reading of it."""
    return bool(_HAN_RUN.search(name))


def runs(text: str) -> list[str]:
    """All that may be the name of something in what somebody typed: 大连医学院, clinical medicine.

    Words of one script, and as many beside each other as a name may have; each once.
    """
    plain = _plain(text)
    pieces = _pieces(plain)
    found = (
        plain[pieces[begin].start() : pieces[end].end()]
        for begin in range(len(pieces))
        for end in range(begin, min(begin + _LONGEST_RUN, len(pieces)))
    )
    return [run for run in dict.fromkeys(found) if _may_be_name(run)]


def query(text: str, tags: Mapping[str, Sequence[str]] = _NOTHING) -> tuple[Term, ...]:
    """What somebody typed, as terms that must all be met; none if there is nothing to look for.

    With the tags of what some of its ``runs`` are names of, those runs find who has any of the
    tags, beside who is found by the words themselves.
    """
    plain = _plain(text)
    found: list[Term] = []
    done = 0
    for begin, end in _named(plain, tags) if tags else ():
        found += _words(plain[done:begin])
        found.append(_tagged_or_said(plain[begin:end], tags[plain[begin:end]]))
        done = end
    found += _words(plain[done:])
    terms = list(dict.fromkeys(found))
    if terms and all(map(_is_letter, terms)):
        return (_letters("".join(filter(str.isalpha, _chunks(plain)))),)
    terms = [term for term in terms if not _is_letter(term)][:_MOST_TERMS]
    return tuple(terms if len(terms) == 1 else map(_no_address, terms))


def _no_address(term: Term) -> Term:
    """The term without addresses that begin with its letters: of several words each would be

    looked for among all of them, and nobody types an address and a name.
    """
    kept = tuple(one for one in term.alternatives if not _is_address_of_letters(one[0]))
    return Term(kept) if kept else term


def _is_address_of_letters(word: "Word | Term") -> bool:
    return isinstance(word, Word) and word.text.startswith(_ADDRESS) and word.text[1:].isalpha()


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
_MOST_PIECES = 16
_LONGEST_RUN = 8
"""Words of one script that the name of a university may have."""
_FIRST_YEAR, _LAST_YEAR = 1940, 2099
_BEGINNING = 3
"""Characters of a number, of an address, an employer that are worth looking for."""
_TAIL = 4
"""Digits one remembers of a telephone number's end."""
_WHOLE_NUMBER = 8
"""Digits from which on leading zeros are for dialling only."""

_HAN_RUN = re.compile(f"[{HAN}]+")
_PLAIN_READING = re.compile("[a-z ]*")
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

_PIECE = re.compile(rf"[{HAN}]+|[^{HAN}\s,;、。|]+")
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
    return text.translate(_FOLDED).replace(" ", "").replace("@", "")[:_LONGEST_WORD]


def _turned(words: list[str]) -> list[str]:
    """The words joined, begun at each of them and round to where one began."""
    words = words[:_MOST_NAME_WORDS]
    return ["".join(words[begin:] + words[:begin])[:_LONGEST_WORD] for begin in range(len(words))]


def _ends(words: list[str]) -> list[str]:
    """The words joined, begun at each of them but the first."""
    return ["".join(words[begin:])[:_LONGEST_WORD] for begin in range(1, len(words))]


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    """Without those that others begin with: more than one letter is always looked for as that."""
    ordered = sorted(set(words))
    return tuple(
        [
            word
            for word, following in pairwise([*ordered, ""])
            if len(word) == 1 or not following.startswith(word)
        ]
    )


def _syllables(reading: str) -> list[str]:
    """Most readings are as ``Reading`` has them: nothing is to be folded."""
    if _PLAIN_READING.fullmatch(reading):
        return reading.split()
    return _OTHER_RUN.findall(reading.translate(_FOLDED))


def _short(surname: list[str], given: list[str]) -> list[str]:
    """Initials, alone and with the whole surname, in the order of either language."""
    own = "".join([syllable[0] for syllable in given])[:_MOST_NAME_WORDS]
    letters = [syllable[0] for syllable in surname]
    families = {"".join(letters), "".join(surname), *letters[:1]}
    words = [family + own for family in families]
    words += [own + family for family in families]
    return words + [syllable[0] for syllable in (surname or given)[:1]]


def _national(phone: str) -> str:
    """The digits without the country's code, if there is a plus before one."""
    return _NO_DIGIT.sub("", _COUNTRY.sub("", phone))


def _one(text: str, *, prefix: bool = False) -> Term:
    return _any(Word(text, prefix))


def _any(*words: Word) -> Term:
    return Term(tuple((word,) for word in words))


def _is_letter(term: Term) -> bool:
    word = term.alternatives[0][0]
    if not isinstance(word, Word) or len(word.text) > 1:
        return False
    return word.text.isalpha() and not _HAN_RUN.match(word.text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:_LONGEST_QUERY])


def _pieces(plain: str) -> list[re.Match[str]]:
    return list(islice(_PIECE.finditer(plain), _MOST_PIECES))


def _may_be_name(run: str) -> bool:
    return len(run) > 1 and "@" not in run and any(map(str.isalpha, run))


def _named(plain: str, names: Container[str]) -> Iterator[tuple[int, int]]:
    """Where the names stand in the text: the longest first, and each character in one only."""
    pieces = _pieces(plain)
    begin = 0
    while begin < len(pieces):
        start = pieces[begin].start()
        ends = range(min(begin + _LONGEST_RUN, len(pieces)) - 1, begin - 1, -1)
        end = next((end for end in ends if plain[start : pieces[end].end()] in names), None)
        if end is not None:
            yield start, pieces[end].end()
        begin = begin + 1 if end is None else end + 1


def _tagged_or_said(run: str, tags: Sequence[str]) -> Term:
    said = tuple(term for term in dict.fromkeys(_words(run)) if not _is_letter(term))
    ways: list[tuple[Word | Term, ...]] = [(Word(tag),) for tag in tags]
    return Term((*ways, said) if said else tuple(ways))


def _words(plain: str) -> Iterator[Term]:
    return chain.from_iterable(map(_asked, _chunks(plain)))


def _chunks(plain: str) -> list[str]:
    """What stands between spaces and signs, folded; numbers of telephones in one."""
    joined = _PHONE.sub(lambda phone: _NO_DIGIT.sub("", phone[0]), plain)
    return joined.translate(_FOLDED).split()


def _asked(chunk: str) -> Iterator[Term]:
    """The terms in what stood between two spaces."""
    if "@" not in chunk:
        parts = map(_part, _PART.finditer(chunk))
        yield from (term for term in parts if term.alternatives)
    elif address := chunk.replace("@", ""):
        yield _one(_ADDRESS + address[:_LONGEST_WORD], prefix=True)


def _part(part: re.Match[str]) -> Term:
    match part.lastgroup:
        case "unit":
            year = _year(part["year"]) or part["year"]
            return _any(Word(year_word(int(year))), Word("o" + part[0]))
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
        kinds = [_ADDRESS, _STUDENT, _WORD]
    else:
        kinds = ["", _ADDRESS, _WORD] if len(word) >= _BEGINNING else [""]
    return _any(*(Word(kind + word, prefix=True) for kind in kinds))


def _number(digits: str) -> Iterator[Word]:
    """All that digits may be the beginning of, and the end where it is a telephone number."""
    digits = digits[:_LONGEST_WORD]
    significant = digits.lstrip("0")
    dialled = significant if len(digits) >= _WHOLE_NUMBER else digits
    year = _year(digits)
    if year:
        yield Word(year_word(year))
    if len(dialled) >= _TAIL:
        yield Word("t" + dialled[::-1], prefix=True)
    if not year:
        numbers = {significant: None, _national("+" + significant): None}
        yield from (Word("p" + one, prefix=True) for one in numbers if len(one) >= _BEGINNING)
    if not year and len(digits) >= _TAIL:
        yield Word(_STUDENT + digits, prefix=True)
        yield Word(_ADDRESS + digits, prefix=True)


def _year(digits: str) -> int | None:
    """98 is 1998, 05 is 2005; no year is before the university's beginnings."""
    year = int(digits)
    if len(digits) == len("98"):
        return year + (1900 if year >= _FIRST_YEAR % 100 else 2000)
    return year if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _joined(terms: Iterable[Term], exact: str, prefix: str, words: tuple[str, str]) -> str | None:
    every, either = words

    def part(asked: Word | Term) -> str:
        if isinstance(asked, Word):
            return (prefix if asked.prefix else exact).format(asked.text)
        return _grouped([way(alternative) for alternative in asked.alternatives], either)

    def way(alternative: tuple[Word | Term, ...]) -> str:
        return _grouped(list(map(part, alternative)), every)

    return every.join(map(part, terms)) or None


def _grouped(parts: list[str], operator: str) -> str:
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})"
