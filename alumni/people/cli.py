"""``alumni people``: the commands of the slice that need no more than people."""

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from alumni.db import db
from alumni.people.commands.search import reindex_all
from alumni.people.models import Person

people = AppGroup("people", help="People: exports and the search index.")


@people.command("reindex")
def reindex() -> None:
    """Make the search index anew."""
    number = db.session.scalar(select(func.count()).select_from(Person)) or 0
    with click.progressbar(
        length=number, label="Reading people", hidden=not sys.stdout.isatty()
    ) as bar:
        done = reindex_all(done=bar.update)
    click.echo(f"{done} people are in the index.")
