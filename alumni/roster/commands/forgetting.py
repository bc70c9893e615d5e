"""Forgetting what is of no more use, as the worker does. Each returns how many were forgotten."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from alumni.accounts.models import Link
from alumni.audit.commands import erase, record, record_changes
from alumni.audit.models import Change
from alumni.authz import SYSTEM
from alumni.db import any_of, changed, db, locked
from alumni.roster.models import Application, ApplicationState, Evidence, ImportRow
from alumni.roster.queries.forgetting import unconfirmed_long_ago


def forget_unconfirmed(numbers: Sequence[int]) -> int:
    """Remove these sign-ups, and what the history says was written in them: whose address it is

    nobody knows.
    """
    still = locked(unconfirmed_long_ago().where(any_of(Application.id, numbers)))
    ids = db.session.scalars(still).all()
    if not ids:
        return 0
    table = Application.__tablename__
    told = select(Change.id).where(Change.table_name == table, any_of(Change.row_id, ids))
    told_ids = db.session.scalars(told).all()
    db.session.execute(delete(Application).where(any_of(Application.id, ids)))
    deed = record(SYSTEM, "forgot_applications", None, facts={"applications": len(ids)})
    record_changes(
        deed,
        [
            {
                "person_id": None,
                "table_name": table,
                "row_id": number,
                "before": {"state": ApplicationState.UNCONFIRMED.value},
                "after": None,
            }
            for number in ids
        ],
    )
    erase(SYSTEM, told_ids)
    return len(ids)


def forget_certificates(numbers: Sequence[int]) -> int:
    """Remove these pictures. That they were given, and when, stays in the history."""
    pictures = select(Evidence).where(any_of(Evidence.id, numbers)).order_by(Evidence.id)
    old = db.session.scalars(pictures).all()
    for evidence in old:
        db.session.delete(evidence)
    record(SYSTEM, "forgot_certificates", None, facts={"certificates": len(old)})
    return len(old)


def forget_links(numbers: Sequence[int]) -> int:
    """Remove these links."""
    return changed(delete(Link).where(any_of(Link.id, numbers)))


def forget_rows_of(numbers: Sequence[int]) -> int:
    """Remove the rows of these imports."""
    return changed(delete(ImportRow).where(any_of(ImportRow.batch_id, numbers)))
