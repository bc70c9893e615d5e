"""``alumni people``: the commands of the slice that need no more than people."""

import click
from flask.cli import AppGroup

from alumni.people.commands.search import reindex_all

people = AppGroup("people", help="People: exports and the search index.")


@people.command("reindex")
def reindex() -> None:
    """Make the search index anew."""
    click.echo(f"{reindex_all()} people are in the index.")
