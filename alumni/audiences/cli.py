"""``alumni people export``: the office's export, for whoever has the machine."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from alumni.audiences.commands import exports as commands
from alumni.audiences.commands.exports import Format, Wish
from alumni.audiences.criteria import Audience
from alumni.audiences.queries.exports import Rows, Selection, counted
from alumni.authz import SYSTEM
from alumni.db import transaction
from alumni.errors import Refusal
from alumni.exports.tables import Tally
from alumni.people.cli import people
from alumni.people.fields import DEFAULT_COLUMNS

__all__ = ["people"]

FORMATS = [kind.value for kind in Format if not kind.is_paper]
MOST_COUNTED = 10_000_000


@people.command("export")
@click.option(
    "--where",
    "query",
    default="",
    metavar="QUERY",
    help="Whom, as in the address of the list: chapter=anshan&year_from=1995",
)
@click.option(
    "--columns",
    default=",".join(DEFAULT_COLUMNS),
    show_default=True,
    help="The columns in their order, a comma between them.",
)
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default=Format.CSV.value, show_default=True
)
@click.option(
    "--rows",
    type=click.Choice([rows.value for rows in Rows]),
    default=Rows.MAIN.value,
    show_default=True,
    help="Of who studied here more than once: the main study, all side by side, or a row for each.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file. It is there when it is whole. Otherwise to standard output.",
)
def export(query: str, columns: str, kind: str, rows: str, output: Path | None) -> None:
    """Write people to a file: the same as the office's list has, in the same order."""
    wish = Wish(
        columns=tuple(filter(None, map(str.strip, columns.split(",")))),
        format=Format(kind),
        purpose="alumni people export",
        rows=Rows(rows),
    )
    try:
        with transaction():
            selection = Selection(audience=Audience.from_text(SYSTEM, query))
            total = counted(SYSTEM, selection, at_most=MOST_COUNTED) if is_watched() else 0
            file = commands.export(SYSTEM, selection, wish)
    except Refusal as refusal:
        place = f"{refusal.field}: " if refusal.field else ""
        raise click.ClickException(f"{place}{refusal}") from refusal
    chunks = _watched(file.chunks, file.tally, total) if is_watched() else file.chunks
    try:
        if output is None:
            _print(chunks)
        else:
            _keep(chunks, output)
    except OSError as error:
        raise click.ClickException(f"the file could not be written: {error}") from error
    click.echo(f"{file.tally.persons} people.", err=True)


def is_watched() -> bool:
    return sys.stderr.isatty()


def _watched(chunks: Iterable[bytes], tally: Tally, total: int) -> Iterator[bytes]:
    """The same chunks, with a bar that grows with the rows."""
    with click.progressbar(length=total, label="Rows", file=sys.stderr) as bar:
        for chunk in chunks:
            yield chunk
            bar.update(tally.rows - bar.pos)


def _print(chunks: Iterable[bytes]) -> None:
    sys.stdout.buffer.writelines(chunks)
    sys.stdout.buffer.flush()


def _keep(chunks: Iterable[bytes], path: Path) -> None:
    """Write beside the file, and put it in its place when it is on the disk."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
        try:
            draft.writelines(chunks)
            draft.flush()
            os.fsync(draft.fileno())
        except BaseException:
            Path(draft.name).unlink()
            raise
    Path(draft.name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
