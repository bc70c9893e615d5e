"""Imports as the office reads them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, exists, select

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import NotFound
from alumni.people.fields import level_words, sex_words
from alumni.people.models import Person
from alumni.roster.models import BatchState, ImportBatch, ImportRow, Verdict
from alumni.roster.policy import may_identify, may_import

OPEN = (BatchState.STAGED, BatchState.FAILED, BatchState.APPLIED)
"""The office decides about rows that are not brought in yet."""


def batches(actor: Actor) -> Select[ImportBatch]:
    """All imports, the newest first."""
    require(may_import, actor)
    return select(ImportBatch).order_by(ImportBatch.id.desc())


def brought_by(batches: Iterable[ImportBatch]) -> dict[int, str]:
    """Who of the office brought each, or began with it, by the import's id: in one statement."""
    those = [batch.id for batch in batches]
    told = select(ImportBatch.id, Account.name).join(Account, Account.id == ImportBatch.account_id)
    return dict(db.session.execute(told.where(ImportBatch.id.in_(those))).all())


def get_batch(actor: Actor, public_id: str) -> ImportBatch:
    require(may_import, actor)
    batch = db.session.scalar(select(ImportBatch).where(ImportBatch.public_id == public_id))
    if batch is None:
        raise NotFound
    return batch


def are_rows_kept(batch: ImportBatch) -> bool:
    """Whether there are rows to be seen, or taken back, of an import that had any."""
    own = exists().where(ImportRow.batch_id == batch.id)
    return bool(db.session.scalar(select(own)))


def batch_rows(batch: ImportBatch, verdict: Verdict, *, after: int = 0) -> Select[ImportRow]:
    """The rows of this verdict as they stand in the file, beyond a line."""
    return (
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.verdict == verdict, ImportRow.line > after)
        .order_by(ImportRow.line)
    )


def line_before(batch: ImportBatch, verdict: Verdict, line: int, rows: int) -> int | None:
    """After which line a page of so many rows begins that ends before this line; None: nowhere."""
    earlier = (
        select(ImportRow.line)
        .where(ImportRow.batch_id == batch.id, ImportRow.verdict == verdict, ImportRow.line <= line)
        .order_by(ImportRow.line.desc())
        .limit(rows + 1)
    )
    lines = db.session.scalars(earlier).all()
    if not lines:
        return None
    return lines[-1] if len(lines) > rows else 0


def is_open(batch: ImportBatch) -> bool:
    """Whether the office can still decide about rows of it."""
    return batch.state in OPEN


def to_apply(batch: ImportBatch) -> bool:
    """Whether rows that would change something are not brought in yet."""
    waiting = exists().where(
        ImportRow.batch_id == batch.id,
        ImportRow.verdict.in_((Verdict.NEW, Verdict.UPDATED)),
        ImportRow.is_applied.is_(False),
    )
    return bool(db.session.scalar(select(waiting)))


def decided(batch: ImportBatch) -> bool:
    """Whether the office decided about any row that is not brought in yet."""
    some = exists().where(
        ImportRow.batch_id == batch.id, ImportRow.found.is_not(None), ~ImportRow.is_applied
    )
    return bool(db.session.scalar(select(some)))


def people_of(actor: Actor, rows: Sequence[ImportRow]) -> dict[int, Person]:
    """The persons whom the rows mean or may mean, by their id: none for who may not know them."""
    if not may_identify(actor):
        return {}
    person_ids = {row.person_id for row in rows if row.person_id is not None}
    person_ids |= {candidate[0] for row in rows for candidate in row.candidates}
    found = db.session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return {person.id: person for person in found}


def said(key: str, value: Any) -> str:
    """A value of a field as the reader says it."""
    words = {"sex": sex_words, "level": level_words}
    if value is None:
        return ""
    return words[key]().get(value, str(value)) if key in words else str(value)


def person_id_of(public_id: str) -> int | None:
    return db.session.scalar(select(Person.id).where(Person.public_id == public_id))
