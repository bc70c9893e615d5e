"""What a file of people is to be, and its bytes."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from alumni.audiences.commands import cards, papers
from alumni.audiences.queries import exports as queries
from alumni.audiences.queries.exports import MOST_COURSES, Rows, Selection
from alumni.audiences.queries.saved import FEW
from alumni.authz import Actor
from alumni.db import now
from alumni.errors import Invalid
from alumni.exports.tables import Sheets, Tally, as_csv, as_xlsx
from alumni.exports.vcards import MIMETYPE as VCARD
from alumni.i18n import _, language, moment_text, zone_name
from alumni.people.fields import FIELDS, SEPARATORS, headers

Encoding: TypeAlias = Literal["utf-8-sig", "gb18030"]


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    CSV_GB18030 = "csv-gb18030"
    """For programs that know no Unicode."""
    VCARD = "vcard"
    LIST = "pdf"
    LABELS = "labels"
    ADDRESS_BOOK = "address-book"

    @property
    def ending(self) -> str:
        return _ENDINGS.get(self, self.value)

    @property
    def mimetype(self) -> str:
        return _MIMETYPES.get(self, "application/pdf")

    @property
    def is_paper(self) -> bool:
        """A PDF, which only the worker makes."""
        return self.mimetype == "application/pdf"

    @property
    def columns(self) -> tuple[str, ...]:
        """What stands in it always; nothing where that is chosen."""
        return _COLUMNS.get(self, ())


_ENDINGS = {
    Format.CSV_GB18030: "csv",
    Format.VCARD: "vcf",
    Format.LABELS: "pdf",
    Format.ADDRESS_BOOK: "pdf",
}
_MIMETYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.CSV_GB18030: "text/csv; charset=gb18030",
    Format.VCARD: VCARD,
}
_COLUMNS = {
    Format.VCARD: cards.COLUMNS,
    Format.LABELS: papers.LABEL_COLUMNS,
    Format.ADDRESS_BOOK: papers.BOOK_COLUMNS,
}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How somebody wants the list, and what for."""

    columns: tuple[str, ...]
    format: Format
    purpose: str
    rows: Rows = Rows.MAIN
    sheet: str = "3x8"
    """Of labels: one of those that ``exports.papers`` knows."""

    def settled(self) -> "Wish":
        """With the columns that the format brings, where it leaves no choice."""
        if self.format.columns:
            return replace(self, columns=self.format.columns, rows=Rows.MAIN)
        return self


@dataclass
class Numbers(Tally):
    """How many rows have been written, and of how many people."""

    several: int | None = None
    """Counted where a person may have several rows."""

    @property
    def persons(self) -> int:
        return self.rows if self.several is None else self.several


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A wish, and what was found out about it before the first row is read."""

    selection: Selection
    wish: Wish
    courses: int
    """How many studies stand side by side."""
    most_courses: int
    """How many anybody has."""
    withheld: Mapping[str, int]
    """By column how many cells are not the reader's to see."""


@dataclass(frozen=True, kw_only=True)
class Content:
    chunks: Generator[bytes, None, None]
    """The file. It needs no application context."""
    numbers: Numbers
    facts: dict[str, Any]
    """What is known before the first row is read, for the history."""

    def entry(self, facts: Mapping[str, Any], sha256: str) -> dict[str, Any]:
        """What the history says of the whole file."""
        told = {"rows": self.numbers.rows, "persons": self.numbers.persons}
        return {**facts, **self.facts, **told, "sha256": sha256, "complete": True}


def meant(selection: Selection, wish: Wish) -> Selection:
    """An address book is of those who agreed to stand in it, and is made for their own circle."""
    if wish.format is not Format.ADDRESS_BOOK:
        return selection
    circle = queries.circle_of(selection)
    if circle is None:
        raise Invalid(_("An address book is made of one class or of one chapter."), field="format")
    return replace(selection, circle=circle)


def planned(actor: Actor, selection: Selection, wish: Wish) -> Plan:
    """Of a settled wish."""
    selection = meant(selection, wish)
    most = queries.most_studies(actor, selection) if wish.rows is Rows.FLAT else 1
    return Plan(
        selection=selection,
        wish=wish,
        courses=min(most, MOST_COURSES),
        most_courses=most,
        withheld=queries.withheld(actor, selection, wish.columns, wish.rows),
    )


