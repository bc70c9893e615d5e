"""Taking a list of people away as a file, and saying so in the history."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, update

from alumni.accounts.models import Account
from alumni.audiences import queries
from alumni.audiences.criteria import Audience
from alumni.audiences.policy import may_export_people
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, require
from alumni.db import WRITING, db, now, streamed, today
from alumni.errors import BadRequest, Invalid
from alumni.exports.tables import Counted, Sheets, Tally, as_csv, as_xlsx
from alumni.i18n import _, moment_text, zone_name
from alumni.people.fields import FIELDS


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    CSV_GB18030 = "csv-gb18030"
    """For programs that know no Unicode."""

    @property
    def ending(self) -> str:
        return "xlsx" if self is Format.XLSX else "csv"

    @property
    def mimetype(self) -> str:
        if self is Format.XLSX:
            return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return f"text/csv; charset={'gb18030' if self is Format.CSV_GB18030 else 'utf-8'}"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How somebody wants the list, and what for."""

    columns: tuple[str, ...]
    format: Format
    purpose: str


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file on its way out. When the last of it has gone the history says that it was whole."""

    name: str
    """Without its ending, in the reader's language."""
    format: Format
    chunks: Iterator[bytes]
    """To be closed if not read to the end. Needs no application context."""
    tally: Tally


def export(actor: Actor, audience: Audience, wish: Wish) -> Exported:
    """Note who takes which list away and what for, and return the file.

    It is read after this transaction has been committed. Until then, and for ever if the reader
    hangs up, the entry says ``complete: false``.
    """
    require(may_export_people, actor)
    _check(wish)
    facts: dict[str, Any] = {
        "filter": audience.to_text(),
        "sentence": audience.sentence(),
        "columns": list(wish.columns),
        "format": wish.format.value,
        "purpose": wish.purpose,
        "rows": None,
        "sha256": None,
        "complete": False,
    }
    deed = record(actor, "exported", None, why=wish.purpose, facts=facts)
    tally = Tally()
    file = Counted(_written(actor, audience, wish, tally))
    return Exported(
        name=_("People %(day)s", day=today().isoformat()),
        format=wish.format,
        chunks=_told(deed.id, facts, file, tally, db.engine),
        tally=tally,
    )


def _check(wish: Wish) -> None:
    unknown = [key for key in wish.columns if key not in FIELDS]
    if unknown:
        raise BadRequest(
            _("There is no column called “%(name)s”.", name=unknown[0]), field="columns"
        )
    if len(set(wish.columns)) < len(wish.columns):
        raise BadRequest(_("A column can only be given once."), field="columns")
    if not wish.columns:
        raise Invalid(_("Choose at least one column."), field="columns")


def _written(
    actor: Actor, audience: Audience, wish: Wish, tally: Tally
) -> Generator[bytes, None, None]:
    """The file's bytes. All words are said now: later there is no language."""
    labels = [str(FIELDS[key].label) for key in wish.columns]
    rows = streamed(queries.table(actor, audience, wish.columns))
    if wish.format is Format.XLSX:
        return as_xlsx(
            labels,
            rows,
            sheets=Sheets(rows=_("People"), notes=_("About this list")),
            notes=_Notes(_("People"), _notes(actor, audience, wish)),
            tally=tally,
        )
    if wish.format is Format.CSV_GB18030:
        return as_csv(labels, rows, encoding="gb18030", tally=tally)
    return as_csv(labels, rows, tally=tally)


@dataclass(frozen=True)
class _Notes:
    """The last sheet, as soon as the number of rows is known."""

    number: str
    others: list[tuple[str, str]]

    def __call__(self, rows: int) -> list[tuple[str, str]]:
        return [(self.number, str(rows)), *self.others]


def _notes(actor: Actor, audience: Audience, wish: Wish) -> list[tuple[str, str]]:
    moment = f"{moment_text(now(), actor.time_zone)} {zone_name(actor.time_zone)}"
    account = db.session.get(Account, actor.account_id) if actor.account_id else None
    return [
        (_("Conditions"), audience.sentence()),
        (_("Exported by"), account.name if account else _("The command line")),
        (_("Exported at"), moment),
        (_("Purpose"), wish.purpose),
        (_("Please note"), _("Personal data: use it for this purpose only, then delete the file.")),
    ]


def _told(
    deed_id: int, facts: Mapping[str, Any], file: Counted, tally: Tally, engine: Engine
) -> Iterator[bytes]:
    """The file, and in a transaction of its own what it was."""
    with closing(file):
        yield from file
    whole = {**facts, "rows": tally.rows, "sha256": file.sha256, "complete": True}
    entry = update(ChangeSet).where(ChangeSet.id == deed_id).values(facts=whole)
    with engine.connect().execution_options(**WRITING) as connection, connection.begin():
        connection.execute(entry)
