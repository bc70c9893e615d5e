"""``alumni people export``: the office's export, for whoever has the machine."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from alumni.audiences.commands import exports as commands
from alumni.audiences.commands.exports import Format, Wish
from alumni.audiences.criteria import Audience
from alumni.authz import SYSTEM
from alumni.db import transaction
from alumni.errors import Refusal
from alumni.people.cli import people
from alumni.people.fields import DEFAULT_COLUMNS

__all__ = ["people"]


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
@click.option("--format", "kind", type=click.Choice([kind.value for kind in Format]), default="csv")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file. It is there when it is whole. Otherwise to standard output.",
)
def export(query: str, columns: str, kind: str, output: Path | None) -> None:
    """Write people to a file: the same as the office's list has, in the same order."""
    wish = Wish(
        columns=tuple(filter(None, map(str.strip, columns.split(",")))),
        format=Format(kind),
        purpose="alumni people export",
    )
    try:
        with transaction():
            file = commands.export(SYSTEM, Audience.from_text(SYSTEM, query), wish)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    try:
        if output is None:
            _print(file.chunks)
        else:
            _keep(file.chunks, output)
    except OSError as error:
        raise click.ClickException(f"the file could not be written: {error}") from error
    click.echo(f"{file.tally.rows} people.", err=True)


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
