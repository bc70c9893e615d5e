"""What the columns of a file may hold, as the office is asked, and what it said before."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from alumni.db import db
from alumni.people.fields import group_words
from alumni.roster.comparing import default_policy
from alumni.roster.importable import IMPORTABLE
from alumni.roster.models import BatchKind, ImportMapping, Policy
from alumni.roster.reading import Looked
from alumni.roster.sheets.headers import normal_header


class Mapped(NamedTuple):
    """What the columns of a file hold, so far as it is known."""

    columns: dict[str, str | None]
    """Name of the column → key of its field, or None for one that is left out."""
    is_sure: bool
    """Whether nobody has to look at it."""


def find_mapping(kind: BatchKind, shape: str) -> ImportMapping | None:
    """What the office said of the last file of this shape."""
    mine = (ImportMapping.kind == kind, ImportMapping.shape == shape)
    return db.session.scalar(select(ImportMapping).where(*mine))


def mapped(kind: BatchKind, looked: Looked) -> Mapped:
    """As the office said of a file of this shape before, or else as the headers say."""
    before = find_mapping(kind, looked.shape)
    if before is None:
        return Mapped(looked.fields, looked.is_sure)
    said = {
        column.name: before.columns.get(normal_header(column.name)) for column in looked.columns
    }
    taken = {name: key if key in IMPORTABLE else None for name, key in said.items()}
    return Mapped(taken, is_sure=True)


def offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields to choose from as (group, [(key, label)]), in the language of the moment."""
    groups: dict[str, list[tuple[str, str]]] = {}
    words = group_words()
    for key, field in IMPORTABLE.items():
        groups.setdefault(words[field.group], []).append((key, str(field.label)))
    return list(groups.items())


def policies(kind: BatchKind, said: Mapping[str, str]) -> dict[str, Policy]:
    """For each field what a value of a file does: as it was said, or as is usual for the kind."""
    return {key: Policy(said.get(key) or default_policy(kind, key)) for key in IMPORTABLE}
