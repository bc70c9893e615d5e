"""Roster files made for tests."""

import csv
import io
from collections.abc import Sequence

from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.roster.commands.imports import accept
from alumni.roster.commands.receiving import receive
from alumni.roster.jobs import go_on
from alumni.roster.models import BatchKind, BatchState, ImportBatch

HEADER = (
    *("姓名", "学号", "入学年份", "毕业时间", "学院", "专业", "班级"),
    *("工作单位", "职务", "手机", "邮箱", "所在省", "城市"),
)
ZENG = (
    *("曾国强", "1993120001", "93级", "1998年7月", "口腔医学院", "口腔医学", "3班"),
    *("鞍山中心医院", "医师", "138 0000 1234", "Zeng@Example.org", "辽宁省", "鞍山市"),
)


def as_csv(*rows: Sequence[str], header: Sequence[str] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode("utf-8-sig")


def changed(row: Sequence[str], **cells: str) -> tuple[str, ...]:
    """The row with other cells, named by ``HEADER``."""
    return tuple(cells.get(header, cell) for header, cell in zip(HEADER, row, strict=True))


def staged(
    content: bytes, name: str = "roster.csv", kind: BatchKind = BatchKind.REGISTRAR
) -> ImportBatch:
    """The file, read to its end."""
    with transaction():
        batch = receive(SYSTEM, name, content, kind)
    assert batch.state is BatchState.READING
    return worked(batch)


def brought_in(
    content: bytes,
    *,
    name: str = "roster.csv",
    kind: BatchKind = BatchKind.REGISTRAR,
    accept_good: bool = False,
) -> ImportBatch:
    """Stage, accept and apply the file to its end. One without news is done by that."""
    batch = staged(content, name, kind)
    if batch.state is BatchState.APPLIED:
        return batch
    with transaction():
        accept(SYSTEM, batch, accept_good=accept_good)
    return worked(batch)


def worked(batch: ImportBatch) -> ImportBatch:
    """The import after a worker came along."""
    db.session.rollback()
    while go_on():
        pass
    db.session.rollback()
    db.session.refresh(batch)
    return batch


def counts(batch: ImportBatch) -> tuple[int, int, int, int, int]:
    """New, updated, unchanged, possible, wrong."""
    return batch.new, batch.updated, batch.unchanged, batch.possible, batch.errors
