"""``alumni accounts``: staff accounts, for whoever has the machine."""

import sys

import click
from flask.cli import AppGroup

from alumni.accounts import commands
from alumni.accounts.commands.second_factor import take_away
from alumni.accounts.models import LinkPurpose
from alumni.accounts.policy import ROLES
from alumni.authz import SYSTEM
from alumni.db import transaction
from alumni.errors import Refusal
from alumni.links import address_of

accounts = AppGroup("accounts", help="Accounts of the office's staff.")


@accounts.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(sorted(ROLES)), required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--reset-second-factor",
    is_flag=True,
    help="Take it away from who lost the telephone and the recovery codes.",
)
def create(email: str, role: str, *, password_stdin: bool, reset_second_factor: bool) -> None:
    """Make an account for EMAIL and print the link with which its owner sets the password.

    For an account that there is it adds what the role brings.
    """
    try:
        with transaction():
            account = commands.make_staff(SYSTEM, email=email, role=role)
            if reset_second_factor:
                take_away(SYSTEM, account, why="alumni accounts create")
            token = commands.make_link(
                LinkPurpose.SET_PASSWORD, commands.FIRST_PASSWORD_LINK, account=account
            )
            if password_stdin:
                commands.set_password(SYSTEM, token, sys.stdin.readline().rstrip("\r\n"))
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{email} is {role}.")
    if account.has_second_factor:
        click.echo("Signing in asks for the code of the telephone that is set up.")
    else:
        click.echo("The first sign-in leads to setting up a second factor:")
        click.echo("have a telephone with any app for one-time codes at hand.")
    if not password_stdin:
        click.echo("The link below works once, for three days:")
        click.echo(address_of("accounts.set_password", token=token))
