"""``alumni roster``: bringing in the registrar's roster from a file."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.errors import Refusal
from alumni.exports.tables import as_csv
from alumni.i18n import speaking
from alumni.roster.cells import Unreadable
from alumni.roster.commands import imports as commands
from alumni.roster.models import BatchState, Verdict
from alumni.roster.queries import imports as queries
from alumni.roster.rows import FIELD_KEYS, RosterFile, Told, read_roster

roster = AppGroup("roster", help="The registrar's roster.")

COUNTS = ("new", "updated", "unchanged", "possible", "errors")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be done with the file."""

    dry_run: bool
    accept_good: bool
    report: Path | None
    as_json: bool


@dataclass(frozen=True, kw_only=True)
class Staged:
    """What was found in the file, and the import that was made of it, if any was."""

    batch_id: int | None
    public_id: str | None
    counts: dict[str, int]
    wrong: list[Told]


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["registrar"]), default="registrar", show_default=True)
@click.option(
    "--map", "headers", multiple=True, metavar="FIELD=HEADER", help="Name a column's field."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--accept-good", is_flag=True, help="Bring in the good rows where some are wrong.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the wrong rows to this CSV file, each with the reason.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def import_(file: Path, kind: str, headers: tuple[str, ...], **wanted: Any) -> None:
    """Bring in the people of FILE, a spreadsheet or a text file with a header.

    Prints how many are new, updated, unchanged, possibly somebody we know, and wrong. Where
    rows are wrong nothing is brought in and the exit status is 1, unless --accept-good.
    """
    with speaking("en"):
        status = _bring_in(_read(file, kind, headers), Wanted(**wanted))
    sys.exit(status)


def _bring_in(file: RosterFile, wanted: Wanted) -> int:
    """Do what is wanted and return the exit status."""
    staged = _staged(file, wanted)
    if wanted.report is not None:
        labels, table = queries.wrong_table(file.columns, staged.wrong)
        wanted.report.write_bytes(b"".join(as_csv(labels, [table])))
    for line, header, written, reason in queries.wrong_cells(file.columns, staged.wrong):
        click.echo(f"line {line}, {header or '-'}: {written!r} {reason}", err=wanted.as_json)
    if staged.batch_id is not None:
        _apply(staged.batch_id, staged.counts["new"] + staged.counts["updated"])
    if wanted.as_json:
        click.echo(json.dumps({"batch": staged.public_id, **staged.counts}))
    else:
        click.echo(" ".join(f"{count} {staged.counts[count]}" for count in COUNTS))
    return 1 if staged.wrong and not wanted.accept_good else 0


def _read(file: Path, kind: str, headers: Iterable[str]) -> RosterFile:
    named = {}
    for pair in headers:
        key, mark, header = pair.partition("=")
        if not mark or key not in FIELD_KEYS:
            raise click.BadParameter(
                f"{pair}: it is FIELD=HEADER, and FIELD one of {', '.join(FIELD_KEYS)}",
                param_hint="--map",
            )
        named[key] = header
    try:
        return read_roster(file.name, file.read_bytes(), kind=kind, headers=named)
    except Unreadable as fault:
        raise click.ClickException(fault.reason.format(**fault.values)) from fault


def _staged(file: RosterFile, wanted: Wanted) -> Staged:
    """Compare the file with what we know, and keep that only where it will be brought in."""
    with transaction():
        batch = commands.stage_file(SYSTEM, file)
        rows = db.session.scalars(queries.batch_rows(batch, Verdict.ERROR))
        wrong = [Told(row.line, row.values, row.reasons) for row in rows]
        counts = {count: int(getattr(batch, count)) for count in COUNTS}
        is_kept = not wanted.dry_run and (wanted.accept_good or not wrong)
        staged = Staged(
            batch_id=batch.id if is_kept else None,
            public_id=batch.public_id if is_kept else None,
            counts=counts,
            wrong=wrong,
        )
        if not is_kept:
            db.session.rollback()
        elif batch.state is BatchState.STAGED:
            commands.accept(SYSTEM, batch, accept_good=wanted.accept_good)
    return staged


def _apply(batch_id: int, rows: int) -> None:
    """Bring all rows in, showing how far it is where a person watches."""
    try:
        with click.progressbar(
            length=rows, label="Bringing in", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            while done := _apply_part(batch_id):
                bar.update(done)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _apply_part(batch_id: int) -> int:
    with transaction():
        return commands.apply_part(batch_id)
