"""``alumni db``: the schema."""

import click
from flask.cli import AppGroup

from alumni.migrations import schema
from alumni.starting import make_ready

database = AppGroup("db", help="The database's schema.")


@database.command("upgrade")
def upgrade() -> None:
    """Make the tables, or bring them up to date after keeping a copy."""
    try:
        make_ready()
    except schema.SchemaError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The schema is {schema.head()}.")


@database.command("check")
def check() -> None:
    """Say how the database differs from the models. Exit status 1 if it does."""
    differences = schema.check()
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.exceptions.Exit(1)
    click.echo("The database is as the models say.")


@database.command("revise")
@click.argument("message")
def revise(message: str) -> None:
    """Write a migration for what changed in the models. For developers."""
    schema.revise(message)
