"""``alumni roster invite``: asking the people we know to take up their record, by letter."""

import json
from dataclasses import asdict
from typing import Any

import click

from alumni.audiences.criteria import Audience
from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.errors import Refusal
from alumni.i18n import speaking
from alumni.roster.cli import roster
from alumni.roster.commands.waves import ask, ask_part
from alumni.roster.models import ActivationWave
from alumni.roster.queries.activating import prospect


@roster.command("invite")
@click.option(
    "--where",
    "query",
    default="",
    metavar="QUERY",
    help="Whom, as in the address of the list: chapter=anshan&year_from=1995",
)
@click.option("--dry-run", is_flag=True, help="Say whom a letter would go to, and write none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def invite(query: str, *, dry_run: bool, as_json: bool) -> None:
    """Write to the people we know, each with a personal link to take up their record.

    Nobody gets a second letter. Prints how many letters are queued, and how many people get none:
    members, those who were asked before, those without an address that takes letters, and those
    who share one with somebody else. A command that is broken off is gone on with by the worker.
    """
    with speaking("en"):
        try:
            told = _told(query) if dry_run else _invited(query)
        except Refusal as refusal:
            place = f"{refusal.field}: " if refusal.field else ""
            raise click.ClickException(f"{place}{refusal}") from refusal
    counts = {name: number for name, number in told.items() if name != "wave"}
    said = " ".join(f"{name} {number}" for name, number in counts.items())
    click.echo(json.dumps(told) if as_json else said)


def _told(query: str) -> dict[str, Any]:
    """What asking these people would do."""
    whom = asdict(prospect(SYSTEM, Audience.from_text(SYSTEM, query)))
    whom.pop("people")
    return {"wave": None, "letters": whom.pop("askable"), **whom}


def _invited(query: str) -> dict[str, Any]:
    """Ask them all, and count the letters. A worker may write some of them at the same time."""
    told = _told(query)
    with transaction():
        wave_id = ask(SYSTEM, Audience.from_text(SYSTEM, query)).id
    is_more = True
    while is_more:
        with transaction():
            is_more = ask_part(wave_id) > 0
    db.session.expire_all()
    wave = db.session.get_one(ActivationWave, wave_id)
    return told | {"wave": wave.public_id, "letters": wave.people}
