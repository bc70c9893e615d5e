"""``alumni roster import`` and ``undo``: bringing in a roster from a file, and taking that back."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import delete

from alumni.authz import SYSTEM
from alumni.db import changed, db, transaction
from alumni.errors import NotFound, Refusal
from alumni.i18n import _, speaking
from alumni.links import address_of
from alumni.people.models import Person
from alumni.roster.cells import Unreadable
from alumni.roster.cli import roster
from alumni.roster.commands.advancing import WAITING, advance
from alumni.roster.commands.imports import accept
from alumni.roster.commands.receiving import fault_text, map_columns, receive
from alumni.roster.commands.undoing import REASONS, ask_undo
from alumni.roster.models import BatchKind, BatchState, ImportBatch
from alumni.roster.queries import errors, undoing
from alumni.roster.queries.imports import get_batch
from alumni.roster.reading import Looked, look
from alumni.roster.rows import FIELD_KEYS

MOST_READ = 200_000
"""Rows that are read before the file is begun anew: more than a file can have."""

COUNTS = ("new", "updated", "unchanged", "possible", "errors")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be done with the file."""

    dry_run: bool
    accept_good: bool
    report: Path | None
    as_json: bool


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in BatchKind]),
    default=BatchKind.REGISTRAR.value,
    show_default=True,
    help="Whose list it is: the registrar's, a chapter's, or one of addresses.",
)
@click.option(
    "--map", "named", multiple=True, metavar="FIELD=HEADER", help="Name a column's field."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--accept-good", is_flag=True, help="Bring in the good rows where some are wrong.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the wrong rows to this file (.csv, else XLSX), each with the reason.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def import_(file: Path, kind: str, named: tuple[str, ...], **wanted: Any) -> None:
    """Bring in the people of FILE, a spreadsheet or a text file with a header.

    Prints how many are new, updated, unchanged, possibly somebody we know, and wrong. Where
    rows are wrong nothing is brought in and the exit status is 1, unless --accept-good. Who is
    possibly known is decided on the page of the import.
    """
    with speaking("en"), _refusals_said():
        batch_id = _received(file, BatchKind(kind), _named(named))
        status = _bring_in(batch_id, Wanted(**wanted))
    sys.exit(status)


@roster.command("undo", context_settings={"ignore_unknown_options": True})  # it may be -x…
@click.argument("batch")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def undo(batch: str, *, as_json: bool) -> None:
    """Take back what the import BATCH, by its public number, has brought in.

    Whom it entered is removed, what it changed becomes what it was. Where somebody did something
    since, the row stays and is listed, and the exit status is 1. One that was broken off goes on.
    """
    with speaking("en"), _refusals_said():
        with transaction():
            found = _known(batch)
            if found.state is not BatchState.UNDOING:
                ask_undo(SYSTEM, found)
        _carry_on(
            found.id, "Taking back", lambda it: (it.undone_rows + it.left_rows, it.applied_rows)
        )
        status = _said_of_undo(found.id, as_json=as_json)
    sys.exit(status)


@contextmanager
def _refusals_said() -> Iterator[None]:
    """What is declined is said, and ends the command with status 1."""
    try:
        yield
    except Unreadable as fault:
        raise click.ClickException(fault_text(fault)) from fault
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _known(public_id: str) -> ImportBatch:
    try:
        return get_batch(SYSTEM, public_id)
    except NotFound as fault:
        raise click.ClickException("There is no such import.") from fault


def _named(pairs: tuple[str, ...]) -> dict[str, str]:
    named = {}
    for pair in pairs:
        key, mark, header = pair.partition("=")
        if not mark or key not in FIELD_KEYS:
            raise click.BadParameter(
                f"{pair}: it is FIELD=HEADER, and FIELD one of {', '.join(FIELD_KEYS)}",
                param_hint="--map",
            )
        named[key] = header
    return named


def _received(file: Path, kind: BatchKind, named: dict[str, str]) -> int:
    """Keep the file as it came, with all columns named; what is doubtful is left out, and said."""
    content = file.read_bytes()
    looked = look(content, named=named)
    for column in looked.columns:
        if not column.is_sure:
            click.echo(f"column {column.name!r} is not known and is left out", err=True)
    looked = _sure(looked)
    with transaction():
        batch = receive(SYSTEM, file.name, content, kind, looked)
        wanted = {name: key for name, key in looked.fields.items() if key in named}
        if batch.state is BatchState.RECEIVED or not wanted.items() <= batch.columns.items():
            batch.state = BatchState.RECEIVED  # what was named counts, not what was once remembered
            map_columns(SYSTEM, batch, looked.fields, {})
        return batch.id


def _sure(looked: Looked) -> Looked:
    """Nobody is asked here: what is not sure is left out."""
    columns = (
        replace(column, key=column.key if column.is_sure else None, is_sure=True)
        for column in looked.columns
    )
    return replace(looked, columns=tuple(columns))


def _bring_in(batch_id: int, wanted: Wanted) -> int:
    """Do what is wanted and return the exit status."""
    _carry_on(batch_id, "Reading", lambda it: (it.read_rows, it.looked["rows"]))
    batch = db.session.get_one(ImportBatch, batch_id)
    _report(batch, wanted)
    is_taken = wanted.accept_good or not batch.errors
    counts = {count: int(getattr(batch, count)) for count in COUNTS}
    told = {"batch": batch.public_id if is_taken and not wanted.dry_run else None, **counts}
    if told["batch"] is None:
        _forget(batch_id)
    elif batch.state is BatchState.STAGED:
        with transaction():
            accept(
                SYSTEM, db.session.get_one(ImportBatch, batch_id), accept_good=wanted.accept_good
            )
        _carry_on(batch_id, "Bringing in", lambda it: (it.applied_rows, it.new + it.updated))
    _say(told, wanted)
    return 0 if is_taken else 1


def _report(batch: ImportBatch, wanted: Wanted) -> None:
    """Write and say what is wrong."""
    if wanted.report is not None:
        is_text = wanted.report.suffix.lower() == ".csv"
        table = errors.errors_as_csv(batch) if is_text else errors.errors_as_xlsx(batch)
        with wanted.report.open("wb") as file:
            file.writelines(table)
    for rows in errors.wrong_parts(batch):
        for line, header, written, reason in errors.wrong_cells(batch.columns, rows):
            click.echo(f"line {line}, {header or '-'}: {written!r} {reason}", err=wanted.as_json)


def _say(told: dict[str, Any], wanted: Wanted) -> None:
    if told["batch"] and told["possible"]:
        page = address_of("roster.batch", public_id=told["batch"])
        click.echo(f"{told['possible']} perhaps known: say who they are at {page}", err=True)
    if wanted.as_json:
        click.echo(json.dumps(told))
        return
    click.echo(" ".join(f"{count} {told[count]}" for count in COUNTS))
    if told["batch"]:
        click.echo(f"batch {told['batch']}", err=True)


def _forget(batch_id: int) -> None:
    """Nothing of the file is kept, as if it had not been sent."""
    with transaction():
        changed(delete(ImportBatch).where(ImportBatch.id == batch_id))


def _carry_on(batch_id: int, label: str, place: Callable[[ImportBatch], tuple[int, int]]) -> None:
    """Do all that the import waits for, showing how far it is where a person watches.

    A worker may do parts of it at the same time.
    """
    batch = _fresh(batch_id)
    done, total = place(batch)
    with click.progressbar(
        length=total, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        while batch.state in WAITING:
            advance(batch_id, read_at_once=MOST_READ)
            batch = _fresh(batch_id)
            now_done, _total = place(batch)
            bar.update(now_done - done)
            done = now_done
    if batch.problem:
        raise click.ClickException(batch.problem)


def _fresh(batch_id: int) -> ImportBatch:
    """The import as it is now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ImportBatch, batch_id)


def _said_of_undo(batch_id: int, *, as_json: bool) -> int:
    """Say what was taken back and what stayed, and return the exit status."""
    batch = _fresh(batch_id)
    left = [
        {
            "line": row.line,
            "name": person.name_zh or person.name_latin or person.name_en,
            "reason": _(REASONS[row.left]),
        }
        for row, person in db.session.execute(undoing.left_rows(SYSTEM, batch))
    ]
    if as_json:
        counts = {"undone": batch.undone_rows, "left": batch.left_rows}
        click.echo(
            json.dumps({"batch": batch.public_id, **counts, "rows": left}, ensure_ascii=False)
        )
    else:
        for one in left:
            click.echo(f"line {one['line']}, {one['name']}: {one['reason']}")
        click.echo(f"undone {batch.undone_rows} left {batch.left_rows}")
    return 1 if left else 0


def _name(person: Person) -> str | None:
    """As the file would have it, whatever language we speak."""
    return person.name_zh or person.name_latin or person.name_en
