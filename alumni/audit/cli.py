"""``alumni audit``: whether the history is as it was written."""

import sys

import click
from flask.cli import AppGroup

from alumni.audit.sealing import Finding, has_head, seal, verify
from alumni.db import GREATEST, transaction

audit = AppGroup("audit", help="The history of what was done.")

HEAD = "NUMBER:DIGEST"


@audit.command("verify")
@click.option(
    "--head",
    metavar=HEAD,
    help="What this command printed once: found out, too, whether it still stands there.",
)
def verify_(head: str | None) -> None:
    """Look whether anybody altered the history after it was written.

    Names the first row that is not as it was sealed; the exit status is 1 then. What was done in
    the last moments is sealed first.
    """
    number, chain = _noted(head)
    while _seal_more():
        pass
    found = verify()
    for line in _said(found):
        click.echo(line)
    is_there = not number or has_head(number, chain)
    if not is_there:
        click.echo(f"Seal {number} is not the one that was noted: the history was replaced.")
    sys.exit(0 if found.fault is None and is_there else 1)


def _seal_more() -> int:
    with transaction():
        return seal()


def _said(found: Finding) -> list[str]:
    if found.fault is not None:
        fault = found.fault
        return [
            f"{fault.table_name} {fault.row_id} {fault.what}: seal {fault.seal} does not hold.",
            f"The {found.sealed} seals before it do.",
        ]
    erased = f", {found.erased} values erased for good" if found.erased else ""
    return [
        f"The history is as it was written: {found.sealed} deeds sealed{erased}.",
        f"Head {found.sealed}:{found.head}",
    ]


def _noted(head: str | None) -> tuple[int, str]:
    if head is None:
        return 0, ""
    number, mark, chain = head.partition(":")
    if not mark or not number.isdecimal() or not 0 < int(number[:19]) <= GREATEST:
        raise click.BadParameter(f"{head}: it is {HEAD}", param_hint="--head")
    return int(number), chain
