"""A file is brought: kept as it came, looked at, and its columns named."""

import hashlib
from collections.abc import Iterator, Mapping

from sqlalchemy import delete, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import changed, db, hold, now
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.people.fields import Field
from alumni.roster.cells import Unreadable
from alumni.roster.comparing import default_policy
from alumni.roster.importable import IMPORTABLE, lacking
from alumni.roster.models import (
    BatchKind,
    BatchState,
    ImportBatch,
    ImportChunk,
    ImportMapping,
    ImportRow,
    Policy,
    Proposal,
)
from alumni.roster.policy import may_import
from alumni.roster.queries.mapping import find_mapping, mapped
from alumni.roster.reading import Looked, look
from alumni.roster.sheets.headers import normal_header

CHUNK = 2**20
"""Bytes of a file in one row."""

COUNTS = ("read_rows", "rows", "new", "updated", "unchanged", "possible", "errors", "skipped")

TO_BE_MAPPED = (BatchState.RECEIVED, BatchState.STAGED)
"""As long as nothing was brought in the office may say anew what the columns hold."""


def receive(
    actor: Actor,
    file_name: str,
    content: bytes,
    kind: BatchKind = BatchKind.REGISTRAR,
    looked: Looked | None = None,
) -> ImportBatch:
    """Keep a file as it came. Where nobody has to look at its columns it is read next.

    ``looked`` is what was seen of it already; looking takes seconds, in which nobody else could
    write. A file that cannot be read is refused with the reason.
    """
    require(may_import, actor)
    batch = ImportBatch(kind=kind, account_id=actor.account_id)
    return keep(batch, file_name, content, looked or _looked(content))


def keep(batch: ImportBatch, file_name: str, content: bytes, looked: Looked) -> ImportBatch:
    """Enter the import of this file, for ``receive`` and whoever else takes one."""
    if not looked.rows:
        raise Invalid(_("The file has a header, and no rows below it."), field="file")
    columns, is_sure = mapped(batch.kind, looked)
    is_ready = is_sure and lacking(batch.kind, _fields(columns)) is None
    batch.file_name = file_name[:200]
    batch.sha256 = hashlib.sha256(content).hexdigest()
    batch.looked = looked.as_json()
    batch.columns = columns
    batch.rows = looked.rows
    batch.state = BatchState.READING if is_ready else BatchState.RECEIVED
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(
        ImportChunk(batch_id=batch.id, number=number, content=content[begin : begin + CHUNK])
        for number, begin in enumerate(range(0, len(content), CHUNK))
    )
    db.session.flush()
    return batch


def map_columns(
    actor: Actor,
    batch: ImportBatch,
    columns: Mapping[str, str | None],
    policies: Mapping[str, str],
) -> None:
    """Say what the columns of a file hold, and what its values do where we hold others.

    ``columns`` are names of columns with keys of fields, or None for one that is left out, as one
    that is not named is. It is remembered for the next file of this shape. The file is read next,
    anew if it was read before.
    """
    require(may_import, actor)
    hold(batch)
    take_up(actor, batch)
    batch.policies = _unusual(batch.kind, policies)
    _remember(actor, batch, name_columns(batch, columns))


def name_columns(batch: ImportBatch, columns: Mapping[str, str | None]) -> Looked:
    """Let the file, which is held, be read with these columns. Return what was seen of it."""
    if batch.state not in TO_BE_MAPPED:
        raise Refusal(_("This import is under way or done."))
    looked = Looked.from_json(batch.looked)
    said = {column.name: columns.get(column.name) or None for column in looked.columns}
    _check(batch.kind, said)
    changed(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    for count in COUNTS:
        setattr(batch, count, 0)
    batch.rows = looked.rows
    batch.columns = said
    batch.state, batch.problem = BatchState.READING, ""
    return looked


def take_up(actor: Actor, batch: ImportBatch) -> None:
    """Begin with a list that a chapter proposed, which is held: it cannot be withdrawn any more.

    Of another import, and of one that was begun with, nothing is changed.
    """
    require(may_import, actor)
    if batch.proposal is Proposal.WAITING:
        batch.proposal, batch.account_id = Proposal.TAKEN, actor.account_id
        record(actor, "took_up_proposal", batch)


def content_of(batch: ImportBatch) -> Iterator[bytes]:
    """The file as it came, part by part. A refusal where it is not kept any more."""
    mine = select(ImportChunk.content).where(ImportChunk.batch_id == batch.id)
    chunk = None
    one_by_one = mine.order_by(ImportChunk.number).execution_options(yield_per=1)
    for chunk in db.session.scalars(one_by_one):
        yield chunk
    if chunk is None:
        raise Refusal(_("The file is not kept any more. Send it again."))


def drop_content(batch: ImportBatch) -> None:
    """Keep the file no longer, nor the values shown of it: its rows are brought in, or unwanted."""
    changed(delete(ImportChunk).where(ImportChunk.batch_id == batch.id))
    if batch.looked:
        columns = [{**column, "samples": []} for column in batch.looked["columns"]]
        batch.looked = {**batch.looked, "columns": columns}


def _looked(content: bytes) -> Looked:
    try:
        return look(content)
    except Unreadable as fault:
        raise Invalid(fault_text(fault), field="file") from fault


def fault_text(fault: Unreadable) -> str:
    """Why a file cannot be read, in the language of the moment."""
    reason = _(fault.reason).format(**fault.values)
    if fault.line is None:
        return reason
    return _("Line %(line)s: %(reason)s", line=fault.line, reason=reason)


def _fields(columns: Mapping[str, str | None]) -> frozenset[str]:
    return frozenset(key for key in columns.values() if key is not None)


def _check(kind: BatchKind, columns: Mapping[str, str | None]) -> None:
    keys = _fields(columns)
    if not keys <= IMPORTABLE.keys():
        raise Invalid(_("There is no such field to bring in."), field="columns")
    first: dict[str, str] = {}
    for at, (name, key) in enumerate(columns.items()):
        if key is not None and first.setdefault(key, name) != name:
            raise Invalid(_already_held(IMPORTABLE[key], first[key]), field=f"column_{at}")
    reason = lacking(kind, keys)
    if reason is not None:
        raise Invalid(_(reason), field="columns")


def _already_held(field: Field, name: str) -> str:
    return _(
        "The column “%(name)s” holds this already (%(field)s). Leave one of the two out.",
        name=name,
        field=field.label,
    )


def _unusual(kind: BatchKind, policies: Mapping[str, str]) -> dict[str, str]:
    """Those that are not the kind's own."""
    if not policies.keys() <= IMPORTABLE.keys() or not set(policies.values()) <= set(Policy):
        raise Invalid(_("There is no such field to bring in."), field="columns")
    return {
        key: policy for key, policy in policies.items() if policy != default_policy(kind, key).value
    }


def _remember(actor: Actor, batch: ImportBatch, looked: Looked) -> None:
    mapping = find_mapping(batch.kind, looked.shape)
    if mapping is None:
        mapping = ImportMapping(kind=batch.kind, shape=looked.shape)
        db.session.add(mapping)
    mapping.columns = {normal_header(name): key for name, key in batch.columns.items()}
    mapping.account_id, mapping.used_at = actor.account_id, now()
    db.session.flush()
