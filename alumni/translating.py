"""``alumni i18n``: whether every text of the program stands in every language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from flask.cli import AppGroup

from alumni.config import ROOT
from alumni.i18n import CATALOGUES

MAPPINGS = [
    ("alumni/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
WORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}

translations = AppGroup("i18n", help="The program's languages.")


def catalogue(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def extracted() -> Catalog:
    """All texts of the program, as its sources have them now."""
    found = Catalog(project="Alumni", version="1", charset="utf-8")
    options = {pattern: {"silent": "false"} for pattern, _kind in MAPPINGS}
    for file, line, message, comments, context in extract_from_dir(
        ROOT, MAPPINGS, options, keywords=WORDS, comment_tags=("i18n:",)
    ):
        found.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return found


def gaps(language: str) -> Iterator[str]:
    """Say what the language lacks, has too much, or says with other places to fill in."""
    with catalogue(language).open("rb") as file:
        kept = read_po(file, locale=language)
    wanted = {message.id for message in extracted() if message.id}
    known = {message.id: message for message in kept if message.id}
    for message_id in sorted(wanted - known.keys(), key=str):
        yield f"missing: {message_id!r}"
    for message_id in sorted(known.keys() - wanted, key=str):
        yield f"not used any more: {message_id!r}"
    for message_id in sorted(wanted & known.keys(), key=str):
        message = known[message_id]
        texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if not all(texts) or message.fuzzy:
            yield f"not translated: {message_id!r}"
        for error in message.check(kept):
            yield f"wrong: {message_id!r}: {error}"


@translations.command("check")
def check() -> None:
    """Say what Chinese lacks. Exit status 1 if there is anything. English is the source's own."""
    found = list(gaps("zh"))
    for gap in found:
        click.echo(gap)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("Every text stands in both languages.")


@translations.command("update")
def update() -> None:
    """Bring the catalogue up to date with the sources. For developers."""
    path = catalogue("zh")
    with path.open("rb") as file:
        kept = read_po(file, locale="zh")
    kept.update(extracted(), no_fuzzy_matching=True)
    kept.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, kept, width=100, sort_output=True, omit_header=False, no_location=True)
