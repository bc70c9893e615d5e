"""What is of no more use: sign-ups nobody confirmed, pictures of papers, old links, wrong rows."""

from datetime import timedelta

from sqlalchemy import Select, exists, literal_column, select

from alumni.accounts.models import Link
from alumni.db import now
from alumni.roster.models import (
    Application,
    ApplicationState,
    Evidence,
    EvidenceKind,
    ImportBatch,
    ImportRow,
    Proposal,
)

KEPT = timedelta(days=30)
"""How long after the end of its use each is kept: for questions, and for whoever comes late."""


def unconfirmed_long_ago() -> Select[int]:
    """Sign-ups whose address nobody confirmed. Whoever signed up again had another link since."""
    since = now() - KEPT
    linked = exists().where(Link.application_id == Application.id, Link.ends_at > since)
    return (
        select(Application.id)
        .where(Application.state == ApplicationState.UNCONFIRMED, Application.created_at <= since)
        .where(~linked)
        .order_by(Application.id)
    )


def decided_certificates() -> Select[int]:
    """Pictures of certificates that were decided by some time ago."""
    # In the words of the index ``ix_evidence_certificates``: the worker asks over and over.
    is_certificate = Evidence.kind == literal_column(f"'{EvidenceKind.CERTIFICATE.value}'")
    return (
        select(Evidence.id)
        .join(Application, Application.id == Evidence.application_id)
        .where(is_certificate, Application.decided_at <= now() - KEPT)
        .order_by(Evidence.application_id)
    )


def ended_links() -> Select[int]:
    """Links long past their end, used or not."""
    return select(Link.id).where(Link.ends_at <= now() - KEPT).order_by(Link.id)


def corrected_rows() -> Select[int]:
    """Wrong rows of lists that were sent back to be corrected, by their import."""
    return (
        select(ImportBatch.id)
        .where(ImportBatch.proposal == Proposal.SENT_BACK, ImportBatch.done_at <= now() - KEPT)
        .where(exists().where(ImportRow.batch_id == ImportBatch.id))
        .order_by(ImportBatch.id)
    )
