"""A first look at a file: where its table stands, and what its columns hold by their headers."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from threading import Lock
from typing import Any

from alumni.people.fields import HEADERS
from alumni.roster.cells import N_, Unreadable
from alumni.roster.confined import Allowance, answers
from alumni.roster.importable import IMPORTABLE
from alumni.roster.sheets.headers import Guess, guess, normal_header
from alumni.roster.sheets.limits import Limits
from alumni.roster.sheets.opening import check_size

LIMITS = Limits()
LOOKING = Allowance(computing=40, waiting=60)
"""Somebody waits for the page meanwhile."""

REASONS = {
    "unknown_field": N_("There is no such field to bring in."),
    "no_such_header": N_("The file has no column with this header."),
}

LEFT_OUT = (
    "序号 序 顺序号 行号 no index line 备注 备注栏 remark remarks note notes comment comments "
    "问题 whatiswrong"
)
"""Headers of columns that hold nothing which we keep, those included that a table of wrong rows
has beside those of its file."""

_one_at_a_time = Lock()
"""Looking may take a gigabyte: one file at a time in a process."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a file."""

    name: str
    """Its header. Of two columns with the same one the second is told from the first by a number,
    and one without a header has its letter, as spreadsheets call it."""
    key: str | None
    """Of the field that it holds, or may hold; None for a column that is left out."""
    is_sure: bool
    """Whether nobody has to look at it."""
    samples: tuple[str, ...]
    """Up to three of its values, as they are written."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a first look at a file told."""

    sheet: str
    """Empty for a text. Of a web page the number of the table."""
    encoding: str
    """What text was decoded as; empty for a workbook."""
    delimiter: str
    """Between the cells of a text; empty for the others."""
    header_line: int
    headers: tuple[str, ...]
    """As they are written."""
    columns: tuple[Column, ...]
    """One for each of the headers."""
    rows: int
    """So many stand below the header; sums and signatures are not counted."""

    @property
    def shape(self) -> str:
        """By which files are found to be alike: the SHA-256 of the headers in their normal form."""
        normal = "\n".join(map(normal_header, self.headers))
        return hashlib.sha256(normal.encode()).hexdigest()

    @property
    def is_sure(self) -> bool:
        return all(column.is_sure for column in self.columns)

    @property
    def fields(self) -> dict[str, str | None]:
        """For the name of each column the key of its field, so far as the headers say it."""
        return {column.name: column.key for column in self.columns}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Looked":
        columns = (Column(**{**one, "samples": tuple(one["samples"])}) for one in told["columns"])
        return cls(**{**told, "headers": tuple(told["headers"]), "columns": tuple(columns)})


def look(
    content: bytes, *, named: Mapping[str, str] | None = None, limits: Limits = LIMITS
) -> Looked:
    """Look at a spreadsheet (XLSX, XLS, ODS, a table of a web page) or at text with delimiters.

    What it is is told by its content. The header is the row among the first 30 of a sheet that
    names most fields. ``named`` says which headers we do not know mean what: field key → header.
    Raises ``Unreadable`` with a sentence for who brought the file.
    """
    check_size(content, limits)
    wanted = {key: normal_header(header) for key, header in (named or {}).items()}
    if not wanted.keys() <= IMPORTABLE.keys():
        raise Unreadable(REASONS["unknown_field"])
    headers = _headers(wanted)
    asked = {"task": "look", "headers": headers, "limits": limits._asdict()}
    with _one_at_a_time:
        (told,) = (answer["looked"] for answer in answers(asked, [content], LOOKING))
    guesses = guess(told["headers"], headers.get)
    if not wanted.keys() <= {one.key for one in guesses}:
        raise Unreadable(REASONS["no_such_header"])
    columns = _columns(told["headers"], guesses, told.pop("samples"))
    return Looked(**{**told, "headers": tuple(told["headers"]), "columns": columns})


def _headers(wanted: Mapping[str, str]) -> dict[str, str]:
    """What each header we know means: a key, or nothing at all. One that was named goes first."""
    known = {header: key if key in IMPORTABLE else "" for header, key in HEADERS.items()}
    known |= dict.fromkeys(LEFT_OUT.split(), "")
    known = {header: key for header, key in known.items() if key not in wanted}
    return known | {header: key for key, header in wanted.items()}


def _columns(
    headers: Sequence[str], guesses: Sequence[Guess], samples: Sequence[Sequence[str]]
) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=name,
            key=one.key,
            is_sure=one.is_sure or (one.key is None and not said),
            samples=tuple(said),
        )
        for name, one, said in zip(_names(headers), guesses, samples, strict=True)
    )


def _names(headers: Sequence[str]) -> Iterator[str]:
    """A name for each column that no other has."""
    used = {""}
    for number, header in enumerate(headers, start=1):
        name = header or _letters(number)
        again = count(2)
        while normal_header(name) in used:
            name = f"{header or _letters(number)} ({next(again)})"
        used.add(normal_header(name))
        yield name


def _letters(number: int) -> str:
    """A for the first column, AA for the twenty-seventh."""
    before, last = divmod(number - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + last)
