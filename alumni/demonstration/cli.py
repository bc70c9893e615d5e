"""``alumni demo``: an association to look at, on this machine only."""

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from alumni.config import Settings
from alumni.db import transaction
from alumni.demonstration import queries
from alumni.demonstration.cast import PASSWORD, SIGN_INS
from alumni.demonstration.commands import FEWEST, fill
from alumni.migrations.schema import SchemaError
from alumni.starting import make_ready

MOST = 1_000_000


@click.command("demo")
@click.option(
    "--people",
    "number",
    type=click.IntRange(FEWEST, MOST),
    default=2000,
    show_default=True,
    help="How many people to invent.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same people.")
@click.option("--if-empty", is_flag=True, help="Leave a database with people in it as it is.")
@with_appcontext
def demo(number: int, seed: int, *, if_empty: bool) -> None:
    """Fill an empty database with invented people, chapters, events and letters.

    Everybody can sign in with the password that is printed, so this works only where nobody but
    this machine can reach the program.
    """
    settings: Settings = current_app.config["ALUMNI"]
    if not settings.is_here:
        raise click.ClickException(
            f"the program serves {settings.address}, and a demonstration has sign-ins that"
            " everybody knows. Unset ALUMNI_BASE_URL to make one on this machine."
        )
    try:
        make_ready()
    except SchemaError as error:
        raise click.ClickException(str(error)) from error
    if queries.is_empty():
        _fill(number, seed)
    elif not if_empty:
        raise click.ClickException(
            "there are people or accounts in this database; a demonstration needs an empty one."
            " Set ALUMNI_INSTANCE to another folder, or ALUMNI_DATABASE_URL to another database."
        )
    if queries.is_demonstration():
        _print_sign_ins(settings.address)
    else:
        click.echo("The database has people of its own; no demonstration was made.")


def _fill(number: int, seed: int) -> None:
    with (
        click.progressbar(
            length=number, label=f"Inventing {number:,} people", hidden=not sys.stdout.isatty()
        ) as bar,
        transaction(),
    ):
        fill(number=number, seed=seed, entered=bar.update)
    click.echo(f"{number:,} people were invented. None of them is real.")


def _print_sign_ins(address: str) -> None:
    click.echo(f"\nSign in at {address}/sign-in with the password {PASSWORD} as\n")
    widest = max(len(email) for email, _who in SIGN_INS)
    for email, who in SIGN_INS:
        click.echo(f"  {email:<{widest}}  {who}")
    click.echo()
