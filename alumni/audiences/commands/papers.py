"""A list of people on paper: for the worker alone, who holds the whole of it in memory."""

from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple

from alumni.audiences.queries import exports as queries
from alumni.audiences.queries.exports import Selection
from alumni.authz import Actor
from alumni.exports import papers
from alumni.exports.papers import SHEETS, Address, Entry
from alumni.exports.tables import Tally
from alumni.people.models import Person
from alumni.people.queries import display_name
from alumni.people.queries.facts import class_text

LABEL_COLUMNS = ("name", "postal")
BOOK_COLUMNS = (
    "name",
    "entry_year",
    "graduation_year",
    "college",
    "major",
    "class_label",
    "employer",
    "title",
    "city",
    "phone",
    "email",
)


class Heading(NamedTuple):
    """What a paper says of itself."""

    title: str
    notes: Sequence[tuple[str, str]]
    language: str


def people_list(
    labels: Sequence[str],
    batches: Iterator[Sequence[Sequence[Any]]],
    heading: Heading,
    tally: Tally,
) -> Generator[bytes, None, None]:
    """A table. How much fits on a sheet is the paper's own business."""
    rows = (row for batch in batches for row in batch)
    yield papers.people_list(labels, _counted(rows, tally), *heading)


def labels(
    actor: Actor, selection: Selection, sheet: str, tally: Tally
) -> Generator[bytes, None, None]:
    """Of those who have a postal address."""
    addresses = (
        Address(name=row.name, lines=tuple(row.postal.splitlines()))
        for row in _read(actor, selection, LABEL_COLUMNS)
        if row.postal
    )
    yield papers.labels(_counted(addresses, tally), SHEETS[sheet])


def address_book(
    actor: Actor, selection: Selection, heading: Heading, tally: Tally
) -> Generator[bytes, None, None]:
    entries = (
        _entry(row, heading.language) for row in _read(actor, selection, BOOK_COLUMNS, _NAMES)
    )
    yield papers.address_book(_counted(entries, tally), *heading)


_NAMES = (
    Person.name_zh,
    Person.name_latin,
    Person.name_en,
    Person.pinyin_surname,
    Person.pinyin_given,
)


def _entry(row: Any, code: str) -> Entry:
    studied = row.major or row.college or ""
    return Entry(
        name=display_name(row, code),
        reading=display_name(row, "en"),
        other=row.name_zh or "",
        class_=class_text(row.graduation_year, row.entry_year, studied, row.class_label),
        city=row.city or "",
        job=" ".join(filter(None, (row.employer, row.title))),
        phone=row.phone or "",
        email=row.email or "",
    )


def _read(
    actor: Actor, selection: Selection, columns: Sequence[str], others: Sequence[Any] = ()
) -> Iterator[Any]:
    batches = queries.table(actor, selection, columns).streamed(*others)
    return (row for batch in batches for row in batch)


def _counted(things: Iterator[Any], tally: Tally) -> Iterator[Any]:
    for thing in things:
        tally.rows += 1
        yield thing