def content(actor: Actor, plan: Plan) -> Content:
    """All words are said now: later there is no language."""
    numbers = Numbers()
    facts: dict[str, Any] = {"withheld": sum(plan.withheld.values())}
    if plan.withheld:
        facts["withheld_by_column"] = dict(plan.withheld)
    return Content(chunks=_written(actor, plan, numbers), numbers=numbers, facts=facts)


def _written(actor: Actor, plan: Plan, numbers: Numbers) -> Generator[bytes, None, None]:
    selection, kind = plan.selection, plan.wish.format
    if kind is Format.VCARD:
        return cards.written(actor, selection, SEPARATORS[language()], numbers)
    if kind is Format.LABELS:
        return papers.labels(actor, selection, plan.wish.sheet, numbers)
    if kind is Format.ADDRESS_BOOK:
        return papers.address_book(actor, selection, _heading(actor, plan), numbers)
    return _table(actor, plan, numbers)


def _table(actor: Actor, plan: Plan, numbers: Numbers) -> Generator[bytes, None, None]:
    kind, labels = plan.wish.format, headers(plan.wish.columns, plan.courses)
    batches = _batches(actor, plan, numbers)
    if kind is Format.LIST:
        return papers.people_list(labels, batches, _heading(actor, plan), numbers)
    if kind is Format.XLSX:
        return as_xlsx(
            labels,
            batches,
            sheets=Sheets(rows=_("People"), notes=_("About this list")),
            notes=_Notes(_("People"), _("Rows"), _about(actor, plan), numbers),
            tally=numbers,
        )
    encoding: Encoding = "gb18030" if kind is Format.CSV_GB18030 else "utf-8-sig"
    return as_csv(labels, batches, encoding=encoding, tally=numbers)


def _heading(actor: Actor, plan: Plan) -> papers.Heading:
    return papers.Heading(plan.selection.sentence(), _about(actor, plan), language())


def _batches(actor: Actor, plan: Plan, numbers: Numbers) -> Iterator[Sequence[Sequence[Any]]]:
    wish = plan.wish
    table = queries.table(actor, plan.selection, wish.columns, wish.rows, plan.courses)
    rows = table.streamed()
    return _counting(rows, numbers) if wish.rows is Rows.EACH else rows


def _counting(
    batches: Iterator[Sequence[Sequence[Any]]], numbers: Numbers
) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows without the person's id at their ends. Those of a person follow one another."""
    numbers.several, last = 0, None
    for batch in batches:
        for row in batch:
            numbers.several += row[-1] != last
            last = row[-1]
        yield [row[:-1] for row in batch]


@dataclass(frozen=True)
class _Notes:
    """The last sheet, as soon as the numbers are known."""

    people: str
    rows: str
    others: list[tuple[str, str]]
    numbers: Numbers

    def __call__(self, rows: int) -> list[tuple[str, str]]:
        counted = [(self.people, str(self.numbers.persons)), (self.rows, str(rows))]
        return [*counted, *self.others]


def _about(actor: Actor, plan: Plan) -> list[tuple[str, str]]:
    moment = f"{moment_text(now(), actor.time_zone)} {zone_name(actor.time_zone)}"
    wish = plan.wish
    told = [
        (_("Conditions"), plan.selection.sentence()),
        (_("Exported by"), queries.exporter(actor) or _("The command line")),
        (_("Exported at"), moment),
        (_("Purpose"), wish.purpose),
        (_("Studies"), rows_words()[wish.rows]),
    ]
    if plan.most_courses > plan.courses:
        told.append((_("Left out"), _("Studies after the fourth of a person")))
    if plan.withheld:
        told.append((_("Withheld cells"), withheld_words(plan.withheld)))
    warning = _("Personal data: use it for this purpose only, then delete the file.")
    return [*told, (_("Please note"), warning)]


def rows_words() -> dict[Rows, str]:
    """How studies are written, in the language of the moment."""
    return {
        Rows.MAIN: _("One row for each person, with the main study"),
        Rows.FLAT: _("One row for each person, all studies side by side"),
        Rows.EACH: _("One row for each study"),
    }


def withheld_words(withheld: Mapping[str, int]) -> str:
    """Phone 14, E-mail <5. Of a list of one it would tell that there is something to hide."""
    comma = "、" if language() == "zh" else ", "
    return comma.join(f"{FIELDS[key].label} {few(one)}" for key, one in withheld.items())


def few(number: int) -> str:
    """The number, unless it is so small that it speaks of somebody."""
    return f"{number:,}" if number >= FEW else f"<{FEW}"
